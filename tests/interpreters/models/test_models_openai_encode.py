"""A request of the openai dialect, field by field."""

from decimal import Decimal
from typing import Any

import pytest

from executus.agent import ModelSettings
from executus.values import Image, Message, ToolCall, ToolSpec
from interpreters.models import openai
from interpreters.ports import ModelRequest
from tests.interpreters.models.spoken import PNG, body, sent

ADD = ToolSpec("add", "Add two numbers.", '{"properties":{"a":{"type":"integer"}},"type":"object"}')
GIF = Image("image/gif", "bbbb")


def picture(image: Image) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:{image.mime};base64,{image.data}"}}


def wire_call(call_id: str, name: str = "add", arguments: str = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_small_request_is_exactly_this() -> None:
    request = ModelRequest(model="openai:m", messages=(Message("system", "Be kind."), Message("user", "hi")))
    call = openai.encode(request, "m")
    assert call.path == "/chat/completions"
    assert call.headers == (
        ("Content-Type", "application/json"),
        ("Accept", "text/event-stream, application/json"),
    )
    assert call.body == (
        b'{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"}],'
        b'"stream":true,"stream_options":{"include_usage":true}}'
    )
    thought = ModelRequest(model="m", messages=(Message("assistant", reasoning="so"),))
    assert b"reasoning_content" in openai.encode(thought, "m").body


def test_each_setting_has_its_field() -> None:
    settings = ModelSettings(temperature=Decimal("0.70"), max_output=500, reasoning="low", tool_choice="required")
    request = ModelRequest(model="m", messages=(), tools=(ADD,), settings=settings)
    assert b'"temperature":0.70,' in openai.encode(request, "m").body
    found = body(tools=(ADD,), settings=settings)
    assert found["max_completion_tokens"] == found["max_tokens"] == 500
    assert found["reasoning_effort"] == "low"
    assert found["tool_choice"] == "required"
    parameters = {"type": "object", "properties": {"a": {"type": "integer"}}}
    function = {"name": "add", "description": "Add two numbers.", "parameters": parameters}
    assert found["tools"] == [{"type": "function", "function": function}]


def test_zero_is_a_setting_too() -> None:
    found = body(settings=ModelSettings(temperature=0, max_output=0))
    assert (found["temperature"], found["max_completion_tokens"]) == (0, 0)


def test_a_strict_server_gets_only_fields_it_knows() -> None:
    message = Message("assistant", "a", reasoning="because")
    assert "max_tokens" not in body(strict=True, settings=ModelSettings(max_output=5))
    assert sent(message, strict=True) == [{"role": "assistant", "content": "a"}]
    assert sent(message) == [{"role": "assistant", "content": "a", "reasoning_content": "because"}]
    assert "reasoning_content" not in sent(Message("assistant", "a"))[0]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_a_tool_choice_is_a_word_or_a_tool(choice: str, expected: object) -> None:
    assert body(tools=(ADD,), settings=ModelSettings(tool_choice=choice))["tool_choice"] == expected


def test_without_tools_there_is_no_tool_list_and_no_choice() -> None:
    found = body(Message("user", "hi"), settings=ModelSettings(tool_choice="required"))
    assert not {"tools", "tool_choice"} & set(found)
    assert "tool_choice" not in body(tools=(ADD,))


def test_a_tool_without_a_description_has_none() -> None:
    (tool,) = body(tools=(ToolSpec("f"),))["tools"]
    assert tool == {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def test_pictures_stand_in_user_messages() -> None:
    assert sent(Message("user", "Look", images=(PNG, GIF))) == [
        {"role": "user", "content": [{"type": "text", "text": "Look"}, picture(PNG), picture(GIF)]}
    ]
    assert sent(Message("user", images=(PNG,))) == [{"role": "user", "content": [picture(PNG)]}]
    assert sent(Message("system", "a", images=(PNG,))) == [{"role": "system", "content": "a"}]


def test_a_call_and_its_result_are_exactly_this() -> None:
    assert sent(
        Message("user", "2 + 3?"),
        Message("assistant", calls=(ToolCall("a", "add", '{"a": 2}'),)),
        Message("tool", "5", call_id="a"),
        Message("assistant", "5"),
    ) == [
        {"role": "user", "content": "2 + 3?"},
        {"role": "assistant", "content": None, "tool_calls": [wire_call("a", arguments='{"a": 2}')]},
        {"role": "tool", "tool_call_id": "a", "content": "5"},
        {"role": "assistant", "content": "5"},
    ]


def test_content_is_null_only_beside_calls() -> None:
    assert sent(Message("assistant")) == [{"role": "assistant", "content": ""}]
    turn = Message("assistant", "I add.", calls=(ToolCall("a", "add"),))
    assert sent(turn)[0]["content"] == "I add."


@pytest.mark.parametrize(
    "arguments", ['{"a": 1', "", "null", "[1]", '"{}"', "{} {}", "{'a': 1}", '{"a": NaN}', '{"a":' + "[" * 90_000]
)
def test_arguments_that_are_no_object_are_never_sent_back(arguments: str) -> None:
    turn = sent(Message("assistant", calls=(ToolCall("a", "add", arguments),)))[0]
    assert turn["tool_calls"] == [wire_call("a")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("add:", "add_"), ("Add_2", "Add_2"), ("", "unknown"), ("ä b", "__b"), ("x" * 80, "x" * 64), ("a.b", "a.b")],
)
def test_the_name_of_a_tool_that_does_not_exist_cannot_block_the_conversation(name: str, expected: str) -> None:
    turn = sent(Message("assistant", calls=(ToolCall("a", name),)), tools=(ToolSpec("a.b"),))[0]
    assert turn["tool_calls"][0]["function"]["name"] == expected


def test_pictures_of_tools_follow_all_results_of_the_turn() -> None:
    found = sent(
        Message("assistant", calls=(ToolCall("a", "shot"), ToolCall("b", "shot"), ToolCall("c", "add"))),
        Message("tool", "A page.", images=(PNG, GIF), call_id="a"),
        Message("tool", images=(PNG,), call_id="b"),
        Message("tool", "5", call_id="c"),
        Message("user", "And?"),
    )[1:]
    assert found == [
        {"role": "tool", "tool_call_id": "a", "content": "A page.\n[2 images: see the next user message]"},
        {"role": "tool", "tool_call_id": "b", "content": "[1 image: see the next user message]"},
        {"role": "tool", "tool_call_id": "c", "content": "5"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "From the tool call a:"},
                picture(PNG),
                picture(GIF),
                {"type": "text", "text": "From the tool call b:"},
                picture(PNG),
            ],
        },
        {"role": "user", "content": "And?"},
    ]


def test_pictures_of_two_turns_stay_apart() -> None:
    one = (Message("assistant", calls=(ToolCall("a", "f"),)), Message("tool", images=(PNG,), call_id="a"))
    two = (Message("assistant", calls=(ToolCall("b", "f"),)), Message("tool", images=(GIF,), call_id="b"))
    assert [message["role"] for message in sent(*one, *two)] == ["assistant", "tool", "user"] * 2
