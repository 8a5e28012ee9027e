"""What passes between a run and the host's ports: grants, advice, decisions, what an audit is told.

Plain data, as everywhere; which effect carries it, and which event brings it back, stands in effects.py and
events.py.
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from executus.values import NO_USAGE, Artifact, Duration, EffectId, Instant, Record, ToolCall, ToolResult, Usage


class RunFacts(Record, frozen=True, kw_only=True):
    """What an audit and a checkpoint are told at their start (semantics.md section 2.5)."""

    run_id: str
    subject_id: str
    name: str
    caller_id: str
    channel_id: str
    guild_id: str
    parent_run_id: str
    tier: str
    inputs: tuple[tuple[str, str], ...]
    started_at: datetime
    max_iterations: int
    labels: tuple[str, ...]


class Grant(Record, frozen=True, tag_field="is", tag="grant"):
    """A reservation: what a run may use (None = no limit). `reference` is the budget's own name for it."""

    tokens: int | None = None
    cost: int | None = None
    reference: str = ""


class Refusal(Record, frozen=True, tag_field="is", tag="refusal"):
    """The budget's no."""

    reason: str = ""


class Spent(Record, frozen=True):
    """What a run used of its grant, and on whose account: `runtime` in microseconds, usage with its children's."""

    runtime: Duration
    usage: Usage
    status: str
    caller: str = ""
    labels: tuple[str, ...] = ()


class Consultation(Record, frozen=True, kw_only=True):
    """What a critic is asked about: why ("soft" or "idle"), and how the run stands.

    `activity` is when the run last gave any sign of life, `progress` when it last got a new result.
    """

    reason: str
    now: Instant
    elapsed: Duration
    activity: Instant
    progress: Instant
    steps: int
    max_iterations: int
    backstop: Instant | None
    ceiling: Instant
    usage: Usage = NO_USAGE
    running: tuple[ToolCall, ...] = ()


class Advice(Record, frozen=True, kw_only=True, tag_field="is", tag="advice"):
    """What a critic says. Anything paired with a kill is ignored.

    `nudges` enter the conversation before the next step, `extend_by` (microseconds) moves the backstop,
    `lift_backstop` takes it away, `raise_steps_by` moves the step ceiling, `kill_reason` (not None) ends the run.
    """

    nudges: tuple[str, ...] = ()
    extend_by: Duration = 0
    lift_backstop: bool = False
    raise_steps_by: int = 0
    kill_reason: str | None = None


class Approved(Record, frozen=True, tag_field="is", tag="approved"):
    """A person allows the call."""

    by: str = ""


class Refused(Record, frozen=True, tag_field="is", tag="refused"):
    """A person, or a timeout, forbids the call; the model reads the reason."""

    reason: str = ""
    by: str = ""


class ChildResult(Record, frozen=True, tag_field="is", tag="child"):
    """What came of a run that was delegated to."""

    run_id: str
    status: str
    output: str
    error: str = ""
    usage: Usage = NO_USAGE
    """What the parent has not heard of yet: a palette's own invocation reports it here."""


class NotDone(Record, frozen=True, tag_field="is", tag="not_done"):
    """A tool that was asked what became of a call: it never happened."""


class StillUnknown(Record, frozen=True, tag_field="is", tag="still_unknown"):
    """A tool that was asked what became of a call: it can't tell either."""


class Made(Record, frozen=True, tag_field="is", tag="made"):
    """What the post-run hook gave: artifacts, and metadata as pairs of texts."""

    artifacts: tuple[Artifact, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()


class StepSeen(Record, frozen=True, tag_field="is", tag="step"):
    """One reply of the model: its step (from 1), its text, its calls, what it used."""

    step: int
    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = NO_USAGE


class CallSeen(Record, frozen=True, tag_field="is", tag="call"):
    """One tool call with its result, as the model reads it."""

    step: int
    call: ToolCall
    content: str
    is_error: bool = False


class Noted(Record, frozen=True, tag_field="is", tag="noted"):
    """A named event: `compaction_fired`, `extension_cut`, and the like, with its facts as pairs."""

    name: str
    facts: tuple[tuple[str, str | int], ...] = ()


class Erred(Record, frozen=True, tag_field="is", tag="erred"):
    """Something failed: a model call that is tried again, a port, or the run."""

    error: str


Seen: TypeAlias = StepSeen | CallSeen | Noted | Erred
"""What an audit, a critic and an observer are told while a run goes."""


class RollUp(Record, frozen=True, kw_only=True):
    """The closing record of a run (semantics.md section 9). `runtime` in microseconds; None = not reported."""

    status: str
    output: str
    error: str
    tool_calls: int
    runtime: Duration
    usage: Usage
    resumable: bool = False


class Unknown(Record, frozen=True, kw_only=True):
    """A tool call of which nobody knows whether it happened; `settled` says how that was found out since."""

    question: EffectId
    call: ToolCall
    number: int
    reason: str
    verifier: str = ""
    settled: str = ""


class Fate(StrEnum):
    """What becomes of a checkpoint that was begun."""

    COMPLETE = "complete"
    FAIL = "fail"
    KEEP = "keep"
    """Left for the next process to go on from."""
    NONE = "none"
    """There is none."""


Found: TypeAlias = ToolResult | NotDone | StillUnknown
"""What `reconcile` finds."""
