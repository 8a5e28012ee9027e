"""Calls whose outcome was lost: what is done about each, and how it is settled later (semantics.md section 8).

Nothing that may have happened is run again silently: it is run again where its tool promises that this does no
harm, else asked about, and at last told to the model as unknown.
"""

from executus.effects import Reconcile, RunTool
from executus.facts import Noted, Unknown
from executus.failures import OutcomeLost
from executus.machines.calls import NOT_SAFE, is_refused
from executus.rules.guards import is_same_call
from executus.rules.recovery import Lost, Meaning, meaning
from executus.rules.retry import backoff
from executus.rules.status import Failed
from executus.slices import Due, Slot
from executus.state import Run, fill, note, stop
from executus.values import (
    EffectId,
    Fault,
    FaultKind,
    ToolCall,
    ToolClass,
    ToolResult,
    replace,
)


def lose(run: Run, id: EffectId, lost: Lost, reason: str) -> Run:
    """The outcome of question `id` was lost: by the tool's class it is an error, is asked again, or is unknown."""
    talk = run.talk
    if id not in talk.slots:
        return run
    index = talk.slots.index(id)
    call = talk.conversation.last.calls[index]
    spec = talk.setup.toolbox.find(call.name)
    effect = ToolClass.UNSAFE if spec is None else spec.effect
    attempt = talk.attempts[index] if talk.attempts else 1
    match meaning(effect, lost, attempt, run.bounds.model_attempts):
        case Meaning.ERROR:
            return fill(run, id, Fault(FaultKind.TOOL, reason))
        case Meaning.AGAIN if not is_refused(run, call.name):
            return _again(run, index, attempt, lost)
        case _:
            if spec is not None and spec.reconcile:
                return fill(_cut(run, id, index), id, Due(lost=True))
            return mark_unknown(run, id, reason)


def _again(run: Run, index: int, attempt: int, lost: Lost) -> Run:
    """The call is asked once more, under the same key; whichever attempt gives a result first has given it."""
    talk, bounds = run.talk, run.bounds
    id = talk.slots[index]
    if not isinstance(id, int):
        return run
    wait = backoff(attempt, bounds.retry_base, bounds.retry_cap, f"{run.run_id}:{talk.calls_done + index}")
    at = run.now if lost is Lost.CRASH else run.now + wait
    before = talk.attempts or (1,) * len(talk.slots)
    attempts = (*before[:index], attempt + 1, *before[index + 1 :])
    run = _cut(replace(run, talk=replace(talk, attempts=attempts)), id, index)
    return fill(run, id, Due(at, allowed=True))


def once_more(run: Run, id: EffectId) -> Run:
    """It surely never happened, so it is run again, as often as the policy for attempts allows."""
    talk = run.talk
    if id not in talk.slots:
        return run
    index, most = talk.slots.index(id), run.bounds.model_attempts
    before = talk.attempts or (1,) * len(talk.slots)
    if before[index] >= most:
        return fill(run, id, Fault(FaultKind.TOOL, f"it did not happen, in {most} attempts"))
    attempts = (*before[:index], before[index] + 1, *before[index + 1 :])
    return fill(replace(run, talk=replace(talk, attempts=attempts)), id, Due(allowed=True))


def _cut(run: Run, id: EffectId, index: int) -> Run:
    """Nobody waits for this attempt any more, but its result may still come."""
    talk = run.talk
    return replace(run, talk=replace(talk, cut=(*talk.cut, (id, talk.calls_done + index))))


def still_cut(run: Run) -> tuple[tuple[EffectId, int], ...]:
    """The attempts that may still say what became of a call when its step is over."""
    unknown = {one.number for one in run.unknowns if not one.settled}
    return tuple([(id, number) for id, number in run.talk.cut if number in unknown])


def mark_unknown(run: Run, id: EffectId, reason: str) -> Run:
    """Nobody knows whether the call of this question happened; an agent may refuse to go on with that."""
    talk = run.talk
    if id not in talk.slots:
        return run
    index = talk.slots.index(id)
    call = talk.conversation.last.calls[index]
    run = fill(run, id, Fault(FaultKind.UNKNOWN, reason))
    run = remember(run, id, index, reason)
    if run.agent.on_unknown == "tell":
        return run
    return stop(run, Failed(run.now, OutcomeLost(call.name, reason)))


def remember(run: Run, id: EffectId, index: int, reason: str) -> Run:
    """It is reported, and an equal call is held until it is settled."""
    talk = run.talk
    call = talk.conversation.last.calls[index]
    spec = talk.setup.toolbox.find(call.name)
    verifier = "" if spec is None else spec.verifier
    unknown = Unknown(question=id, call=call, number=talk.calls_done + index, reason=reason, verifier=verifier)
    run = note(run, Noted("outcome_unknown", (("call", call.call_id), ("tool", call.name), ("reason", reason))))
    run = replace(run, unknowns=(*run.unknowns, unknown))
    return run if run.wiring.approver or run.cause is not None else _hold_equal(run, call)


def _hold_equal(run: Run, call: ToolCall) -> Run:
    """Equal calls of the same reply that were not asked yet are not run either, where nobody can decide."""
    talk = run.talk
    held = Fault(FaultKind.TOOL, f"not run: an equal call of {call.name} may have happened already")
    slots: list[Slot] = []
    for other, slot in zip(talk.conversation.last.calls, talk.slots, strict=True):
        slots.append(held if slot is None and is_same_call(other, call) else slot)
    waiting = talk.waiting - sum(slot is held for slot in slots)
    return replace(run, talk=replace(talk, slots=tuple(slots), waiting=waiting))


def refuse_rest(run: Run) -> Run:
    """The record can't be kept any more: what must not be unrecorded is not asked any more."""
    talk = run.talk
    cut = {number - talk.calls_done: id for id, number in talk.cut}
    slots: list[Slot] = list(talk.slots)
    for index, slot in enumerate(talk.slots):
        is_open = slot is None or (isinstance(slot, Due) and not slot.lost)
        if not is_open or not is_refused(run, talk.conversation.last.calls[index].name):
            continue
        if index in cut:
            run = remember(run, cut[index], index, "its record can't be kept")
        kind = FaultKind.UNKNOWN if index in cut else FaultKind.TOOL
        slots[index] = Fault(kind, NOT_SAFE)
    waiting = sum(not isinstance(slot, (ToolResult, Fault)) for slot in slots)
    return replace(run, talk=replace(run.talk, slots=tuple(slots), waiting=waiting))


def remember_all(run: Run) -> Run:
    """A run that ends with keyed or unsafe calls in flight, or lost and not yet settled, reports each of them."""
    talk = run.talk
    elsewhere = {question.id for question in run.pending if not isinstance(question, (RunTool, Reconcile))}
    cut = {number - talk.calls_done: id for id, number in talk.cut}
    for index, slot in enumerate(talk.slots):
        is_lost = isinstance(slot, Due) and index in cut
        is_open = isinstance(slot, int) and slot not in elsewhere  # Also what a shutdown has abandoned.
        if not is_lost and not is_open:
            continue
        spec = talk.setup.toolbox.find(talk.conversation.last.calls[index].name)
        if spec is None or spec.effect in (ToolClass.KEYED, ToolClass.UNSAFE):  # None: its tool is gone.
            id = slot if isinstance(slot, int) else cut[index]
            run = remember(run, id, index, "the run ended while the call was open")
    return run


def told_unknown(run: Run, call: ToolCall) -> str:
    """What the model reads: that it may have happened, and how to find out."""
    unknown = next((one for one in reversed(run.unknowns) if one.call is call), None)
    reason = unknown.reason if unknown else ""
    how = f" Find out with {unknown.verifier} first." if unknown and unknown.verifier else ""
    return f"outcome unknown: {call.name} may have happened ({reason}).{how} An equal call is held until then."
