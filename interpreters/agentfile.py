"""Agents as people write them down in TOML, read strictly: no key is guessed, no value is bent to fit.

Law: a file gives one `Agent`, or one line that names the file, the key and what is wrong. cattrs does the
reading, because this is about people's files; the record itself refuses what makes no sense.
"""

import os
import tomllib
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, cast

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from returns.result import Failure, Result, Success

from executus.agent import Agent, Phase
from executus.values import Record
from interpreters.agenttables import TABLES, DurationText, Names, OutputType, Phases
from interpreters.doors import door
from interpreters.tools.output import Output
from interpreters.tools.registry import imported

T = TypeVar("T")

MOST_BYTES = 1 << 20
"""A larger file is no agent file: 1 MiB."""


MOST_SAID = 1000
"""Characters of what is wrong with it: what is quoted of it is bounded."""


class AgentFault(Record, frozen=True):
    """Why a file is no agent. `str` is one line, which begins with the path."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@door
def load_agent(path: str | os.PathLike[str]) -> Result[Agent, AgentFault]:
    """The agent in the TOML file at `path`; never raises on a bad file.

    `low_level_tools` stand in it as they were written: names, or "module:function".
    """
    name = os.fspath(path)
    try:
        return Success(_read(name))
    except OSError as error:
        return Failure(AgentFault(name, error.strerror or str(error)))
    except RecursionError:
        return Failure(AgentFault(name, "nested too deeply"))
    except ValueError as error:
        return Failure(AgentFault(name, cut(" ".join(str(error).split()))))


def cut(line: str) -> str:
    """What is wrong is said in one line; of one that quotes too much, the beginning."""
    return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]}…"


def _read(path: str) -> Agent:
    if os.path.isdir(path):
        raise ValueError("is a folder; skill folders are not available yet, give a TOML file")
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than the {MOST_BYTES} bytes an agent file may have")
    try:
        table = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not valid TOML: {error}") from None
    return _structured(table)


def _structured(table: dict[str, Any]) -> Agent:
    try:
        return _converter().structure(table, Agent)
    except BaseValidationError as error:
        raise ValueError("; ".join(_explained(error))) from None


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind, said in ((int, "a whole number"), (str, "text"), (bool, "true or false")):
        converter.register_structure_hook(kind, _exactly(said, kind))
    converter.register_structure_hook(float, _exactly("a number", int, float))
    duration = _exactly('seconds, or text like "5m"', int, float, str)
    converter.register_structure_hook_func(lambda kind: kind == DurationText, duration)
    converter.register_structure_hook_func(lambda kind: kind == Names, _names)
    converter.register_structure_hook_func(lambda kind: kind == Phases, _phases(converter))
    converter.register_structure_hook(OutputType, _output_type)
    for record, shape in TABLES.items():
        converter.register_structure_hook(record, _made(converter, record, shape))
    return converter


def _exactly(said: str, *kinds: type) -> Callable[[Any, Any], Any]:
    """A hook that takes a value of just these types as it is: cattrs would read "12" as 12, and True as 1."""

    def hook(value: Any, _: Any) -> Any:
        if type(value) not in kinds:
            raise ValueError(f"expected {said}, got {_shown(value)}")
        return value

    return hook


def _names(value: Any, _: Any) -> tuple[str, ...]:
    if type(value) is not list:
        raise ValueError(f"expected a list of names, got {_shown(value)}")
    items = cast("list[object]", value)
    for item in items:
        if type(item) is not str:
            raise ValueError(f"expected a list of names, got {_shown(item)} in it")
    return tuple(map(str, items))


def _phases(converter: Converter) -> Callable[[Any, Any], tuple[Phase, ...]]:
    def hook(value: Any, _: Any) -> tuple[Phase, ...]:
        if type(value) is not list:
            raise ValueError(f"expected a list of tables, [[phases]], got {_shown(value)}")
        return tuple(converter.structure(value, list[Phase]))

    return hook


def _output_type(value: Any, _: Any) -> Any:
    """The class behind "module:Class": a file can't hold one."""
    if type(value) is not str:
        raise ValueError(f"expected module:Class, got {_shown(value)}")
    if not value:
        return ""
    try:
        found = imported(value, "class", "Class")
        if not isinstance(found, type):
            raise TypeError(f"{value!r} is no class: {found!r:.60}")
        Output(found)
    except (LookupError, TypeError) as error:
        raise ValueError(str(error.args[0])) from None
    return found


def _made(converter: Converter, record: Callable[..., T], shape: type[Any]) -> Callable[[Any, Any], T]:
    """A hook that reads a table of this shape, and makes the record of what stands in it."""

    def hook(value: Any, _: Any) -> T:
        if type(value) is not dict:
            raise ValueError(f"expected a table, got {_shown(value)}")
        read = converter.structure(value, shape)
        return record(**{field.name: getattr(read, field.name) for field in fields(shape)})

    return hook


def _shown(value: object) -> str:
    text = str(value).lower() if type(value) is bool else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _explained(error: Exception) -> list[str]:
    said = transform_error(error, "$", format_exception=_said)
    parted = [line.rpartition(" @ $") for line in said]
    return [f"{where.removeprefix('.')}: {text}" if where else text for text, _, where in parted]


def _said(error: BaseException, _: object) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        shape = next(one for one in TABLES.values() if error.cl is one)
        unknown = ", ".join(sorted(map(repr, error.extra_fields)))
        return f"unknown key {unknown}; known are {', '.join(field.name for field in fields(shape))}"
    return str(error)
