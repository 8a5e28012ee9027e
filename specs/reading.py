"""How a scenario's file is read: TOML into records, strictly.

Law: an unknown key, a wrong type and a record that says two things are refused, with the place where they stand
and in the words of whoever refused them.
"""

import tomllib
from datetime import timedelta
from decimal import Decimal
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

import cattrs
from cattrs.v import format_exception

from executus.agent import Agent
from executus.canonical import encode
from executus.invocation import Invocation
from executus.rules.status import Status
from executus.spans import ratio, span
from executus.values import Finish, Record, ToolClass
from specs.scenario import Scenario, ScenarioError


def read(text: str, name: str) -> Scenario:
    """The scenario in a TOML text. Raises ScenarioError."""
    try:
        return _converter.structure({"name": name, **tomllib.loads(text)}, Scenario)
    except ValueError as error:  # tomllib's own, or a number with too many digits.
        raise ScenarioError(f"{name}: {error}") from None
    except RecursionError:
        raise ScenarioError(f"{name}: nested too deeply") from None
    except cattrs.BaseValidationError as error:
        raise ScenarioError(f"{name}: {_said(error)}") from None


def _said(error: cattrs.BaseValidationError) -> str:
    """What is wrong, and where; in the words of whoever refused it."""

    def said(one: BaseException, kind: type | None) -> str:
        return str(one) if type(one) is ValueError else format_exception(one, kind)

    return "; ".join([" ".join(line.split()) for line in cattrs.transform_error(error, "$", said)])


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
    return kind(**{name: _field(kind, name, item, hints[name]) for name, item in given.items()})


def _field(kind: Any, name: str, item: object, hint: Any) -> Any:
    match kind, name:
        case (_, "output_type") if kind is Agent:
            return _schema(item)
        case (_, "inputs") if kind is Invocation:
            return tuple(_exactly(item, dict).items())
        case (_, "extra_tools" | "session_tool_factory" | "on_step") if kind is Invocation:
            raise ValueError(f"{name} is the host's: see tools.of, session and on_step")
        case _:
            return _converter.structure(item, hint)


def _schema(written: object) -> str:
    """The JSON Schema of an output: as it is written, or of a table of fields and their types."""
    if isinstance(written, str):
        return written
    fields: dict[str, str] = _exactly(written, dict)
    properties = {name: {"type": _exactly(kind, str)} for name, kind in fields.items()}
    schema = {
        "type": "object",
        "properties": properties,
        "required": sorted(fields),
        "additionalProperties": False,
    }
    return encode(schema).decode()


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


def _bytes(value: object, _: object) -> bytes:
    return str(_exactly(value, str)).encode()


_converter = cattrs.Converter(forbid_extra_keys=True)
for _plain in (str, int, bool):
    _converter.register_structure_hook(_plain, _exactly)
for _names in (Finish, Status, ToolClass):
    _converter.register_structure_hook(_names, lambda value, kind: kind(value))
_converter.register_structure_hook(bytes, _bytes)
_converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
_converter.register_structure_hook_func(lambda kind: kind is timedelta, lambda value, _: span(value))
_converter.register_structure_hook_func(lambda kind: kind is Decimal, lambda value, _: ratio(value))
_converter.register_structure_hook_func(_is_tuple, _items)
_converter.register_structure_hook_func(_is_record, _record)
