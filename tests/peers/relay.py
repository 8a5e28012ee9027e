"""Stands between a client and aimock, which neither says when a client hangs up, nor cuts a stream just anywhere.

It passes the bytes on as they come. `spoke` is set once a stream has begun, `hung_up` once the client has closed a
connection; with `cut_at`, the stream ends before the event with these bytes: by a break, or as if that was all.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.peers.aimock import Aimock

_EVENT_END = b"\n\n\r\n"
"""aimock sends each event as one chunk of HTTP: this is where one ends."""

_LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Relay:
    """`spec` names a scenario behind it."""

    aimock: Aimock
    cut_at: bytes
    is_clean: bool
    port: int = 0
    said: bytes = b""
    connections: int = 0
    spoke: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def spec(self, scenario: str, path: str = "/v1") -> str:
        return f"openai:{scenario}@http://127.0.0.1:{self.port}{path}"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        back, to = await asyncio.open_connection("127.0.0.1", self.aimock.port)
        asking = asyncio.ensure_future(self._ask(reader, to))
        try:
            await self._tell(back, writer)
        except ConnectionError:
            self.hung_up.set()
        finally:
            asking.cancel()
            to.close()
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                to.write(data)
        except ConnectionError:
            pass  # A hard end is an end.
        self.hung_up.set()

    async def _tell(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = 0
        while data := await back.read(65536):
            self.said += data
            if b"data: " in self.said:
                self.spoke.set()
            end, is_cut = self._end()
            writer.write(self.said[told:end])
            told = end
            await writer.drain()
            if is_cut:
                writer.write(_LAST_CHUNK if self.is_clean else b"")
                return

    def _end(self) -> tuple[int, bool]:
        """How much of what was said may be passed on, in whole events, and whether nothing may follow."""
        if not self.cut_at:
            return len(self.said), False
        cut = self.said.find(self.cut_at)
        return self.said.rfind(_EVENT_END, 0, cut if cut >= 0 else None) + len(_EVENT_END), cut >= 0


@asynccontextmanager
async def relaying(aimock: Aimock, cut_at: bytes = b"", *, is_clean: bool = False) -> AsyncIterator[Relay]:
    """A relay on a free port of this machine."""
    relay = Relay(aimock, cut_at, is_clean)
    meetings: set[asyncio.Task[None]] = set()

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meetings.add(asyncio.ensure_future(relay.meet(reader, writer)))

    listener = await asyncio.start_server(meet, "127.0.0.1", 0)
    relay.port = listener.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        listener.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)
