"""What providers demand of Chat Completions requests, and one run of its own requests; aimock checks none of it.

Law: each tool call is answered by exactly one result, at once and in call order; nothing that was said is ever
changed or taken back.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

_NAME = re.compile("[A-Za-z0-9_-]{1,64}")


def faults(bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Every rule that the requests of one run break, in words."""
    said = [f"request {number}: {fault}" for number, body in enumerate(bodies) for fault in _of_one(body)]
    for number, (before, after) in enumerate(pairwise(bodies), 1):
        if after["messages"][: len(before["messages"])] != before["messages"]:
            said.append(f"request {number}: what was said before has changed")
        if after.get("tools", before.get("tools")) != before.get("tools"):
            said.append(f"request {number}: other tools than before")
    return said


def _of_one(body: dict[str, Any]) -> Iterator[str]:
    if body.get("stream") is not True or body.get("stream_options") != {"include_usage": True}:
        yield "neither stream nor usage was asked for"
    if "tools" in body:
        yield from _of_tools(body["tools"])
    yield from _of_messages(body["messages"])


def _of_tools(tools: list[dict[str, Any]]) -> Iterator[str]:
    if not tools:
        yield "an empty tool list"
    for tool in tools:
        function = tool["function"]
        if tool["type"] != "function" or not _NAME.fullmatch(function["name"]):
            yield f"no tool: {tool}"
        if function["parameters"].get("type") != "object":
            yield f"the parameters of {function['name']} are no object"


def _of_messages(messages: list[dict[str, Any]]) -> Iterator[str]:
    waiting: list[str] = []
    used: set[str] = set()
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            if not waiting or message["tool_call_id"] != waiting.pop(0):
                yield f"message {place}: a result out of place"
        elif waiting:
            yield f"message {place}: calls without results: {waiting}"
            waiting = []
        if message["role"] == "system" and place:
            yield f"message {place}: a system prompt that doesn't open the conversation"
        if message["role"] == "assistant":
            yield from _of_calls(message, used)
            waiting = [call["id"] for call in message.get("tool_calls", ())]
        elif not message["content"]:
            yield f"message {place}: no content"
    if waiting or messages[-1]["role"] not in ("user", "tool"):
        yield "nothing to answer"


def _of_calls(message: dict[str, Any], used: set[str]) -> Iterator[str]:
    if "tool_calls" not in message:
        if not message["content"]:
            yield "an assistant that says nothing"
        return
    if not message["tool_calls"] or message["content"] == "":
        yield f"empty calls or an empty text: {message}"
    for call in message["tool_calls"]:
        if call["id"] in used or not call["id"]:
            yield f"the id {call['id']!r} is used twice"
        used.add(call["id"])
        if call["type"] != "function" or not _NAME.fullmatch(call["function"]["name"]):
            yield f"no call: {call}"
        if not isinstance(json.loads(call["function"]["arguments"]), dict):
            yield f"arguments that are no object: {call}"
