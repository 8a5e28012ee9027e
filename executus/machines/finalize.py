"""What a run does once it has a cause to end, exactly once and whatever the cause: nothing here can rename it.

What is in flight is abandoned first, so that no error which the stopping provokes can come back. Then the parts,
one after the other, each within its own time: one that fails or hangs is a warning and keeps no other from its
turn. The checkpoint is settled last: a crash in any part before is still found (semantics.md section 2.9).
"""

from collections.abc import Callable

from executus.account import error_of, error_text, facts_of, output_of, roll_up, segments, spent_of
from executus.answers import ArtifactsMade, AuditClosed, CleanedUp, CriticStopped, PartDone
from executus.buffer import Views
from executus.effects import (
    Abandon,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    Notice,
    OpenAudit,
    Question,
    ReleaseBudget,
    ReleaseLane,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
    TellAudit,
)
from executus.facts import Erred
from executus.machines.losses import remember_all
from executus.machines.observing import hears_audit, report_open_step
from executus.rules import deadlines
from executus.rules.status import Delivered, delivered_of, fate_of
from executus.slices import Door
from executus.state import Run, Stage, Transition, ask_within, tell, warn
from executus.values import Fault, replace


def wind_up(run: Run) -> Transition:
    """A run with a cause to end has nothing more to say: it leaves its stage before anyone speaks."""
    if run.cause is None:
        return run, ()
    kept = tuple([question for question in run.pending if isinstance(question, _LETTING_GO)])
    notices: list[Notice] = [Abandon(question.id) for question in run.pending if question not in kept]
    notices += report_open_step(run)
    error = error_of(run.cause)
    if error is not None and hears_audit(run):
        notices.append(TellAudit(Erred(str(error))))
    run = remember_all(run)
    left = [question.id for question in kept]
    waits = tuple([timeout for timeout in run.timeouts if timeout.question in left])
    disarmed = deadlines.disarm(run.deadlines)
    ending = replace(run, stage=Stage.FINALIZING, pending=kept, timeouts=waits, deadlines=disarmed)
    if run.clock.regaining:  # Whatever it still had to get again, it needs no more.
        ending = replace(ending, clock=replace(run.clock, regaining=False))
    return tell(ending, *notices)


_LETTING_GO = (StopCritic, CleanUp, CloseAudit, SettleCheckpoint)
"""What a run that was suspended had under way when a cancel made an end of it: it comes to its end, once."""


def finish(run: Run) -> Transition:
    """The next part that is owed; done once none is left."""
    if run.pending:
        return run, ()
    opening = _audit_opened(run)
    if opening is not None:
        return ask_within(run, opening, run.bounds.cleanup_timeout)
    for part in range(run.ending.part, len(PARTS)):
        question = PARTS[part](run)
        if question is not None:
            run = replace(run, ending=replace(run.ending, part=part))
            return ask_within(run, question, run.bounds.cleanup_timeout)
    return replace(run, stage=Stage.DONE), ()


def on_artifacts(run: Run, event: ArtifactsMade) -> Run:
    run = replace(run, ending=replace(run.ending, part=run.ending.part + 1))
    if isinstance(event.outcome, Fault):
        return warn(run, f"post-run failed: {event.outcome.message}")
    return replace(run, ending=replace(run.ending, made=event.outcome))


def on_part_done(run: Run, event: PartDone) -> Run:
    """Done or failed, it is not owed any more."""
    ports = run.ports
    match event:
        case AuditClosed():
            ports = replace(ports, audit=Door.CLOSED)
        case CriticStopped():
            ports = replace(ports, critic=Door.CLOSED)
        case CleanedUp():
            ports = replace(ports, session=Door.CLOSED)
        case _:
            pass
    if isinstance(event.outcome, Fault):
        run = warn(run, f"{_NAMES[event.answers]} failed: {event.outcome.message}")
    if run.suspended is not None:
        return replace(run, ports=ports, suspended=replace(run.suspended, part=run.suspended.part + 1))
    if run.ending.part == 0:  # It was asked while the run was suspended: the first part of the end is the hook's.
        return replace(run, ports=ports)
    return replace(run, ports=ports, ending=replace(run.ending, part=run.ending.part + 1))


def _audit_opened(run: Run) -> Question | None:
    """A run that ended before its audit began has one all the same, opened only to be closed."""
    if not run.wiring.audit or run.ports.audit is not Door.UNASKED or run.invocation.dry_run:
        return None
    return OpenAudit(run.next_id, facts_of(run))


def _artifacts(run: Run) -> Question | None:
    """Not for a run that never entered its loop."""
    if run.began is None or run.ports.session is not Door.OPEN:
        return None
    views = Views(*[segment.conversation for segment in segments(run)])
    return MakeArtifacts(run.next_id, views, output_of(run), error_text(run))


def _budget(run: Run) -> Question | None:
    if run.preflight.grant is None:
        return None
    return ReleaseBudget(run.next_id) if run.began is None else CommitBudget(run.next_id, spent_of(run))


def _delivery(run: Run) -> Question | None:
    cause = run.cause
    invocation = run.invocation
    if cause is None or not run.wiring.delivery or not invocation.delivery.id or invocation.dry_run:
        return None
    match delivered_of(cause):
        case Delivered.OUTPUT:
            return Deliver(run.next_id, output_of(run), False, run.ending.made.artifacts)
        case Delivered.ERROR:
            return Deliver(run.next_id, error_text(run), True)
        case Delivered.NOTHING:
            return None


def _audit(run: Run) -> Question | None:
    return CloseAudit(run.next_id, roll_up(run)) if run.ports.audit is Door.OPEN else None


def _critic(run: Run) -> Question | None:
    return StopCritic(run.next_id) if run.ports.critic is Door.OPEN else None


def _session(run: Run) -> Question | None:
    return CleanUp(run.next_id) if run.ports.session is Door.OPEN else None


def _finalizers(run: Run) -> Question | None:
    return RunFinalizers(run.next_id) if run.wiring.finalizers and not run.invocation.dry_run else None


def _checkpoint(run: Run) -> Question | None:
    if run.ports.checkpoint is not Door.OPEN or run.cause is None:
        return None
    return SettleCheckpoint(run.next_id, fate_of(run.cause))


PARTS: tuple[Callable[[Run], Question | None], ...] = (
    _artifacts,
    _budget,
    _delivery,
    _audit,
    _critic,
    _session,
    _finalizers,
    _checkpoint,
)
"""The end, in this order."""

_NAMES: dict[object, str] = {
    CommitBudget: "budget commit",
    ReleaseBudget: "budget release",
    Deliver: "delivery",
    CloseAudit: "audit",
    StopCritic: "critic",
    CleanUp: "session cleanup",
    RunFinalizers: "finalizers",
    SettleCheckpoint: "checkpoints",
}


def give_lane_back(run: Run) -> Transition:
    """The place in the lane is free once nothing is run any more."""
    if run.ports.lane is not Door.OPEN:
        return run, ()
    run = replace(run, ports=replace(run.ports, lane=Door.CLOSED))
    return tell(run, ReleaseLane(run.preflight.lane))
