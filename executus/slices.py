"""The slices of a run's state: one for each machine, plain data, each with its own defaults.

Which machine owns a slice stands in its docstring; the others may read it.
"""

from enum import StrEnum
from typing import TypeAlias

from executus.agent import ModelChoice
from executus.buffer import Names, View
from executus.facts import Grant, Made
from executus.rules.status import ShutDown
from executus.toolbox import Setup, Toolbox
from executus.values import (
    NO_USAGE,
    Duration,
    EffectId,
    Fault,
    Instant,
    Message,
    Record,
    ToolResult,
    Usage,
)


class Timeout(Record, frozen=True):
    """Nobody waits for `question` past `at`."""

    at: Instant
    question: EffectId


class Door(StrEnum):
    """How a run stands with a port that it opens once and closes once."""

    UNASKED = "unasked"
    OPEN = "open"
    DECLINED = "declined"
    """The port doesn't want this run: it is asked for nothing more."""
    FAILED = "failed"
    """The port has failed: it is asked for nothing more."""
    CLOSED = "closed"


class Ports(Record, frozen=True):
    """The doors of a run (preflight opens them, the end closes them)."""

    audit: Door = Door.UNASKED
    checkpoint: Door = Door.UNASKED
    critic: Door = Door.UNASKED
    session: Door = Door.UNASKED
    lane: Door = Door.UNASKED


NO_PORTS = Ports()


class Preflight(Record, frozen=True):
    """What is settled before the first model call (machines/preflight.py)."""

    checked: bool = False
    """Whether the budget has said yes, or isn't asked."""
    grant: Grant | None = None
    chains: tuple[tuple[str, tuple[ModelChoice, ...]], ...] = ()
    """The models behind each tier."""
    labels: tuple[str, ...] = ()
    lane: str = ""
    """Where the run has, or had, its place."""
    toolbox: Toolbox | None = None
    staged: tuple[str, ...] = ()
    """A line for each input file, as the model will read it."""


class Clock(Record, frozen=True):
    """Time that isn't charged (machines/pausing.py)."""

    queued: Duration = 0
    """Waited for a place in the lane."""
    queued_before: Duration = 0
    """That much of it before the conversation began."""
    waited: Duration = 0
    """Waited for people."""
    regained: Duration = 0
    """Spent on what a run that is taken up again asks for anew."""
    regaining: bool = False
    """Whether it does so now."""
    paused: Instant | None = None
    """Since when the run waits for nothing but people, or a lane."""
    children: tuple[EffectId, ...] = ()
    """Delegations that wait for nothing but people."""


class Due(Record, frozen=True, tag_field="is", tag="due"):
    """A call that is to be asked, not before `at`: allowed by a person or not, or only asked what became of it.

    `until` is how long people had for their decision when they were asked before (0: not asked, or for ever).
    """

    at: Instant = 0
    allowed: bool = False
    lost: bool = False
    until: Instant = 0


Slot: TypeAlias = EffectId | ToolResult | Fault | Due | None
"""A call of the open step: not asked yet (None or Due), asked under this id, or answered."""


class Asking(Record, frozen=True):
    """The model call that is due: which model of the chain, which attempt, not before when (machines/loop.py)."""

    choice: int = 0
    attempt: int = 1
    at: Instant = 0
    tried: int = 0
    """Attempts on all models of the chain so far."""
    overflowed: bool = False
    """Whether the conversation is to be compacted first, because the provider said that it is too long."""
    compacted: bool = False
    """Whether that was done for this call already: it is done once."""


NOT_YET = Asking()
"""The first attempt on the first model."""


class Talk(Record, frozen=True, kw_only=True):
    """The conversation, the step that is open in it, and what waits to enter it (machines/loop.py, steps.py)."""

    conversation: View[Message]
    setup: Setup
    opening: int = 0
    """How many turns stood before the run's own: prompts, history, the first turn."""
    first_step: int = 0
    """How many steps were done before this conversation."""
    slots: tuple[Slot, ...] = ()
    """The calls of the open step, in call order; empty when no step is open."""
    waiting: int = 0
    """How many of them have no result yet."""
    attempts: tuple[int, ...] = ()
    """Which attempt each open call is at, where one has been asked more than once."""
    steps_done: int = 0
    cut: tuple[tuple[EffectId, int], ...] = ()
    """Attempts that were cut, and which call of the run each was for: a late result may still come."""
    calls_done: int = 0
    """Calls of the run before the open step: the number of its first call."""
    mailbox: View[Message]
    nudges: View[Message]
    empty_replies: int = 0
    """How many replies in a row said nothing at all."""
    reminded: bool = False
    """Whether the model was told that its answer must be submitted."""
    call_ids: Names
    asking: Asking = NOT_YET
    window: int | None = None
    """The context window of the model that is asked, in tokens."""
    reported: int = 0
    """Tokens in the conversation when the last reply came."""
    measured: int = 0
    """How many turns of the conversation that was."""
    compacted: int = 0
    """How long the conversation was when it was last compacted, or failed to be."""
    told: int = 0
    """How many turns the observers know of."""
    usage: Usage = NO_USAGE
    """What the last reply used."""


class Watch(Record, frozen=True):
    """What the critic has seen and done (machines/critic.py)."""

    activity: Instant = 0
    progress: Instant = 0


NO_WATCH = Watch()


class Segment(Record, frozen=True):
    """A conversation that is over: of an earlier phase, or from before a compaction."""

    conversation: View[Message]
    opening: int
    first_step: int = 0
    """How many steps were done before it."""


class Told(Record, frozen=True):
    """What came of a phase: its name, and its text ("" for one that was skipped or failed)."""

    name: str
    text: str


class Pipeline(Record, frozen=True):
    """Where in its phases a run is, and what the earlier ones gave (machines/phases.py)."""

    index: int = 0
    done: tuple[Told, ...] = ()
    segments: tuple[Segment, ...] = ()
    steps_before: int = 0
    """Steps done in earlier phases."""


class Ending(Record, frozen=True):
    """How far the end has come (machines/finalize.py)."""

    part: int = 0
    made: Made = Made()


class Suspension(Record, frozen=True):
    """The host goes down, and a durable record stays (machines/suspend.py)."""

    cause: ShutDown
    begun: bool = False
    """Whether what was in flight is abandoned."""
    part: int = 0
    settled: bool = False
