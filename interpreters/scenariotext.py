"""Values and records as a scenario writes them: TOML, one line a value.

Law: nothing is written that goes without saying, and what is written is read back as it was.
"""

from datetime import timedelta
from decimal import Decimal
from json import dumps
from typing import Any

from executus.spans import say
from executus.values import Record, microseconds


def written(record: Record, usual: Record) -> dict[str, Any]:
    """The fields in which a record differs from the usual one."""
    names = [name for name in record.__struct_fields__ if getattr(record, name) != getattr(usual, name)]
    return {name: _plain(getattr(record, name)) for name in names}


def table(name: str, pairs: dict[str, Any]) -> list[str]:
    """A table with these pairs, `[name]` or `[[name]]`, and an empty line before it."""
    return ["", name, *[pair(key, value) for key, value in pairs.items()]]


def pair(key: str, value: Any) -> str:
    """One line: `key = value`."""
    return f"{key_of(key)} = {_value(value)}"


def key_of(name: str) -> str:
    """A key, in quotes where it needs them."""
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else dumps(name)


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return say(microseconds(value))
        case Decimal():
            return str(value)
        case bytes():
            return value.decode()
        case tuple():
            return [_plain(item) for item in _items(value)]
        case Record():
            names, usual = value.__struct_fields__, value.__struct_defaults__
            defaults = dict(zip(reversed(names), reversed(usual), strict=False))
            given = {name: getattr(value, name) for name in names}
            return {name: _plain(one) for name, one in given.items() if one != defaults.get(name, _MUST)}
        case _:
            return value


_MUST = object()


def _items(many: Any) -> list[Any]:
    return list(many)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            pairs = [pair(key, value[key]) for key in _items(value)]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case list():
            return f"[{', '.join([_value(item) for item in _items(value)])}]"
        case str():
            return dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return str(value)
