"""Against servers that misbehave: every failure is one fault, after one request, and nothing grows."""

import asyncio
import ssl
from typing import Any
from unittest.mock import Mock

import pytest

from executus.values import Fault, Finish, ModelReply, seconds
from interpreters.models import Models, Patience, transport
from interpreters.models.transport import proxy_of
from tests.interpreters.models.calling import HELLO, answered, asked, fault, hello, outcome_of, said
from tests.interpreters.models.server import OK, Answer, Line, serving
from tests.interpreters.models.spoken import chunk


def test_a_reply_comes_by_one_request() -> None:
    outcome, server = asked(hello)
    assert outcome == ModelReply("Hello", finish=Finish.STOP)
    ((head, body),) = server.requests
    assert head.startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    names = {line.partition(":")[0].lower(): line.partition(": ")[2] for line in head.splitlines()[1:-1]}
    assert names["content-type"] == "application/json"
    assert names["accept-encoding"] == "identity"
    assert names["user-agent"] == "executus"
    assert "authorization" not in names
    assert body.startswith(b'{"model":"m",')


def test_a_connection_is_used_again_and_closed_at_the_end() -> None:
    async def main() -> None:
        async with serving(hello) as server:
            async with Models({"fast": f"openai:m@{server.url}"}) as models:
                assert await outcome_of(models) == await outcome_of(models)
                assert (server.connections, len(server.requests)) == (1, 2)
                assert not server.hung_up.is_set()
            await asyncio.wait_for(server.hung_up.wait(), 10)

    asyncio.run(main())


def test_a_server_that_says_nothing_after_the_end_marker_is_not_waited_for() -> None:
    async def answer(line: Line) -> None:
        await line.chunks(*HELLO, end=False)
        await line.hang()

    assert isinstance(asked(answer, hangs_up=True)[0], ModelReply)


def test_a_cut_after_the_end_marker_is_no_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    read = asyncio.Event()
    linger = transport._linger

    async def linger_and_tell(content: Any) -> None:
        read.set()
        await linger(content)

    async def answer(line: Line) -> None:
        await line.chunks(*HELLO, end=False)
        await read.wait()

    monkeypatch.setattr(transport, "_linger", linger_and_tell)
    monkeypatch.setattr(transport, "_LINGER_SECONDS", 30)
    assert isinstance(asked(answer)[0], ModelReply)


def test_a_stream_in_chunks_that_is_cut_is_a_fault() -> None:
    async def answer(line: Line) -> None:
        await line.chunks(*HELLO[:2], end=False)

    found = fault(answer)
    assert (found.message, found.status, found.retryable) == (
        "the stream ended early: the connection broke",
        0,
        True,
    )


def test_a_stream_that_ends_with_its_connection_is_a_fault_without_its_marker() -> None:
    found = fault(said(OK + b"\r\n", *HELLO[:2]))
    assert (found.message, found.retryable) == ("the stream ended early", True)
    assert isinstance(asked(said(OK + b"\r\n", *HELLO))[0], ModelReply)


@pytest.mark.parametrize(
    ("answer", "message", "status", "retryable"),
    [
        (
            answered("502 Bad Gateway", b"<html><title>502 Bad Gateway</title></html>"),
            "an HTML page instead of a reply: 502 Bad Gateway",
            502,
            True,
        ),
        (answered("500 Oops"), "no reason given (Internal Server Error)", 500, True),
        (answered("200 OK"), "the reply was empty", 200, True),
        (said(b"HTTP/1.1 204 No Content\r\n\r\n"), "the reply was empty", 200, True),
        (answered("401 No", b'{"error":{"message":"no","code":"x"}}'), "x: no", 401, False),
        (
            answered("200 OK", b"<html>Log in</html>"),
            "an HTML page instead of a reply: without a title",
            200,
            True,
        ),
        (answered("200 OK", b'{"error":"boom"}'), "boom", 200, True),
    ],
)
def test_an_answer_without_a_reply_is_a_fault(answer: Answer, message: str, status: int, retryable: bool) -> None:
    found = fault(answer)
    assert (found.message, found.status, found.retryable) == (message, status, retryable)


def test_a_rate_limit_tells_when_to_come_back() -> None:
    found = fault(answered("429 Slow", b'{"error":{"message":"slow"}}', "Retry-After: 7\r\n"))
    assert (found.status, found.retryable, found.retry_after) == (429, True, seconds(7))


def test_a_redirect_is_not_followed() -> None:
    found = fault(answered("307 Moved", headers="Location: http://127.0.0.1:1/other?token=t\r\n"))
    assert found.message == "redirects are not followed; this one leads to http://127.0.0.1/other"
    assert (found.status, found.retryable) == (307, False)


def test_an_error_whose_reason_never_comes_is_still_that_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_ERROR_SECONDS", 0.05)

    async def answer(line: Line) -> None:
        await line.say(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\nRetry-After: 1\r\n\r\nbusy")
        await line.hang()

    found = fault(answer)
    assert (found.message, found.status, found.retry_after) == ("busy", 503, seconds(1))


def test_what_is_no_http_is_a_fault() -> None:
    found = fault(said(b"SSH-2.0-OpenSSH_9.6\r\n"))
    assert found.message.startswith("no reply from 127.0.0.1:")
    assert (found.status, found.retryable) == (0, True)


def test_a_connection_that_is_closed_at_once_is_a_fault() -> None:
    found = fault(said())
    assert found.message.endswith("Server disconnected")
    assert (found.status, found.retryable) == (0, True)


def test_a_port_where_nobody_listens_is_a_fault() -> None:
    async def main() -> ModelReply | Fault:
        async with Models({"fast": "openai:m@http://127.0.0.1:1/v1"}) as models:
            return await outcome_of(models)

    found = asyncio.run(main())
    assert isinstance(found, Fault)
    assert found.message.startswith("no connection to 127.0.0.1:1: ")
    assert (found.status, found.retryable) == (0, True)


def test_a_wrong_certificate_is_not_a_matter_of_asking_again() -> None:
    import aiohttp

    place = Mock(host="a.test", port=443, ssl=True)
    wrong = aiohttp.ClientConnectorCertificateError(place, ssl.SSLCertVerificationError("self-signed certificate"))
    found = transport.Transport(Patience())._failure(wrong, "https://a.test/v1", "openai")
    assert found.message.startswith("no connection to a.test: ")
    assert "self-signed certificate" in found.message
    assert not found.retryable


def test_cancelling_a_call_hangs_up() -> None:
    async def main() -> None:
        started = asyncio.Event()

        async def answer(line: Line) -> None:
            await line.chunks(chunk(content="a"), end=False)
            started.set()
            await line.hang()

        async with serving(answer) as server, Models({"fast": f"openai:m@{server.url}"}) as models:
            call = asyncio.ensure_future(outcome_of(models))
            await started.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(server.hung_up.wait(), 10)

    asyncio.run(main())


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_of("http://api.test/v1") is None
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "inner.test")
    assert proxy_of("http://api.test/v1") == "http://proxy.test:3128"
    assert proxy_of("https://api.test/v1") is None
    assert proxy_of("http://inner.test/v1") is None
    for here in ("localhost", "127.0.0.1", "127.1.2.3", "[::1]"):
        assert proxy_of(f"http://{here}:1/v1") is None
