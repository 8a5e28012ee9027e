"""Suspension: the host goes down, and a durable record stays to go on from (semantics.md sections 3 and 8).

The stage stays, and these deciders speak instead of its own: what is in flight is abandoned, then critic, session,
audit, lane and lease are let go of, once each. `RunResumed` lifts it; a cancel makes an end of it.
"""

from collections.abc import Callable

from executus.account import roll_up
from executus.effects import (
    Abandon,
    AskApproval,
    CleanUp,
    CloseAudit,
    ConsultCritic,
    Delegate,
    Question,
    Reconcile,
    SettleCheckpoint,
    StopCritic,
)
from executus.events import CancelRequested, RunResumed, ShutdownRequested
from executus.facts import Fate, Noted
from executus.machines.losses import lose
from executus.machines.opening import armed, chain_of, is_plain_with, phase_of, setup_of
from executus.machines.preflight import is_ready
from executus.rules import deadlines
from executus.rules.recovery import Lost, stricter
from executus.rules.status import Cancelled, Expired, ShutDown
from executus.slices import Asking, Door, Due, Ports, Preflight, Suspension
from executus.state import Run, Stage, Transition, ask_within, fill, note, stop, tell
from executus.toolbox import Toolbox
from executus.values import ToolSpec, replace


def on_shutdown(run: Run, event: ShutdownRequested) -> Run:
    """With a durable record it suspends the run, without one it ends it; a run that ends goes on ending."""
    if run.suspended is not None:
        return run
    if run.cause is not None or run.ports.checkpoint is not Door.OPEN:
        return stop(run, ShutDown(run.now, durable=False))
    run = note(run, Noted("suspended"))
    return replace(run, suspended=Suspension(ShutDown(run.now, durable=True)))


def on_cancel(run: Run, event: CancelRequested) -> Run:
    """It ends a suspended run as well; what letting go took until then is not charged."""
    if run.suspended is not None:
        gone = run.now - run.suspended.cause.at
        run = replace(run, suspended=None, deadlines=deadlines.shift(run.deadlines, gone))
    return stop(run, Cancelled(run.now, event.by))


def suspend(run: Run) -> Transition:
    """Let go of what is in flight, then of everything that belongs to this process."""
    suspended = run.suspended
    if suspended is None or suspended.begun:
        return run, ()
    notices = [Abandon(question.id) for question in run.pending]
    begun = replace(suspended, begun=True)
    return tell(replace(_unasked(run), pending=(), timeouts=(), suspended=begun), *notices)


def _unasked(run: Run) -> Run:
    """People, children and tools asked what became of a call are to be asked again: nothing was lost by it."""
    for question in run.pending:
        match question:
            case AskApproval(id=id):
                until = next((timeout.at for timeout in run.timeouts if timeout.question == id), 0)
                run = fill(run, id, Due(until=until))
            case Delegate(id=id):  # It was allowed, and attaches to the child that it began.
                run = fill(run, id, Due(allowed=True))
            case Reconcile(id=id):
                run = fill(run, id, Due(lost=True))
            case ConsultCritic(consultation=asked):
                run = replace(run, deadlines=deadlines.unconsulted(run.deadlines, run.now, asked.reason))
            case _:
                pass
    return run


def let_go(run: Run) -> Transition:
    """The next part that is owed."""
    suspended = run.suspended
    if run.pending or suspended is None or suspended.settled:
        return run, ()
    for part in range(suspended.part, len(PARTS)):
        question = PARTS[part](run)
        if question is not None:
            run = replace(run, suspended=replace(suspended, part=part))
            return ask_within(run, question, run.bounds.cleanup_timeout)
    run = replace(run, suspended=replace(suspended, settled=True))
    return run, ()


def _critic(run: Run) -> Question | None:
    return StopCritic(run.next_id) if run.ports.critic is Door.OPEN else None


def _session(run: Run) -> Question | None:
    return CleanUp(run.next_id) if run.ports.session is Door.OPEN else None


def _audit(run: Run) -> Question | None:
    return CloseAudit(run.next_id, roll_up(run)) if run.ports.audit is Door.OPEN else None


def _lease(run: Run) -> Question | None:
    return SettleCheckpoint(run.next_id, Fate.KEEP) if run.ports.checkpoint is Door.OPEN else None


PARTS: tuple[Callable[[Run], Question | None], ...] = (_critic, _session, _audit, _lease)


def on_resumed(run: Run, event: RunResumed) -> Run:
    """Questions of the former epoch are closed; what this process must have is asked for again."""
    before, run = run.ports, _unasked(run)
    if run.suspended is not None:  # What letting go took is not charged.
        run = replace(run, deadlines=deadlines.shift(run.deadlines, run.now - run.suspended.cause.at))
    run = replace(
        run,
        epoch=event.epoch,
        is_plain=False,
        suspended=None,
        pending=(),
        timeouts=(),
        ports=Ports(checkpoint=before.checkpoint),
        clock=replace(run.clock, children=()),
    )
    if run.stage is Stage.FINALIZING or run.stage is Stage.DONE:
        audit = Door.UNASKED if before.audit is Door.OPEN else before.audit
        gone = Door.DECLINED  # They went with the process.
        return replace(run, ports=Ports(audit, before.checkpoint, gone, gone, gone))
    before_it = run.preflight  # What was granted stays to be settled, whatever the budget says now.
    run = replace(run, preflight=Preflight(grant=before_it.grant, staged=before_it.staged))
    if run.stage is Stage.PREPARING:
        return replace(run, deadlines=deadlines.arm_preflight(run.now, run.bounds.preflight_timeout))
    run = replace(run, clock=replace(run.clock, regaining=True))
    return _lose_all(_in_time(run))


def regain(run: Run) -> Run:
    """Once the run has again what it needs it goes on where it was, with today's models and tools."""
    if run.pending or run.cause is not None or not is_ready(run):
        return run
    clock = replace(run.clock, regaining=False)
    before, today = run.talk.setup.toolbox, run.preflight.toolbox
    if today is not None:
        today = Toolbox(tuple([_as_strict(spec, before.find(spec.name)) for spec in today.specs]))
        run = replace(run, preflight=replace(run.preflight, toolbox=today))
    phase = phase_of(run)
    chain = chain_of(run, phase)
    asking = run.talk.asking  # A wait that a provider has asked for is kept, and the attempts go on counting.
    if asking.choice >= len(chain):
        asking = Asking(len(chain) - 1)
    talk = replace(run.talk, setup=setup_of(run, phase, asking.choice), window=chain[asking.choice].window)
    is_plain = is_plain_with(run, talk.setup.toolbox)
    return _owned_anew(replace(run, clock=clock, talk=replace(talk, asking=asking), is_plain=is_plain))


def _owned_anew(run: Run) -> Run:
    """The deadline is a critic's exactly where one watches; one that has failed leaves what was granted."""
    was_watched, door = run.deadlines.ceiling is not None, run.ports.critic
    if not ((door is Door.OPEN and not was_watched) or (door is Door.DECLINED and was_watched)):
        return run
    return _in_time(replace(run, deadlines=armed(run, run.deadlines.base)))


def _in_time(run: Run) -> Run:
    """It goes on if it still has time: its limits may have changed while nothing could make an end of it."""
    if not deadlines.has_expired(run.deadlines, run.now):
        return run
    return stop(run, Expired(run.now, run.deadlines.owner, run.deadlines.limit))


def _as_strict(spec: ToolSpec, before: ToolSpec | None) -> ToolSpec:
    """Of the stored and the present class the stricter one wins, and who was to be asked is asked."""
    if before is None:
        return spec
    must_ask = before.needs_approval or spec.needs_approval
    return replace(spec, effect=stricter(before.effect, spec.effect), needs_approval=must_ask)


def _lose_all(run: Run) -> Run:
    """Calls that were open when the process went: each goes by its tool's class."""
    for slot in run.talk.slots:
        if isinstance(slot, int):
            run = lose(run, slot, Lost.CRASH, "the process went down while the call was open")
    return run
