"""Why a run ended, what that is called, and what becomes of its checkpoint and its answer.

The first cause to reach a run is the one it keeps; nothing later renames it, least of all the errors that
stopping itself provokes. All else is a total function of that cause (semantics.md section 3).
"""

from enum import StrEnum
from typing import TypeAlias

from executus.facts import Fate as Fate
from executus.failures import Failure
from executus.values import Duration, Instant, Record


class Finished(Record, frozen=True, tag_field="is", tag="finished"):
    """The model answered."""

    at: Instant
    output: str


class DryRan(Record, frozen=True, tag_field="is", tag="dry_ran"):
    """A dry run came to its first model call."""

    at: Instant
    output: str


class Failed(Record, frozen=True, tag_field="is", tag="failed"):
    """A genuine error."""

    at: Instant
    failure: Failure


class Refused(Record, frozen=True, tag_field="is", tag="refused"):
    """The budget said no."""

    at: Instant
    reason: str


class Overspent(Record, frozen=True, tag_field="is", tag="overspent"):
    """More was used than granted; `what` is "tokens" or "cost"."""

    at: Instant
    what: str
    used: int
    limit: int


class Expired(Record, frozen=True, tag_field="is", tag="expired"):
    """The run's time was over; `owner` says whose limit that was."""

    at: Instant
    owner: str
    limit: Duration


class Killed(Record, frozen=True, tag_field="is", tag="killed"):
    """The critic ended the run."""

    at: Instant
    reason: str


class Cancelled(Record, frozen=True, tag_field="is", tag="cancelled"):
    """The caller doesn't want it any more."""

    at: Instant
    by: str


class ShutDown(Record, frozen=True, tag_field="is", tag="shut_down"):
    """The host goes down; `durable` says that a record stays from which the run can go on."""

    at: Instant
    durable: bool


Cause: TypeAlias = Finished | DryRan | Failed | Refused | Overspent | Expired | Killed | Cancelled | ShutDown


class Status(StrEnum):
    """What the end of a run is called."""

    OK = "ok"
    DRY_RUN = "dry_run"
    ERROR = "error"
    BUDGET_EXCEEDED = "budget_exceeded"
    TIMEOUT = "timeout"
    KILLED = "killed"
    CANCELLED = "cancelled"


class Delivered(StrEnum):
    """What a delivery target is given."""

    OUTPUT = "output"
    ERROR = "error"
    NOTHING = "nothing"


def latch(current: Cause | None, cause: Cause) -> Cause:
    """Keep the cause that came first."""
    if current is None:
        return cause
    return current


def status_of(cause: Cause) -> Status:
    """What an end by `cause` is called."""
    match cause:
        case Finished():
            return Status.OK
        case DryRan():
            return Status.DRY_RUN
        case Failed():
            return Status.ERROR
        case Refused():
            return Status.BUDGET_EXCEEDED
        case Overspent():
            return Status.BUDGET_EXCEEDED
        case Expired():
            return Status.TIMEOUT
        case Killed():
            return Status.KILLED
        case Cancelled():
            return Status.CANCELLED
        case ShutDown():
            return Status.CANCELLED


def fate_of(cause: Cause) -> Fate:
    """What becomes of the checkpoint: only a durable shutdown leaves it to go on from."""
    match cause:
        case Finished():
            return Fate.COMPLETE
        case DryRan():
            return Fate.NONE
        case ShutDown(durable=durable):
            return Fate.KEEP if durable else Fate.NONE
        case Failed() | Refused() | Overspent() | Expired() | Killed() | Cancelled():
            return Fate.FAIL


def delivered_of(cause: Cause) -> Delivered:
    """What a delivery target is given."""
    match cause:
        case Finished():
            return Delivered.OUTPUT
        case DryRan():
            return Delivered.NOTHING
        case ShutDown(durable=durable):
            return Delivered.NOTHING if durable else Delivered.ERROR
        case Failed() | Refused() | Overspent() | Expired() | Killed() | Cancelled():
            return Delivered.ERROR
