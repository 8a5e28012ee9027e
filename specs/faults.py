"""The kinds of fault that a simulated run meets, and in which stage of a run each can strike: `specs/faults.toml`.

Law: a kind and a stage make a cell; each cell is reachable, or stands in the file with the reason why it is not.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from executus.values import Record

FILE = Path(__file__).parent / "faults.toml"

STAGES = ("preparing", "conversing", "finalizing", "suspended", "regaining", "done")
"""Where a run is when a fault strikes: its stage, unless it is suspended, regains what it had, or is over."""

Cell: TypeAlias = tuple[str, str]
"""A kind of fault, and a stage."""


class Fault(Record, frozen=True):
    """One kind of fault: at which occasions it may strike, who makes it, and what it is."""

    name: str
    at: tuple[str, ...]
    by: Literal["host", "way", "outside"]
    what: str


class Strike(Record, frozen=True):
    """A fault strikes at the `count`th occasion of this kind; if it is `for_ever`, at each one after it, too.

    `more` is a number by which whoever carries it out may vary it. Occasions count only `within` a stage, where
    one is named.
    """

    fault: str
    at: str
    count: int
    more: int = 0
    for_ever: bool = False
    within: str = ""


ON_THE_WAY = ("ModelReplied", "ToolReturned")
"""Answers that may go astray between the world and the run."""


class Never(Record, frozen=True):
    """Cells that no run comes to, and why: `faults` are patterns of names."""

    faults: tuple[str, ...]
    stages: tuple[str, ...]
    why: str
    world: Literal["", "memory", "live"] = ""
    """Only in this world; "" = in both."""


class Table(Record, frozen=True):
    """The file."""

    fault: tuple[Fault, ...]
    never: tuple[Never, ...] = ()


def table() -> Table:
    """The file, read; raises msgspec.ValidationError where it doesn't fit."""
    return msgspec.convert(tomllib.loads(FILE.read_text("utf-8")), Table)


FAULTS: tuple[Fault, ...] = table().fault


def named(name: str) -> Fault:
    """The kind of this name; LookupError if there is none."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise LookupError(f"there is no fault named {name!r}")


def unreachable(world: str) -> dict[Cell, str]:
    """The cells that no run comes to in this world, each with the reason; ValueError if one has two."""
    found: dict[Cell, str] = {}
    for row in table().never:
        if row.world not in ("", world):
            continue
        for fault in FAULTS:
            if any(fnmatchcase(fault.name, pattern) for pattern in row.faults):
                for stage in row.stages:
                    if (fault.name, stage) in found:
                        raise ValueError(f"{fault.name} in {stage} has two reasons")
                    found[fault.name, stage] = row.why
    return found


def reachable(world: str) -> tuple[Cell, ...]:
    """The cells that must be hit, in the order of the file."""
    never = unreachable(world)
    return tuple([(one.name, stage) for one in FAULTS for stage in STAGES if (one.name, stage) not in never])
