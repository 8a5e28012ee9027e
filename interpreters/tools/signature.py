"""What a function takes, read from its signature, its hints and its docstring.

Law: a parameter is understood in full when the tool is made, or the tool is not made: one sentence names the
tool and the parameter. Whatever a host has bound already, or gets as `ToolContext`, the model never sees.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from interpreters.ports import ToolContext


class Parameter(NamedTuple):
    """One parameter of a tool. `hint` is its resolved type; `default` counts only if it isn't required."""

    name: str
    hint: Any
    required: bool
    default: object


class Signature(NamedTuple):
    """What the model gives, and which parameters get the `ToolContext`."""

    parameters: tuple[Parameter, ...]
    contexts: tuple[str, ...]


class Description(NamedTuple):
    """What a docstring says of the function and of each parameter."""

    text: str
    parameters: dict[str, str]


def signature_of(function: Callable[..., object], tool: str) -> Signature:
    """The parameters of `function`; raises TypeError for one that no model could give by name."""
    parameters: list[Parameter] = []
    contexts: list[str] = []
    for given in _parameters(function, tool):
        hint = _hint(function, given, tool)
        if _is_context(hint):
            contexts.append(given.name)
        else:
            required = given.default is inspect.Parameter.empty
            parameters.append(Parameter(given.name, hint, required, given.default))
    return Signature(tuple(parameters), tuple(contexts))


def description_of(function: Callable[..., object]) -> Description:
    """What the docstring says, in Google, numpy or sphinx style."""
    text = inspect.getdoc(_underlying(function)) or ""
    if not text:
        return Description("", {})
    # Imported here because only making a tool needs it: importing this package stays cheap.
    from docstring_parser import parse

    try:
        parsed = parse(text)
    except Exception:  # The parser stumbles over some odd texts (":    :param"), which describe well enough.
        return Description(text, {})
    about = {item.arg_name: " ".join((item.description or "").split()) for item in parsed.params}
    return Description((parsed.description or "").strip(), {name: said for name, said in about.items() if said})


def _parameters(function: Callable[..., object], tool: str) -> Iterator[inspect.Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError, NameError) as error:
        raise TypeError(f"tool {tool!r}: its signature can't be read: {error}") from error
    bound = function.keywords if isinstance(function, functools.partial) else {}
    for parameter in signature.parameters.values():
        if parameter.name in bound:
            continue
        match parameter.kind:
            case inspect.Parameter.POSITIONAL_ONLY:
                raise _refused(tool, parameter, "is positional-only, but a model gives arguments by name")
            case inspect.Parameter.VAR_POSITIONAL | inspect.Parameter.VAR_KEYWORD:
                raise _refused(tool, parameter, "takes any number of arguments; name each one")
            case _:
                yield parameter


def _hint(function: Callable[..., object], parameter: inspect.Parameter, tool: str) -> Any:
    if parameter.annotation is inspect.Parameter.empty:
        said = "has no type hint"
        if parameter.name == "self":
            said += "; make the tool of the bound method, tool(instance.method)"
        raise _refused(tool, parameter, said)

    def holder() -> None: ...

    # One at a time, so that an error names its parameter and an odd return hint does no harm.
    holder.__annotations__ = {parameter.name: parameter.annotation}
    names = getattr(inspect.unwrap(_underlying(function)), "__globals__", {})
    try:
        return get_type_hints(holder, globalns=names, include_extras=True)[parameter.name]
    except Exception as error:
        raise _refused(tool, parameter, f"has a type hint that can't be resolved: {error}") from error


def _is_context(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _is_context(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        members = [member for member in get_args(hint) if member is not NoneType]
        return len(members) == 1 and _is_context(members[0])
    return hint is ToolContext


def _underlying(function: Callable[..., object]) -> Callable[..., object]:
    """The function whose docstring and globals count: behind a partial, a method or a callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function):
        return getattr(function, "__func__", function)
    return type(function).__call__


def _refused(tool: str, parameter: inspect.Parameter, why: str) -> TypeError:
    return TypeError(f"tool {tool!r}: parameter {parameter.name!r} {why}")
