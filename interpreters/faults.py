"""The one place where what a host's code raises, or gives of a wrong shape, becomes a value.

Handlers raise freely. Nothing they raise or return can break a run: an exception turns into a `Fault` here, and
what they return is proven by writing it and reading it back strictly.
"""

import asyncio
from collections.abc import Awaitable
from types import GenericAlias
from typing import Any, TypeGuard, TypeVar, cast

import msgspec

from executus.canonical import encode
from executus.rules.limits import cut
from executus.values import (
    NO_USAGE,
    Fault,
    FaultKind,
    Finish,
    ModelReply,
    ToolCall,
    ToolResult,
    Usage,
    replace,
    sound,
)
from interpreters.driving import Dropped
from interpreters.ports import ModelError, OutcomeUnknown, ToolError

T = TypeVar("T")

MOST_CONTENT = 8_000_000
"""Characters of one tool's result that enter the record; the conversation takes less (`max_tool_output`)."""

MOST = 2000
"""Characters of an exception's text that a fault keeps."""


def fault_of(kind: FaultKind, error: BaseException) -> Fault:
    """The value that an exception from host code becomes."""
    match error:
        case ModelError(fault=fault):
            try:
                return checked(fault, Fault)
            except TypeError:
                return Fault(kind, text_of(error))  # Whoever filled it in was mistaken in a field.
        case OutcomeUnknown() if kind is FaultKind.TOOL:
            return Fault(FaultKind.UNKNOWN, text_of(error) or "the tool can't tell whether it happened")
        case ToolError():
            return Fault(kind, text_of(error))
        case _:
            text = text_of(error)
            name = type(error).__name__
            return Fault(kind, f"{name}: {text}" if text else name)


def text_of(error: BaseException) -> str:
    """What an exception says, bounded."""
    try:
        return sound(str(error)[:MOST])
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "it can't even say what is wrong"  # Its own __str__ raises.


def reason_of(error: BaseException) -> str:
    """The sentence that was raised: str of a KeyError would quote it."""
    try:
        return sound(str(error.args[0])[:MOST]) if error.args else type(error).__name__
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "it can't even say what is wrong"


def is_passing(error: BaseException) -> bool:
    """Is it for this task and not of the handler: a Ctrl-C, or that nobody waits for the task any more?"""
    if isinstance(error, KeyboardInterrupt | Dropped):
        return True
    if not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False  # Virtual time: there, whoever is dropped is told in as many words.
    return task is not None and task.cancelling() > 0


def proven(value: object) -> ToolResult:
    """What a tool gave, as the core takes it. Text alone, by far the commonest, is seen at a glance."""
    if type(value) is ToolResult and value.images == () and _is_plain(value.content):
        return value
    result = checked(value, ToolResult)
    return replace(result, content=cut(result.content, MOST_CONTENT))


def _is_plain(content: object) -> bool:
    return type(content) is str and content.isascii() and len(content) <= MOST_CONTENT


def is_plain_reply(value: object) -> TypeGuard[ModelReply]:
    """Is this a reply of exactly the right types, in plain letters? Then it is proven as it is."""
    if type(value) is not ModelReply or type(value.finish) is not Finish or type(value.calls) is not tuple:
        return False
    texts = [value.text, value.reasoning]
    for call in value.calls:
        if type(call) is not ToolCall:
            return False
        texts += (call.call_id, call.name, call.arguments)
    if set(map(type, texts)) != _TEXT:
        return False
    whole = "".join(texts)
    return whole.isascii() and len(whole) <= MOST_CONTENT and _is_plain_usage(value.usage)


_TEXT = {str}


def _is_plain_usage(usage: object) -> bool:
    if usage is NO_USAGE:
        return True
    if type(usage) is not Usage:
        return False
    counts = msgspec.structs.astuple(usage)
    if not set(map(type, counts)) <= _COUNT:
        return False
    known = [count for count in counts if count is not None]
    return min(known, default=0) >= 0 and max(known, default=0) <= _MOST_COUNT


_COUNT = {int, type(None)}
_MOST_COUNT = 2**53

_AT_HAND = frozenset((ModelReply, ToolResult, Fault, str, bool, type(None)))
"""What is no awaitable at a glance."""


async def settled(value: object) -> object:
    """The value itself, or what awaiting it gives: handlers are sync or async."""
    if type(value) in _AT_HAND:
        return value
    while isinstance(value, Awaitable):  # More than once: a plain function may hand on what an async one gave.
        value = await cast("Awaitable[object]", value)
    return value


def checked(value: object, kind: type[T] | GenericAlias) -> T:
    """`value`, proven to be what the core takes and a file can hold: constructors of records check nothing."""
    found: T = _read_back(value, kind)
    return found


def checked_one(value: object, *kinds: type[Any]) -> Any:
    """`value`, proven to be of one of these kinds: written down, one record could pass for another."""
    if type(value) not in kinds:
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"the handler returned {article(value)}, not {wanted}")
    return _read_back(value, type(value))


def _read_back(value: object, kind: Any) -> Any:
    try:
        return msgspec.json.decode(encode(value), type=kind)
    except (msgspec.MsgspecError, TypeError, RecursionError, ValueError) as error:
        raise TypeError(f"the handler returned a {type(value).__name__} that does not fit: {error}") from None


def article(value: object) -> str:
    """What a value is, by its type alone: what is in it may be nobody's to read."""
    kind = type(value).__name__
    return "nothing" if value is None else f"an {kind}" if kind[0].lower() in "aeiou" else f"a {kind}"
