"""What the world tells a run. Past-tense names, each stamped with its instant.

The tag is the event's name in the file format: it outlives the class's name. One class for each answer, so
that both type checkers know what every outcome holds. Answers stand in answers.py, signals here.
"""

from datetime import datetime
from typing import TypeAlias

from executus.answers import Answer as Answer
from executus.started import Happened, RunStarted
from executus.values import Duration, EffectId, Image, Usage


class Steered(Happened, frozen=True, tag="steered"):
    """Somebody put in a word: it enters the conversation as a user's turn, before the next model call."""

    text: str = ""
    images: tuple[Image, ...] = ()


class ActivitySeen(Happened, frozen=True, tag="activity_seen"):
    """The run gives a sign of life: a model speaks, a tool's heart beats."""


class ToolStarted(Happened, frozen=True, tag="tool_started"):
    """A call begins later than it was asked for."""

    question: EffectId


class UsageSeen(Happened, frozen=True, tag="usage_seen"):
    """What a run that this one delegated to has used since it last said so."""

    usage: Usage
    child: str = ""


class ChildWaiting(Happened, frozen=True, tag="child_waiting"):
    """The run behind question `question` waits for nothing but people, or does so no longer."""

    question: EffectId
    waiting: bool = True


class OutcomeSettled(Happened, frozen=True, tag="outcome_settled"):
    """It was found out what became of the call with the id `call_id`."""

    call_id: str
    happened: bool
    result: str = ""
    by: str = ""


class PortFailed(Happened, frozen=True, tag="port_failed"):
    """A port that nobody waits for has failed: the run goes on with a warning.

    `since`: where it was the store, the questions from this number on were not performed because of it.
    """

    port: str
    message: str
    since: EffectId = 0


class LimitsChanged(Happened, frozen=True, tag="limits_changed"):
    """The host changes limits of a run that goes on; None leaves one as it is."""

    max_runtime: Duration | None = None
    max_iterations: int | None = None
    tokens: int | None = None
    cost: int | None = None


class CancelRequested(Happened, frozen=True, tag="cancel_requested"):
    """Somebody doesn't want the run any more: the caller, its own cancelled task, or the run above it."""

    by: str = "caller"


class ShutdownRequested(Happened, frozen=True, tag="shutdown_requested"):
    """The host is going down."""


class RunResumed(Happened, frozen=True, tag="run_resumed"):
    """Another process goes on with the run: the `epoch`th time it is taken up. Downtime is in no instant."""

    epoch: int
    wall_time: datetime


class TimePassed(Happened, frozen=True, tag="time_passed"):
    """Nothing happened until the instant the run had asked to be woken at."""


Signal: TypeAlias = (
    Steered
    | ActivitySeen
    | ToolStarted
    | UsageSeen
    | ChildWaiting
    | OutcomeSettled
    | PortFailed
    | LimitsChanged
    | CancelRequested
    | ShutdownRequested
    | RunResumed
    | TimePassed
)
Event: TypeAlias = RunStarted | Answer | Signal
