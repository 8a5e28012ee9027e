"""What a host's models and tools look like to an interpreter: the seams, and nothing behind them.

A handler raises freely. `ModelError` and `ToolError` are for those that want to say more than a message;
any other exception becomes a fault with its text (see handlers.py).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from executus.agent import ModelSettings
from executus.values import Fault, Message, ModelChoice, ModelReply, Record, ToolResult, ToolSpec


class ModelRequest(Record, frozen=True, kw_only=True):
    """One model call: which model, the conversation so far, the tools it may ask for (none: no tool list).

    `model` is one choice of the tier's chain, as `resolve` gave it. `messages` is the conversation itself, which
    costs nothing to hand on however long it is.
    """

    model: str
    messages: Sequence[Message]
    tools: tuple[ToolSpec, ...] = ()
    settings: ModelSettings = ModelSettings()
    run_id: str = ""


ModelFunction: TypeAlias = Callable[[ModelRequest], ModelReply | Awaitable[ModelReply]]
"""A model that a host plugs in as one function, sync or async."""


@runtime_checkable
class ModelPort(Protocol):
    """Models behind tiers: what `interpreters.models.Models` is."""

    def resolve(self, tier: str) -> tuple[ModelChoice, ...]:
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


class ToolContext(Record, frozen=True, kw_only=True):
    """What a tool may know of the run that calls it. A parameter of this type isn't part of its schema."""

    run_id: str
    call_id: str


@runtime_checkable
class Tool(Protocol):
    """A tool as an interpreter sees it."""

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
