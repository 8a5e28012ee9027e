"""How it is found out at last what became of a call: by its verifier, by a late result, by somebody who knows.

Before the model was told it is the call's result, afterwards it enters as steering (semantics.md section 8).
"""

from executus.answers import ToolReturned
from executus.effects import AskApproval
from executus.events import OutcomeSettled
from executus.facts import Noted
from executus.machines.calls import approval_reason
from executus.slices import Slot
from executus.state import Run, drop, fill, note
from executus.values import (
    Fault,
    FaultKind,
    Message,
    ToolCall,
    ToolResult,
    replace,
)


def settle_by_verifier(run: Run, calls: tuple[ToolCall, ...], results: "list[ToolResult | Fault]") -> Run:
    """A success of the verifying tool, later than the call, lifts the hold: the model has read what it found."""
    done = {call.name for call, result in zip(calls, results, strict=True) if isinstance(result, ToolResult)}
    here = {call.call_id for call in calls}
    unknowns = [
        replace(one, settled=f"verified by {one.verifier}")
        if not one.settled and one.verifier in done and one.call.call_id not in here
        else one
        for one in run.unknowns
    ]
    return replace(run, unknowns=tuple(unknowns))


def on_settled(run: Run, event: OutcomeSettled) -> Run:
    """A person, or a system that knows, says what became of a call."""
    outcome: ToolResult | Fault = ToolResult(event.result)
    if not event.happened:
        outcome = Fault(FaultKind.TOOL, event.result or "it did not happen")
    for index, unknown in enumerate(run.unknowns):
        if unknown.call.call_id == event.call_id and not unknown.settled:
            return _settle(run, index, outcome, event.by or "the host")
    return run


def on_late(run: Run, event: ToolReturned) -> Run:
    """A result nobody waited for any more: of an earlier attempt it is the call's, an unknown one it settles."""
    outcome = event.outcome
    if isinstance(outcome, Fault) and outcome.kind is not FaultKind.TOOL:
        return run
    if run.suspended is not None and event.id in run.talk.slots:  # Nobody waits, but it is known all the same.
        return fill(run, event.id, outcome)
    numbers = [number for id, number in run.talk.cut if id == event.id]
    for index, unknown in enumerate(run.unknowns):
        if (unknown.question == event.id or unknown.number in numbers) and not unknown.settled:
            return _settle(run, index, outcome, "its late result")
    return _first_result(run, numbers[0] - run.talk.calls_done, outcome) if numbers else run


def _first_result(run: Run, index: int, outcome: ToolResult | Fault) -> Run:
    talk = run.talk
    slot = talk.slots[index] if index >= 0 else None  # Of an earlier step there is none
    if slot is None or isinstance(slot, (ToolResult, Fault)):
        return run
    slots = (*talk.slots[:index], outcome, *talk.slots[index + 1 :])
    run = replace(run, talk=replace(talk, slots=slots, waiting=talk.waiting - 1))
    is_asked = any(question.id == slot for question in run.pending)  # Not while the run is suspended.
    return drop(run, slot) if isinstance(slot, int) and is_asked else run


def _unheld(run: Run) -> Run:
    """Whom nobody need ask about a call any more is not waited for: it is asked of its tool."""
    for question in run.pending:
        if isinstance(question, AskApproval) and not approval_reason(run, question.call):
            run = drop(fill(run, question.id, None), question.id)
    return run


def _settle(run: Run, index: int, outcome: ToolResult | Fault, by: str) -> Run:
    """Before the model was told it is the call's result, afterwards it enters as steering."""
    unknown = run.unknowns[index]
    happened = isinstance(outcome, ToolResult)
    settled = f"{'happened' if happened else 'did not happen'}, says {by}"
    unknowns = (*run.unknowns[:index], replace(unknown, settled=settled), *run.unknowns[index + 1 :])
    run = note(replace(run, unknowns=unknowns), Noted("outcome_settled", (("call", unknown.call.call_id),)))
    run = _unheld(run)
    talk = run.talk
    calls = talk.conversation.last.calls if talk.slots else ()
    if unknown.call in calls:
        place = calls.index(unknown.call)
        slots: tuple[Slot, ...] = (*talk.slots[:place], outcome, *talk.slots[place + 1 :])
        return replace(run, talk=replace(talk, slots=slots))
    found = outcome.content if isinstance(outcome, ToolResult) else outcome.message
    said = (
        f"Outcome of the earlier call {unknown.call.call_id} of {unknown.call.name}: it {settled}. {found}".strip()
    )
    return replace(run, talk=replace(talk, mailbox=talk.mailbox.append(Message("user", said))))
