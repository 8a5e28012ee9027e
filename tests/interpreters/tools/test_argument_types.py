"""A tool is called only with instances of its declared types, whatever a model writes."""

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from interpreters.ports import ToolContext, ToolError
from tests.interpreters.tools.shapes import HINTS, Cat, Dog, Even, Line, Node, Point, Start, Stop, Unit, recording

CONTEXT = ToolContext(run_id="4711", call_id="c1")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["a", "12"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "z", "ends", "depth", "type", "lives"]), inner, max_size=3)
    ),
    max_leaves=6,
)


POINT = st.fixed_dictionaries({"x": st.integers(0, 9)}, optional={"y": st.integers(0, 9), "z": JSON})


NEAR = st.fixed_dictionaries(
    {},
    optional={
        "point": POINT,
        "line": st.fixed_dictionaries({"ends": st.lists(POINT, max_size=2)}),
        "options": st.dictionaries(st.sampled_from(["depth", "dept"]), st.integers()),
        "animal": st.fixed_dictionaries({"type": st.sampled_from(["Cat", "Dog", "Cow"]), "lives": st.integers()}),
        "pair": st.tuples(st.integers(), st.text(max_size=2)),
        "price": st.sampled_from(["1", "NaN", "x", 2]),
    },
)


@given(st.dictionaries(st.sampled_from([*HINTS, "more"]), JSON, max_size=3) | NEAR)
def test_a_tool_is_called_only_with_instances_of_its_declared_types(arguments: dict[str, object]) -> None:
    made, calls = recording(**HINTS)
    try:
        made.call(json.dumps(arguments), CONTEXT)
    except ToolError:
        assert calls == []
        return
    [call] = calls
    assert set(arguments) <= set(HINTS)
    for name, given_value in arguments.items():
        assert isinstance(call[name], KINDS.get(name, object)), (name, call[name])
        assert type(call[name]) is not bool or name in ("b", "anything"), name
        assert fits(call[name], name), (name, call[name])
        assert keys_of(given_value) == keys_of(msgspec.to_builtins(call[name])) or name not in CLOSED


CLOSED = {"point", "line", "options"}


def keys_of(value: object) -> object:
    """The keys that were written, at every depth, without those that defaults added."""
    if isinstance(value, dict):
        return {key: keys_of(item) for key, item in value.items() if key != "y"}
    return [keys_of(item) for item in value] if isinstance(value, (list, tuple)) else None


def fits(value: Any, name: str) -> bool:
    match name:
        case "f":
            return type(value) is float and math.isfinite(value)
        case "lit":
            return value in ("a", 1) and type(value) is not bool
        case "numbers" | "by":
            items = value if name == "numbers" else value.values()
            return all(type(item) is int for item in items)
        case "pair":
            return [type(item) for item in value] == [int, str]
        case "names":
            return all(type(item) is str for item in value)
        case "maybe":
            return value is None or type(value) is int
        case "line":
            return all(isinstance(end, Point) for end in value.ends)
        case "options":
            return set(value) <= {"depth"}
        case "price":
            return bool(value.is_finite())
        case "prices":
            return all(item is None or item.is_finite() for item in value)
        case _:
            return True


KINDS: dict[str, Any] = {
    "i": int,
    "f": float,
    "s": str,
    "b": bool,
    "unit": Unit,
    "numbers": list,
    "pair": tuple,
    "names": set,
    "by": dict,
    "point": Point,
    "line": Line,
    "options": dict,
    "animal": (Cat, Dog),
    "order": (Start, Stop),
    "when": datetime,
    "price": Decimal,
    "prices": list,
    "small": int,
    "even": Even,
    "node": Node,
    "odd": set,
}
