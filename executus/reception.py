"""Who takes each fact: the table of events, and what it means that time has passed.

A question that nobody waits for any longer is answered here, with a fault: so every machine hears of a timeout in
the words of its own answer.
"""

from collections.abc import Callable
from typing import Any, get_args

from executus.answers import (
    Advised,
    Answer,
    ApprovalDecided,
    ArtifactsMade,
    AuditClosed,
    AuditOpened,
    BudgetChecked,
    BudgetCommitted,
    BudgetReleased,
    CheckpointBegun,
    CheckpointSettled,
    CleanedUp,
    Compacted,
    CriticStarted,
    CriticStopped,
    Delegated,
    FileStaged,
    FinalizersRun,
    LaneAcquired,
    ModelReplied,
    ModelResolved,
    OutputDelivered,
    Reconciled,
    ToolboxBuilt,
    ToolReturned,
)
from executus.effects import AcquireLane, Question
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
from executus.failures import PreflightTimedOut
from executus.machines.adjusting import on_limits, on_port_failed
from executus.machines.compaction import on_compacted
from executus.machines.critic import on_advised
from executus.machines.delegation import on_child_waiting, on_usage
from executus.machines.doors import on_audit_opened, on_checkpoint_begun, on_critic_started, on_file_staged
from executus.machines.finalize import on_artifacts, on_part_done
from executus.machines.loop import on_model, on_steering
from executus.machines.preflight import on_budget_checked, on_lane_acquired, on_model_resolved
from executus.machines.settling import on_settled
from executus.machines.steps import on_approval, on_delegated, on_reconciled, on_tool
from executus.machines.suspend import on_cancel, on_resumed, on_shutdown
from executus.machines.toolboxes import on_toolbox_built
from executus.rules import deadlines
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, Failed
from executus.started import RunStarted
from executus.state import Run, drop, stop
from executus.values import EffectId, Fault, FaultKind, Instant, replace


def nothing(run: Run, event: Event) -> Run:
    """Its instant was all it had to say."""
    return run


FACTS: dict[type[Event], Callable[[Run, Any], Run]] = {
    ToolReturned: on_tool,
    ModelReplied: on_model,
    RunStarted: nothing,
    BudgetChecked: on_budget_checked,
    LaneAcquired: on_lane_acquired,
    ModelResolved: on_model_resolved,
    AuditOpened: on_audit_opened,
    CheckpointBegun: on_checkpoint_begun,
    ToolboxBuilt: on_toolbox_built,
    FileStaged: on_file_staged,
    CriticStarted: on_critic_started,
    Delegated: on_delegated,
    ApprovalDecided: on_approval,
    Reconciled: on_reconciled,
    Compacted: on_compacted,
    Advised: on_advised,
    ArtifactsMade: on_artifacts,
    BudgetCommitted: on_part_done,
    BudgetReleased: on_part_done,
    OutputDelivered: on_part_done,
    AuditClosed: on_part_done,
    CriticStopped: on_part_done,
    CleanedUp: on_part_done,
    FinalizersRun: on_part_done,
    CheckpointSettled: on_part_done,
    Steered: on_steering,
    ActivitySeen: nothing,
    ToolStarted: nothing,
    UsageSeen: on_usage,
    ChildWaiting: on_child_waiting,
    OutcomeSettled: on_settled,
    PortFailed: on_port_failed,
    LimitsChanged: on_limits,
    CancelRequested: on_cancel,
    ShutdownRequested: on_shutdown,
    RunResumed: on_resumed,
    TimePassed: nothing,
}
"""What each event does to a run."""

PROGRESS = frozenset((ModelReplied, ToolReturned, Delegated))
"""New results."""

ACTIVITY = PROGRESS | {Steered, ActivitySeen, ToolStarted}
"""Signs of life, as a critic sees them (semantics.md section 4)."""

ANSWERS: dict[type[Question], type[Answer]] = {answer.answers: answer for answer in get_args(Answer)}
"""The event that answers each question."""


def expire(run: Run) -> Run:
    """Stop the run at the deadline's own instant, however late the world noticed."""
    deadline = run.deadlines
    at = run.now if deadline.end is None else deadline.end
    if deadline.owner is Owner.PREFLIGHT:
        return stop(run, Failed(at, PreflightTimedOut(deadline.limit)))
    return stop(run, Expired(at, deadline.owner, deadline.limit))


def lapse(run: Run, now: Instant) -> Run:
    """Nobody waits any longer for these questions: each is answered with a fault, at its own instant."""
    for timeout in run.timeouts:
        if not deadlines.has_come(timeout.at, now):
            break
        question = next((one for one in run.pending if one.id == timeout.question), None)
        run = replace(drop(run, timeout.question), now=max(run.now, timeout.at))
        if question is not None:
            run = _unanswered(run, question)
    return run


def _unanswered(run: Run, question: Question) -> Run:
    if isinstance(question, AcquireLane):
        return stop(run, Expired(run.now, Owner.MAX_RUNTIME, run.bounds.max_runtime))
    if run.clock.regaining and run.suspended is None:
        return stop(run, Failed(run.now, PreflightTimedOut(run.bounds.preflight_timeout)))
    fault = Fault(FaultKind.TIMEOUT, "no answer in time", retryable=True)
    answer = ANSWERS[type(question)]
    return FACTS[answer](run, answer(run.now, question.id, fault))


def in_time(run: Run, question: EffectId) -> Run:
    """It was answered: nothing lapses any more."""
    return replace(run, timeouts=tuple([timeout for timeout in run.timeouts if timeout.question != question]))
