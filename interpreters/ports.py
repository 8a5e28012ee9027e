"""What a host's models and tools look like to an interpreter: the seams, and nothing behind them.

A handler raises freely. `ModelError`, `ToolError` and `OutcomeUnknown` are for those that want to say more than a
message; any other exception becomes a fault with its text (see faults.py). The other ports are in services.py.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from executus.agent import ModelChoice, ModelSettings
from executus.values import Fault, Image, Message, ModelReply, Record, ToolResult, ToolSpec, sound
from interpreters.livestate import LiveState, Nowhere, RunInSight


class Spoken(Record, frozen=True):
    """A piece of a reply while it comes in. An empty one is a sign of life and no more."""

    text: str = ""
    reasoning: str = ""


OnDelta: TypeAlias = Callable[[Spoken], None]
"""Whom to tell of pieces, from any thread; never raises."""


class ModelRequest(Record, frozen=True, kw_only=True):
    """One model call: which model, the conversation so far, the tools it may ask for (none: no tool list).

    `model` is one choice of the tier's chain, as `resolve` gave it. `messages` is the conversation itself, which
    costs nothing to hand on however long it is. `on_delta`, where anybody listens, is told each piece of the
    reply.
    """

    model: str
    messages: Sequence[Message]
    tools: tuple[ToolSpec, ...] = ()
    settings: ModelSettings = ModelSettings()
    run_id: str = ""
    labels: tuple[str, ...] = ()
    on_delta: OnDelta | None = None


ModelFunction: TypeAlias = Callable[[ModelRequest], ModelReply | Awaitable[ModelReply]]
"""A model that a host plugs in as one function, sync or async."""


class Resolved(Record, frozen=True):
    """A tier's chain of models, first choice first, and labels for all that the run does from here on."""

    chain: tuple[ModelChoice, ...]
    labels: tuple[str, ...] = ()


@runtime_checkable
class ModelPort(Protocol):
    """Models behind tiers: what `interpreters.models.Models` is."""

    def resolve(self, tier: str) -> tuple[ModelChoice, ...] | Resolved | Awaitable[object]:
        """The chain of models a tier or a spec stands for; raises LookupError for an unknown one."""
        ...

    async def __call__(self, request: ModelRequest) -> ModelReply:
        """One complete reply; raises `ModelError`."""
        ...


class ModelError(Exception):
    """A model call failed; `fault` says whose HTTP status, and whether asking again may help."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class ToolError(Exception):
    """A tool could not do what it was asked: the model reads the message as an error result."""


class OutcomeUnknown(Exception):
    """A tool can't tell whether what it was asked has happened (semantics.md section 8)."""


class ToolContext:
    """What a tool may know of the run that calls it. A parameter of this type isn't part of its schema.

    `key` is the same whenever this very call is run again. All of it may be used from any thread.
    """

    __slots__ = ("_key", "_run", "call_id", "run_id")

    def __init__(
        self, *, run_id: str, call_id: str, key: str | Callable[[], str] = "", run: RunInSight | None = None
    ) -> None:
        self.run_id = run_id
        self.call_id = call_id
        self._key = key
        self._run = run or Nowhere()

    @property
    def key(self) -> str:
        """The idempotency key of the call. Most tools never ask, so it is made when one does."""
        if not isinstance(self._key, str):
            self._key = self._key()
        return self._key

    @property
    def remaining(self) -> timedelta | None:
        """How long until the run's deadline; None = it has none at present."""
        return self._run.time_left()

    @property
    def state(self) -> LiveState | None:
        """How the run stands now; None outside of one."""
        return self._run.live_state()

    def heartbeat(self) -> None:
        """Say that the tool is still at work: a critic then sees a run that is alive."""
        self._run.heartbeat()

    def attach_images(self, *images: Image, text: str = "") -> None:
        """Show the model pictures, before its next call."""
        self._run.attach_images(sound(text), images_of(images))


def images_of(images: tuple[object, ...]) -> tuple[Image, ...]:
    """The pictures, if they are; raises TypeError for what is none."""
    found: list[Image] = []
    for one in images:
        if not isinstance(one, Image) or type(one.mime) is not str or type(one.data) is not str:
            raise TypeError(f"an image is an Image(mime, data in base64), got {one!r:.100}")
        found.append(Image(sound(one.mime), sound(one.data)))
    return tuple(found)


@runtime_checkable
class Tool(Protocol):
    """A tool as an interpreter sees it. One whose spec says `reconcile` has a function `reconcile` as well."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told."""
        ...

    @property
    def blocking(self) -> bool:
        """True for a plain function: Live runs it in a thread of its own."""
        ...

    def call(self, arguments: str, context: ToolContext) -> ToolResult | Awaitable[ToolResult]:
        """Check the arguments (JSON text of an object) and run the tool; raises `ToolError` or anything."""
        ...


Tools: TypeAlias = Iterable[object]
"""What a host may list as tools: tools, plain functions, registries (see tools/__init__.py)."""
