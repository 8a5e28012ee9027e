"""A reply of the openai dialect: complete, or a fault; never the half of one taken for the whole."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.values import Fault, Finish, Message, ModelReply, ToolCall, Usage
from interpreters.models import openai
from interpreters.ports import ModelRequest
from tests.interpreters.models.spoken import DONE, REQUEST, calls, chunk, event, fault, part, reply

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 40,
    "total_tokens": 140,
    "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 30},
}
STREAMS = {
    "text": b"".join(
        [
            b": keep-alive\n\n",
            chunk(role="assistant", content=""),
            chunk(content="Grüße, "),
            b": keep-alive\n\n",
            chunk(content="Welt 🌍!"),
            chunk("stop"),
            event({"choices": [], "usage": USAGE}),
            DONE,
        ]
    ),
    "calls": b"\xef\xbb\xbf"
    + b"".join(
        [
            chunk(role="assistant", content=None, reasoning_content="I must "),
            chunk(reasoning_content="add."),
            calls(part("add", "", index=0, id="call_a")),
            calls(part(None, '{"a": 1,', index=0, id=None)),
            calls(part("", ' "b": 2}', index=0, id="")),
            calls(part("add", '{"a":3,"b":4}', index=1, id="call_b")),
            chunk("tool_calls"),
            DONE,
        ]
    ).replace(b"\n", b"\r\n"),
}
EXPECTED = {
    "text": ModelReply(
        "Grüße, Welt 🌍!",
        usage=Usage(input_tokens=100, output_tokens=40, thinking_tokens=30, cached_tokens=64),
        finish=Finish.STOP,
    ),
    "calls": ModelReply(
        calls=(ToolCall("call_a", "add", '{"a": 1, "b": 2}'), ToolCall("call_b", "add", '{"a":3,"b":4}')),
        finish=Finish.TOOL_CALLS,
        reasoning="I must add.",
    ),
}
DOCUMENT = json.dumps(
    {
        "object": "chat.completion",
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "content": "Hello",
                    "reasoning": "Be kind.",
                    "tool_calls": [part("add", "{}", id="x"), part("add", "{}", id="x")],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 7},
    },
    indent=1,
).encode()


@pytest.mark.parametrize("name", STREAMS)
def test_a_recorded_stream_is_read(name: str) -> None:
    assert reply(STREAMS[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", STREAMS)
def test_no_cut_of_a_stream_into_pieces_changes_the_reply(name: str) -> None:
    body = STREAMS[name]
    for place in range(len(body) + 1):
        assert reply(body[:place], body[place:]) == EXPECTED[name], place
    assert reply(*(bytes([byte]) for byte in body)) == EXPECTED[name]


@given(st.sampled_from(sorted(STREAMS)), st.lists(st.integers(0, 1200), max_size=12))
def test_any_pieces_give_the_same_reply(name: str, places: list[int]) -> None:
    body = STREAMS[name]
    marks = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    assert reply(*(body[start:end] for start, end in pairwise(marks))) == EXPECTED[name]


@pytest.mark.parametrize("body", [*STREAMS.values(), DOCUMENT], ids=[*STREAMS, "document"])
def test_a_reply_that_was_cut_is_never_a_success(body: bytes) -> None:
    whole = body.index(b"[DONE]") + len(b"[DONE]") if b"[DONE]" in body else len(body)
    state = openai.begin(REQUEST)
    for place in range(whole):
        cut = openai.finish(state)
        assert isinstance(cut, Fault), (place, cut)
        assert cut.retryable, cut
        assert "ended early" in cut.message or "empty" in cut.message, cut
        state, _ = openai.decode(state, body[place : place + 1])
    assert isinstance(openai.finish(state), ModelReply)


def test_a_document_in_place_of_a_stream_is_read() -> None:
    found = reply(b"\xef\xbb\xbf\n \n", DOCUMENT, b"\n\n")
    assert found == ModelReply(
        "Hello",
        calls=(ToolCall("x", "add", "{}"), ToolCall("x_2", "add", "{}")),
        usage=Usage(input_tokens=7),
        finish=Finish.TOOL_CALLS,
        reasoning="Be kind.",
    )


def test_a_call_of_a_whole_message_is_what_its_place_says() -> None:
    parts = [part("f", "{", index=0), part("g", "}", index=0), part("f", "{}", index=0, id="a")]
    message = {"message": {"tool_calls": parts}, "finish_reason": "tool_calls"}
    before = Message("assistant", calls=(ToolCall("a", "f"),))
    request = ModelRequest(model="m", messages=(before,))
    found = reply(json.dumps({"choices": [message]}).encode(), request=request)
    assert found.calls == (ToolCall("call_2", "f", "{"), ToolCall("call_3", "g", "}"), ToolCall("a_4", "f", "{}"))


def test_a_whole_message_in_one_event_is_read() -> None:
    choice = {"message": {"content": "Hi", "tool_calls": None}, "finish_reason": "stop"}
    assert reply(event({"choices": [choice]}), DONE).text == "Hi"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", Finish.STOP),
        ("tool_calls", Finish.TOOL_CALLS),
        ("function_call", Finish.TOOL_CALLS),
        ("length", Finish.LENGTH),
        ("content_filter", Finish.FILTERED),
        ("eos_token", Finish.UNKNOWN),
    ],
)
def test_each_finish_reason_has_its_name(reason: str, expected: Finish) -> None:
    assert reply(chunk(content="a"), chunk(reason), DONE).finish is expected
    assert reply(chunk(reason), DONE) == ModelReply(finish=expected)  # An empty reply is one.


def test_a_finish_reason_without_the_end_marker_is_a_cut() -> None:
    assert fault(chunk(content="a"), chunk("stop")).message == "the stream ended early"
    assert fault(chunk(content="a"), chunk("stop")).retryable


def test_the_end_marker_without_a_finish_reason_needs_content() -> None:
    assert reply(chunk(content="a"), DONE).finish is Finish.UNKNOWN
    assert reply(calls(part("f", "{}", index=0, id="a")), DONE).finish is Finish.UNKNOWN
    assert fault(DONE).message == "the stream ended early"
    assert fault(chunk(reasoning="so"), DONE).message == "the stream ended early"


def test_nothing_after_the_end_marker_counts() -> None:
    assert reply(chunk("stop", content="a"), DONE + chunk(content="b"), event({"error": "late"})).text == "a"


def test_calls_are_kept_whatever_the_finish_reason_says() -> None:
    found = reply(calls(part("f", "{}", index=0, id="a")), chunk("stop"), DONE)
    assert found.calls == (ToolCall("a", "f", "{}"),)
    assert found.finish is Finish.STOP
    assert reply(chunk("tool_calls", content="text"), DONE).calls == ()


def test_a_refusal_is_told_with_its_text() -> None:
    found = reply(chunk(refusal="I can't "), chunk(refusal="do that."), chunk("stop"), DONE)
    assert found == ModelReply("I can't do that.", finish=Finish.REFUSED)
    assert reply(chunk(content="Well.", refusal="No."), chunk("stop"), DONE).text == "Well.\nNo."


def test_reasoning_that_is_sent_under_both_names_is_taken_once() -> None:
    found = reply(
        chunk(reasoning="a", reasoning_content="a"), chunk(reasoning="b"), chunk("stop", content="c"), DONE
    )
    assert found.reasoning == "ab"


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}, 1]
    assert reply(chunk("stop", content=parts), DONE).text == "ab"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage()),
        ({}, Usage()),
        ({"prompt_tokens": 0, "completion_tokens": None}, Usage(input_tokens=0)),
        ({"prompt_tokens": -1, "completion_tokens": "5", "prompt_tokens_details": None}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": 2.5}, Usage()),
        ([1], Usage()),
        ({**USAGE, "prompt_tokens_details": {"cached_tokens": 100}}, Usage(100, 40, 30, 100)),
    ],
)
def test_usage_that_is_not_reported_is_not_zero(usage: object, expected: Usage) -> None:
    found = reply(chunk("stop", content="a"), event({"choices": [], "usage": usage}), event({"choices": []}), DONE)
    assert found.usage == expected


def test_an_emoji_that_a_server_cut_in_two_is_whole_again() -> None:
    halves = [b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half for half in (b"\\ud83c", b"\\udf0d!")]
    assert reply(*halves, chunk("stop"), DONE).text == "🌍!"
    lone = reply(halves[0], chunk("stop", tool_calls=[part("f", "\udf0d", index=0, id="\ud83c")]), DONE)
    assert lone.text == "\N{REPLACEMENT CHARACTER}"
    assert lone.calls == (ToolCall("\N{REPLACEMENT CHARACTER}", "f", "\N{REPLACEMENT CHARACTER}"),)


def test_only_what_says_something_is_a_sign_of_life() -> None:
    state = openai.begin(REQUEST)
    silent = [
        b": ping\n\n",
        b"\n",
        chunk(),
        chunk(role="assistant", content=""),
        event({"choices": [], "usage": None}),
    ]
    for piece in [*silent, event({}), b"data:\n\n", b"data: {"]:
        state, said = openai.decode(state, piece)
        assert said == (), piece
    assert len(state.deltas) == 0
    state, said = openai.decode(state, b"}\n\n" + chunk(content="a") + chunk("stop") + DONE)
    assert len(said) == 2
    assert state.is_done


def test_a_decoding_is_a_value_that_can_be_gone_on_with_twice() -> None:
    state, _ = openai.decode(openai.begin(REQUEST), chunk(content="a") + b"data: {")
    one, _ = openai.decode(state, b"}\n\n" + chunk("stop", content="b") + DONE)
    two, _ = openai.decode(state, b"}\n\n" + chunk("stop", content="c") + DONE)
    assert [getattr(openai.finish(end), "text", None) for end in (one, two, state)] == ["ab", "ac", None]


def test_many_small_pieces_of_one_line_cost_linear_work() -> None:
    body = chunk("stop", content="x" * 300_000) + DONE
    assert len(reply(*(body[place : place + 7] for place in range(0, len(body), 7))).text) == 300_000
