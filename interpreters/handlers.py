"""What a host supplies, one slot per port; and the one place where a host's exception becomes a value.

Handlers raise freely. Nothing they raise or return can break a run: here an exception turns into a `Fault`, and a
model's reply of a wrong shape into one, too.
"""

import inspect
from collections.abc import Awaitable, Callable
from types import GenericAlias
from typing import TypeVar, cast

import msgspec

from executus.agent import KERNEL_DEFAULTS, Defaults
from executus.canonical import encode
from executus.effects import BuildToolbox, CallModel, ResolveModel
from executus.rules.limits import cut
from executus.values import (
    Fault,
    FaultKind,
    ModelChoice,
    ModelReply,
    Outcome,
    ToolResult,
    ToolSpec,
    replace,
    sound,
)
from interpreters.doors import door
from interpreters.ports import (
    ModelError,
    ModelFunction,
    ModelPort,
    ModelRequest,
    Tool,
    ToolError,
    Tools,
)
from interpreters.tools import FunctionTool, collect, select

T = TypeVar("T")

MOST_CONTENT = 8_000_000
"""Characters of one tool's result that enter the record; the conversation takes less (`max_tool_output`)."""

MOST = 2000
"""Characters of an exception's text that a fault keeps."""


class Handlers:
    """The host's side of any number of runs: `models` (required), `tools`, `system_header`, `defaults`.

    `models` is a `Models` or one function (ModelRequest) -> ModelReply, sync or async. `tools` are tools, plain
    functions (unsafe tools named after themselves) and registries. `system_header` stands before every
    agent's system prompt. Raises TypeError or ValueError at once for wrong wiring: no models, two tools of
    one name.
    """

    @door
    def __init__(
        self,
        *,
        models: ModelFunction,
        tools: Tools = (),
        system_header: str = "",
        defaults: Defaults = KERNEL_DEFAULTS,
    ) -> None:
        self.models = models
        self.port = _port(models)
        """The models as tiers, where they are more than one function."""
        self.tools: dict[str, Tool] = collect(tools)
        for tool in self.tools.values():
            if type(tool) is not FunctionTool:  # A host's own: its spec goes into the record.
                _checked(tool.spec, ToolSpec)
        self.system_header = system_header
        self.defaults = defaults


def _port(models: ModelFunction) -> ModelPort | None:
    """By the one method that tells: asking a protocol costs more than a run's whole preflight."""
    return cast(ModelPort, models) if callable(getattr(models, "resolve", None)) else None


def is_blocking(models: ModelFunction) -> bool:
    """Whether asking a model may hold up a loop: a plain function that nobody awaits."""
    call: object = getattr(type(models), "__call__", None)  # noqa: B004 # asked for its kind, not whether it is there
    return not (inspect.iscoroutinefunction(models) or inspect.iscoroutinefunction(call))


def fault_of(kind: FaultKind, error: BaseException) -> Fault:
    """The value that an exception from host code becomes."""
    match error:
        case ModelError(fault=fault):
            try:
                return _checked(fault, Fault)
            except TypeError:
                return Fault(kind, _text(error))  # Whoever filled it in was mistaken in a field.
        case ToolError():
            return Fault(kind, _text(error))
        case _:
            text = _text(error)
            name = type(error).__name__
            return Fault(kind, f"{name}: {text}" if text else name)


def _text(error: BaseException) -> str:
    try:
        return sound(str(error)[:MOST])
    except Exception:
        return "it can't even say what is wrong"  # Its own __str__ raises.


async def resolve_model(handlers: Handlers, effect: ResolveModel) -> Outcome[tuple[ModelChoice, ...]]:
    """The chain of models behind a tier; one function stands for every tier."""
    port = handlers.port
    try:
        if port is None:
            return (ModelChoice(effect.tier),)
        return _checked(port.resolve(effect.tier), tuple[ModelChoice, ...])
    except LookupError as error:
        return Fault(FaultKind.MODEL, _reason(error))
    except Exception as error:
        return fault_of(FaultKind.MODEL, error)


async def build_toolbox(handlers: Handlers, effect: BuildToolbox) -> Outcome[tuple[ToolSpec, ...]]:
    """The tools of these names, or which name there is no tool for."""
    try:
        return tuple([tool.spec for tool in select(handlers.tools, effect.names)])
    except (LookupError, ValueError) as error:
        return Fault(FaultKind.PORT, _reason(error))
    except Exception as error:
        return fault_of(FaultKind.PORT, error)


def request_of(effect: CallModel, run_id: str) -> ModelRequest:
    """The model call as a host's handler sees it."""
    setup = effect.setup
    return ModelRequest(
        model=setup.model,
        messages=effect.conversation,
        tools=setup.toolbox.specs,
        settings=setup.settings,
        run_id=run_id,
    )


async def reply_of(answer: Callable[[], object]) -> Outcome[ModelReply]:
    """The reply that a handler's answer is, whole and proven, or the fault."""
    try:
        reply = _checked(await settled(answer()), ModelReply)
        if any(count is not None and count < 0 for count in msgspec.structs.astuple(reply.usage)):
            raise ValueError(f"the handler reported a negative usage: {reply.usage}")
        return reply
    except Exception as error:
        return fault_of(FaultKind.MODEL, error)


async def result_of(answer: Callable[[], object]) -> Outcome[ToolResult]:
    """The result that a tool's answer is, or the fault that the model will read."""
    try:
        return proven(await settled(answer()))
    except Exception as error:
        return fault_of(FaultKind.TOOL, error)


def proven(value: object) -> ToolResult:
    """What a tool gave, as the core takes it. Text alone, by far the commonest, is seen at a glance."""
    if type(value) is ToolResult and value.images == () and _is_plain(value.content):
        return value
    result = _checked(value, ToolResult)
    return replace(result, content=cut(result.content, MOST_CONTENT))


def _is_plain(content: object) -> bool:
    return type(content) is str and content.isascii() and len(content) <= MOST_CONTENT


async def settled(value: object) -> object:
    """The value itself, or what awaiting it gives: handlers are sync or async."""
    while isinstance(value, Awaitable):  # More than once: a plain function may hand on what an async one gave.
        value = await cast("Awaitable[object]", value)
    return value


def _checked(value: object, kind: type[T] | GenericAlias) -> T:
    """`value`, proven to be what the core takes and a file can hold: constructors of records check nothing."""
    try:
        return msgspec.json.decode(encode(value), type=kind)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise TypeError(f"the handler returned a {type(value).__name__} that does not fit: {error}") from None


def _reason(error: Exception) -> str:
    """The sentence that was raised: str of a KeyError would quote it."""
    return str(error.args[0]) if error.args else type(error).__name__
