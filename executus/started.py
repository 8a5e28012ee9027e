"""How a run begins: entry 0 of every transcript, and what every event has.

Part of the vocabulary of events (events.py), which says what an event is.
"""

from datetime import datetime

from executus.agent import Agent
from executus.bounds import KERNEL_DEFAULTS, Defaults
from executus.invocation import Invocation
from executus.values import Instant, Record


class Happened(Record, frozen=True, tag_field="is"):
    """Something the run is told of, with the instant at which it reached the run's inbox."""

    at: Instant


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
