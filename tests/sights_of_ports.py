"""What ports, people and time do in a run that a reader of the code would worry about (see sights.py)."""

from collections.abc import Iterator

from executus.answers import Advised, Answered, ApprovalDecided, ModelReplied, Reconciled, ToolReturned
from executus.effects import (
    AcquireLane,
    AskApproval,
    CallModel,
    Compact,
    ConsultCritic,
    Delegate,
    Reconcile,
    ReleaseLane,
    RunTool,
)
from executus.events import (
    CancelRequested,
    ChildWaiting,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    RunResumed,
    ShutdownRequested,
    UsageSeen,
)
from executus.facts import Advice, Refused
from executus.lived import Lived, Moment, own_messages
from executus.machines.loop import REMINDER
from executus.slices import Due
from executus.state import Run, Stage
from executus.values import Fault


def seen_of_ports(lived: Lived) -> Iterator[str]:
    """What happened in this run, of what stands above."""
    for moment in lived.moments[1:]:
        yield from _seen_of_the_critic(moment)
        yield from _seen_of_calls(moment)
        yield from _seen_of_models(moment)
        yield from _seen_of_people(moment)
        yield from _seen_of_stops(moment)
        yield from _seen_of_parts(moment)
    yield from _seen_at_last(lived)


def _seen_of_the_critic(moment: Moment) -> Iterator[str]:
    event, run = moment.event, moment.run
    for effect in moment.asked:
        if isinstance(effect, ConsultCritic):
            yield "a soft consultation" if effect.consultation.reason == "soft" else "an idle consultation"
    if not isinstance(moment.question, ConsultCritic) or not isinstance(event, Advised):
        is_asked = any(isinstance(question, ConsultCritic) for question in moment.before.pending)
        if is_asked and moment.before.cause is None and run.cause is not None:
            yield "a critic that is silent"
        return
    advice = event.outcome
    if isinstance(advice, Fault):
        yield "a critic that fails"
    elif advice == Advice():
        yield "a critic without advice"
    elif advice.kill_reason is None:
        if any("was cut to the ceiling" in said for said in run.warnings):
            yield "an extension cut"
        elif advice.extend_by > 0:
            yield "an extension that helps"
        if advice.lift_backstop:
            yield "a lifted backstop"
        if advice.raise_steps_by > 0:
            yield "steps raised"


def _seen_of_calls(moment: Moment) -> Iterator[str]:
    before, event, run = moment.before, moment.event, moment.run
    if len(run.unknowns) > len(before.unknowns):
        yield "an unknown outcome"
    if run.talk.attempts and any(isinstance(effect, RunTool) for effect in moment.asked):
        yield "a call asked again under its key"
    if any(isinstance(slot, Due) and slot.at > run.now for slot in run.talk.slots):
        yield "a call that waits for its retry"
    is_found = isinstance(moment.question, Reconcile) and isinstance(event, Reconciled)
    if is_found and not isinstance(event.outcome, Fault):  # type: ignore[union-attr]  # an answer
        yield f"a reconciled call: {type(event.outcome).__name__}"  # type: ignore[union-attr]  # an answer
    settled = [one.settled for one in run.unknowns] != [one.settled for one in before.unknowns]
    if settled and isinstance(event, OutcomeSettled):
        is_told = len(run.talk.mailbox) > len(before.talk.mailbox) or run.talk.mailbox
        yield "a settled outcome told as steering" if is_told else "a settled outcome before the model is told"
    if (
        isinstance(event, ToolReturned)
        and moment.answers is None
        and event.id in [id for id, _ in before.talk.cut]
    ):
        yield "a late result of a cut attempt"
    if isinstance(event, ToolReturned) and moment.answers is None and settled:
        yield "a late result settles"
    if isinstance(event, ToolReturned) and moment.answers is None and before.epoch:
        yield "a late answer after a resume"


def _seen_of_models(moment: Moment) -> Iterator[str]:
    before, event, run = moment.before, moment.event, moment.run
    asking = run.talk.asking
    if asking.attempt > before.talk.asking.attempt:
        yield "a retry"
        if isinstance(event, ModelReplied) and isinstance(event.outcome, Fault) and event.outcome.retry_after:
            yield "a Retry-After"
    if asking.choice > before.talk.asking.choice:
        yield "a fallback"
    if any(isinstance(question, CallModel) and question.id in _lapsing(moment) for question in before.pending):
        yield "a model that hangs"
    if isinstance(moment.question, Compact):
        is_taken = run.talk.conversation != before.talk.conversation and run.talk.compacted
        yield "a compaction taken" if is_taken else "a compaction refused"
        if before.talk.asking.overflowed:
            yield "a compaction after overflow"
    if run.pipeline.index != before.pipeline.index and (before.talk.mailbox or before.talk.nudges):
        yield "words dropped with their phase"
    if before.talk.mailbox and before.talk.nudges and not (run.talk.mailbox or run.talk.nudges):
        yield "words of host and critic at once"
    if before.talk.nudges and not run.talk.nudges and run.cause is None:
        yield "a nudge heard"


def _seen_of_people(moment: Moment) -> Iterator[str]:
    before, event, run = moment.before, moment.event, moment.run
    is_decided = isinstance(moment.question, AskApproval) and isinstance(event, ApprovalDecided)
    if is_decided and isinstance(event.outcome, Refused):  # type: ignore[union-attr]  # an answer
        yield "a call refused by a person"
    for question in before.pending:
        if isinstance(question, AskApproval) and question.id in _lapsing(moment):
            yield "an approval that comes too late"
    for effect in moment.asked:
        if isinstance(effect, AskApproval) and effect.why == "outcome unknown":
            yield "a call held for a person"
        if isinstance(effect, ReleaseLane) and run.cause is None and run.suspended is None:
            yield "a lane given back while people are asked"
        if isinstance(effect, AcquireLane) and run.began is not None and not run.clock.regaining:
            yield "a queue after waiting"
    if isinstance(event, ChildWaiting) and run.clock.children:
        yield "a child that waits"
    if isinstance(event, UsageSeen) and run.cause is not None and before.cause is None:
        yield "a child over the grant"
    if isinstance(event, LimitsChanged) and before.cause is None:
        yield "limits changed to what is over already" if run.cause is not None else "limits changed"


def _seen_of_stops(moment: Moment) -> Iterator[str]:
    before, event, run = moment.before, moment.event, moment.run
    queued = any(isinstance(question, AcquireLane) for question in before.pending)
    if isinstance(event, CancelRequested) and queued:
        yield "a cancel while queued"
    if isinstance(event, CancelRequested) and before.suspended is not None:
        yield "a cancel while suspended"
    if isinstance(event, ShutdownRequested) and before.cause is not None:
        yield "a shutdown in the end"
    if isinstance(event, PortFailed) and run.stale and not before.stale:
        yield "a store that fails mid-run"
    if run.suspended is not None and before.suspended is None:
        yield f"a suspension {_where(before)}"
        if before.epoch:
            yield "a second suspension"
    if isinstance(event, RunResumed) and before.suspended is None:
        stages = {Stage.PREPARING: "while preparing", Stage.CONVERSING: "while conversing"}
        yield f"a crash {stages.get(before.stage, 'in the end')}"
        if any(isinstance(question, RunTool) for question in before.pending):
            yield "a crash while tools run"


def _where(run: Run) -> str:
    if run.stage is Stage.PREPARING:
        return "while preparing"
    if any(isinstance(question, AskApproval) for question in run.pending):
        return "while people are asked"
    return "while tools run" if run.talk.slots else "while a model thinks"


def _seen_of_parts(moment: Moment) -> Iterator[str]:
    if moment.before.cause is None:
        return
    for question in moment.before.pending:
        if question.id in _lapsing(moment):
            yield f"{type(question).__name__} hangs"
    event = moment.event
    if moment.question is not None and isinstance(event, Answered) and isinstance(event.outcome, Fault):  # type: ignore[attr-defined]  # every answer has one
        yield f"{type(moment.question).__name__} fails"


def _lapsing(moment: Moment) -> set[int]:
    """The questions that nobody waited for any longer."""
    return {one.question for one in moment.before.timeouts if moment.event.at >= one.at and not moment.is_late}


def _seen_at_last(lived: Lived) -> Iterator[str]:
    run = lived.last
    said = own_messages(run)
    texts = [one.text for one in said if one.role == "tool" and one.is_error]
    if any("may have happened already" in text for text in texts):
        yield "a held call"
    if any("must not be run unrecorded" in text for text in texts):
        yield "a tool refused without a store"
    if any(one.text == REMINDER for one in said):
        yield "a reminder of submit"
    if run.value and not run.invocation.dry_run:
        yield "a value submitted"
    if any("optional phase" in warning for warning in run.warnings):
        yield "an optional phase that failed"
    asked = {moment.run.pipeline.index for moment in lived.moments if _asks(moment)}
    if set(range(len(run.pipeline.done))) - asked:
        yield "a phase skipped"
    if lived.asked(Delegate) and any(text.startswith("the run child ended") for text in texts):
        yield "a child that ended otherwise"


def _asks(moment: Moment) -> bool:
    return any(isinstance(effect, CallModel) for effect in moment.asked)
