"""Bounds on a run that goes nowhere: steps, errors in a row, the same call again (semantics.md section 5).

Facts are counted in call order once a step is complete, because the order of arrival is a race.
"""

from collections.abc import Callable

import msgspec

from executus.values import Record, ToolCall

_decode: Callable[[str], object] = msgspec.json.Decoder().decode
_encode: Callable[[object], bytes] = msgspec.json.Encoder(order="sorted").encode


class Guards(Record, frozen=True):
    """How long tools have failed in a row, and how often the last call gave the last outcome."""

    error_streak: int = 0
    repeat_streak: int = 0
    last_call: ToolCall | None = None
    last_content: str = ""
    last_is_error: bool = False


def count(guards: Guards, call: ToolCall, content: str, is_error: bool) -> Guards:
    """One more call is done, with this outcome."""
    errors = guards.error_streak + 1 if is_error else 0
    repeats = guards.repeat_streak + 1 if _is_repeat(guards, call, content, is_error) else 1
    return Guards(errors, repeats, call, content, is_error)


def count_repeatable(guards: Guards, is_error: bool) -> Guards:
    """One more call of a polling tool is done: it may repeat itself, and breaks the streak of another."""
    return Guards(guards.error_streak + 1 if is_error else 0)


def has_too_many_errors(guards: Guards, limit: int) -> bool:
    """Have tools failed so often in a row that the run must end?"""
    return guards.error_streak >= limit


def goes_in_circles(guards: Guards, call: ToolCall, limit: int) -> bool:
    """Is `call` once more the call that has given the same outcome `limit` times in a row?"""
    return guards.repeat_streak >= limit and is_same_call(guards.last_call, call)


def is_at_step_limit(steps_done: int, max_iterations: int) -> bool:
    """Is the next model call the one that must bring the answer?"""
    return steps_done >= max_iterations


def _is_repeat(guards: Guards, call: ToolCall, content: str, is_error: bool) -> bool:
    return (
        guards.last_content == content
        and guards.last_is_error is is_error
        and is_same_call(guards.last_call, call)
    )


def is_same_call(last: ToolCall | None, call: ToolCall) -> bool:
    """The same tool with the same arguments, however they are written."""
    if last is None or last.name != call.name:
        return False
    return last.arguments == call.arguments or canonical(last.arguments) == canonical(call.arguments)


def canonical(arguments: str) -> str:
    """JSON text with sorted keys and no spaces; text that is no JSON stands for itself."""
    try:
        return _encode(_decode(arguments)).decode()
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return arguments
