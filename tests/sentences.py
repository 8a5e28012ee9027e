"""Splits docs/semantics.md into its sentences, and reads the table of docs/held.md.

A sentence ends at a full stop, question or exclamation mark before a space; semicolons stay inside. A row of a
table is one sentence. What is numbered in section 2 carries its number: 2.1, 2.2 and so on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HELD_SECTIONS = ("2", "3", "4", "5", "6", "7", "9")
SHORTEST = 40

_SECTION = re.compile(r"^## (\d+)\. .*$", re.MULTILINE)
_ITEM = re.compile(r"(?:- |(\d+)\. )(?:\*\*[^*]*\.\*\* )?")
_END = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<=[.?!])([)*]*)\s+")


@dataclass(frozen=True)
class Sentence:
    """One sentence and the section it stands in."""

    section: str
    text: str


@dataclass(frozen=True)
class Row:
    """One row of the page: the sentence (or its beginning and an …), and the checks that hold it."""

    section: str
    text: str
    checks: tuple[str, ...]


def sentences(page: str) -> list[Sentence]:
    """All sentences of the sections that are to be held, in their order."""
    return [
        Sentence(place, text)
        for section, body in _sections(page)
        if section in HELD_SECTIONS
        for place, texts in _blocks(section, body)
        for text in texts
    ]


def held(page: str) -> list[Row]:
    """All rows of the page that says what holds each sentence."""
    return [
        Row(section, cells[0], tuple(check.strip() for check in cells[1].split(";")))
        for section, body in _sections(page)
        for cells in _table(body)
    ]


def found(row: Row, among: list[Sentence]) -> list[Sentence]:
    """The sentences of its section that a row means: those it equals, or begins at some length."""
    here = [one for one in among if within(one.section, row.section)]
    beginning = row.text.removesuffix("…").rstrip()
    if beginning == row.text or len(beginning) < SHORTEST:
        return [one for one in here if one.text == row.text]
    return [one for one in here if one.text.startswith(beginning)]


def within(place: str, section: str) -> bool:
    """Is 2.8 in 2.8, or in 2?"""
    return place == section or place.startswith(f"{section}.")


def _sections(page: str) -> Iterator[tuple[str, str]]:
    _, *parts = _SECTION.split(page)
    yield from zip(parts[::2], parts[1::2], strict=True)


def _blocks(section: str, body: str) -> Iterator[tuple[str, list[str]]]:
    """The sentences of each list item, paragraph and row of a table, with where they stand."""
    place, lines = section, list[str]()
    for line in [*body.splitlines(), ""]:
        item = _ITEM.match(line)
        if lines and (item or not line.strip() or line.startswith("|")):
            yield place, list(_split(" ".join(" ".join(lines).split())))
            place, lines = section, []
        if item:
            place = f"{section}.{item[1]}" if item[1] else section
            lines = [line[item.end() :]]
        elif line.strip() and not line.startswith("|"):
            lines.append(line)
    yield from ((section, [r" \| ".join(cells)]) for cells in _table(body))


def _table(body: str) -> Iterator[list[str]]:
    """The rows of the tables, without their heads."""
    rows = [line for line in body.splitlines() if line.startswith("|")]
    for number, line in enumerate(rows):
        follows = rows[number + 1] if number + 1 < len(rows) else ""
        if not line.startswith("| ---") and not follows.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _split(block: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(block):
        yield block[start : end.end(1)]
        start = end.end()
    yield block[start:]
