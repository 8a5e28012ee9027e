"""What a host lists as tools, by name; and the choice an agent makes among them.

Law: a name means one tool. An unknown name, a name given twice and a thing that is no tool are refused with
one sentence that names it, before any model is asked.
"""

import functools
import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from executus.values import ToolSpec
from interpreters.ports import Tool
from interpreters.tools.function import FunctionTool, tool

Registry: TypeAlias = Mapping[str, Tool]
"""Tools by name, as `collect` gives them. A registry may itself be listed among tools."""

LISTED = 20
"""How many known names an error says."""


class Unfit(Exception):
    """Something is wrong with what is listed; says what, in one sentence."""


class NoTool(Unfit, TypeError):
    """What is listed is no tool; says so in one sentence."""


class Misnamed(Unfit, ValueError):
    """A name that is not one tool's alone, or not its own; says so in one sentence."""


class UnknownTool(Unfit, LookupError):
    """A name that no tool has; says so in one sentence."""


def collect(tools: Iterable[object]) -> dict[str, Tool]:
    """Tools by name: of tools, plain functions (unsafe tools), registries and lists, in the order given.

    Raises ValueError for a name two tools have, TypeError for what is no tool.
    """
    found: dict[str, Tool] = {}
    for one in _flat(tools):
        if one.spec.name in found:
            raise Misnamed(f"two tools are named {one.spec.name!r}")
        found[one.spec.name] = one
    return found


def select(registry: Registry, names: Iterable[str]) -> tuple[Tool, ...]:
    """The tools of these names, in their order.

    Raises LookupError for a name that no tool has, ValueError for one that is listed twice.
    """
    found: dict[str, Tool] = {}
    for name in names:
        if name in found:
            raise Misnamed(f"tool {name!r} is listed twice")
        if name not in registry:
            known = ", ".join(sorted(registry)[:LISTED]) or "none"
            more = ", ..." if len(registry) > LISTED else ""
            raise UnknownTool(f"there is no tool named {name!r}; there are: {known}{more}")
        found[name] = registry[name]
    return tuple(found.values())


def load(reference: str) -> Tool:
    """The tool that "module:function" names, imported.

    Raises ValueError for another form, LookupError for what can't be found or imported, TypeError for what
    is no tool: each in one line.
    """
    value = imported(reference, "tool", "function")
    if _is_tool(value) or _is_function(value):
        return next(_flat([value]))
    raise TypeError(f"tool {reference!r} is no tool but {_article(value)}")


def imported(reference: str, what: str, kind: str) -> object:
    """What "module:name" stands for; raises ValueError for another form, LookupError for what isn't there."""
    module_name, colon, path = reference.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise ValueError(f"{what} {reference!r}: write module:{kind}")
    try:
        value: object = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise LookupError(f"{what} {reference!r}: {module_name} can't be imported ({why})") from error
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise LookupError(f"{what} {reference!r}: {module_name} has no {path}") from None
    return value


def _flat(tools: object) -> Iterator[Tool]:
    if isinstance(tools, (str, bytes)) or not isinstance(tools, Iterable):
        raise NoTool(f"not a list of tools: {_article(tools)}")
    for one in cast(Iterable[object], tools):
        if _is_tool(one):
            yield cast(Tool, one)
        elif _is_function(one):
            yield tool(cast(Any, one))
        elif isinstance(one, Mapping):
            yield from _flat(_named(cast(Mapping[object, object], one)))
        elif isinstance(one, Iterable) and not isinstance(one, (str, bytes, type)):
            yield from _flat(cast(object, one))
        else:
            raise NoTool(f"not a tool: {_article(one)}")


def _named(tools: Mapping[object, object]) -> Iterator[Tool]:
    """The tools of a mapping, whose keys must say what the tools do."""
    for key, value in tools.items():
        for one in _flat([value]):
            if one.spec.name != key:
                raise Misnamed(f"the tool listed as {_key(key)} is named {one.spec.name!r}")
            yield one


def _is_tool(value: object) -> bool:
    if type(value) is FunctionTool:
        return True  # At a glance: asking a protocol costs more than a step of a run.
    return (
        isinstance(value, Tool) and not isinstance(value, type) and isinstance(cast(object, value.spec), ToolSpec)
    )


def _is_function(value: object) -> bool:
    return inspect.isroutine(value) or isinstance(value, functools.partial)


def _key(key: object) -> str:
    return repr(key) if type(key) is str else _article(key)


def _article(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value).__name__
    return f"an {kind}" if kind[0].lower() in "aeiou" else f"a {kind}"
