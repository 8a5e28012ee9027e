"""A run told line by line: the instant, what happened, and what it led to."""

from executus.answers import (
    Advised,
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
from executus.codec import Fingerprint
from executus.effects import Abandon, Asked, Effect
from executus.events import Event
from executus.facts import Grant, Refusal
from executus.phrases import chain, part, quote, reply, result, shorten, tools
from executus.spans import say
from executus.started import RunStarted
from executus.tidings import answered, ended, signalled
from executus.tidings import kind as kind
from executus.values import Fault, Instant, one_line


def line(seq: int, event: Event, asked: tuple[Effect | Fingerprint, ...]) -> str:
    """One entry on one line."""
    then = f"  -> {' '.join(map(called, asked))}" if asked else ""
    return f"{seq:>5} {say(_rounded(event.at)):>9}  {told(event)}{then}"


def _rounded(at: Instant) -> Instant:
    """As exact as one reads it: microseconds below a millisecond, milliseconds above a second."""
    unit = 1 if at < 1000 else 100 if at < 1_000_000 else 1000
    return at - at % unit


def called(effect: Effect | Fingerprint) -> str:
    """An effect's name and id: `RunTool#4`."""
    if isinstance(effect, str):
        return one_line(effect.partition(":")[0])
    name = type(effect).__name__
    if isinstance(effect, Asked):
        return f"{name}#{effect.id}"
    return f"{name}({effect.question})" if isinstance(effect, Abandon) else name


def told(event: Event) -> str:
    """What happened, in one phrase."""
    match event:  # The commonest first; the rest by what they are about.
        case ToolReturned(id=id, outcome=outcome):
            return f"tool #{id} {result(outcome)}"
        case ModelReplied(id=id, outcome=outcome):
            return f"model #{id} {reply(outcome)}"
        case RunStarted():
            who = shorten(event.agent.name) or "an agent"
            return f"run {shorten(event.run_id)} of {who}: {quote(event.invocation.prompt)}"
        case (
            BudgetChecked()
            | LaneAcquired()
            | ModelResolved()
            | AuditOpened()
            | CheckpointBegun()
            | ToolboxBuilt()
            | FileStaged()
            | CriticStarted()
        ):
            return _prepared(event)
        case Delegated() | ApprovalDecided() | Reconciled() | Compacted() | Advised():
            return answered(event)
        case (
            ArtifactsMade()
            | BudgetCommitted()
            | BudgetReleased()
            | OutputDelivered()
            | AuditClosed()
            | CriticStopped()
            | CleanedUp()
            | FinalizersRun()
            | CheckpointSettled()
        ):
            return ended(event)
        case signal:
            return signalled(signal)


def _prepared(
    event: BudgetChecked
    | LaneAcquired
    | ModelResolved
    | AuditOpened
    | CheckpointBegun
    | ToolboxBuilt
    | FileStaged
    | CriticStarted,
) -> str:
    match event:
        case ModelResolved(outcome=outcome, labels=labels):
            return chain(outcome) + (f", labelled {shorten(', '.join(labels))}" if labels else "")
        case ToolboxBuilt(outcome=outcome):
            return tools(outcome)
        case BudgetChecked(outcome=Grant(tokens=tokens, cost=cost)):
            limits = [
                f"{count} {what}" for count, what in ((tokens, "tokens"), (cost, "cost")) if count is not None
            ]
            return f"budget grants {' and '.join(limits) or 'all'}"
        case BudgetChecked(outcome=Refusal(reason=reason)):
            return f"budget refuses: {quote(reason)}"
        case BudgetChecked(outcome=outcome):
            return part("budget", outcome)
        case LaneAcquired(outcome=outcome):
            return part("lane", outcome, "acquired")
        case AuditOpened(outcome=outcome):
            return part("audit", outcome, "opened")
        case CheckpointBegun(outcome=outcome):
            return part("checkpoint", outcome, "begun")
        case CriticStarted(outcome=outcome):
            return part("critic", outcome, "started")
        case FileStaged(outcome=outcome):
            staged = "" if isinstance(outcome, Fault) else f"staged as {shorten(outcome)}"
            return part("file", outcome, staged)
