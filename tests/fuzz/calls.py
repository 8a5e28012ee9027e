"""Laws of tool arguments and submitted values: they are what their types say, or one line for the model to read.

What is accepted can be written and read again, and no key of it was dropped.
"""

import json
from typing import Any

from interpreters.ports import ToolContext, ToolError
from interpreters.tools import FunctionTool, tool
from interpreters.tools.output import Output
from tests.fuzz.saying import must_be_one_line
from tests.interpreters.tools import shapes

LONGEST = 700

_seen: list[Any] = []
SHAPES: dict[str, object] = {
    "flat": int,
    "text": str,
    "number": float,
    "point": shapes.Point,
    "box": shapes.Box,
    "options": shapes.Options,
    "pets": list[shapes.Cat | shapes.Dog],
    "node": shapes.Node,
    "pairs": dict[str, shapes.Pair],
    "anything": Any,
    "maybe": shapes.Point | None,
    "unit": shapes.Unit,
}
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "n": {"type": "number", "minimum": 0},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3},
            "next": {"$ref": "#/$defs/next"},
        },
        "required": ["n"],
        "additionalProperties": False,
        "$defs": {"next": {"type": "object", "properties": {"next": {"$ref": "#/$defs/next"}}}},
    }
)


def _tool(hint: object) -> FunctionTool[Any, Any]:
    def take(value: Any) -> str:
        _seen.append(value)
        return "taken"

    take.__annotations__["value"] = hint
    return tool(take)


TOOLS = {name: _tool(hint) for name, hint in SHAPES.items()}
OUTPUTS = {name: Output(kind) for name, kind in (("schema", SCHEMA), ("point", shapes.Point), ("number", float))}
CONTEXT = ToolContext(run_id="4711", call_id="c1")


def arguments(data: bytes) -> None:
    """Every tool takes them or refuses them in one line; nothing is called with what was refused."""
    text = data.decode("utf-8", "surrogateescape")
    for one in TOOLS.values():
        _seen.clear()
        try:
            one.call(text, CONTEXT)
        except ToolError as error:
            must_be_one_line(str(error), LONGEST)
        else:
            assert len(_seen) == 1
            continue
        assert not _seen, "what was refused was called"


def submitted(data: bytes) -> None:
    """What is taken as an answer is JSON, and is taken again as it was written."""
    text = data.decode("utf-8", "surrogateescape")
    for name, output in OUTPUTS.items():
        try:
            value = output.read(text)
        except ToolError as error:
            must_be_one_line(str(error), LONGEST)
            continue
        again = json.dumps({"value": json.loads(value)}) if name == "number" else value
        assert output.read(again) == value, (text, value)
