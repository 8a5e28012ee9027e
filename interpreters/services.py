"""Every port of a host beside models and tools: what it is asked, and what it may answer.

Each handler is sync or async and raises freely. A plain function that answers a question runs in a thread of its
own in the live world, so it may take its time; `on_step` is called on the loop. Durations inside the records of
executus are microseconds; where a host writes one, it is a span ("1h", seconds, timedelta).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from executus.facts import (
    Advice,
    Approved,
    CallSeen,
    Consultation,
    Grant,
    Made,
    NotDone,
    Noted,
    Refusal,
    Refused,
    RollUp,
    RunFacts,
    StepSeen,
    StillUnknown,
)
from executus.invocation import Target
from executus.spans import span
from executus.transcript import Entry
from executus.values import Artifact, Image, Message, Record, ToolCall, microseconds, sound
from interpreters.livestate import LiveState, RunInSight
from interpreters.palettes import Now as Now
from interpreters.palettes import Palette as Palette
from interpreters.palettes import PaletteCall as PaletteCall
from interpreters.palettes import Skill as Skill
from interpreters.ports import images_of
from interpreters.seen import Observed

__all__ = ["Approved", "Grant", "NotDone", "Refusal", "Refused", "StillUnknown"]  # Hosts find all answers here.

T = TypeVar("T")
SpanLike: TypeAlias = timedelta | float | str
"""A duration as people write it: a timedelta, seconds, or "90s"."""


class BudgetRequest(Record, frozen=True, kw_only=True):
    """Who wants to run what. Without `reserve` nothing is granted: it is only looked whether it would be."""

    run_id: str
    caller_id: str
    agent_id: str
    agent_name: str
    labels: tuple[str, ...] = ()
    reserve: bool = True


@runtime_checkable
class Budget(Protocol):
    """Grants are reservations: idempotent by run id, settled by exactly one of `commit` and `release`."""

    def check(self, request: BudgetRequest, /) -> Now[Grant | Refusal]: ...
    def commit(self, grant: Grant, spent: Any, /) -> Now[object]: ...
    def release(self, grant: Grant, /) -> Now[object]: ...


@runtime_checkable
class Recorder(Protocol):
    """The audit of one run."""

    def step(self, seen: StepSeen, /) -> Now[object]: ...
    def tool(self, seen: CallSeen, /) -> Now[object]: ...
    def event(self, noted: Noted, /) -> Now[object]: ...
    def error(self, error: str, /) -> Now[object]: ...
    def close(self, roll_up: RollUp, /) -> Now[object]: ...


@runtime_checkable
class Audit(Protocol):
    def start(self, facts: RunFacts, /) -> Now[Recorder | None]: ...


@runtime_checkable
class Checkpoint(Protocol):
    """The durable record of one run: each entry is saved before what it led to is done."""

    def save(self, entry: Entry, /) -> Now[object]: ...
    def complete(self) -> Now[object]: ...
    def fail(self, error: str, /) -> Now[object]: ...
    def leave(self) -> Now[object]: ...


@runtime_checkable
class Checkpoints(Protocol):
    """May have `adopt(RunFacts)` as well, for a run that is taken up again; `begin` stands in for it.

    Of a record that was cut before it said that it was begun, `begin` is asked again: it goes on with what it has.
    """

    def begin(self, facts: RunFacts, /) -> Now[Checkpoint | None]: ...


Said: TypeAlias = Advice | Mapping[str, object] | None
"""What a critic may answer: advice, the same as a mapping (see `advice`), or None for nothing."""


@runtime_checkable
class Monitor(Protocol):
    """A critic of one run; may have `step(StepSeen)`, `tool(CallSeen)` and `stop()` as well."""

    def consult(self, consultation: Consultation, /) -> Now[Said]: ...


@runtime_checkable
class Critic(Protocol):
    def monitor(self, facts: RunFacts, /) -> Now[Monitor | None]: ...


@runtime_checkable
class Delivery(Protocol):
    """Idempotent by `key`, the run id."""

    def deliver(
        self, target: Target, output: str, artifacts: tuple[Artifact, ...], key: str, /
    ) -> Now[object]: ...
    def deliver_error(self, target: Target, error: str, key: str, /) -> Now[object]: ...


@runtime_checkable
class InputFiles(Protocol):
    def stage(self, run_id: str, agent_id: str, name: str, mime: str, content: bytes, /) -> Now[str]: ...


class ApprovalRequest(Record, frozen=True, kw_only=True):
    """May this call be run? `why` says why it is asked; `key` is the same whenever this very call is meant."""

    run_id: str
    call: ToolCall
    why: str
    key: str


class Session:
    """The session of one run, as the factory of its tools gets it. Usable from any thread."""

    __slots__ = ("_run", "run_id")

    def __init__(self, run_id: str, run: RunInSight) -> None:
        self.run_id = run_id
        self._run = run

    @property
    def state(self) -> LiveState | None:
        """How the run stands now."""
        return self._run.live_state()

    def attach_images(self, *images: Image, text: str = "") -> None:
        """Show the model pictures, before its next call."""
        self._run.attach_images(sound(text), images_of(images))


Conversation: TypeAlias = Sequence[Message]
PostRun: TypeAlias = Callable[[tuple[Conversation, ...], str, str], Now[Made | None]]
"""(each phase's conversation, output, error) -> `made(...)` or nothing."""


class SessionTools(Record, frozen=True, gc=True):
    """What a session brings: its tools, a hook for the end, and how to close it."""

    tools: Any = ()
    post_run: PostRun | None = None
    cleanup: Callable[[], object] | None = None


class Done(Record, frozen=True):
    """What became of a call that was lost: it happened, and this came of it."""

    result: Any = None


if TYPE_CHECKING:
    BudgetPort: TypeAlias = Budget
    AuditPort: TypeAlias = Audit
    CheckpointsPort: TypeAlias = Checkpoints
    PalettePort: TypeAlias = Palette
    DeliveryPort: TypeAlias = Delivery
    InputFilesPort: TypeAlias = InputFiles
    CriticPort: TypeAlias = Critic | Callable[[Consultation], Now[Said]]
    Compactor: TypeAlias = Callable[[Conversation, int], Now[Conversation]]
    Approver: TypeAlias = Callable[[ApprovalRequest], Now[Approved | Refused]]
    SessionFactory: TypeAlias = Callable[[Session], Now[SessionTools | None]]
    Observer: TypeAlias = Callable[[Observed], object]
    Finalizer: TypeAlias = Callable[[str], object]
    Limiter: TypeAlias = Callable[[str], AbstractAsyncContextManager[object]]
else:  # Wrong wiring is refused in words of our own (handlers.py).
    CriticPort = Compactor = Approver = SessionFactory = Observer = Finalizer = Limiter = Any
    BudgetPort = AuditPort = CheckpointsPort = PalettePort = DeliveryPort = InputFilesPort = Any


def advice(
    *,
    nudge: str = "",
    nudges: Iterable[str] = (),
    extend_by: SpanLike = 0,
    lift_backstop: bool = False,
    raise_steps_by: int = 0,
    kill_reason: str | None = None,
) -> Advice:
    """What a critic says, in the units people write; raises ValueError or TypeError for what makes no sense."""
    said = [nudges] if isinstance(nudges, str) else list(nudges)
    return Advice(
        nudges=tuple([one for one in (nudge, *said) if one]),
        extend_by=microseconds(span(extend_by, "extend_by")),
        lift_backstop=lift_backstop,
        raise_steps_by=raise_steps_by,
        kill_reason=kill_reason,
    )


def made(artifacts: Iterable[Artifact] = (), metadata: Mapping[str, str] | None = None) -> Made:
    """What a post-run hook gives."""
    return Made(tuple(artifacts), tuple((metadata or {}).items()))
