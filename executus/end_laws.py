"""The laws of the end: its parts each once and in order, what each is given, and what a suspension lets go of.

Part of `laws.py`, which says what a law is. What is owed is found from questions and answers alone.
"""

from collections.abc import Callable, Iterator

from executus.account import error_of
from executus.answers import (
    ArtifactsMade,
    AuditOpened,
    BudgetChecked,
    CheckpointBegun,
    CriticStarted,
)
from executus.effects import (
    Abandon,
    Asked,
    BuildToolbox,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    OpenAudit,
    ReleaseBudget,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
    Told,
)
from executus.events import PortFailed, RunResumed
from executus.facts import Fate, Grant, Made
from executus.lived import Lived, Moment, own_messages, results_of_open_step
from executus.rules.status import Cause, Finished, Status, status_of
from executus.state import Stage
from executus.transition import is_over
from executus.values import Artifact

PARTS: tuple[type[Asked], ...] = (
    OpenAudit,
    MakeArtifacts,
    CommitBudget,
    ReleaseBudget,
    Deliver,
    CloseAudit,
    StopCritic,
    CleanUp,
    RunFinalizers,
    SettleCheckpoint,
)
"""The end in its order; an audit that was never opened is opened only to be closed."""


def nothing_is_begun_after_the_cause(lived: Lived) -> bool:
    """With a cause only the parts of the end are asked; what is in flight is abandoned (section 2.9)."""
    stopped = [moment for moment in lived.moments if moment.run.cause is not None]
    return all(isinstance(effect, (Told, *PARTS)) for moment in stopped for effect in moment.asked)


def what_is_in_flight_is_abandoned_first(lived: Lived) -> bool:
    """At the cause, or a suspension, every open question is abandoned before a part is asked (section 2.9)."""
    for moment in lived.moments:
        begins = moment.run.suspended is not None and moment.before.suspended is None
        if (moment is not lived.end and not begins) or moment is lived.moments[0]:
            continue
        asked = [isinstance(effect, Asked) for effect in moment.asked]
        gone = [isinstance(effect, Abandon) for effect in moment.asked]
        if True in asked and True in gone[asked.index(True) :]:
            return False
        before = {question.id for question in moment.landed.pending}
        kept = [question for question in moment.run.pending if question.id in before]
        if kept and not (moment.before.suspended is not None and isinstance(kept[0], _HELD)):
            return False
    return True


def the_parts_of_the_end_come_once_and_in_order(lived: Lived) -> bool:
    """Exactly once on every path, one after the other; again only in another epoch (sections 2.9, 3 and 8)."""
    ended: set[type[Asked]] = set()
    begun: set[type[Asked]] = set()
    for epoch in lived.epochs():
        last = -1
        for moment in epoch:
            ended |= _closed(moment) & begun
            begun |= {type(question) for question in moment.questions()} if moment.run.cause else set()
            if moment.run.cause is None:
                continue
            for question in moment.questions():
                place = PARTS.index(type(question))
                is_twice = type(question) in ended and not isinstance(question, OpenAudit)
                if place <= last or is_twice or len(moment.run.pending) != 1:
                    return False
                last = place
    return True


def _closed(moment: Moment) -> set[type[Asked]]:
    """Of which questions the answer came just now, or was waited for in vain."""
    is_abandoned = moment.run.cause is not None and moment.before.cause is None and not moment.before.suspended
    if isinstance(moment.event, RunResumed) or is_abandoned:
        return set()
    still = {question.id for question in moment.run.pending}
    return {type(question) for question in moment.before.pending if question.id not in still}


def every_part_that_is_owed_is_asked(lived: Lived) -> bool:
    """What was opened is closed, what was granted is settled, whatever the cause (semantics.md section 2.9)."""
    if lived.last.stage is not Stage.DONE:
        return True
    owed: set[type[Asked]] = set()
    asked: set[type[Asked]] = set()
    for moment, held in _holdings(lived):
        if moment is lived.end:  # What a suspension was letting go of comes to its end.
            going = {type(question) for question in moment.before.pending if moment.before.suspended is not None}
            owed = _owed(lived, held - (going - {SettleCheckpoint}))
        elif moment.before.cause is not None:
            if isinstance(moment.event, RunResumed):  # These went with the process.
                owed -= {MakeArtifacts, StopCritic, CleanUp} - asked
            owed = owed | {CloseAudit} if CloseAudit in held | asked else owed - {CloseAudit}
            owed -= {SettleCheckpoint} - held - asked
        if moment.run.cause is not None:
            asked |= {type(question) for question in moment.questions()}
    return asked - {OpenAudit} == owed and (OpenAudit not in asked or lived.last.wiring.audit)


def _owed(lived: Lived, held: set[type[Asked]]) -> set[type[Asked]]:
    run = lived.last
    if run.invocation.dry_run:
        return set()
    granted = any(moment.answers and _grants(moment) for moment in lived.moments)
    owed: dict[type[Asked], bool] = {
        MakeArtifacts: run.began is not None and CleanUp in held,
        CommitBudget: granted and run.began is not None,
        ReleaseBudget: granted and run.began is None,
        Deliver: run.wiring.delivery and bool(run.invocation.delivery.id),
        RunFinalizers: run.wiring.finalizers,
    }
    return {part for part, is_owed in owed.items() if is_owed} | held


def _grants(moment: Moment) -> bool:
    return isinstance(moment.event, BudgetChecked) and isinstance(moment.event.outcome, Grant)


def _holdings(lived: Lived) -> Iterator[tuple[Moment, set[type[Asked]]]]:
    """After each moment, what the run holds open, by the question that closes it."""
    held: set[type[Asked]] = set()
    for moment in lived.moments:
        match moment.event:
            case RunResumed():  # They go with the process; an audit that is to be closed is opened again.
                held -= {StopCritic, CleanUp} | (set() if moment.before.cause else {CloseAudit})
            case AuditOpened(outcome=outcome) if moment.answers:
                held = held | {CloseAudit} if outcome is True else held - {CloseAudit}
            case CriticStarted(outcome=True) if moment.answers:
                held |= {StopCritic}
            case CheckpointBegun(outcome=True) if moment.answers:
                held |= {SettleCheckpoint}
            case PortFailed(port="checkpoints"):
                held -= {SettleCheckpoint}
            case _:
                closed = _closed(moment)
                held -= (closed | {CloseAudit} if OpenAudit in closed else closed) - {SettleCheckpoint}
        if any(isinstance(question, BuildToolbox) and question.session for question in moment.questions()):
            held |= {CleanUp}
        yield moment, set(held)


def a_delivery_says_what_the_run_came_to(lived: Lived) -> bool:
    """The output with its artifacts, or the error; a suspended run delivers nothing yet (section 3)."""
    made: tuple[Artifact, ...] = ()
    for moment in lived.moments:
        if moment.answers and isinstance(moment.event, ArtifactsMade) and isinstance(moment.event.outcome, Made):
            made = moment.event.outcome.artifacts
        for question in moment.questions():
            cause = moment.run.cause
            if not isinstance(question, Deliver):
                continue
            if isinstance(cause, Finished):
                expected = Deliver(question.id, cause.output, False, made)
            else:
                expected = Deliver(question.id, str(error_of(cause)) if cause else "", True)
            if question != expected or cause is None:
                return False
    return True


def what_is_settled_is_what_was(lived: Lived) -> bool:
    """Budget, audit and checkpoint are told the cause that is kept, and what was used (sections 2.2, 3 and 9)."""
    return all(_is_true(moment, question) for moment in lived.moments for question in moment.questions())


def _is_true(moment: Moment, question: Asked) -> bool:
    run, cause = moment.run, moment.run.cause
    match question:
        case CommitBudget(spent=spent):
            return cause is not None and (spent.status, spent.usage) == (status_of(cause), run.used)
        case CloseAudit(roll_up=told):
            status = Status.CANCELLED if cause is None else status_of(cause)
            error = "shut down by the host, to be resumed" if cause is None else str(error_of(cause) or "")
            calls = [said for said in own_messages(run) if said.role == "tool"] + results_of_open_step(run)
            expected = (status, error, len(calls), run.used, cause is None)
            return (told.status, told.error, told.tool_calls, told.usage, told.resumable) == expected
        case SettleCheckpoint(fate=fate):
            return fate is _fate(cause)
        case _:
            return True


def _fate(cause: Cause | None) -> Fate:
    if cause is None:
        return Fate.KEEP
    return Fate.COMPLETE if isinstance(cause, Finished) else Fate.FAIL


def a_suspended_run_lets_go_once_and_waits(lived: Lived) -> bool:
    """Critic, session, audit, lane and lease, once; the rest waits for the real end (semantics.md section 3)."""
    for epoch in lived.epochs():
        asked = [question for moment in epoch if moment.run.suspended for question in moment.questions()]
        places = [_HELD.index(type(question)) if type(question) in _HELD else -1 for question in asked]
        if places != sorted(set(places)) or -1 in places:
            return False
    for moment, held in _holdings(lived):
        is_suspended = moment.run.suspended is not None
        if is_suspended and (SettleCheckpoint not in held or (is_over(moment.run) and len(held) > 1)):
            return False
    return True


_HELD = (StopCritic, CleanUp, CloseAudit, SettleCheckpoint)


END_LAWS: tuple[Callable[[Lived], bool], ...] = (
    nothing_is_begun_after_the_cause,
    what_is_in_flight_is_abandoned_first,
    the_parts_of_the_end_come_once_and_in_order,
    every_part_that_is_owed_is_asked,
    a_delivery_says_what_the_run_came_to,
    what_is_settled_is_what_was,
    a_suspended_run_lets_go_once_and_waits,
)
