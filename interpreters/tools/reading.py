"""Text out of files of any size and any content, and answers in one fixed shape.

Law: no file is too long, too wide or too broken to be answered for; memory and answer stay bounded, and what
is missing from an answer is said in its head.
"""

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

MAX_OUTPUT = 60_000
"""How many bytes of data lines one answer has."""

MAX_LINE = 2_000
"""How many characters of one line an answer shows."""

MAX_SCAN = 256 * 1024 * 1024
"""How many bytes one call reads."""

CHUNK = 1024 * 1024

SNIFFED = 8192
"""How many bytes at the start tell text from binary data."""


class Page:
    """The data lines of an answer: those from `offset` on, until `limit` or the answer's size is reached."""

    def __init__(self, offset: int, limit: int) -> None:
        self.lines: list[str] = []
        self.total = 0
        self.is_full = False
        self._offset = offset
        self._limit = limit
        self._left = MAX_OUTPUT

    def add(self, line: str) -> None:
        """Counts a line, and keeps it if it belongs to the page."""
        self.total += 1
        if self.total <= self._offset or self.is_full:
            return
        self._left -= len(line.encode()) + 1
        # A page has at least one line, so that whoever goes on from it gets on.
        if self._left < 0 and self.lines:
            self.is_full = True
            return
        self.lines.append(line)
        self.is_full = len(self.lines) == self._limit

    def notes(self, things: str) -> Iterator[tuple[str, str]]:
        """Which part is shown, and how to see the rest."""
        end = self._offset + len(self.lines)
        if self.lines:
            yield "shown", f"{self._offset + 1}-{end} of {self.total}"
            if self.total > end:
                yield "cut", f"{self.total - end} more {things}; go on with offset={end}"
        elif self.total:
            yield "shown", f"none of {self.total}: offset={self._offset} is past the end"


def answer(head: Iterable[tuple[str, object]], lines: Iterable[str] = ()) -> str:
    """The shape of every answer: `key: value` lines, an empty line, data lines."""
    return "\n".join([*(f"{key}: {value}" for key, value in head), "", *lines])


def is_binary(file: BinaryIO) -> bool:
    """True for data that isn't text; the file is then at its start again."""
    start = file.read(SNIFFED)
    file.seek(0)
    return b"\0" in start


def numbered(file: BinaryIO, offset: int, limit: int) -> tuple[list[tuple[str, object]], list[str]]:
    """Head and data lines for a part of a text: each line with its number, counted from 1."""
    page = Page(offset, limit)
    read = wide = broken = 0
    while not page.is_full and read < MAX_SCAN:
        line = _next_line(file)
        if line is None:
            break
        if page.total >= offset:
            wide += line.is_cut
            broken += not line.is_utf8
        page.add(f"{page.total + 1}\t{line.text}")
        read += line.size
    more, size = count_lines(file, MAX_SCAN - read)
    page.total += more
    head: list[tuple[str, object]] = [("lines", page.total), *page.notes("lines")]
    if wide:
        head.append(("long lines", f"{wide} cut after {MAX_LINE} characters, marked with …"))
    if broken:
        head.append(("encoding", f"{broken} lines are not UTF-8; what can't be read is shown as \ufffd"))
    if read + size >= MAX_SCAN:
        head.append(("incomplete", f"only the first {MAX_SCAN} bytes were read"))
    return head, page.lines


def count_lines(file: BinaryIO, limit: int) -> tuple[int, int]:
    """The lines and bytes from here to the end, or to `limit` bytes. A last line needs no line break."""
    lines = size = 0
    last = b"\n"
    while size < limit and (chunk := file.read(min(CHUNK, limit - size))):
        lines += chunk.count(b"\n")
        size += len(chunk)
        last = chunk[-1:]
    return lines + (last != b"\n"), size


def excerpt(line: str, at: int, width: int) -> str:
    """At most `width` characters of a line around the place `at`, with … where something is missing."""
    if len(line) <= width:
        return line
    start = min(max(0, at - width // 3), len(line) - width)
    end = start + width
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


class _Line(NamedTuple):
    """The start of one line, and how many bytes the line has."""

    text: str
    size: int
    is_cut: bool
    is_utf8: bool


def _next_line(file: BinaryIO) -> _Line | None:
    start = end = file.readline(4 * MAX_LINE)
    if not start:
        return None
    size = len(start)
    while not end.endswith(b"\n") and size < MAX_SCAN and (end := file.readline(CHUNK)):
        size += len(end)
    line = start.removesuffix(b"\n").removesuffix(b"\r")
    try:
        # A line that goes on may be cut within its last character.
        text = codecs.getincrementaldecoder("utf-8")().decode(line, final=size == len(start))
        is_utf8 = True
    except UnicodeDecodeError:
        text, is_utf8 = line.decode("utf-8", "replace"), False
    is_cut = len(text) > MAX_LINE or size > len(start)
    return _Line(text[:MAX_LINE] + "…" if is_cut else text, size, is_cut, is_utf8)
