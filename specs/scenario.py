"""What one scenario says, as records, and how its file is read.

A scenario is an agent, what the world does, and what must come of it, written in TOML for people who need not
know Python. Law: a file is read strictly; an unknown key, a wrong type and a turn that says two things are
refused, with the place where they stand.
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import GenericAlias
from typing import Any, Literal, get_args, get_origin, get_type_hints

import cattrs
from cattrs.v import format_exception

from executus.agent import Agent, Defaults, Invocation
from executus.rules.status import Status
from executus.spans import ratio, span
from executus.values import (
    NO_USAGE,
    Fault,
    FaultKind,
    Finish,
    Image,
    ModelReply,
    Record,
    ToolCall,
    ToolClass,
    Usage,
)

NOW = timedelta()


class ScenarioError(ValueError):
    """A file is no scenario: which, where in it, and why."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one model call gives: a text, calls, both or neither; a failure; an exception; or nothing ever.

    A call is written `add({"a": 2})`; what stands in the brackets reaches the run as it is, broken or not.
    """

    says: str | None = None
    calls: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    finish: Finish | None = None
    usage: Usage = NO_USAGE
    fails: str | None = None
    status: int = 0
    raises: str | None = None
    hangs: bool = False
    takes: timedelta = NOW

    def __post_init__(self) -> None:
        is_reply = self.says is not None or bool(self.calls)
        if [is_reply, self.fails is not None, self.raises is not None, self.hangs].count(True) != 1:
            raise ValueError("a turn says and calls, or fails, or raises, or hangs")
        if self.ids and len(self.ids) != len(self.calls):
            raise ValueError("a turn has an id for each call, or none at all")
        for text in self.calls:
            _call(text, "")

    @property
    def outcome(self) -> ModelReply | Fault | None:
        """The reply or the failure; None = nothing ever. (One that raises is played by the world.)"""
        if self.hangs:
            return None
        if self.fails is not None:
            return Fault(FaultKind.MODEL, self.fails, "scripted", self.status)
        written = zip(self.calls, self.ids or [""] * len(self.calls), strict=True)
        calls = tuple([_call(text, id) for text, id in written])
        finish = self.finish or (Finish.TOOL_CALLS if calls else Finish.STOP)
        return ModelReply(self.says or "", calls, self.usage, finish)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one call of a tool gives: a text, or an error that the model will read."""

    returns: str = ""
    raises: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToolScript:
    """A tool that is played: the same answer every time, or `in_turn` one after the other, the last for ever."""

    name: str
    returns: str = ""
    raises: str | None = None
    in_turn: tuple[Answer, ...] = ()
    takes: timedelta = NOW
    hangs: bool = False
    effect: ToolClass = ToolClass.UNSAFE
    serial: bool = False
    repeatable: bool = False

    @property
    def answers(self) -> tuple[Answer, ...]:
        return self.in_turn or (Answer(returns=self.returns, raises=self.raises),)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something from outside, at an instant: "0s" is before anything was answered."""

    at: timedelta
    what: Literal["cancel", "shutdown", "steer"]
    by: str = "caller"
    text: str = ""
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The models that a tier stands for, or what looking it up raises."""

    models: tuple[str, ...] = ()
    raises: str | None = None


@dataclass(frozen=True, kw_only=True)
class Expect:
    """What must come of it. What is not written must be empty; an optional one (None) isn't judged.

    `why` holds texts that must stand in lines of `result.why`, `offered` the tools each model call could choose
    from. `narrative` is the whole record; `pytest --regenerate` writes it anew, and nothing else.
    """

    status: Status
    output: str = ""
    error: str = ""
    steps: tuple[str, ...] = ()
    usage: Usage = NO_USAGE
    warnings: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    conversation: tuple[str, ...] | None = None
    offered: tuple[tuple[str, ...], ...] | None = None
    runtime: timedelta | None = None
    preparing: timedelta | None = None
    narrative: str = ""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One file. `rule` is quoted from `section` of docs/semantics.md.

    `race` says what happens at one instant, where it does: then the worlds agree on everything but the record's
    order. `tiers` are the tiers the host knows (none written: any), `resolving` how long looking one up takes.
    """

    name: str
    title: str
    section: str
    rule: str
    expect: Expect
    race: str = ""
    system_header: str = ""
    resolving: timedelta = NOW
    agent: Agent = field(default_factory=Agent)
    invocation: Invocation = field(default_factory=Invocation)
    defaults: Defaults = field(default_factory=Defaults)
    tiers: dict[str, Tier] | None = None
    model: tuple[Turn, ...] = ()
    tools: tuple[ToolScript, ...] = ()
    happens: tuple[Happening, ...] = ()


def read(text: str, name: str) -> Scenario:
    """The scenario in a TOML text. Raises ScenarioError."""
    try:
        return _converter.structure({"name": name, **tomllib.loads(text)}, Scenario)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: {error}") from None
    except cattrs.BaseValidationError as error:
        raise ScenarioError(f"{name}: {_said(error)}") from None


def _said(error: cattrs.BaseValidationError) -> str:
    """What is wrong, and where; in the words of whoever refused it."""

    def said(one: BaseException, kind: type | None) -> str:
        return str(one) if type(one) is ValueError else format_exception(one, kind)

    return "; ".join(cattrs.transform_error(error, "$", said))


def _call(text: str, id: str) -> ToolCall:
    written = re.fullmatch(r"([^(]*)\((.*)\)", text, re.DOTALL)
    if written is None:
        raise ValueError(f"a call is written name(arguments), not {text!r}")
    return ToolCall(id, written[1], written[2])


def _exactly(value: object, kind: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {value!r}")
    return value


def _items(value: object, kind: Any) -> Any:
    """A list, and not what else can be gone through, such as a text."""
    items: Any = GenericAlias(list, get_args(kind)[:1])
    return tuple(_converter.structure(_exactly(value, list), items))


def _record(value: object, kind: Any) -> Any:
    """A record of the kernel's, by the names of its fields."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if not name.startswith("_")}
    given = _exactly(value, dict)
    unknown = sorted(set(given) - set(hints))
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(unknown)}")
    return kind(**{name: _converter.structure(item, hints[name]) for name, item in given.items()})


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


_converter = cattrs.Converter(forbid_extra_keys=True)
for _plain in (str, int, bool):
    _converter.register_structure_hook(_plain, _exactly)
for _names in (Finish, Status, ToolClass):
    _converter.register_structure_hook(_names, lambda value, kind: kind(value))
_converter.register_structure_hook_func(lambda kind: kind is timedelta, lambda value, _: span(value))
_converter.register_structure_hook_func(lambda kind: kind is Decimal, lambda value, _: ratio(value))
_converter.register_structure_hook_func(_is_tuple, _items)
_converter.register_structure_hook_func(_is_record, _record)
