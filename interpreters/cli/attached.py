"""Input files of one run: read from the command line, and staged in a temporary folder for as long as it goes.

Law: the model is told name, kind, size and `input-files/NAME`, which is the same on every machine; the copies are
gone when the run is. What nobody could read is refused before a model is asked.
"""

import json
import mimetypes
import os
from collections.abc import Awaitable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from executus.agent import Agent
from executus.invocation import InputFile
from executus.values import ToolResult, ToolSpec
from interpreters.cli.exits import Mistake
from interpreters.ports import Tool, ToolContext
from interpreters.tools import file_tools

FOLDER = "input-files"
"""Under which name the tools see the folder of the staged files."""

VARIABLE = "EXECUTUS_INPUT_FILES"
"""Where a tool of the host's own finds it."""

MOST_BYTES = 40 << 20
"""All files and pictures of a run: what a recording can hold on one line. A larger file is none of them."""


def input_files(paths: Iterable[Path], agent: Agent) -> tuple[InputFile, ...]:
    """The files with their content. Raises `Mistake`."""
    files = tuple([_read(path) for path in paths])
    if files and not agent.low_level_tools:
        raise Mistake("--input-file: the agent has no tool to read it with: add read_file to low_level_tools")
    return files


def _read(path: Path) -> InputFile:
    if not path.exists():
        raise Mistake(f"--input-file {path}: No such file or directory")
    if not path.is_file():
        raise Mistake(f"--input-file {path}: is no regular file")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Mistake(f"--input-file {path}: {error.strerror or error}") from None
    name = path.name.encode("utf-8", "backslashreplace").decode()
    mime, _ = mimetypes.guess_type(name)
    return InputFile(name, mime or "application/octet-stream", content)


class Store:
    """Keeps the input files of one run in a folder that is there as long as the run."""

    def __init__(self, above: Path) -> None:
        self.above = above
        self.folder = above / FOLDER
        self.folder.mkdir()

    def stage(self, run_id: str, agent_id: str, name: str, mime: str, content: bytes) -> str:
        """Under which path the tools find it; of two that are named alike the second gets a number."""
        stem, suffix = os.path.splitext(name)
        place, number = self.folder / name, 1
        while place.exists():
            number += 1
            place = self.folder / f"{stem}-{number}{suffix}"
        place.write_bytes(content)
        return f"{FOLDER}/{place.name}"


@contextmanager
def stored(files: tuple[InputFile, ...], root: Path) -> Generator[Store | None]:
    """The store of a run that has such files, else none. Raises `Mistake` where the root has its name taken."""
    if not files:
        yield None
        return
    if (root / FOLDER).exists():
        raise Mistake(f"--input-file: {root} has an {FOLDER} of its own: give another --root, or rename it")
    with TemporaryDirectory(prefix="executus-") as above:
        store, before = Store(Path(above)), os.environ.get(VARIABLE)
        os.environ[VARIABLE] = str(store.folder)
        try:
            yield store
        finally:
            if before is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = before


def tools_over(root: Path, store: Store | None) -> dict[str, Tool]:
    """The file tools by name: over the root, and over the staged files where there are any."""
    own = {tool.spec.name: tool for tool in file_tools(root)}
    if store is None:
        return own
    return {tool.spec.name: _Both(own[tool.spec.name], tool) for tool in file_tools(store.above)}


class _Both:
    """A file tool over the root, and over the staged files where a path begins with their folder."""

    def __init__(self, tool: Tool, other: Tool) -> None:
        self._tool = tool
        self._other = other

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    @property
    def blocking(self) -> bool:
        return self._tool.blocking

    def call(self, arguments: str, context: ToolContext) -> ToolResult | Awaitable[ToolResult]:
        chosen = self._other if _is_staged(arguments) else self._tool
        return chosen.call(arguments, context)


def _is_staged(arguments: str) -> bool:
    read: object = json.loads(arguments)
    path = cast("dict[str, object]", read).get("path") if isinstance(read, dict) else None
    parts = [part for part in path.split("/") if part not in ("", ".")] if isinstance(path, str) else []
    return parts[:1] == [FOLDER]
