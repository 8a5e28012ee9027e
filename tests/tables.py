"""Reads the tables in specs/tables, which say row by row what a rule answers."""

import tomllib
from pathlib import Path
from typing import Any

from executus.spans import span
from executus.values import Duration, microseconds

TABLES = Path(__file__).parents[1] / "specs" / "tables"


def rows(table: str, kind: str = "row") -> list[dict[str, Any]]:
    """All rows of one kind in a table; an empty list would be a table nobody reads."""
    found: list[dict[str, Any]] = tomllib.loads((TABLES / f"{table}.toml").read_text(encoding="utf-8"))[kind]
    assert found
    return found


def duration(text: str) -> Duration:
    """A duration as the tables write it, in the core's unit."""
    return microseconds(span(text))


def short(value: object) -> str:
    """A name for one of many cases: its beginning."""
    return " ".join(str(value).split())[:60]
