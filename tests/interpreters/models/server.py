"""A server for tests that says exactly what it is told, byte by byte, on this machine only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


@dataclass
class Line:
    """One connection, for one answer. It is closed after the answer, unless `keep` is set."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    hung_up: asyncio.Event
    keep: bool = False

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def chunks(self, *data: bytes, end: bool = True) -> None:
        """A whole answer in chunks; without its end it is cut."""
        await self.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for piece in data:
            await self.say(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end:
            await self.say(b"0\r\n\r\n")
            self.keep = True

    async def hang(self) -> None:
        """Say nothing until the client hangs up."""
        if not await self.reader.read(1):
            self.hung_up.set()


Answer = Callable[[Line], Awaitable[None]]


@dataclass
class Server:
    """What it was asked, and what became of its connections."""

    answer: Answer
    port: int = 0
    connections: int = 0
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        line = Line(reader, writer, self.hung_up, keep=True)
        try:
            while line.keep:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                self.requests.append((head.decode(), await reader.readexactly(size)))
                line.keep = False
                await self.answer(line)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    """A server that gives this answer to every request."""
    server = Server(answer)
    meetings: set[asyncio.Task[None]] = set()

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meetings.add(asyncio.ensure_future(server.meet(reader, writer)))

    listener = await asyncio.start_server(meet, "127.0.0.1", 0, backlog=512)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)
