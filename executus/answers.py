"""The answers to what a run asks: one class for each question.

Part of the vocabulary of events (events.py), which says what an event is.
"""

from typing import ClassVar, TypeAlias

from executus.agent import ModelChoice
from executus.effects import (
    AcquireLane,
    AskApproval,
    Asked,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Compact,
    ConsultCritic,
    Delegate,
    Deliver,
    MakeArtifacts,
    OpenAudit,
    Reconcile,
    ReleaseBudget,
    ResolveModel,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
    StageFile,
    StartCritic,
    StopCritic,
)
from executus.facts import (
    Advice,
    Approved,
    ChildResult,
    Found,
    Grant,
    Made,
    Refusal,
    Refused,
)
from executus.started import Happened
from executus.values import (
    EffectId,
    Fault,
    Message,
    ModelReply,
    Outcome,
    ToolResult,
    ToolSpec,
)


class Answered(Happened, frozen=True):
    """The answer to the question of the same id and of the kind `answers`: to any other it is none."""

    answers: ClassVar[type[Asked]]
    id: EffectId


class BudgetChecked(Answered, frozen=True, tag="budget_checked"):
    answers = CheckBudget
    outcome: Grant | Refusal | Fault


class LaneAcquired(Answered, frozen=True, tag="lane_acquired"):
    answers = AcquireLane
    outcome: bool | Fault


class ModelResolved(Answered, frozen=True, tag="model_resolved"):
    """The chain of models behind the tier, first choice first, and the labels it adds to what the run does."""

    answers = ResolveModel
    outcome: tuple[ModelChoice, ...] | Fault
    labels: tuple[str, ...] = ()


class AuditOpened(Answered, frozen=True, tag="audit_opened"):
    """False: the audit declines this run."""

    answers = OpenAudit
    outcome: bool | Fault


class CheckpointBegun(Answered, frozen=True, tag="checkpoint_begun"):
    """False: the run is not to be durable."""

    answers = BeginCheckpoint
    outcome: bool | Fault


class ToolboxBuilt(Answered, frozen=True, tag="toolbox_built"):
    """The tools: those of the names in their order, skills, agents, the invocation's own, the session's."""

    answers = BuildToolbox
    outcome: tuple[ToolSpec, ...] | Fault


class FileStaged(Answered, frozen=True, tag="file_staged"):
    """Under which id the host keeps the file."""

    answers = StageFile
    outcome: str | Fault


class CriticStarted(Answered, frozen=True, tag="critic_started"):
    """False: the critic declines this run."""

    answers = StartCritic
    outcome: bool | Fault


class ModelReplied(Answered, frozen=True, tag="model_replied"):
    answers = CallModel
    outcome: Outcome[ModelReply]


class ToolReturned(Answered, frozen=True, tag="tool_returned"):
    answers = RunTool
    outcome: Outcome[ToolResult]


class Delegated(Answered, frozen=True, tag="delegated"):
    answers = Delegate
    outcome: ChildResult | Fault


class ApprovalDecided(Answered, frozen=True, tag="approval_decided"):
    answers = AskApproval
    outcome: Approved | Refused | Fault


class Reconciled(Answered, frozen=True, tag="reconciled"):
    answers = Reconcile
    outcome: Found | Fault


class Compacted(Answered, frozen=True, tag="compacted"):
    answers = Compact
    outcome: tuple[Message, ...] | Fault


class Advised(Answered, frozen=True, tag="advised"):
    answers = ConsultCritic
    outcome: Advice | Fault


class ArtifactsMade(Answered, frozen=True, tag="artifacts_made"):
    answers = MakeArtifacts
    outcome: Made | Fault


class PartDone(Answered, frozen=True):
    """A part of the end is done, or has failed."""

    outcome: bool | Fault


class BudgetCommitted(PartDone, frozen=True, tag="budget_committed"):
    answers = CommitBudget


class BudgetReleased(PartDone, frozen=True, tag="budget_released"):
    answers = ReleaseBudget


class OutputDelivered(PartDone, frozen=True, tag="output_delivered"):
    answers = Deliver


class AuditClosed(PartDone, frozen=True, tag="audit_closed"):
    answers = CloseAudit


class CriticStopped(PartDone, frozen=True, tag="critic_stopped"):
    answers = StopCritic


class CleanedUp(PartDone, frozen=True, tag="cleaned_up"):
    answers = CleanUp


class FinalizersRun(PartDone, frozen=True, tag="finalizers_run"):
    answers = RunFinalizers


class CheckpointSettled(PartDone, frozen=True, tag="checkpoint_settled"):
    answers = SettleCheckpoint


Answer: TypeAlias = (
    BudgetChecked
    | LaneAcquired
    | ModelResolved
    | AuditOpened
    | CheckpointBegun
    | ToolboxBuilt
    | FileStaged
    | CriticStarted
    | ModelReplied
    | ToolReturned
    | Delegated
    | ApprovalDecided
    | Reconciled
    | Compacted
    | Advised
    | ArtifactsMade
    | BudgetCommitted
    | BudgetReleased
    | OutputDelivered
    | AuditClosed
    | CriticStopped
    | CleanedUp
    | FinalizersRun
    | CheckpointSettled
)
