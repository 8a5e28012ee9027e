"""The calls of one reply: their ids, those that may not run at all, and those that are due.

Nothing here is a fact or a decision of its own; loop.py asks these questions about the step it has open.
"""

from collections.abc import Callable

import msgspec

from executus.buffer import Names
from executus.machines.opening import wants_submit
from executus.machines.toolboxes import SUBMIT
from executus.rules.guards import is_same_call
from executus.rules.limits import cut
from executus.slices import Due, Slot
from executus.state import Run
from executus.values import Fault, FaultKind, Finish, Instant, ToolCall, ToolClass, ToolResult, ToolSpec

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
    numbers = range(len(used) + 1, 2 * len(used) + 2)  # One more than could be taken.
    return next(id for number in numbers if (id := f"{stem}-{number}") not in used)


def is_lone_submit(calls: tuple[ToolCall, ...], finish: Finish) -> bool:
    """Is this reply nothing but the answer, whole?"""
    return len(calls) == 1 and calls[0].name == SUBMIT and finish is not _LENGTH


def refusals(run: Run, calls: tuple[ToolCall, ...], finish: Finish) -> tuple[Slot, ...]:
    """A slot for each call: empty when it may run, else the error that the model will read."""
    if finish is _LENGTH:
        return (_error("not run: the reply was cut by its output limit, its calls may be incomplete"),) * len(
            calls
        )
    most = run.bounds.max_calls_per_reply
    slots = tuple([_refusal(run, call, len(calls)) for call in calls[:most]])
    if len(calls) <= most:
        return slots
    return slots + (_error(f"not run: a reply may call at most {most} tools"),) * (len(calls) - most)


def _refusal(run: Run, call: ToolCall, count: int) -> Slot:
    spec = run.talk.setup.toolbox.find(call.name)
    if spec is None:
        return _error(f"unknown tool {call.name!r:.100}")
    try:
        _object(call.arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as wrong:
        return _error(f"not run: the arguments are not a JSON object ({wrong})")
    if spec.name == SUBMIT and count > 1 and wants_submit(run):
        return _error("not run: submit must be the only call of its reply")
    if spec.delegate:
        return _lineage(run, spec)
    if run.stale and is_refused(run, call.name):
        return _error(NOT_SAFE)
    if spec.needs_approval and not run.wiring.approver:
        return _error("not run: it needs approval, and there is nobody to give it")
    return _held(run, call)


NOT_SAFE = "not run: the record of this run can't be kept, and the tool must not be run unrecorded"


def is_refused(run: Run, name: str) -> bool:
    """Must this tool not be run, because a record that failed could not say so?"""
    spec = run.talk.setup.toolbox.find(name)
    return run.stale and (spec is None or spec.effect in (ToolClass.KEYED, ToolClass.UNSAFE))


def _lineage(run: Run, spec: ToolSpec) -> Fault | None:
    """No subject works for itself, however indirectly, and no tree of runs is deeper than the host allows."""
    above, most = (*run.invocation.ancestry, run.agent.subject), run.bounds.max_delegation_depth
    if spec.subject in above:
        return _error(f"not run: {spec.subject} is already at work above this run: {' > '.join(above)}")
    if len(above) > most:
        return _error(f"not run: delegation goes at most {most} deep")
    return None


def _held(run: Run, call: ToolCall) -> Slot:
    """A call like one whose outcome nobody knows waits for a person, or is refused where there is none."""
    for unknown in run.unknowns:
        if unknown.settled or not is_same_call(unknown.call, call):
            continue
        if run.wiring.approver:
            return None
        how = f": find out first with {unknown.verifier}" if unknown.verifier else ""
        return _error(f"not run: an equal call of {call.name} may have happened already{how}")
    return None


def approval_reason(run: Run, call: ToolCall) -> str:
    """Why a person must decide about this call: "needs approval", "outcome unknown", both, or "" for no reason."""
    spec = run.talk.setup.toolbox.find(call.name)
    reasons = ["needs approval"] if spec is not None and spec.needs_approval else []
    for unknown in run.unknowns if run.wiring.approver else ():
        if not unknown.settled and is_same_call(unknown.call, call):
            reasons.append("outcome unknown")
            break
    return ", ".join(reasons)


def _error(message: str) -> Fault:
    return Fault(FaultKind.TOOL, message)


def next_calls(run: Run) -> list[int]:
    """Which calls are to be asked now. A serial tool runs alone: after all before, before all behind it."""
    slots, toolbox, now = run.talk.slots, run.talk.setup.toolbox, run.now
    if not toolbox.has_serial:
        return [index for index, slot in enumerate(slots) if slot is None or is_due(slot, now)]
    due: list[int] = []
    calls = run.talk.conversation.last.calls
    for index, slot in enumerate(slots):
        if isinstance(slot, (Fault, ToolResult)):
            continue  # Answered.
        spec = toolbox.find(calls[index].name)
        is_serial = spec is not None and spec.serial
        is_alone = all(isinstance(before, (Fault, ToolResult)) for before in slots[:index])
        if (slot is None or is_due(slot, now)) and (not is_serial or is_alone):
            due.append(index)
        if is_serial:
            break
    return due


def is_due(slot: Slot, now: Instant) -> bool:
    """Is the call to be asked, and the wait before it over?"""
    return isinstance(slot, Due) and slot.at <= now
