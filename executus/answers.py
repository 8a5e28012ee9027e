"""The answers to what a run asks: one class for each question.

Part of the vocabulary of events (events.py), which says what an event is.
"""

from typing import TypeAlias

from executus.agent import ModelChoice
from executus.effects import (
    AcquireLane,
    AskApproval,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    Compact,
    ConsultCritic,
    Delegate,
    OpenAudit,
    Reconcile,
    ResolveModel,
    RunTool,
    StageFile,
    StartCritic,
)
from executus.facts import (
    Advice,
    Approved,
    ChildResult,
    Found,
    Grant,
    Refusal,
    Refused,
)
from executus.parts import (
    ArtifactsMade as ArtifactsMade,
)
from executus.parts import (
    AuditClosed as AuditClosed,
)
from executus.parts import (
    BudgetCommitted as BudgetCommitted,
)
from executus.parts import (
    BudgetReleased as BudgetReleased,
)
from executus.parts import (
    CheckpointSettled as CheckpointSettled,
)
from executus.parts import (
    CleanedUp as CleanedUp,
)
from executus.parts import (
    CriticStopped as CriticStopped,
)
from executus.parts import (
    FinalizersRun as FinalizersRun,
)
from executus.parts import (
    OutputDelivered as OutputDelivered,
)
from executus.parts import (
    PartDone as PartDone,
)
from executus.started import Answered as Answered
from executus.values import (
    Fault,
    Message,
    ModelReply,
    Outcome,
    ToolResult,
    ToolSpec,
)


class BudgetChecked(Answered, frozen=True, tag="budget_checked"):
    """A grant, or the budget's no. A fault refuses the run as well: a budget fails closed."""

    answers = CheckBudget
    outcome: Grant | Refusal | Fault


class LaneAcquired(Answered, frozen=True, tag="lane_acquired"):
    """The run has its place in the lane."""

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
    """One complete reply, or why there is none."""

    answers = CallModel
    outcome: Outcome[ModelReply]


class ToolReturned(Answered, frozen=True, tag="tool_returned"):
    """What the tool gave, or why it gave nothing."""

    answers = RunTool
    outcome: Outcome[ToolResult]


class Delegated(Answered, frozen=True, tag="delegated"):
    """What came of the run that was delegated to."""

    answers = Delegate
    outcome: ChildResult | Fault


class ApprovalDecided(Answered, frozen=True, tag="approval_decided"):
    """A person's yes or no."""

    answers = AskApproval
    outcome: Approved | Refused | Fault


class Reconciled(Answered, frozen=True, tag="reconciled"):
    """What became of a call whose outcome was lost, as far as its tool can tell."""

    answers = Reconcile
    outcome: Found | Fault


class Compacted(Answered, frozen=True, tag="compacted"):
    """The shorter conversation."""

    answers = Compact
    outcome: tuple[Message, ...] | Fault


class Advised(Answered, frozen=True, tag="advised"):
    """What the critic says."""

    answers = ConsultCritic
    outcome: Advice | Fault


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
