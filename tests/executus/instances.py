"""Any instance of a record, drawn from its annotations: what the vocabulary can hold, and nothing else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import NODEFAULT

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase
from executus.bounds import Defaults
from executus.buffer import View, Views, view
from executus.invocation import Invocation
from executus.toolbox import Setup, Toolbox
from executus.values import Message, Record, ToolSpec

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["a", "b", "agent__x", "submit", "{}"])
COUNTS = st.integers(0, 2**53)
MESSAGES = st.deferred(lambda: instances(Message))

PEOPLE_WRITE = (Agent, Phase, CriticConfig, Limits, ModelSettings, Defaults, Invocation)
"""What is proven at construction: drawn from what it takes."""

LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: COUNTS,
    bool: st.booleans(),
    bytes: st.binary(max_size=8),
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.integers(0, 10**12).map(lambda count: timedelta(microseconds=count)),
    Decimal: st.integers(0, 5000).map(lambda count: Decimal(count) / 1000),
    Any: st.just(""),
}


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Everything of this type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return instances(parts[0])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of([instances(part) for part in parts])
    if origin is tuple:
        return _tuples(parts)
    if origin is View:
        return st.lists(MESSAGES, max_size=3).map(lambda said: view(*said))
    if origin is Views:
        return st.lists(MESSAGES, max_size=2).map(lambda said: Views(view(*said), view()))
    if kind is Setup:
        specs = st.lists(instances(ToolSpec), max_size=2).map(tuple).map(Toolbox)
        return st.builds(Setup, TEXTS, specs, instances(ModelSettings))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return LEAVES[kind] if kind in LEAVES else _records(kind)


def _tuples(parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if parts[-1] is Ellipsis:
        return st.lists(instances(parts[0]), max_size=2).map(tuple)
    return st.tuples(*[instances(part) for part in parts])


@cache
def _records(kind: type[Record]) -> st.SearchStrategy[Any]:
    """Every field by its annotation; one with a default is often left out, as in files."""
    hints = get_type_hints(kind, include_extras=True)
    names = kind.__struct_fields__
    defaults = kind.__struct_defaults__
    optional = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    fields = {}
    for name in names:
        drawn = _special(kind, name, hints[name])
        if optional.get(name, NODEFAULT) is not NODEFAULT:
            drawn = st.one_of(st.just(optional[name]), drawn)
        fields[name] = drawn
    return st.fixed_dictionaries(fields).map(lambda given: kind(**given))


def _special(kind: type[Record], name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Some fields take only some of their type."""
    match kind.__name__, name:
        case "Phase", "name":
            return st.just("Draft")
        case "Phase", "when":
            return st.just("")
        case "Agent", "phases":
            return st.lists(instances(Phase), max_size=1).map(tuple)
        case _:
            return instances(hint)
