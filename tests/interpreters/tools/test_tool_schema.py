"""The schema a model is shown: from hints, defaults and docstrings, closed at every depth."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest

from interpreters.ports import ToolContext
from interpreters.tools import tool
from tests.interpreters.desks import THING
from tests.interpreters.tools.shapes import Box, Cat, Dog, Left, Node, Options, Pair, Point, Right, Unit, taking

CONTEXT = ToolContext(run_id="4711", call_id="c1")


def schema_of(given: Callable[..., Any]) -> Any:
    return json.loads(tool(given).spec.parameters)


PROPERTIES = [
    (str, {"type": "string"}),
    (int, {"type": "integer"}),
    (float, {"type": "number"}),
    (bool, {"type": "boolean"}),
    (None, {"type": "null"}),
    (Any, {}),
    (Literal["a", "b"], {"enum": ["a", "b"], "type": "string"}),
    (Literal["a", None], {"enum": [None, "a"]}),
    (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    (list[int], {"type": "array", "items": {"type": "integer"}}),
    (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
    (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
    (datetime, {"type": "string"}),
    (Annotated[int, msgspec.Meta(ge=1, le=9)], {"type": "integer", "minimum": 1, "maximum": 9}),
    (Unit, {"title": "Unit", "enum": ["celsius", "kelvin"], "type": "string"}),
    (
        Point,
        {
            "title": "Point",
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer", "default": 0}},
            "required": ["x"],
            "additionalProperties": False,
        },
    ),
    (
        Options,
        {
            "title": "Options",
            "type": "object",
            "properties": {"depth": {"type": "integer"}},
            "required": [],
            "additionalProperties": False,
        },
    ),
]


@pytest.mark.parametrize(("hint", "expected"), PROPERTIES, ids=str)
def test_hints_become_schemas(hint: object, expected: object) -> None:
    assert schema_of(taking(hint)) == {
        "type": "object",
        "properties": {"x": expected},
        "required": ["x"],
        "additionalProperties": False,
    }


def test_a_class_used_twice_is_defined_once_beside_the_root() -> None:
    schema = schema_of(taking(Box))
    point = {"$ref": "#/$defs/Point"}
    assert schema["properties"]["x"]["properties"] == {"low": point, "high": point}
    assert set(schema["$defs"]) == {"Point"}
    assert schema["$defs"]["Point"]["additionalProperties"] is False


def test_a_class_that_holds_itself_keeps_its_definition() -> None:
    schema = schema_of(taking(Node))
    assert schema["properties"]["x"] == {"$ref": "#/$defs/Node"}
    assert schema["$defs"]["Node"]["properties"]["next"]["anyOf"][0] == {"$ref": "#/$defs/Node"}


def test_classes_that_hold_each_other_keep_one_definition() -> None:
    schema = schema_of(taking(Left))
    assert set(schema["$defs"]) == {"Left"}
    right = schema["$defs"]["Left"]["properties"]["right"]["anyOf"][0]
    assert right["properties"]["left"]["anyOf"][0] == {"$ref": "#/$defs/Left"}


@pytest.mark.parametrize(
    "hint", [Box, Node, Left, Right, Cat | Dog, dict[str, list[Point]], tuple[Pair, Node, Box]], ids=str
)
def test_every_reference_in_a_schema_has_its_definition(hint: object) -> None:
    text = tool(taking(hint)).spec.parameters
    definitions = json.loads(text).get("$defs", {})
    named = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert named == set(definitions)


def test_parameters_called_like_schema_words_are_only_names() -> None:
    def odd(properties: int, required: str, enum: list[int], default: int = 3) -> None: ...

    made = tool(odd)
    schema = json.loads(made.spec.parameters)
    assert list(schema["properties"]) == ["default", "enum", "properties", "required"]
    assert schema["properties"]["default"] == {"type": "integer", "default": 3}
    made.call('{"properties":1,"required":"a","enum":[1]}', CONTEXT)


@pytest.mark.parametrize("default", [None, "text", THING, float("nan")], ids=repr)
def test_a_default_that_its_own_type_refuses_is_left_out_of_the_schema(default: Any) -> None:
    def odd(x: int = default) -> None: ...

    assert schema_of(odd)["properties"]["x"] == {"type": "integer"}
    assert "required" not in schema_of(odd)


STYLES = [
    "Short.\n\nArgs:\n    x (int): the place\n    y: how far\n\nReturns:\n    nothing",
    "Short.\n\nParameters\n----------\nx : int\n    the place\ny : int\n    how far",
    "Short.\n\n:param x: the place\n:param int y: how far\n:returns: nothing",
]


@pytest.mark.parametrize("docstring", STYLES, ids=["google", "numpy", "sphinx"])
def test_every_docstring_style_describes_the_parameters(docstring: str) -> None:
    def move(x: int, y: int) -> None: ...

    move.__doc__ = docstring
    made = tool(move)
    properties = json.loads(made.spec.parameters)["properties"]
    assert made.spec.description == "Short."
    assert [properties[name]["description"] for name in "xy"] == ["the place", "how far"]


@pytest.mark.parametrize(
    "docstring", [None, "", "Args:", ":    :param", ":param", "Only this", "A\n\nParameters\n---\n"], ids=repr
)
def test_no_docstring_breaks_a_tool(docstring: str | None) -> None:
    made = taking(int)
    made.__doc__ = docstring
    assert schema_of(made)["properties"]["x"] == {"type": "integer"}
