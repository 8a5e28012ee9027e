"""How people write durations and ratios, and how the core reads them.

On the faces a duration is a `timedelta`, a number of seconds, or text such as "90s", "5m" or "1h30m"; at
rest it is a `timedelta`, in the core an integer number of microseconds. A ratio is a number on the
faces and a `Decimal` at rest: floats reach neither state nor transcript.
"""

import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Span: TypeAlias = timedelta | float | str
    Ratio: TypeAlias = Decimal | float | str
else:
    Span = timedelta  # What a record holds, and what its decoder accepts: see `span`.
    Ratio = Decimal

_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
MOST_CHARACTERS = 1000
"""A longer text is no duration, and is refused unread."""

_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def span(value: "timedelta | float | str", name: str = "duration") -> timedelta:
    """`value` as a `timedelta`; raises ValueError with `name` in it when that makes no sense."""
    try:
        return _span(value, name)
    except OverflowError:
        raise ValueError(f"{name} is out of range: {value!r:.60}") from None


def _span(value: "timedelta | float | str", name: str) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return _parse(value, name)
    if type(value) not in (int, float) or value != value:
        raise ValueError(f'{name} must be a timedelta, a number of seconds, or text like "90s", got {value!r:.60}')
    return timedelta(seconds=value)


def _parse(text: str, name: str) -> timedelta:
    """The units may be combined, "1h30m"; a bare number is seconds."""
    compact = text.replace(" ", "") if len(text) <= MOST_CHARACTERS else ""
    sign = -1 if compact.startswith("-") else 1
    compact = compact.removeprefix("-")
    if re.fullmatch(r"\d+(\.\d+)?", compact):
        compact += "s"
    parts = _PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f'{name} must look like "90s", "5m" or "1h30m", got {text!r:.60}')
    return sign * sum((_UNITS[unit] * float(number) for number, unit in parts), timedelta())


def ratio(value: "Decimal | float | str", name: str = "ratio") -> Decimal:
    """`value` as an exact decimal; raises ValueError with `name` in it when it is no finite number."""
    try:
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{name} must be a number, got {value!r:.60}") from None
    if isinstance(value, bool) or not exact.is_finite():
        raise ValueError(f"{name} must be a finite number, got {value!r:.60}")
    return exact


def say(duration: int) -> str:
    """A number of microseconds the way a person would write it, exactly: 90s, 1.5s, 250ms, 12us."""
    if duration % 1_000_000 == 0 or abs(duration) >= 1_000_000:
        return f"{_exact(duration, 1_000_000)}s"
    return f"{_exact(duration, 1000)}ms" if abs(duration) >= 1000 else f"{duration}us"


def _exact(count: int, unit: int) -> str:
    whole, rest = divmod(abs(count), unit)
    digits = f"{whole}.{rest:0{len(str(unit)) - 1}}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"-{digits}" if count < 0 else digits
