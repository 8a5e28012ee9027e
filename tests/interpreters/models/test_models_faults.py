"""What a refusal means: may asking again help, when at the earliest, and what is said about it."""

import json
import time
from typing import Any

import pytest

from executus.values import Duration, Fault, FaultKind, seconds
from interpreters.models.faults import classify, is_overflow, one_line, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


def fault(status: int, body: bytes | object = b"", **headers: str) -> Fault:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(status, names, data, provider="openai", now=NOW)


def error(message: str = "boom", **rest: Any) -> dict[str, Any]:
    return {"error": {"message": message, **rest}}


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False), (401, False), (402, False), (403, False), (404, False), (408, True), (409, True),
        (413, False), (418, False), (422, False), (429, True), (499, False), (500, True), (502, True),
        (503, True), (529, True),
    ],
)  # fmt: skip
def test_a_status_says_whether_asking_again_may_help(status: int, retryable: bool) -> None:
    found = fault(status, error())
    assert found == Fault(FaultKind.MODEL, "boom", "openai", status, retryable)


@pytest.mark.parametrize("place", ["code", "type"])
def test_no_credit_is_not_a_matter_of_waiting(place: str) -> None:
    assert not fault(429, error(**{place: "insufficient_quota"})).retryable
    assert fault(429, error(**{place: "rate_limit_exceeded"})).retryable


def test_the_server_has_the_last_word() -> None:
    assert fault(400, error(), x_should_retry="true").retryable
    assert not fault(503, error(), x_should_retry="false").retryable
    assert fault(503, error(), x_should_retry="maybe").retryable


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "2"}, seconds(2)),
        ({"retry-after": "0.5"}, seconds(0.5)),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 2 "}, seconds(2)),
        ({"retry-after-ms": "250"}, seconds(0.25)),
        ({"retry-after-ms": "250", "retry-after": "9"}, seconds(0.25)),
        ({"retry-after-ms": "soon", "retry-after": "9"}, seconds(9)),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, seconds(30)),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 -0000"}, seconds(30)),
        ({"retry-after": "Wed, 15 Nov 2023 00:13:50 +0200"}, seconds(30)),
        ({"retry-after": "Tue, 14 Nov 2023 22:00:00 GMT"}, 0),
        ({"retry-after": "Tue, 99 Nov 2023 22:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e300"}, seconds(365 * 86_400)),
    ],
)
def test_a_wait_is_told_in_many_ways(headers: dict[str, str], expected: Duration | None) -> None:
    assert retry_after(headers, NOW) == expected
    assert classify(429, headers, b"", provider="openai", now=NOW).retry_after == expected


def test_a_date_without_a_zone_is_utc_wherever_this_runs() -> None:
    headers = {"retry-after": "Tue, 14 Nov 2023 22:13:50 -0000"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = retry_after(headers, NOW)
    time.tzset()
    assert found == seconds(30)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (error("Bad key.", code="invalid_api_key"), "invalid_api_key: Bad key."),
        (error("invalid_api_key given", code="invalid_api_key"), "invalid_api_key given"),
        (error("boom", code=400, type="bad"), "boom"),
        (error("boom", code="400"), "boom"),
        (error("", code="overloaded"), "overloaded"),
        (error("", type="overloaded_error"), "overloaded_error"),
        ({"error": "boom"}, "boom"),
        ({"error": None, "message": "boom"}, "boom"),
        ({"msg": "boom"}, "boom"),
        ({"title": "boom"}, "boom"),
        ({"message": "boom", "code": "x"}, "x: boom"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body"], "msg": "bad"}]}, "[{'loc': ['body'], 'msg': 'bad'}]"),
        ([error("boom")], "boom"),
        ("boom", "boom"),
        ([], "no reason given (Service Unavailable)"),
        (7, "no reason given (Service Unavailable)"),
        ({}, "no reason given (Service Unavailable)"),
        (b"", "no reason given (Service Unavailable)"),
        (b"\xff\xfe!", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}!"),
        (b"upstream\n\ttimed  out\x1b[31m\x00", "upstream timed out [31m"),
        (b"\xef\xbb\xbf" + json.dumps(error("boom")).encode(), "boom"),
        (b'{"error": {"message": "cut', '{"error": {"message": "cut'),
        (b"[" * 100_000, "[" * 499 + "…"),
        (b"<html><TITLE lang=en>Bad\nGateway</title>", "an HTML page instead of a reply: Bad Gateway"),
        (b"\xef\xbb\xbf<html></html>", "an HTML page instead of a reply: without a title"),
        (b"\n<html></html>", "an HTML page instead of a reply: without a title"),
    ],
)
def test_the_reason_is_found_in_any_body(body: Any, message: str) -> None:
    assert fault(503, body).message == message


def test_a_status_without_a_name_has_a_number() -> None:
    assert fault(599).message == "no reason given (HTTP 599)"


def test_a_redirect_tells_where_to_but_no_query() -> None:
    assert fault(300) == Fault(
        FaultKind.MODEL, "redirects are not followed; this one leads to nowhere", "openai", 300
    )
    found = fault(302, b"moved", location="http://169.254.169.254/latest?token=secret#x")
    assert found.message == "redirects are not followed; this one leads to http://169.254.169.254/latest"
    assert (found.status, found.retryable) == (302, False)
    assert fault(307, location="/v2/chat").message.endswith("leads to /v2/chat")
    assert fault(301).message.endswith("leads to nowhere")
    assert fault(301, location="http://[::1").message.endswith("leads to nowhere")


def test_a_text_is_bounded_and_on_one_line() -> None:
    assert one_line("x" * 500) == "x" * 500
    assert one_line("x" * 501) == "x" * 499 + "…"
    assert one_line("\r\n a\u2028b\u202e \n" + " " * 9000) == "a b"
    assert one_line("\ud83d!") == "\N{REPLACEMENT CHARACTER}!"


OVERFLOWS = [
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "the request exceeds the available context size, try increasing it",
    "Requested tokens (600) exceed context window of 512",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Please reduce the length of the messages or completion.",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum",
    "prompt too long; exceeded max context length by 12 tokens",
    "Input is too long for requested model.",
    "context_length_exceeded: no",
]


@pytest.mark.parametrize("text", OVERFLOWS)
def test_a_conversation_that_is_too_long_is_told_by_words(text: str) -> None:
    assert is_overflow(fault(400, error(text)))
    assert not is_overflow(fault(429, error(text)))
    assert not is_overflow(fault(503, error(text)))


def test_a_body_that_is_too_large_is_told_by_its_status() -> None:
    assert is_overflow(fault(413, b""))


@pytest.mark.parametrize(
    "text",
    [
        "Too many tokens, please wait before trying again.",
        "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.",
        "max_tokens must be at most 8192",
        "Invalid value for 'temperature'.",
        "The request timed out because the input queue is too long to wait for.",
    ],
)
def test_other_complaints_about_tokens_are_none(text: str) -> None:
    assert not is_overflow(fault(400, error(text)))
