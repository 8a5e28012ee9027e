"""Nothing hangs: silence, keep-alives and slow beginnings are given up, a slow reply that goes on is not."""

import asyncio

import pytest

from executus.values import Fault, ModelReply
from interpreters.models import Models, Patience
from tests.interpreters.models.calling import asked, fault, outcome_of
from tests.interpreters.models.server import OK, Answer, Line
from tests.interpreters.models.spoken import DONE, chunk, event

FIRST = Patience(first_event=0.15, idle=10)
NEXT = Patience(first_event=10, idle=0.15)


def stalling(*before: bytes, ping: bytes) -> Answer:
    """Says something, then only that it is still there, or nothing at all."""

    async def answer(line: Line) -> None:
        await line.chunks(*before, end=False)
        while ping and not line.reader.at_eof():
            await line.say(b"%x\r\n%s\r\n" % (len(ping), ping))
            await asyncio.sleep(0.02)
        await line.hang()

    return answer


@pytest.mark.parametrize(
    ("before", "ping"),
    [
        ((), b""),
        ((), b": ping\n\n"),
        ((), b"\n"),
        ((), b"data: {}\n\n"),
        ((chunk(role="assistant", content=""), event({})), chunk(content="")),
        ((b'data: {"choices": [',), b" "),
        ((b'{"choices": [',), b" "),
    ],
    ids=[
        "silence",
        "comments",
        "blank lines",
        "empty objects",
        "empty events",
        "half an event",
        "half a document",
    ],
)
def test_a_reply_that_does_not_begin_is_given_up(before: tuple[bytes, ...], ping: bytes) -> None:
    outcome, _ = asked(stalling(*before, ping=ping), FIRST, hangs_up=True)
    assert isinstance(outcome, Fault)
    found = (outcome.message, outcome.status, outcome.retryable)
    assert found == ("nothing was said within 150ms", 0, True)


@pytest.mark.parametrize(
    "ping", [b"", b": ping\n\n", chunk(content="")], ids=["silence", "comments", "empty events"]
)
def test_a_reply_that_does_not_go_on_is_given_up(ping: bytes) -> None:
    outcome, _ = asked(stalling(chunk(content="a"), ping=ping), NEXT, hangs_up=True)
    assert isinstance(outcome, Fault)
    found = (outcome.message, outcome.status, outcome.retryable)
    assert found == ("nothing more was said within 150ms", 0, True)


def test_a_server_that_never_answers_is_given_up() -> None:
    assert fault(Line.hang, FIRST).message == "nothing was said within 150ms"


def test_a_slow_reply_that_goes_on_is_read_to_its_end() -> None:
    async def answer(line: Line) -> None:
        await line.say(OK + b"\r\n")
        for _ in range(25):
            await asyncio.sleep(0.05)
            await line.say(chunk(content="a"))
        await line.say(chunk("stop") + DONE)

    outcome, _ = asked(answer, Patience(first_event=1, idle=1))
    assert outcome == ModelReply("a" * 25)


def test_a_connection_that_is_never_made_is_given_up() -> None:
    async def main() -> ModelReply | Fault:
        writers: list[asyncio.StreamWriter] = []
        listener = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        spec = f"openai:m@https://127.0.0.1:{port}"  # The handshake is part of the connection.
        try:
            async with Models({"fast": spec}, patience=Patience(connect=0.1)) as models:
                return await outcome_of(models)
        finally:
            listener.close()
            for writer in writers:
                writer.close()

    outcome = asyncio.run(main())
    assert isinstance(outcome, Fault)
    assert outcome.message.startswith("no connection to 127.0.0.1:")
    assert outcome.message.endswith("within 100ms")
    assert outcome.retryable


@pytest.mark.parametrize("name", ["connect", "first_event", "idle"])
def test_patience_is_a_span_above_zero(name: str) -> None:
    assert getattr(Patience(**{name: "1m"}), name).total_seconds() == 60
    for wrong in (0, -1, "soon"):
        with pytest.raises(ValueError, match=f"^{name} must "):
            Patience(**{name: wrong})
