"""How a run begins: entry 0 of every transcript, and what every event has.

Part of the vocabulary of events (events.py), which says what an event is.
"""

from datetime import datetime
from typing import ClassVar

from executus.agent import Agent
from executus.bounds import KERNEL_DEFAULTS, Defaults
from executus.effects import Asked
from executus.invocation import Invocation
from executus.values import EffectId, Instant, Record


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
    lanes: tuple[str, ...] = ()
    budget: bool = False
    audit: bool = False
    checkpoints: bool = False
    critic: bool = False
    delivery: bool = False
    input_files: bool = False
    compactor: bool = False
    approver: bool = False
    session: bool = False
    finalizers: bool = False
    observer: bool = False
    """Whether anybody wants to be told of steps as they are done (on_step)."""


class RunStarted(Happened, frozen=True, tag="run_started", omit_defaults=False):
    """Entry 0 of every transcript: what to run, for whom, in which world, and when by the wall clock."""

    run_id: str
    agent: Agent
    invocation: Invocation
    wiring: Wiring
    wall_time: datetime
