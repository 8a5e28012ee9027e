"""The calls of one reply: their ids, those that may not run at all, and those that are due.

Nothing here is a fact or a decision of its own; loop.py asks these questions about the step it has open.
"""

from collections.abc import Callable

import msgspec

from executus.agent import Bounds
from executus.buffer import Names
from executus.rules.limits import cut
from executus.state import Slot
from executus.toolbox import Toolbox
from executus.values import Fault, FaultKind, Finish, ToolCall

MOST_NAME = 200
"""Characters of a tool's name and of a call's id that are kept."""

_LENGTH = Finish.LENGTH  # Naming an enum's member costs more than comparing with it.
_object: Callable[[str], object] = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def identified(calls: tuple[ToolCall, ...], used: Names, most: int) -> tuple[tuple[ToolCall, ...], Names]:
    """The calls with ids that no earlier call of the run has, and all ids used by now.

    A provider that sends no id, or one twice, gets a new one: results are paired by it. Of what is longer than
    `most` characters the rest is cut, which leaves arguments that are no JSON and names that are no tool's.
    """
    named: list[ToolCall] | None = None
    for index, call in enumerate(calls):
        name, call_id, arguments = cut(call.name, MOST_NAME), call.call_id, cut(call.arguments, most)
        if not call_id or len(call_id) > MOST_NAME or call_id in used:
            call_id = _fresh(call_id[:MOST_NAME] or "call", used)
        if not arguments or arguments.isspace():  # What some providers send for a call without arguments.
            arguments = "{}"
        if call_id is not call.call_id or arguments is not call.arguments or name is not call.name:
            named = named or list(calls)
            named[index] = ToolCall(call_id, name, arguments)
        used = used.add(call_id)
    return tuple(named) if named else calls, used


def _fresh(stem: str, used: Names) -> str:
    """`stem-2`, or the next number that is free. It counts on from the ids used: no search in a long run."""
    number = len(used) + 1
    while f"{stem}-{number}" in used:
        number += 1
    return f"{stem}-{number}"


def refusals(calls: tuple[ToolCall, ...], toolbox: Toolbox, bounds: Bounds, finish: Finish) -> tuple[Slot, ...]:
    """A slot for each call: empty when it may run, else the error that the model will read."""
    if finish is _LENGTH:
        return (_error("not run: the reply was cut by its output limit, its calls may be incomplete"),) * len(
            calls
        )
    most = bounds.max_calls_per_reply
    slots = tuple([_refusal(call, toolbox) for call in calls[:most]])
    if len(calls) <= most:
        return slots
    return slots + (_error(f"not run: a reply may call at most {most} tools"),) * (len(calls) - most)


def _refusal(call: ToolCall, toolbox: Toolbox) -> Fault | None:
    if toolbox.find(call.name) is None:
        return _error(f"unknown tool {call.name!r:.100}")
    try:
        _object(call.arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as wrong:
        return _error(f"not run: the arguments are not a JSON object ({wrong})")
    return None


def _error(message: str) -> Fault:
    return Fault(FaultKind.TOOL, message)


def next_calls(calls: tuple[ToolCall, ...], slots: tuple[Slot, ...], toolbox: Toolbox) -> list[int]:
    """Which calls are to be asked now. A serial tool runs alone: after all before, before all behind it."""
    if not toolbox.has_serial:
        return [index for index, slot in enumerate(slots) if slot is None]
    due: list[int] = []
    for index, slot in enumerate(slots):
        if isinstance(slot, Fault) or not (slot is None or isinstance(slot, int)):
            continue  # Answered.
        spec = toolbox.find(calls[index].name)
        is_serial = spec is not None and spec.serial
        is_alone = not due and all(not isinstance(before, int) for before in slots[:index])
        if slot is None and (not is_serial or is_alone):
            due.append(index)
        if is_serial:
            break
    return due
