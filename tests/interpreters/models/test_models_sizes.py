"""Large requests and long lines pass, what has no end does not, and no limit is another library's."""

import asyncio
import gzip
import tracemalloc
from itertools import count

from executus.values import Image, Message, ModelReply
from interpreters.models import Models
from tests.interpreters.models.calling import LONG, asked, fault, hello, outcome_of, said
from tests.interpreters.models.server import OK, Line, serving
from tests.interpreters.models.spoken import DONE, chunk


def test_the_reason_of_an_error_that_never_ends_is_bounded() -> None:
    async def answer(line: Line) -> None:
        await line.say(b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n")
        while True:
            await line.say(b"x" * 65536)

    assert fault(answer).message == "x" * 499 + "…"


def test_a_line_of_two_megabytes_is_read() -> None:
    outcome, _ = asked(said(OK + b"\r\n", chunk("stop", content="x" * 2_000_000) + DONE))
    assert isinstance(outcome, ModelReply)
    assert len(outcome.text) == 2_000_000


def test_a_reply_that_never_ends_is_bounded() -> None:
    async def answer(line: Line) -> None:
        await line.say(OK + b"\r\n")
        for number in count():
            await line.say(chunk(content=f"{number} " * 1000))

    assert fault(answer, reply_limit=1_000_000).message == "the reply is larger than 1000000 bytes"


def test_a_bomb_is_not_unpacked() -> None:
    packed = gzip.compress(b"data: " + b" " * 60_000_000)
    headers = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    tracemalloc.start()
    try:
        found = fault(said(OK + headers, packed), reply_limit=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert found.message == "the reply is larger than 1000000 bytes"


def test_a_large_request_is_sent() -> None:
    async def main() -> None:
        async with serving(hello) as server, Models({"fast": f"openai:m@{server.url}"}) as models:
            picture = Message("user", images=(Image("image/png", "A" * 3_000_000),))
            assert isinstance(await outcome_of(models, picture), ModelReply)
            assert len(server.requests[0][1]) > 3_000_000

    asyncio.run(main())


def test_many_calls_run_at_once() -> None:
    async def main() -> None:
        waiting = asyncio.Semaphore(0)
        everyone = asyncio.Event()

        async def answer(line: Line) -> None:
            waiting.release()
            await everyone.wait()
            await hello(line)

        async with serving(answer) as server, Models({"fast": f"openai:m@{server.url}"}, patience=LONG) as models:
            calls = [asyncio.ensure_future(outcome_of(models)) for _ in range(120)]
            async with asyncio.timeout(20):
                for _ in calls:
                    await waiting.acquire()  # More than the HTTP library's own limit of 100 connections.
            everyone.set()
            assert all(isinstance(outcome, ModelReply) for outcome in await asyncio.gather(*calls))

    asyncio.run(main())
