"""What came of what a run asked while it conversed and ended, and what reached it unasked, each in one phrase."""

from executus.answers import (
    Advised,
    ApprovalDecided,
    ArtifactsMade,
    AuditClosed,
    BudgetCommitted,
    BudgetReleased,
    CheckpointSettled,
    CleanedUp,
    Compacted,
    CriticStopped,
    Delegated,
    FinalizersRun,
    OutputDelivered,
    Reconciled,
)
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
    Signal,
    Steered,
    TimePassed,
    ToolStarted,
    UsageSeen,
)
from executus.facts import (
    Advice,
    Approved,
    ChildResult,
    Made,
    NotDone,
    Refused,
    StillUnknown,
)
from executus.phrases import failed, part, pictures, quote, result, shorten
from executus.spans import say
from executus.values import Fault, ToolResult, Usage


def kind(event: Event) -> str:
    """The event's name in files, which is also what `--kind` takes: `model_replied`."""
    return str(event.__struct_config__.tag)


def answered(event: Delegated | ApprovalDecided | Reconciled | Compacted | Advised) -> str:
    """What came of a question of the conversation."""
    id, outcome = event.id, event.outcome
    match outcome:
        case Fault():
            return f"{kind(event).replace('_', ' ')} #{id} {failed(outcome)}"
        case ChildResult(run_id=run_id, status=status, output=output):
            return f"child #{id} {shorten(run_id)} ended {shorten(status)}: {quote(output)}"
        case Approved(by=by):
            return f"approved #{id}" + (f" by {quote(by)}" if by else "")
        case Refused(reason=reason):
            return f"refused #{id}: {quote(reason)}"
        case ToolResult():
            return f"reconciled #{id}: it {result(outcome)}"
        case NotDone():
            return f"reconciled #{id}: it was not done"
        case StillUnknown():
            return f"reconciled #{id}: still unknown"
        case Advice():
            return f"critic {_advice(outcome)}"
        case turns:
            return f"compacted to {len(turns)} turns"


def _advice(advice: Advice) -> str:
    if advice.kill_reason is not None:
        return f"kills: {quote(advice.kill_reason)}"
    parts = [f"nudges {quote(text)}" for text in advice.nudges]
    parts += [f"extends by {say(advice.extend_by)}"] if advice.extend_by else []
    parts += ["lifts the backstop"] if advice.lift_backstop else []
    parts += [f"raises the steps by {advice.raise_steps_by}"] if advice.raise_steps_by else []
    return ", ".join(parts) or "has no advice"


def ended(
    event: ArtifactsMade
    | BudgetCommitted
    | BudgetReleased
    | OutputDelivered
    | AuditClosed
    | CriticStopped
    | CleanedUp
    | FinalizersRun
    | CheckpointSettled,
) -> str:
    """What came of a part of the end."""
    outcome = event.outcome
    if isinstance(outcome, Made):
        count = len(outcome.artifacts)
        return f"post-run gave {count or 'no'} artifact{'' if count == 1 else 's'}"
    return part(kind(event).replace("_", " "), outcome, "").rstrip()


def signalled(event: Signal) -> str:
    """What reached the run unasked."""
    match event:
        case Steered(text=text):
            return f"steered: {quote(text)}{pictures(len(event.images))}"
        case CancelRequested(by=by):
            return f"cancelled by {quote(by)}"
        case ShutdownRequested():
            return "the host shuts down"
        case TimePassed():
            return "time passed"
        case ActivitySeen():
            return "a sign of life"
        case ToolStarted(question=question):
            return f"tool #{question} begins"
        case UsageSeen(usage=usage, child=child):
            return f"child {shorten(child)} used {used(usage)}"
        case ChildWaiting(question=question, waiting=waiting):
            return f"child #{question} {'waits for people' if waiting else 'goes on'}"
        case OutcomeSettled(call_id=call_id, happened=happened):
            return f"settled: {shorten(call_id)} {'happened' if happened else 'did not happen'}"
        case PortFailed(port=port, message=message):
            return f"{shorten(port)} failed: {quote(message)}"
        case LimitsChanged():
            return f"limits changed: {_limits(event)}"
        case RunResumed(epoch=epoch):
            return f"taken up again, epoch {epoch}"


def used(usage: Usage) -> str:
    """What was used, as far as it was reported."""
    names = ("input_tokens", "output_tokens", "thinking_tokens", "cached_tokens", "cost")
    told = [f"{getattr(usage, name)} {name}" for name in names if getattr(usage, name) is not None]
    return ", ".join(told).replace("_", " ") or "nothing that was reported"


def _limits(event: LimitsChanged) -> str:
    told = [f"max_runtime {say(event.max_runtime)}"] if event.max_runtime else []
    for name in ("max_iterations", "tokens", "cost"):
        value = getattr(event, name)
        told += [f"{name} {value}"] if value is not None else []
    return ", ".join(told) or "none"
