"""Reads the tables in specs/tables, which say row by row what a rule answers."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from executus.spans import span
from executus.values import Duration, microseconds

TABLES = Path(__file__).parents[1] / "specs" / "tables"


def rows(table: str, kind: str = "row") -> list[dict[str, Any]]:
    """All rows of one kind in a table; an empty list would be a table nobody reads."""
    found: list[dict[str, Any]] = tomllib.loads((TABLES / f"{table}.toml").read_text(encoding="utf-8"))[kind]
    assert found
    return found


def each(table: str, kind: str = "row") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Calls a law once a row, with what the row holds: a key that the law doesn't know of is a failure."""
    _JUDGED.add((table, kind))

    def judged(law: Callable[..., None]) -> Callable[..., None]:
        def test(row: dict[str, Any]) -> None:
            law(**row)

        test.__name__, test.__doc__ = law.__name__, law.__doc__
        return pytest.mark.parametrize("row", rows(table, kind), ids=_said)(test)  # type: ignore[no-any-return]

    return judged


def is_judged(table: str) -> bool:
    """Does a law read each kind of row that is in the table?"""
    kinds = tomllib.loads((TABLES / f"{table}.toml").read_text(encoding="utf-8"))
    return {(table, kind) for kind in kinds} <= _JUDGED


_JUDGED: set[tuple[str, str]] = set()


def _said(row: dict[str, Any]) -> str:
    return short(row["says"])


def instant(text: str) -> Duration | None:
    """A duration, or none."""
    return None if text == "none" else duration(text)


def duration(text: str) -> Duration:
    """A duration as the tables write it, in the core's unit."""
    return microseconds(span(text))


def short(value: object) -> str:
    """A name for one of many cases: its beginning."""
    return " ".join(str(value).split())[:60]
