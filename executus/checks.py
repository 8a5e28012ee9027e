"""One sentence for what makes no sense: the checks of the records that people write.

Each reads a field, brings it into its form at rest, or raises ValueError with the field's name in it.
"""

from datetime import timedelta
from typing import cast

import msgspec
from msgspec.structs import force_setattr

from executus.spans import ratio, span
from executus.values import Record, microseconds, seconds, sound

MOST = 2**53
"""The largest count: what every reader of a file keeps exact."""

LONGEST = seconds(100 * 365 * 86_400)
"""A hundred years: more is a mistake, and would not be an instant that every store can hold."""


def check_span(record: Record, name: str) -> None:
    value = span(getattr(record, name), name)
    check_not_negative(value < timedelta(), name, getattr(record, name))
    if microseconds(value) > LONGEST:
        raise ValueError(f"{name} must be at most a hundred years, got {getattr(record, name)!r}")
    force_setattr(record, name, value)


def check_count(record: Record, name: str) -> None:
    value = getattr(record, name)
    if type(value) is not int:
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    check_not_negative(value < 0, name, value)
    if value > MOST:
        raise ValueError(f"{name} must be at most {MOST}, got {value}")


def check_not_negative(is_negative: bool, name: str, value: object) -> None:
    if is_negative:
        raise ValueError(f"{name} must not be negative, got {value!r}")


def check_text(record: Record, name: str) -> None:
    value = getattr(record, name)
    if type(value) is str and value.isascii():
        return  # Most are.
    if type(value) is not str:
        raise ValueError(f"{name} must be text, got {value!r}")
    if sound(value) != value:
        raise ValueError(f"{name} holds a lone surrogate, which no file can keep: {value!r:.200}")


def check_fits(record: Record, name: str, kind: object) -> None:
    """What is nested is proven, too: constructors of records check nothing."""
    try:
        value = getattr(record, name)
        proven = msgspec.convert(msgspec.to_builtins(value), cast("type[object]", kind))
        if type(proven) is not type(value) or proven != value:  # A default stays the one that files leave out.
            force_setattr(record, name, proven)
    except (msgspec.ValidationError, TypeError, UnicodeEncodeError) as wrong:
        raise ValueError(f"{name} does not fit: {wrong}") from None


def check_names(record: Record, name: str) -> None:
    if getattr(record, name) == ():
        return
    names = _listed(record, name, "a list of names")
    texts = [item for item in names if type(item) is str]
    if len(texts) < len(names):
        raise ValueError(f"{name} must be a list of names, got {list(names)!r:.200}")
    if any(sound(text) != text for text in texts):
        raise ValueError(f"{name} hold a lone surrogate, which no file can keep: {texts!r:.200}")
    force_setattr(record, name, names)


def _listed(record: Record, name: str, what: str) -> tuple[object, ...]:
    """A list, and nothing that can only be gone through: the order counts, the model sees it."""
    value = getattr(record, name)
    if isinstance(value, list | tuple):
        return tuple(cast("list[object]", value))
    raise ValueError(f"{name} must be {what}, got {value!r:.200}")


def check_list(record: Record, name: str) -> None:
    force_setattr(record, name, _listed(record, name, "a list"))


def check_ratio(record: Record, name: str) -> None:
    given = getattr(record, name)
    value = ratio(given, name)
    check_not_negative(value < 0, name, given)
    if value > MOST:
        raise ValueError(f"{name} must be at most {MOST}, got {given!r:.200}")
    force_setattr(record, name, value)


def check_flag(record: Record, name: str) -> None:
    if type(getattr(record, name)) is not bool:
        raise ValueError(f"{name} must be true or false, got {getattr(record, name)!r}")


def check_choice(record: Record, name: str, choices: tuple[str, ...]) -> None:
    value = getattr(record, name)
    if value not in choices:
        raise ValueError(f"{name} must be {' or '.join(json_text(choice) for choice in choices)}, got {value!r}")


def json_text(text: str) -> str:
    return f'"{text}"'
