"""What a host supplies, one slot per port: the same set of handlers serves any number of runs at once.

Law: wrong wiring is refused when it is made, with one sentence that names the thing. All else that a handler does,
whatever it raises or returns, becomes a value (faults.py).
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, cast

from executus.bounds import KERNEL_DEFAULTS, Defaults
from executus.values import ToolSpec, sound
from interpreters.doors import in_own_words
from interpreters.faults import article, checked, fault_of
from interpreters.lanes import Lanes
from interpreters.ports import ModelFunction, ModelPort, Tool, Tools
from interpreters.services import (
    Approver,
    AuditPort,
    BudgetPort,
    CheckpointsPort,
    Compactor,
    CriticPort,
    DeliveryPort,
    Finalizer,
    InputFilesPort,
    Limiter,
    Observer,
    PalettePort,
    SessionFactory,
)
from interpreters.tools import FunctionTool, collect
from interpreters.tools.registry import NoTool

__all__ = ["Handlers", "fault_of", "is_blocking"]


class Handlers:
    """The host's side of any number of runs. Only `models` is required; a slot that is None is never asked.

    `models` is a `Models` or one function (ModelRequest) -> ModelReply; `tools` are tools, plain functions (unsafe
    tools named after themselves) and registries; `lanes` maps a lane's name to its width. The other slots are
    described in services.py. A handler is sync or async and raises freely. Raises TypeError or ValueError at once
    for wrong wiring, in one sentence that names the slot.
    """

    @in_own_words
    def __init__(
        self,
        *,
        models: ModelFunction,
        tools: Tools = (),
        budget: BudgetPort | None = None,
        lanes: Mapping[str, int] | None = None,
        limiter: Limiter | None = None,
        audit: AuditPort | None = None,
        checkpoints: CheckpointsPort | None = None,
        critic: CriticPort | None = None,
        palette: PalettePort | None = None,
        delivery: DeliveryPort | None = None,
        input_files: InputFilesPort | None = None,
        compactor: Compactor | None = None,
        approver: Approver | None = None,
        session: SessionFactory | None = None,
        on_step: Observer | None = None,
        finalizers: Iterable[Finalizer] = (),
        system_header: str = "",
        defaults: Defaults = KERNEL_DEFAULTS,
    ) -> None:
        _check_settings(models, tools, lanes, finalizers, system_header, defaults)
        self.models = models
        self.port = cast("ModelPort | None", _port(models))
        """The models as tiers, where they are more than one function."""
        self.models_block = is_blocking(models)
        self.tools: dict[str, Tool] = collect(tools)
        check_specs(self.tools.values())
        self.lanes = Lanes(lanes or {})
        self.budget, self.audit, self.checkpoints, self.critic = budget, audit, checkpoints, critic
        self.palette, self.delivery, self.input_files = palette, delivery, input_files
        self.limiter, self.compactor, self.approver, self.session = limiter, compactor, approver, session
        self.on_step, self.finalizers = on_step, tuple(finalizers)
        self.system_header = sound(system_header)
        self.defaults = defaults
        self._check()

    def _check(self) -> None:
        for slot, methods in _METHODS.items():
            _check_methods(slot, getattr(self, slot), methods)
        for slot in ("limiter", "compactor", "approver", "session", "on_step"):
            _check_function(slot, getattr(self, slot))
        for finalizer in self.finalizers:
            _check_function("a finalizer", finalizer, is_required=True)
        critic: object = self.critic
        if isinstance(critic, type):
            raise TypeError(f"critic must be an object, got {_called(critic)}")
        if critic is not None and not callable(critic) and not callable(getattr(critic, "monitor", None)):
            raise TypeError(f"critic must be a function or have a method monitor, got {_called(critic)}")


_METHODS = {
    "budget": ("check", "commit", "release"),
    "audit": ("start",),
    "checkpoints": ("begin",),
    "palette": ("resolve",),
    "delivery": ("deliver", "deliver_error"),
    "input_files": ("stage",),
}
"""What each port must be able to do."""


def check_specs(tools: Iterable[Tool]) -> None:
    """A host's own tools are proven to have a spec that a record can hold; raises TypeError."""
    for tool in tools:
        if type(tool) is not FunctionTool:
            checked(tool.spec, ToolSpec)
        if tool.spec.reconcile and not callable(getattr(tool, "reconcile", None)):
            raise NoTool(f"tool {tool.spec.name!r} says it can reconcile, but has no function reconcile")


def _port(models: ModelFunction) -> Any:
    """By the one method that tells: asking a protocol costs more than a run's whole preflight."""
    return models if callable(getattr(models, "resolve", None)) else None


def is_blocking(function: object) -> bool:
    """Whether calling it may hold up a loop: a plain function that nobody awaits."""
    call: object = getattr(type(function), "__call__", None)  # noqa: B004 # asked for its kind, not whether it is there
    return not (inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call))


def _check_settings(
    models: object, tools: object, lanes: object, finalizers: object, system_header: object, defaults: object
) -> None:
    if isinstance(models, type) or not callable(models):
        raise TypeError(f"models must be a function or a Models, got {_called(models)}")
    if isinstance(tools, str | bytes | type) or not isinstance(tools, Iterable):
        raise TypeError(f"tools must be a list of tools, got {_called(tools)}")
    if lanes is not None and not isinstance(lanes, Mapping):
        raise TypeError(f"lanes must map names to widths, got {_called(lanes)}")
    if isinstance(finalizers, str | bytes | type) or not isinstance(finalizers, Iterable):
        raise TypeError(f"finalizers must be a list of functions, got {_called(finalizers)}")
    if not isinstance(system_header, str):
        raise TypeError(f"system_header must be text, got {_called(system_header)}")
    if not isinstance(defaults, Defaults):
        raise TypeError(f"defaults must be Defaults, got {_called(defaults)}")


def _called(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else article(value)


def _check_methods(slot: str, port: object, methods: tuple[str, ...]) -> None:
    if port is None:
        return
    if isinstance(port, type):
        raise TypeError(f"{slot} must be an object, got {_called(port)}")
    for method in methods:
        if not callable(getattr(port, method, None)):
            raise TypeError(f"{slot} has no {method}: it is {_called(port)}")


def _check_function(slot: str, port: object, *, is_required: bool = False) -> None:
    if (port is not None or is_required) and not callable(port):
        raise TypeError(f"{slot} must be a function, got {_called(port)}")
