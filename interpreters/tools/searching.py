"""What is in the files that a walk found: matching lines, and how many lines there are of each language.

Law: one file that can't be read never hides the others; it is counted, and said. A searched text is taken
literally: a regular expression of a model's making could run for ever.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from interpreters.ports import ToolError
from interpreters.tools import reading
from interpreters.tools.confined import Confined, shown
from interpreters.tools.languages import language_of
from interpreters.tools.reading import Page, excerpt
from interpreters.tools.tree import Entry

MAX_SEARCHED = 10_000_000
"""How many bytes a file may have to be searched."""

MATCH_WIDTH = 300
"""How many characters of a matching line are shown."""


class LeftOut:
    """Files that were not looked into, by reason, and whether reading stopped before the end."""

    def __init__(self) -> None:
        self.binary = 0
        self.large = 0
        self.unreadable = 0
        self.is_cut = False

    def notes(self) -> Iterator[tuple[str, str]]:
        """What was left out, for the head of an answer."""
        if self.binary:
            yield "binary files", f"{self.binary} left out"
        if self.large:
            yield "large files", f"{self.large} of more than {MAX_SEARCHED} bytes left out"
        if self.unreadable:
            yield "unreadable files", f"{self.unreadable} left out"
        if self.is_cut:
            yield "incomplete", f"stopped after {reading.MAX_SCAN} bytes; give a smaller folder as path"


class Search:
    """Looks for one text in one file after the other."""

    def __init__(self, text: str, page: Page, *, ignore_case: bool) -> None:
        self.files = 0
        self.matching_files = 0
        self.left_out = LeftOut()
        self._text = text.casefold() if ignore_case else text
        self._ignore_case = ignore_case
        self._page = page

    def look_into(self, confined: Confined, entries: Iterable[Entry]) -> None:
        """Searches files in this order."""
        scanned = 0
        for entry in _files(entries):
            if scanned >= reading.MAX_SCAN:
                self.left_out.is_cut = True
                break
            try:
                with confined.file(entry.parts) as file:
                    data = file.read(MAX_SEARCHED + 1)
            except ToolError:
                self.left_out.unreadable += 1
                continue
            scanned += len(data)
            if b"\0" in data[: reading.SNIFFED]:
                self.left_out.binary += 1
            elif len(data) > MAX_SEARCHED:
                self.left_out.large += 1
            else:
                self.files += 1
                self._find(shown(entry.parts), data.decode("utf-8", "replace"))

    def _find(self, path: str, text: str) -> None:
        searched = text.casefold() if self._ignore_case else text
        if self._text not in searched:
            return
        self.matching_files += 1
        # Folding case may change a line's length, but never where lines end.
        pairs = zip(text.split("\n"), searched.split("\n"), strict=True)
        for number, (line, folded) in enumerate(pairs, start=1):
            at = folded.find(self._text)
            if at >= 0:
                said = excerpt(line.removesuffix("\r"), at, MATCH_WIDTH)
                self._page.add(f"{path}:{number}: {said}")


class Count(NamedTuple):
    """How much there is of one language."""

    lines: int = 0
    files: int = 0
    size: int = 0


def count_languages(confined: Confined, entries: Iterable[Entry]) -> tuple[dict[str, Count], LeftOut]:
    """Lines, files and bytes of each language, most lines first."""
    counts: dict[str, Count] = {}
    left_out = LeftOut()
    scanned = 0
    for entry in _files(entries):
        if scanned >= reading.MAX_SCAN:
            left_out.is_cut = True
            break
        try:
            with confined.file(entry.parts) as file:
                if reading.is_binary(file):
                    left_out.binary += 1
                    continue
                lines, size = reading.count_lines(file, reading.MAX_SCAN - scanned)
        except ToolError:
            left_out.unreadable += 1
            continue
        scanned += size
        language = language_of(entry.parts[-1])
        known = counts.get(language, Count())
        counts[language] = Count(known.lines + lines, known.files + 1, known.size + size)
    order = sorted(counts, key=lambda language: (-counts[language].lines, language))
    return {language: counts[language] for language in order}, left_out


def _files(entries: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.kind == "file")
