"""Everything that may happen to a run next: what the outside can send it, whatever state it is in.

Law: the moves are a function of the state and of the clock alone, and each is one that an honest world could make:
stamped no earlier than what came before, with the next epoch, and nothing once the record is closed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from executus.answers import Advised, ApprovalDecided, ModelReplied, ToolReturned
from executus.effects import AskApproval, CallModel, ConsultCritic, Delegate, RunTool
from executus.events import (
    ActivitySeen,
    CancelRequested,
    ChildWaiting,
    Event,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    RunResumed,
    ShutdownRequested,
    Steered,
    TimePassed,
    ToolStarted,
    UsageSeen,
)
from executus.facts import Advice, Approved
from executus.offers import Outside, offers
from executus.reception import ANSWERS
from executus.slices import Door
from executus.state import Run, Stage
from executus.transition import is_over, next_wakeup
from executus.values import EffectId, Instant, ModelReply, ToolResult, Usage

Move: TypeAlias = tuple[Event, int]
"""What happens, and what it costs: 0 for what is bound to happen when all goes well, else 1."""

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def moves(run: Run, at: Instant, outside: Outside, room: int) -> Iterator[Move]:
    """Each thing that may happen at `at`, or when the run must be woken, for at most `room`."""
    if run.stage is Stage.DONE:
        return
    wakeup = next_wakeup(run)
    if not is_over(run):
        for question in run.pending:
            for outcome, cost in offers(run, question, outside):
                if cost <= room:
                    yield _answer(question, at, outcome), cost
                if room and wakeup is not None and cost == 0:
                    yield _answer(question, wakeup, outcome), 1
    if room:
        yield from ((event, 1) for event in _unasked(run, at))
    if wakeup is not None and not is_over(run):
        is_all = not run.pending  # Nothing else can happen by itself.
        if is_all or room:
            yield TimePassed(wakeup), 0 if is_all else 1
        if room:
            yield from ((event, 1) for event in _at_the_boundary(run, wakeup))


def _answer(question: Any, at: Instant, outcome: Any) -> Event:
    return ANSWERS[type(question)](at, question.id, outcome)


def _unasked(run: Run, at: Instant) -> Iterator[Event]:
    """Signals, answers that come too late or twice, and the end of the process."""
    if run.ports.checkpoint is Door.OPEN or run.suspended is not None:
        yield RunResumed(at, run.epoch + 1, WALL_TIME)
    if is_over(run):
        return
    yield CancelRequested(at)
    yield ShutdownRequested(at)
    yield Steered(at, "A word.")
    yield LimitsChanged(at, max_runtime=1)
    yield LimitsChanged(at, max_iterations=1, tokens=1)
    if run.deadlines.ceiling is not None:
        yield ActivitySeen(at)
    if run.wiring.audit:
        yield PortFailed(at, "audit", "gone")
    yield from _too_late(run, at)
    for question in run.pending:
        if isinstance(question, RunTool) and run.deadlines.ceiling is not None:
            yield ToolStarted(at, question.id)
        if isinstance(question, Delegate):
            yield ChildWaiting(at, question.id)
            yield ChildWaiting(at, question.id, waiting=False)
            yield UsageSeen(at, Usage(input_tokens=20, cost=20), "child")
    for unknown in run.unknowns:
        if not unknown.settled:
            yield OutcomeSettled(at, unknown.call.call_id, True, "so it is", "ann")
            yield OutcomeSettled(at, unknown.call.call_id, False)


def _too_late(run: Run, at: Instant) -> Iterator[Event]:
    """Answers to questions that are closed: the last one again, and every call whose result may matter."""
    waiting = {question.id for question in run.pending}
    closed = next((id for id in range(run.next_id - 1, -1, -1) if id not in waiting), 0)
    yield ModelReplied(at, closed, ModelReply("Once more."))
    yield Advised(at, closed, Advice(kill_reason="once more"))
    for id in sorted({closed, *_remembered(run)} - waiting):
        yield ToolReturned(at, id, ToolResult("late"))


def _remembered(run: Run) -> Iterator[EffectId]:
    """Calls that nobody waits for any more, and that something is still to be learned about."""
    for id, _ in run.talk.cut:
        yield id
    for unknown in run.unknowns:
        yield unknown.question
    for slot in run.talk.slots:
        if isinstance(slot, int):
            yield slot


def _at_the_boundary(run: Run, wakeup: Instant) -> Iterator[Event]:
    """What comes in at the very instant at which a deadline, or a wait, is over: then time goes first."""
    yield CancelRequested(wakeup)
    yield ShutdownRequested(wakeup)
    for question in run.pending:
        if isinstance(question, CallModel):
            yield ModelReplied(wakeup, question.id, ModelReply("Done."))
        if isinstance(question, ConsultCritic):
            yield Advised(wakeup, question.id, Advice(extend_by=1_000_000))
        if isinstance(question, AskApproval):
            yield ApprovalDecided(wakeup, question.id, Approved("ann"))


def failing_store(run: Run, since: EffectId) -> Event | None:
    """The record of what was asked just now can't be kept: told before anything of it is done."""
    if run.ports.checkpoint is not Door.OPEN or is_over(run):
        return None
    return PortFailed(run.now, "checkpoints", "disk full", since)
