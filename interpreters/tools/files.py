"""Read-only tools over one folder: list_files, read_file, search_files, count_lines.

Law: nothing outside the folder is read, nothing in it is changed, and every answer is bounded. All answers
have one shape: a head of `key: value` lines, an empty line, data lines (see reading.py).
"""

import os
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from interpreters.ports import Tool, ToolError
from interpreters.tools.confined import Confined, parts_of, shown
from interpreters.tools.function import tool
from interpreters.tools.reading import Page, answer, is_binary, numbered
from interpreters.tools.searching import Search, count_languages
from interpreters.tools.tree import Entry, Walk

Offset: TypeAlias = Annotated[int, Meta(ge=0)]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=2000)]
Pattern: TypeAlias = Annotated[str, Meta(max_length=200)]

MOST_LANGUAGES = 200


def file_tools(root: str | os.PathLike[str]) -> tuple[Tool, ...]:
    """The tools list_files, read_file, search_files and count_lines, which see `root` and nothing else.

    Raises NotADirectoryError when `root` is no folder. Whatever lies in it can be read: keep secrets elsewhere.
    """
    files = _Files(Confined(root))
    return (
        tool(files.list_files, effect="pure"),
        tool(files.read_file, effect="pure"),
        tool(files.search_files, effect="pure"),
        tool(files.count_lines, effect="pure"),
    )


class _Files:
    """The four functions; their docstrings are what a model reads."""

    def __init__(self, confined: Confined) -> None:
        self._confined = confined

    def list_files(
        self,
        path: str = ".",
        pattern: Pattern = "*",
        recursive: bool = False,
        sort: Literal["name", "size"] = "name",
        offset: Offset = 0,
        limit: Limit = 200,
        hidden: bool = False,
    ) -> str:
        """List files with their sizes in bytes.

        Data lines are size<TAB>path, with dir, link or special instead of a size for what is not a file.
        To find the largest files: recursive=true, sort="size".

        Args:
            path: folder to list, relative to the root
            pattern: wildcards (* ? [..]) for names, or with a / for paths below the folder; ** is any folders
            recursive: list the files in all folders below, too (a pattern with a / does)
            sort: by name, or by size with the largest first
            offset: how many entries to skip
            limit: how many entries to show
            hidden: include dotted names, node_modules, __pycache__ and venv
        """
        start = parts_of(path)
        deep = recursive or "/" in pattern
        walk = Walk(self._confined, start, recursive=deep, hidden=hidden)
        found = [entry for entry in walk.matching(pattern) if not (deep and entry.kind == "dir")]
        if sort == "size":
            found.sort(key=lambda entry: (entry.kind != "file", -entry.size))
        page = _page(found, offset, limit)
        head = (
            ("path", shown(start)),
            ("files", sum(entry.kind == "file" for entry in found)),
            ("bytes", sum(entry.size for entry in found)),
            *page.notes("entries"),
            *walk.notes(),
        )
        return answer(head, page.lines)

    def read_file(self, path: str, offset: Offset = 0, limit: Limit = 500) -> str:
        """Read a text file.

        Data lines are line number<TAB>text. The head says how many lines the file has.

        Args:
            path: file to read, relative to the root
            offset: how many lines to skip
            limit: how many lines to show
        """
        parts = parts_of(path)
        with self._confined.file(parts) as file:
            head = (("path", shown(parts)), ("bytes", os.fstat(file.fileno()).st_size))
            if is_binary(file):
                return answer((*head, ("binary", "not text, so it is not shown")))
            more, lines = numbered(file, offset, limit)
        return answer((*head, *more), lines)

    def search_files(
        self,
        pattern: str,
        path: str = ".",
        glob: Pattern = "*",
        ignore_case: bool = False,
        offset: Offset = 0,
        limit: Limit = 100,
        hidden: bool = False,
    ) -> str:
        """Search files for a text, line by line. The text is taken literally: no regular expressions.

        Data lines are path:line number: text of the line.

        Args:
            pattern: text to look for, within one line
            path: folder or file to search, relative to the root
            glob: wildcards (* ? [..]) for names, or with a / for paths below the folder; ** is any folders
            ignore_case: let small and capital letters match each other
            offset: how many matching lines to skip
            limit: how many matching lines to show
            hidden: include dotted names, node_modules, __pycache__ and venv
        """
        if not pattern or "\n" in pattern:
            raise ToolError("pattern must be a text of one line")
        start = parts_of(path)
        walk = Walk(self._confined, start, recursive=True, hidden=hidden)
        page = Page(offset, limit)
        search = Search(pattern, page, ignore_case=ignore_case)
        search.look_into(self._confined, walk.matching(glob))
        head = (
            ("path", shown(start)),
            ("files", search.files),
            ("matching files", search.matching_files),
            ("matching lines", page.total),
            *page.notes("matching lines"),
            *search.left_out.notes(),
            *walk.notes(),
        )
        return answer(head, page.lines)

    def count_lines(self, path: str = ".", glob: Pattern = "*", hidden: bool = False) -> str:
        """Count the lines of text files, by language.

        Data lines are lines<TAB>files<TAB>bytes<TAB>language, most lines first. A language is told from a
        file's name; an unknown one is given as the extension. Empty lines count.

        Args:
            path: folder or file to count, relative to the root
            glob: wildcards (* ? [..]) for names, or with a / for paths below the folder; ** is any folders
            hidden: include dotted names, node_modules, __pycache__ and venv
        """
        start = parts_of(path)
        walk = Walk(self._confined, start, recursive=True, hidden=hidden)
        counts, left_out = count_languages(self._confined, walk.matching(glob))
        rows = [f"{count.lines}\t{count.files}\t{count.size}\t{shown((name,))}" for name, count in counts.items()]
        cut = len(rows) - MOST_LANGUAGES
        head = (
            ("path", shown(start)),
            ("files", sum(count.files for count in counts.values())),
            ("lines", sum(count.lines for count in counts.values())),
            ("bytes", sum(count.size for count in counts.values())),
            *([("cut", f"{cut} more languages; use glob to choose")] if cut > 0 else []),
            *left_out.notes(),
            *walk.notes(),
        )
        return answer(head, rows[:MOST_LANGUAGES])


def _page(entries: list[Entry], offset: int, limit: int) -> Page:
    page = Page(offset, limit)
    for entry in entries:
        page.add(f"{entry.size if entry.kind == 'file' else entry.kind}\t{shown(entry.parts)}")
    return page
