"""Hints that are text until somebody asks: tools in modules with postponed annotations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from executus.values import ToolResult
from interpreters.ports import ToolContext
from interpreters.tools import tool

if TYPE_CHECKING:
    from collections.abc import Sized


@dataclass
class Place:
    name: str
    above: Place | None = None


def find(place: Place, context: ToolContext, deep: bool = False) -> Sized:
    return f"{place.name} {deep} {context.run_id}"


def test_postponed_hints_are_resolved_and_the_return_hint_is_left_alone() -> None:
    made = tool(find)
    schema = json.loads(made.spec.parameters)
    assert list(schema["properties"]) == ["deep", "place"]
    context = ToolContext(run_id="4711", call_id="c")
    assert made.call('{"place":{"name":"here"}}', context) == ToolResult("here False 4711")
