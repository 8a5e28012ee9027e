"""The bank's records: a defect is a patch of a source text, what it breaks, and the checks that must catch it.

Read strictly from the TOML files beside this module; a check is one line, `kind: name within N worlds`.
"""

import re
import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent

_CHECK = re.compile(r"(?P<kind>[a-z ]+): (?P<name>.+?)(?: within (?P<within>\d+) worlds)?")

SEARCHED = ("law", "oracle", "itself", "breaks")
"""Checks that look through random worlds from seed 0 on; all others look at one thing."""

ALONE = ("scenario", "live", "row", "golden", "test", "corpus")


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place in a file that reads otherwise."""

    before: str
    after: str
    file: str = ""
    """The defect's own, where it is not said."""


class Check(msgspec.Struct, frozen=True):
    """What must catch a defect; `within` so many worlds, 0 for a check that looks at one thing."""

    kind: str
    name: str
    within: int = 0

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class Defect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that somebody might write, and who notices."""

    name: str
    file: str
    caught: tuple[str, ...]
    before: str = ""
    after: str = ""
    patches: tuple[Patch, ...] = ()
    says: str = ""
    """The rule that is broken, where the name doesn't say it."""
    rule: str = ""
    """Which of the five rules that everything stands on this breaks."""

    @property
    def texts(self) -> dict[str, list[tuple[str, str]]]:
        """By file, what reads otherwise."""
        every = [Patch(self.before, self.after)] if self.before else []
        found: dict[str, list[tuple[str, str]]] = {}
        for one in (*every, *self.patches):
            found.setdefault(one.file or self.file, []).append((one.before, one.after))
        return found

    @property
    def checks(self) -> list[Check]:
        return [check(line) for line in self.caught]


def check(line: str) -> Check:
    """The check that a line names. Raises ValueError."""
    found = _CHECK.fullmatch(line)
    kind, within = (found["kind"], int(found["within"] or 0)) if found else ("", 0)
    if found is None or kind not in (*SEARCHED, *ALONE) or (within > 0) is not (kind in SEARCHED):
        raise ValueError(f"no check: {line!r}")
    return Check(kind, found["name"], within)


def defects() -> list[Defect]:
    """The whole bank, file by file. Raises ValueError for a file that is none, or a defect without a check."""
    found: list[Defect] = []
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text("utf-8"))
            found += msgspec.convert(table, dict[str, tuple[Defect, ...]])["defect"]
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyError) as error:
            raise ValueError(f"{path.name}: {error}") from None
    for one in found:
        if not one.texts or not one.checks:
            raise ValueError(f"{one.name!r} has no patch, or no check that catches it")
    return found
