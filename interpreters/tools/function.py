"""Functions as tools: `@tool` reads hints and docstring once, and gives a tool that still is the function.

Law: what can be wrong with a tool is said when it is made, in one sentence; what can be wrong with a call
is said to the model, and the function isn't called.
"""

import functools
import inspect
import re
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar, cast, overload

from executus.spans import Span
from executus.values import ToolClass, ToolResult, ToolSpec
from interpreters.ports import ToolContext
from interpreters.tools.arguments import Arguments
from interpreters.tools.options import Options, Reconcile
from interpreters.tools.results import result_of
from interpreters.tools.schema import canonical, schema_of
from interpreters.tools.signature import description_of, signature_of

P = ParamSpec("P")
R = TypeVar("R")

EffectName: TypeAlias = Literal["pure", "idempotent", "keyed", "unsafe"]
"""What a lost outcome of the tool means (semantics.md section 8)."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What every provider accepts as the name of a tool."""


_AT_HAND = (str, int, float, bool, list, dict, tuple, type(None))
"""Kinds of results of which one needn't ask whether they must be awaited."""


class FunctionTool(Generic[P, R]):
    """A function that a model may call: a `Tool` for interpreters, still the function for everybody else.

    `blocking` is True for a plain function, which an interpreter may run in a thread.
    """

    def __init__(
        self,
        function: Callable[P, R],
        spec: ToolSpec,
        arguments: Arguments,
        contexts: tuple[str, ...],
        reconcile: Reconcile | None = None,
    ) -> None:
        # The attributes of the function stay its own: one called `spec` would take ours.
        functools.update_wrapper(self, function, updated=())
        self.__name__: str = getattr(function, "__name__", spec.name)
        self.function = function
        self.spec = spec
        self.blocking = not _is_async(function)
        self._arguments = arguments
        self._contexts = contexts
        self.wants_context = bool(contexts)
        self._reconcile = reconcile
        self.reconciling_blocks = reconcile is not None and not _is_async(reconcile)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the function itself, unchecked."""
        return self.function(*args, **kwargs)

    def call(self, arguments: str, context: ToolContext) -> ToolResult | Awaitable[ToolResult]:
        """Runs the tool with arguments that fit; raises `ToolError` for others, and what the function raises.

        The answer of an async function is awaitable; its arguments are checked at once.
        """
        given = self._arguments.read(arguments)
        for name in self._contexts:
            given[name] = context
        if not self.blocking:
            return self._awaited(given)
        value = cast("Callable[..., object]", self.function)(**given)
        if type(value) in _AT_HAND:
            return result_of(value)
        # A plain function may hand on what an async one gave it.
        return _Later(value) if inspect.isawaitable(value) else result_of(value)

    def reconcile(self, key: str, arguments: str) -> object:
        """What became of a call that was lost, from the host's function; perhaps awaitable."""
        if self._reconcile is None:
            raise TypeError(f"tool {self.spec.name!r} has no reconcile")
        return self._reconcile(key, self._arguments.read(arguments))

    async def _awaited(self, given: dict[str, object]) -> ToolResult:
        return result_of(await cast("Callable[..., Awaitable[object]]", self.function)(**given))

    def __repr__(self) -> str:
        return f"<tool {self.spec.name} ({self.spec.effect})>"


@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    effect: EffectName | ToolClass = ...,
    timeout: Span | None = ...,
    repeatable: bool = ...,
    serial: bool = ...,
    needs_approval: bool = ...,
    reconcile: Reconcile | None = ...,
    verifier: str = ...,
    name: str | None = ...,
) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    effect: EffectName | ToolClass = ...,
    timeout: Span | None = ...,
    repeatable: bool = ...,
    serial: bool = ...,
    needs_approval: bool = ...,
    reconcile: Reconcile | None = ...,
    verifier: str = ...,
    name: str | None = ...,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(function: Any = None, /, *, effect: Any = "unsafe", name: Any = None, **options: Any) -> Any:
    """Makes a tool of a function; usable as `@tool` and as `@tool(effect="pure")`.

    The name is the function's unless `name` says otherwise, the description its docstring's, the parameters
    come from its hints. `timeout` bounds one call. A `repeatable` tool may be polled; a `serial` one runs alone;
    one that `needs_approval` waits for a person. Of a call whose outcome was lost, `reconcile(key, arguments)`
    says what became of it, or a success of the tool `verifier` settles it. A parameter of type `ToolContext` is
    filled in. Raises TypeError or ValueError, in one sentence, for what can't be a tool.
    """

    def make(given: Any) -> FunctionTool[..., Any]:
        plain: Any = given.function if isinstance(given, FunctionTool) else given
        called = _name(plain, name)
        return _made(plain, called, _class(effect, called), Options(called, options))

    return make if function is None else make(function)


def _made(function: Callable[..., Any], name: str, effect: ToolClass, options: Options) -> FunctionTool[..., Any]:
    signature = signature_of(function, name)
    about = description_of(function)
    schema = schema_of(signature.parameters, about.parameters, name)
    spec = ToolSpec(name, about.text, canonical(schema), effect, **options.fields)
    arguments = Arguments(signature.parameters, schema)
    return FunctionTool(function, spec, arguments, signature.contexts, options.reconcile)


def _name(function: object, name: object) -> str:
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"a tool is made of a function, got {function!r}")
    found = getattr(function, "__name__", None) if name is None else name
    if found is None:
        raise TypeError(f"a tool made of {function!r} needs a name: tool(..., name='...')")
    if not isinstance(found, str) or not NAME.fullmatch(found):
        raise TypeError(
            f"tool {found!r}: a name is 1 to 64 of the letters A-Z, a-z, 0-9, _ and -; give one as name="
        )
    if _any_form(inspect.isgeneratorfunction, function) or _any_form(inspect.isasyncgenfunction, function):
        raise TypeError(f"tool {found!r}: it yields, but a tool gives one result; return a list")
    return found


def _class(effect: str, tool: str) -> ToolClass:
    try:
        return ToolClass(effect)
    except ValueError:
        known = ", ".join(ToolClass)
        raise ValueError(f"tool {tool!r}: effect must be one of {known}, got {effect!r}") from None


def _is_async(function: Callable[..., object]) -> bool:
    return _any_form(inspect.iscoroutinefunction, function)


def _any_form(test: Callable[[object], bool], function: Callable[..., object]) -> bool:
    """The answer for a function, or for the `__call__` of a callable object."""
    return test(function) or test(type(function).__call__)


class _Later:
    """The result that an awaitable will be; one that nobody will await can be closed."""

    __slots__ = ("_value",)

    def __init__(self, value: Awaitable[object]) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, Any, ToolResult]:
        return result_of((yield from self._value.__await__()))

    def close(self) -> None:
        close: object = getattr(self._value, "close", None)
        if callable(close):
            close()
