"""What a run may ask of the world. Imperative names, inert data, no behaviour.

A question has an id and is answered exactly once; a notice is answered by nobody. The tag is the effect's
name in fingerprints: it is part of the file format and outlives the class's name.
"""

from typing import ClassVar, TypeAlias

from executus.buffer import View, Views
from executus.facts import Consultation, Fate, RollUp, RunFacts, Seen, Spent
from executus.toolbox import Setup
from executus.values import Artifact, EffectId, Message, Record, ToolCall


class Asked(Record, frozen=True, tag_field="is"):
    """A question: the world answers it once, under its id."""

    unprinted: ClassVar[tuple[str, ...]] = ("id",)
    """Fields that no fingerprint holds: they say where the question stands, not what it asks."""

    id: EffectId


class Told(Record, frozen=True, tag_field="is"):
    """A notice: nobody answers it."""

    unprinted: ClassVar[tuple[str, ...]] = ()


class CheckBudget(Asked, frozen=True, tag="CheckBudget"):
    """May this run be run? `reserve` asks for a grant, else it is only looked at. Answered by `BudgetChecked`."""

    caller: str
    reserve: bool = True


class AcquireLane(Asked, frozen=True, tag="AcquireLane"):
    """Wait for a place in this lane. Answered by `LaneAcquired`."""

    lane: str


class ResolveModel(Asked, frozen=True, tag="ResolveModel"):
    """Which models does this tier stand for? Answered by `ModelResolved`."""

    tier: str


class OpenAudit(Asked, frozen=True, tag="OpenAudit"):
    """Begin the audit of the run. Answered by `AuditOpened`."""

    facts: RunFacts


class BeginCheckpoint(Asked, frozen=True, tag="BeginCheckpoint"):
    """Begin a durable record. Answered by `CheckpointBegun`."""

    facts: RunFacts


class BuildToolbox(Asked, frozen=True, tag="BuildToolbox"):
    """Find the tools of these names, and open the session. Answered by `ToolboxBuilt`."""

    names: tuple[str, ...]
    skills: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    session: bool = False


class StageFile(Asked, frozen=True, tag="StageFile"):
    """Hand input file `index` of the invocation to the host. Answered by `FileStaged`."""

    index: int
    name: str
    mime: str


class StartCritic(Asked, frozen=True, tag="StartCritic"):
    """Let a critic watch the run; it may decline. Answered by `CriticStarted`."""

    facts: RunFacts


class CallModel(Asked, frozen=True, tag="CallModel"):
    """Send the conversation to a model. Answered by `ModelReplied`."""

    conversation: View[Message]
    setup: Setup


class RunTool(Asked, frozen=True, tag="RunTool"):
    """Run one tool, the `number`th call of the run. Answered by `ToolReturned`."""

    unprinted: ClassVar[tuple[str, ...]] = ("id", "number")

    call: ToolCall
    number: int = 0


class Delegate(Asked, frozen=True, tag="Delegate"):
    """Run another agent or skill for one call of this run. Answered by `Delegated`."""

    unprinted: ClassVar[tuple[str, ...]] = ("id", "number")

    call: ToolCall
    kind: str
    subject: str
    number: int = 0


class AskApproval(Asked, frozen=True, tag="AskApproval"):
    """May this call be run? `why`: the tool needs it, or an equal call's outcome is unknown.

    Answered by `ApprovalDecided`."""

    call: ToolCall
    why: str


class Reconcile(Asked, frozen=True, tag="Reconcile"):
    """Ask a tool what became of a call whose outcome was lost. Answered by `Reconciled`."""

    unprinted: ClassVar[tuple[str, ...]] = ("id", "number")

    call: ToolCall
    number: int = 0


class Compact(Asked, frozen=True, tag="Compact"):
    """Make the conversation shorter, to about `target` tokens. Answered by `Compacted`."""

    conversation: View[Message]
    target: int


class ConsultCritic(Asked, frozen=True, tag="ConsultCritic"):
    """Ask the critic what to do about the run. Answered by `Advised`."""

    consultation: Consultation


class MakeArtifacts(Asked, frozen=True, tag="MakeArtifacts"):
    """The post-run hook, with every conversation in order. Answered by `ArtifactsMade`."""

    conversations: Views[Message]
    output: str
    error: str


class CommitBudget(Asked, frozen=True, tag="CommitBudget"):
    """Settle the grant with what was spent. Answered by `BudgetCommitted`."""

    spent: Spent


class ReleaseBudget(Asked, frozen=True, tag="ReleaseBudget"):
    """Give the grant back: the loop was never entered. Answered by `BudgetReleased`."""


class Deliver(Asked, frozen=True, tag="Deliver"):
    """Give the answer, or the error, to the delivery target. Answered by `OutputDelivered`."""

    text: str
    is_error: bool
    artifacts: tuple[Artifact, ...] = ()


class CloseAudit(Asked, frozen=True, tag="CloseAudit"):
    """Close the audit with its roll-up. Answered by `AuditClosed`."""

    roll_up: RollUp


class StopCritic(Asked, frozen=True, tag="StopCritic"):
    """The critic has nothing to watch any more. Answered by `CriticStopped`."""


class CleanUp(Asked, frozen=True, tag="CleanUp"):
    """Close the session and what its tools hold. Answered by `CleanedUp`."""


class RunFinalizers(Asked, frozen=True, tag="RunFinalizers"):
    """Run what the host has for the end of every run. Answered by `FinalizersRun`."""


class SettleCheckpoint(Asked, frozen=True, tag="SettleCheckpoint"):
    """Complete, fail or leave the durable record. Answered by `CheckpointSettled`."""

    fate: Fate


class Abandon(Told, frozen=True, tag="Abandon"):
    """Stop working on question `question`; whatever it answers later is too late."""

    question: EffectId


class ReleaseLane(Told, frozen=True, tag="ReleaseLane"):
    """The place in the lane is free again."""

    lane: str


class TellAudit(Told, frozen=True, tag="TellAudit"):
    """One more entry of the audit."""

    seen: Seen


class TellCritic(Told, frozen=True, tag="TellCritic"):
    """What the critic sees of the run."""

    seen: Seen


class TellObserver(Told, frozen=True, tag="TellObserver"):
    """What on_step sees of the run."""

    seen: Seen


Preparing: TypeAlias = (
    CheckBudget | AcquireLane | ResolveModel | OpenAudit | BeginCheckpoint | BuildToolbox | StageFile | StartCritic
)
Conversing: TypeAlias = CallModel | RunTool | Delegate | AskApproval | Reconcile | Compact | ConsultCritic
Finalizing: TypeAlias = (
    MakeArtifacts
    | CommitBudget
    | ReleaseBudget
    | Deliver
    | CloseAudit
    | StopCritic
    | CleanUp
    | RunFinalizers
    | SettleCheckpoint
)
Question: TypeAlias = Preparing | Conversing | Finalizing
Notice: TypeAlias = Abandon | ReleaseLane | TellAudit | TellCritic | TellObserver
Effect: TypeAlias = Question | Notice
