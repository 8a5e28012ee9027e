"""Asks a file tool as a model would, and takes its answer apart."""

import json
from pathlib import Path
from typing import Any

from executus.values import ToolResult
from interpreters.ports import ToolContext
from interpreters.tools import collect, file_tools


class Answered:
    """An answer taken apart: what its head says by key, and its data lines."""

    def __init__(self, text: str) -> None:
        head, _, rows = text.partition("\n\n")
        self.text = text
        self.head = dict(line.split(": ", 1) for line in head.splitlines())
        self.rows = [row for row in rows.split("\n") if row]


def ask(root: Path, name: str, **arguments: Any) -> Answered:
    """The answer of a tool over `root`; raises `ToolError`."""
    return Answered(text_of(root, name, **arguments))


def text_of(root: Path, name: str, **arguments: Any) -> str:
    """The answer as it is."""
    context = ToolContext(run_id="4711", call_id="c1")
    result = collect(file_tools(root))[name].call(json.dumps(arguments), context)
    assert isinstance(result, ToolResult)
    return result.content
