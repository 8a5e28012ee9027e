"""What came with HTTP 200 and is no reply all the same."""

import pytest

from executus.values import ModelReply
from interpreters.models import openai
from tests.interpreters.models.spoken import DONE, REQUEST, chunk, event, fault, read
from tests.interpreters.models.test_models_openai_decode import STREAMS

FAULTS: dict[str, tuple[bytes, str, int, bool]] = {
    "nothing": (b"", "the reply was empty", 200, True),
    "blanks": (b" \n\n", "the reply was empty", 200, True),
    "comments": (b": ping\n\n", "the stream ended early", 200, True),
    "an error event": (
        chunk(content="a") + event({"error": {"message": "boom", "type": "server_error"}}),
        "boom",
        200,
        True,
    ),
    "an error event with a code": (event({"error": {"message": "slow", "code": 429}}), "slow", 429, True),
    "a code as text": (event({"error": {"message": "bad", "code": "400"}}), "bad", 400, False),
    "no credit": (
        event({"error": {"message": "pay", "code": "insufficient_quota"}}),
        "insufficient_quota: pay",
        200,
        False,
    ),
    "a mistake of ours": (event({"error": {"message": "x", "type": "invalid_request_error"}}), "x", 200, False),
    "an error as text": (event({"error": "boom"}), "boom", 200, True),
    "an error without a text": (
        event({"error": {"x": 1}}),
        "the provider reported an error without a reason",
        200,
        True,
    ),
    "a named error event": (b'event: error\ndata: {"message": "boom"}\n\n', "boom", 200, True),
    "an error in a choice": (event({"choices": [{"error": {"message": "boom", "code": 502}}]}), "boom", 502, True),
    "an error as finish reason": (
        chunk("error", content="a") + DONE,
        "the provider ended the reply with finish reason error",
        200,
        True,
    ),
    "null choices and an error": (event({"choices": None, "error": "boom"}) + DONE, "boom", 200, True),
    "null choices": (event({"choices": None}) + DONE, "the stream ended early", 200, True),
    "broken JSON": (
        b"data: {nope}\n\n" + DONE,
        "an event of the stream is malformed: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
        200,
        True,
    ),
    "a wrong type": (
        chunk(content=5) + DONE,
        "an event of the stream is malformed: Expected `str | array | null`, got `int` - at "
        "`$.choices[0].delta.content`",
        200,
        True,
    ),
    "a document without a finish reason": (
        b'{"choices":[{"message":{"content":"a"}}]}',
        "the reply is no chat completion with a finish reason",
        200,
        True,
    ),
    "a document with an error": (b'{"error":{"message":"boom","code":500}}', "boom", 500, True),
    "a document with null choices and an error": (b'{"choices":null,"error":"boom"}', "boom", 200, True),
    "a document with null choices": (
        b'{"choices":null}',
        "the reply is no chat completion with a finish reason",
        200,
        True,
    ),
    "a document with a detail": (b'{"detail":"Not Found"}', "Not Found", 200, True),
    "a list": (b'[{"error":{"message":"boom","code":503}}]', "boom", 503, True),
    "a document that goes on": (b'{"choices":[]} trailing', "the reply ended early", 200, True),
    "a document too deep": (b'{"x":' + b"[" * 100_000, "the reply ended early", 200, True),
    "a page": (
        b"\n<!DOCTYPE html><html><head><title>502 Bad\nGateway</title></head></html>",
        "an HTML page instead of a reply: 502 Bad Gateway",
        200,
        True,
    ),
    "a page behind a mark": (
        b"\xef\xbb\xbf<html>",
        "an HTML page instead of a reply: without a title",
        200,
        True,
    ),
    "a text": (b"upstream connect error", "the stream ended early", 200, True),
}


@pytest.mark.parametrize(("body", "message", "status", "retryable"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_reply_is_a_fault(body: bytes, message: str, status: int, retryable: bool) -> None:
    found = fault(body)
    assert (found.message, found.status, found.retryable) == (message, status, retryable)


def test_nothing_after_a_fault_counts() -> None:
    found = fault(event({"error": "first"}) + chunk("stop", content="a"), event({"error": "second"}), DONE)
    assert found.message == "first"
    state, said = openai.decode(openai.begin(REQUEST), event({"error": "first"}) + chunk(content="a"))
    assert state.is_done
    assert said == ()


def test_an_event_too_deep_is_a_fault() -> None:
    assert "malformed" in fault(b'data: {"usage":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n", DONE).message


def test_a_reply_is_bounded_in_bytes() -> None:
    body = STREAMS["text"]
    assert isinstance(read(body, limit=len(body)), ModelReply)
    found = fault(body, limit=len(body) - 1)
    assert found.message == f"the reply is larger than {len(body) - 1} bytes"
    assert not found.retryable
    assert fault(*[b"a" * 100] * 11, limit=1000).message == "the reply is larger than 1000 bytes"
    assert fault(*[b"{" * 100] * 11, limit=1000).message == "the reply is larger than 1000 bytes"
    assert fault(*[b": ping\n\n"] * 200, limit=1000).message == "the reply is larger than 1000 bytes"
