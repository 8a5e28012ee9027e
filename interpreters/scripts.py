"""What a test writes down for Memory: the model's turns, and what happens when. Tools and ports: played.py.

Memory(model=[calls("add", a=2, b=3), says("5", takes="2s")], happens=[("5s", "cancel")])
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeAlias

from executus.canonical import sounded
from executus.events import CancelRequested, Event, ShutdownRequested, Steered
from executus.spans import span
from executus.values import (
    NO_USAGE,
    Duration,
    Fault,
    FaultKind,
    Finish,
    Image,
    ModelReply,
    Outcome,
    Record,
    ToolCall,
    Usage,
    microseconds,
    replace,
)

SpanLike: TypeAlias = timedelta | float | str
"""A duration as people write it: a timedelta, seconds, or "90s"."""


class ScriptError(AssertionError):
    """The script does not fit the run: the test is wrong, or what it tests is."""


class Turn(Record, frozen=True):
    """One model call of a script: what comes back, after how long. None = nothing ever."""

    outcome: Outcome[ModelReply] | None
    takes: Duration = 0


def says(
    text: str,
    *,
    takes: SpanLike = 0,
    usage: Usage | Mapping[str, int] | None = None,
    finish: Finish | str = Finish.STOP,
    reasoning: str = "",
) -> Turn:
    """The model answers with `text`, after `takes`."""
    reply = ModelReply(text, (), _usage(usage), Finish(finish), reasoning)
    return sounded(Turn(reply, duration(takes)))


def calls(
    *wanted: str | tuple[str, Mapping[str, object] | str] | ToolCall,
    text: str = "",
    takes: SpanLike = 0,
    usage: Usage | Mapping[str, int] | None = None,
    finish: Finish | str = Finish.TOOL_CALLS,
    **arguments: object,
) -> Turn:
    """The model calls tools: one as `calls("add", a=2, b=3)`, several as `calls(("add", {...}), ("add", {...}))`.

    Arguments given as text are handed on as they are, broken or not; a `ToolCall` brings its own id. A tool whose
    arguments are named like an option here is written in the second form.
    """
    match wanted:
        case (str() as name,):
            made = [ToolCall("", name, _json(arguments))]
        case _ if arguments:
            raise ScriptError(f"keyword arguments belong to one named tool: {sorted(arguments)}")
        case _:
            made = [_call(one) for one in wanted]
    if not made:
        raise ScriptError("calls() needs a tool")
    reply = ModelReply(text, tuple(made), _usage(usage), Finish(finish))
    return sounded(Turn(reply, duration(takes)))


def fails(
    message: str = "",
    *,
    status: int = 0,
    retry_after: SpanLike | None = None,
    retryable: bool | None = None,
    overflow: bool = False,
    takes: SpanLike = 0,
) -> Turn:
    """The model call fails, with an HTTP `status` or (0) without ever getting one.

    `overflow`: the conversation was too long for the model.
    """
    wait = None if retry_after is None else duration(retry_after)
    worth = not overflow and (status in (0, 408, 409, 429) or status >= 500)
    again = worth if retryable is None else retryable
    text = message or (f"the model server answered {status}" if status else "the model server can't be reached")
    fault = Fault(FaultKind.MODEL, text, "memory", status, again, wait, overflow)
    return sounded(Turn(fault, duration(takes)))


def hangs() -> Turn:
    """The model never answers."""
    return Turn(None)


def steer(text: str = "", *images: Image) -> Steered:
    """A word from outside, for `happens`."""
    return Steered(0, text, images)


Happening: TypeAlias = Event | tuple[SpanLike, str | Event]
"""An event with its own instant, or when and what: "cancel", "shutdown", or an event."""


def happening(item: Happening) -> Event:
    """The event behind one entry of `happens`."""
    match item:
        case (when, "cancel"):
            return CancelRequested(duration(when), "caller")
        case (when, "shutdown"):
            return ShutdownRequested(duration(when))
        case (_, str() as word):
            raise ScriptError(f'happens knows "cancel" and "shutdown", not {word!r}')
        case (when, event):
            return sounded(replace(event, at=duration(when)))
        case event:
            return sounded(event)


def duration(value: SpanLike) -> Duration:
    """A duration as people write it, in microseconds; raises `ScriptError` for a negative one."""
    found = microseconds(span(value))
    if found < 0:
        raise ScriptError(f"nothing happens before it was asked for: {value!r}")
    return found


def _call(one: str | tuple[str, Mapping[str, object] | str] | ToolCall) -> ToolCall:
    match one:
        case ToolCall():
            return one
        case str():
            return ToolCall("", one)
        case (name, str() as raw):
            return ToolCall("", name, raw)
        case (name, arguments):
            return ToolCall("", name, _json(arguments))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _usage(usage: Usage | Mapping[str, int] | None) -> Usage:
    if isinstance(usage, Usage):
        return usage
    return Usage(**usage) if usage else NO_USAGE
