"""What lies below a folder: a bounded walk in a fixed order, and the patterns that choose from it.

Law: the same tree gives the same entries in the same order on every system; a link is an entry, never a way;
what the walk left out is counted, and said.
"""

import fnmatch
import heapq
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from interpreters.ports import ToolError
from interpreters.tools.confined import Confined, Parts, shown

Kind: TypeAlias = Literal["file", "dir", "link", "special"]

MAX_ENTRIES = 20_000
"""How many entries one walk looks at."""

MAX_NAMES = 200_000
"""How many names of one folder are read; of more, the order of the disk decides which."""

MAX_DEPTH = 64
"""How deep below its start a walk goes."""

GENERATED = frozenset({"node_modules", "__pycache__", "venv"})
"""What is left out beside dotted names (.git, .venv): made by machines, and large."""


class Entry(NamedTuple):
    """One thing below the root. `size` is in bytes, and 0 for anything but a file."""

    parts: Parts
    kind: Kind
    size: int


class Walk:
    """One walk from `start` (a folder, or one file), with what it had to leave out."""

    def __init__(self, confined: Confined, start: Parts, *, recursive: bool, hidden: bool) -> None:
        self.entries: list[Entry] = []
        self._confined = confined
        self._start = start
        self._hidden = hidden
        self._skipped: set[str] = set()
        self._unreadable: list[Parts] = []
        self._too_deep = 0
        self._is_cut = False
        if confined.is_folder(start):
            self._walk(recursive=recursive)
        else:
            self._look(start[:-1], [start[-1]])
        self.entries.sort()

    def matching(self, pattern: str) -> Iterator[Entry]:
        """The entries a pattern chooses, by their path below the start (a lone file: by its name)."""
        cut = len(self._start)
        for entry in self.entries:
            if matches(pattern, entry.parts[cut:] or entry.parts[-1:]):
                yield entry

    def notes(self) -> Iterator[tuple[str, str]]:
        """What was left out, for the head of an answer."""
        if self._skipped:
            names = ", ".join(sorted(shown((name,)) for name in self._skipped)[:8])
            more = ", ..." if len(self._skipped) > 8 else ""
            yield "skipped", f"{names}{more} (hidden=true includes them)"
        if self._unreadable:
            yield "unreadable", f"{len(self._unreadable)} left out, the first {shown(self._unreadable[0])}"
        if self._too_deep:
            yield "too deep", f"{self._too_deep} folders more than {MAX_DEPTH} levels down; give one as path"
        if self._is_cut:
            yield (
                "incomplete",
                f"only the first {MAX_ENTRIES} entries were looked at; give a smaller folder as path",
            )

    def _walk(self, *, recursive: bool) -> None:
        # Level by level, so that a walk that is cut has seen what is near rather than what is first.
        waiting = deque([self._start])
        while waiting and not self._is_cut:
            here = waiting.popleft()
            known = len(self.entries)
            try:
                self._look(here, self._names(here))
            except ToolError:
                if here == self._start:
                    raise
                self._unreadable.append(here)
            folders = [entry.parts for entry in self.entries[known:] if entry.kind == "dir"]
            if recursive and len(here) - len(self._start) < MAX_DEPTH:
                waiting.extend(folders)
            elif recursive:
                self._too_deep += len(folders)

    def _names(self, here: Parts) -> list[str]:
        left = MAX_ENTRIES - len(self.entries)
        with self._confined.folder(here) as folder, os.scandir(folder) as found:
            names = islice((entry.name for entry in found), MAX_NAMES + 1)
            smallest = heapq.nsmallest(left + 1, self._wanted(names))
        self._is_cut = self._is_cut or len(smallest) > left
        return smallest[:left]

    def _wanted(self, names: Iterable[str]) -> Iterator[str]:
        for count, name in enumerate(names):
            if count == MAX_NAMES:
                self._is_cut = True
            elif self._hidden or not (name.startswith(".") or name in GENERATED):
                yield name
            else:
                self._skipped.add(name)

    def _look(self, above: Parts, names: Iterable[str]) -> None:
        with self._confined.folder(above) as folder:
            for name in names:
                try:
                    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except FileNotFoundError:
                    continue  # Gone since its name was read.
                except OSError:
                    self._unreadable.append((*above, name))
                    continue
                kind = _kind(status.st_mode)
                self.entries.append(Entry((*above, name), kind, status.st_size if kind == "file" else 0))


def matches(pattern: str, parts: Parts) -> bool:
    """True if a pattern of `*`, `?`, `[..]` and `**` fits: the name if it has no "/", else the whole path."""
    wanted = [part for part in pattern.split("/") if part not in ("", ".")]
    if len(wanted) < 2 and wanted != ["**"]:
        return fnmatch.fnmatchcase(parts[-1], wanted[0] if wanted else "*")
    # All places in the pattern at once, rather than one after the other: `**/a/**/a/**` stays cheap.
    places = _past_stars({0}, wanted)
    for part in parts:
        step = {at if wanted[at] == "**" else at + 1 for at in places if _fits(wanted, at, part)}
        places = _past_stars(step, wanted)
    return len(wanted) in places


def _fits(wanted: list[str], at: int, part: str) -> bool:
    return at < len(wanted) and (wanted[at] == "**" or fnmatch.fnmatchcase(part, wanted[at]))


def _past_stars(places: set[int], wanted: list[str]) -> set[int]:
    """The places, and those reached by letting a `**` stand for no folder."""
    found = set(places)
    for at, part in enumerate(wanted):
        if part == "**" and at in found:
            found.add(at + 1)
    return found


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "dir"
    return "link" if stat.S_ISLNK(mode) else "special"
