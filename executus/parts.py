"""The answers to what a run asks at its end: each part is done, or has failed, and is owed no more.

Part of the vocabulary of answers (answers.py).
"""

from executus.effects import (
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    ReleaseBudget,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
)
from executus.facts import Made
from executus.started import Answered
from executus.values import Fault


class ArtifactsMade(Answered, frozen=True, tag="artifacts_made"):
    """What the post-run hook made, perhaps nothing."""

    answers = MakeArtifacts
    outcome: Made | Fault


class PartDone(Answered, frozen=True):
    """A part of the end is done, or has failed."""

    outcome: bool | Fault


class BudgetCommitted(PartDone, frozen=True, tag="budget_committed"):
    """The grant is settled with what was spent."""

    answers = CommitBudget


class BudgetReleased(PartDone, frozen=True, tag="budget_released"):
    """The grant is given back."""

    answers = ReleaseBudget


class OutputDelivered(PartDone, frozen=True, tag="output_delivered"):
    """The delivery target has what it was to be given."""

    answers = Deliver


class AuditClosed(PartDone, frozen=True, tag="audit_closed"):
    """The audit has its roll-up."""

    answers = CloseAudit


class CriticStopped(PartDone, frozen=True, tag="critic_stopped"):
    """The critic watches no more."""

    answers = StopCritic


class CleanedUp(PartDone, frozen=True, tag="cleaned_up"):
    """The session and its tools have let go of what they held."""

    answers = CleanUp


class FinalizersRun(PartDone, frozen=True, tag="finalizers_run"):
    """The host's finalizers have run."""

    answers = RunFinalizers


class CheckpointSettled(PartDone, frozen=True, tag="checkpoint_settled"):
    """The durable record is complete, failed, or left to go on from."""

    answers = SettleCheckpoint
