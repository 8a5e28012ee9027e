"""The `openai` dialect, inward: one JSON document of a reply as a `Delta`, or as the `Fault` it reports.

Pure, and lenient where servers are known to differ: null for what is absent, words of their own, texts in
parts. Only what cannot be understood is a fault.
"""

import json
from typing import Any

import msgspec

from executus.values import Fault, Finish, Usage
from interpreters.models import faults
from interpreters.models.wire import CallPart, Delta, Unreadable, members, read_json

PROVIDER = "openai"
_FINISHES = {
    "stop": Finish.STOP,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "length": Finish.LENGTH,
    "content_filter": Finish.FILTERED,
}
_FAILED = ("error", "abort")
"""Finish reasons by which a server says that it gave up."""


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: Any = None


class _Call(msgspec.Struct):
    index: Any = None
    id: str | int | None = None
    function: _Function | None = None


class _Said(msgspec.Struct):
    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None
    error: Any = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None


def read_event(name: bytes, data: bytes) -> Delta | Fault:
    """What one event of a stream says; raises `Unreadable`."""
    if name == b"error":
        return faults.in_band(read_json(data, object), provider=PROVIDER)
    if not data:
        return Delta()
    return _read(read_json(data, _Chunk))


def read_document(body: bytes) -> Delta | Fault:
    """What a body says that is no stream: a whole reply from a server that doesn't stream, or an error."""
    try:
        chunk = read_json(body, _Chunk)
    except Unreadable:
        return _not_a_reply(body)
    delta = _read(chunk)
    if isinstance(delta, Delta) and delta.finish is None:
        return _not_a_reply(body)
    return delta


def broken(message: str, *, retryable: bool = True) -> Fault:
    """A fault of a reply that came with HTTP 200."""
    return faults.fault(message, provider=PROVIDER, status=200, retryable=retryable)


def _not_a_reply(body: bytes) -> Fault:
    if body.startswith(b"<"):
        return broken(faults.read_complaint(body).text)
    try:
        document = read_json(body, object)
    except Unreadable:
        return broken("the reply ended early")
    if faults.read_complaint(body).text:
        return faults.in_band(document, provider=PROVIDER)
    return broken("the reply is no chat completion with a finish reason")


def _read(chunk: _Chunk) -> Delta | Fault:
    choice = chunk.choices[0] if chunk.choices else _Choice()
    error = chunk.error or choice.error
    if error:
        return faults.in_band({"error": error}, provider=PROVIDER)
    if choice.finish_reason in _FAILED:
        return broken(f"the provider ended the reply with finish reason {choice.finish_reason}")
    said = choice.delta or choice.message or _Said()
    return Delta(
        text=_text(said.content),
        reasoning=_reasoning(said),
        refusal=said.refusal or "",
        calls=_parts(said.tool_calls or [], whole=choice.delta is None),
        finish=_FINISHES.get(choice.finish_reason, Finish.UNKNOWN) if choice.finish_reason else None,
        usage=_usage(chunk.usage),
    )


def _text(content: str | list[Any] | None) -> str:
    if isinstance(content, list):
        return "".join(_string(members(part).get("text")) for part in content)
    return content or ""


def _reasoning(said: _Said) -> str:
    """Some servers send the same under both names."""
    return _string(said.reasoning_content) or _string(said.reasoning)


def _parts(calls: list[_Call], *, whole: bool) -> tuple[CallPart, ...]:
    """In a whole message a call is what its place says, and an index means nothing."""
    return tuple(
        CallPart(
            index=place if whole else _index(call.index),
            call_id="" if call.id is None else str(call.id),
            name=(call.function and call.function.name) or "",
            arguments=_arguments(call.function and call.function.arguments),
        )
        for place, call in enumerate(calls)
    )


def _index(value: object) -> int | None:
    return value if type(value) is int else None


def _arguments(value: object) -> str:
    """JSON text, as the dialect wants it; a server that sends the JSON itself means the same."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)  # Half a letter is spelled out; whoever reads the arguments will refuse it.


def _usage(value: object) -> Usage | None:
    usage = members(value)
    if not usage:
        return None
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        thinking_tokens=_count(members(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        cached_tokens=_count(members(usage.get("prompt_tokens_details")).get("cached_tokens")),
    )


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
