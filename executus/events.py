"""What the world tells a run. Past-tense names, each stamped with its instant.

The tag is the event's name in the file format: it outlives the class's name. One class for each answer, so
that both type checkers know what every outcome holds.
"""

from datetime import datetime
from typing import ClassVar, TypeAlias

from executus.agent import KERNEL_DEFAULTS, Agent, Defaults, Invocation
from executus.effects import Asked, BuildToolbox, CallModel, ResolveModel, RunTool
from executus.values import (
    EffectId,
    Fault,
    Image,
    Instant,
    ModelChoice,
    ModelReply,
    Outcome,
    Record,
    ToolResult,
    ToolSpec,
)


class Happened(Record, frozen=True, tag_field="is"):
    """Something the run is told of, with the instant at which it reached the run's inbox."""

    at: Instant


class Answered(Happened, frozen=True):
    """The answer to the question of the same id and of the kind `answers`: to any other it is none."""

    answers: ClassVar[type[Asked]]
    id: EffectId


class Wiring(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What this world can do, and the host's fixed facts. What isn't wired is never asked."""

    system_header: str = ""
    defaults: Defaults = KERNEL_DEFAULTS


class RunStarted(Happened, frozen=True, tag="run_started", omit_defaults=False):
    """Entry 0 of every transcript: what to run, for whom, in which world, and when by the wall clock."""

    run_id: str
    agent: Agent
    invocation: Invocation
    wiring: Wiring
    wall_time: datetime


class ModelResolved(Answered, frozen=True, tag="model_resolved"):
    """The chain of models behind the tier, first choice first."""

    answers = ResolveModel
    outcome: tuple[ModelChoice, ...] | Fault


class ToolboxBuilt(Answered, frozen=True, tag="toolbox_built"):
    """The tools, in the order of the names."""

    answers = BuildToolbox
    outcome: tuple[ToolSpec, ...] | Fault


class ModelReplied(Answered, frozen=True, tag="model_replied"):
    answers = CallModel
    outcome: Outcome[ModelReply]


class ToolReturned(Answered, frozen=True, tag="tool_returned"):
    answers = RunTool
    outcome: Outcome[ToolResult]


class Steered(Happened, frozen=True, tag="steered"):
    """Somebody put in a word: it enters the conversation as a user's turn, before the next model call."""

    text: str = ""
    images: tuple[Image, ...] = ()


class CancelRequested(Happened, frozen=True, tag="cancel_requested"):
    by: str = "caller"


class ShutdownRequested(Happened, frozen=True, tag="shutdown_requested"):
    """The host is going down."""


class TimePassed(Happened, frozen=True, tag="time_passed"):
    """Nothing happened until the instant the run had asked to be woken at."""


Answer: TypeAlias = ModelResolved | ToolboxBuilt | ModelReplied | ToolReturned
Signal: TypeAlias = Steered | CancelRequested | ShutdownRequested | TimePassed
Event: TypeAlias = RunStarted | Answer | Signal
