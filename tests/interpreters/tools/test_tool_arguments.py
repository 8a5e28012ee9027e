"""Arguments are untrusted: what does not fit is said in one line, and nothing is called."""

import json
from decimal import Decimal
from typing import Any

import pytest

from executus.values import ToolResult
from interpreters.ports import ToolContext, ToolError
from interpreters.tools import tool
from tests.interpreters.tools.shapes import HINTS, Cat, Dog, Line, Node, Point, Start, Stop, Unit, recording

CONTEXT = ToolContext(run_id="4711", call_id="c1")


REFUSED = [
    ('{"i":"12"}', "arguments do not fit: Expected int, got str at $.i"),
    ('{"i":1.0}', "arguments do not fit: Expected int, got float at $.i"),
    ('{"i":true}', "arguments do not fit: Expected int, got bool at $.i"),
    ('{"i":null}', "arguments do not fit: Expected int, got null at $.i"),
    ('{"f":"1.5"}', "arguments do not fit: Expected float, got str at $.f"),
    ('{"f":1e999}', "arguments do not fit: Number out of range at $.f"),
    ('{"s":1}', "arguments do not fit: Expected str, got int at $.s"),
    ('{"b":1}', "arguments do not fit: Expected bool, got int at $.b"),
    ('{"b":"true"}', "arguments do not fit: Expected bool, got str at $.b"),
    ('{"lit":"c"}', "arguments do not fit: Invalid enum value 'c' at $.lit"),
    ('{"unit":"CELSIUS"}', "arguments do not fit: Invalid enum value 'CELSIUS' at $.unit"),
    ('{"numbers":[1,"2"]}', "arguments do not fit: Expected int, got str at $.numbers[1]"),
    ('{"numbers":1}', "arguments do not fit: Expected array, got int at $.numbers"),
    ('{"pair":[1]}', "arguments do not fit: Expected array of length 2 at $.pair"),
    ('{"by":{"a":"1"}}', "arguments do not fit: Expected int, got str at $.by[...]"),
    ('{"maybe":"x"}', "arguments do not fit: Expected int | null, got str at $.maybe"),
    ('{"point":{}}', "arguments do not fit: Object missing required field x at $.point"),
    ('{"point":{"x":1,"z":2}}', "arguments do not fit: Object contains unknown field z at $.point"),
    (
        '{"line":{"ends":[{"x":1},{"x":1,"Y":2}]}}',
        "arguments do not fit: Object contains unknown field Y at $.line.ends[1]",
    ),
    ('{"options":{"dept":1}}', "arguments do not fit: Object contains unknown field dept at $.options"),
    (
        '{"animal":{"type":"Dog","lives":9,"age":1}}',
        "arguments do not fit: Object contains unknown field lives at $.animal",
    ),
    (
        '{"animal":{"type":"Cat","lives":9,"home":{"x":1,"q":1}}}',
        "arguments do not fit: Object contains unknown field q at $.animal.home",
    ),
    (
        '{"node":{"next":{"nxt":null}}}',
        "arguments do not fit: Object contains unknown field nxt at $.node.next",
    ),
    (
        '{"order":["Start",{"x":1,"depth":2}]}',
        "arguments do not fit: Object contains unknown field depth at $.order[1]",
    ),
    ('{"when":5}', "arguments do not fit: Expected datetime, got int at $.when"),
    ('{"when":"soon"}', "arguments do not fit: Invalid RFC3339 encoded datetime at $.when"),
    ('{"price":"NaN"}', "arguments do not fit: Expected a finite number at $.price"),
    ('{"prices":["1",null,"-inf"]}', "arguments do not fit: Expected a finite number at $.prices[2]"),
    ('{"small":10}', "arguments do not fit: Expected int <= 9 at $.small"),
    ('{"even":{"value":3}}', "arguments do not fit: 3 is odd at $.even"),
    ('{"odd":[[1]]}', "arguments do not fit: unhashable type: 'list'"),
    ('{"nope":1}', "arguments do not fit: Object contains unknown field nope"),
    ('{"i":1,"i":2}', "arguments do not fit: Object has the key i twice"),
    ('{"anything":[{"a":1,"a":2}]}', "arguments do not fit: Object has the key a twice"),
    ("null", "arguments do not fit: Expected object, got null"),
    ("[1]", "arguments do not fit: Expected object, got array"),
    ('"{}"', "arguments do not fit: Expected object, got str"),
    ("", "arguments are not valid JSON: Input data was truncated"),
    ('{"i":1', "arguments are not valid JSON: Input data was truncated"),
    ('{"i":1} {}', "arguments are not valid JSON: trailing characters (byte 9)"),
    ("{'i':1}", "arguments are not valid JSON: object keys must be strings (byte 1)"),
    ('{"f":NaN}', "arguments are not valid JSON: invalid character (byte 5)"),
    ('{"anything":Infinity}', "arguments are not valid JSON: invalid character (byte 12)"),
    (
        '{"s":"\ud800"}',
        "arguments are not valid JSON: 'utf-8' codec can't encode character '\\ud800' in position 6: "
        "surrogates not allowed",
    ),
    (
        '{"anything":' + "[" * 200_000 + "]" * 200_000 + "}",
        "arguments do not fit: they are nested too deeply",
    ),
    (
        '{"node":' + '{"next":' * 50_000 + "null" + "}" * 50_001,
        "arguments do not fit: they are nested too deeply",
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[repr(text)[:30] for text, _ in REFUSED])
def test_arguments_that_do_not_fit_are_refused_in_one_line(text: str, said: str) -> None:
    made, calls = recording(**HINTS)
    with pytest.raises(ToolError) as caught:
        made.call(text, CONTEXT)
    assert str(caught.value) == said
    assert calls == []


ACCEPTED = [
    ('{"i":-3}', {"i": -3}),
    ('{"i":123456789012345678901234567890}', {"i": 123456789012345678901234567890}),
    ('{"f":5}', {"f": 5.0}),
    ('{"pair":[1,"a"]}', {"pair": (1, "a")}),
    ('{"names":["a","a"]}', {"names": {"a"}}),
    ('{"unit":"celsius"}', {"unit": Unit.CELSIUS}),
    ('{"point":{"x":1}}', {"point": Point(1)}),
    ('{"line":{"ends":[{"x":1,"y":2}]}}', {"line": Line([Point(1, 2)])}),
    ('{"options":{}}', {"options": {}}),
    ('{"animal":{"type":"Dog","age":1}}', {"animal": Dog(1)}),
    ('{"animal":{"type":"Cat","lives":1,"home":null}}', {"animal": Cat(1)}),
    ('{"order":["Start",{"x":1}]}', {"order": Start(Point(1))}),
    ('{"order":["Stop",{"depth":1}]}', {"order": Stop({"depth": 1})}),
    ('{"price":"1.50"}', {"price": Decimal("1.50")}),
    ('{"anything":{"any":["thing",1.5]}}', {"anything": {"any": ["thing", 1.5]}}),
    ('{"node":{"next":{"next":null}}}', {"node": Node(next=Node())}),
    ('{"by":{"a":1}}', {"by": {"a": 1}}),
    (' {\n"maybe" : null } ', {"maybe": None}),
]


@pytest.mark.parametrize(("text", "expected"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_arguments_that_fit_arrive_as_their_types(text: str, expected: dict[str, object]) -> None:
    made, calls = recording(**HINTS)
    made.call(text, CONTEXT)
    assert calls == [dict.fromkeys(HINTS) | expected]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"unit": "z" * 1_000_000}),
        json.dumps({"z" * 1_000_000: 1}),
        json.dumps({"point": {"x": 1, "`\n\x1b" * 100_000: 1}}),
        json.dumps({"anything": 1})[:-1] + (',"' + "k" * 1_000_000 + '":1') * 2 + "}",
        "x" * 1_000_000,
    ],
    ids=["value", "key", "inner key", "twin", "garbage"],
)
def test_what_is_echoed_of_garbage_is_one_short_line(text: str) -> None:
    made, _ = recording(**HINTS)
    with pytest.raises(ToolError) as caught:
        made.call(text, CONTEXT)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_an_argument_that_is_left_out_takes_the_functions_own_default() -> None:
    marker: Any = object()

    @tool
    def take(x: int = marker) -> str:
        return str(x is marker)

    assert take.call("{}", CONTEXT) == ToolResult("True")


def flat(i: int = 0, s: str = "") -> str:
    return f"{i} {s}"


def test_a_tool_of_plain_parameters_is_no_less_strict() -> None:
    made = tool(flat)
    assert made.call('{"s":"a: b","i":1}', CONTEXT) == ToolResult("1 a: b")
    for text in ('{"i":1,"i":1}', '{"s":"","t":1}', '{"s":"","s":"\\u003a"}', '{"nope":{"i":1}}'):
        with pytest.raises(ToolError):
            made.call(text, CONTEXT)


def test_a_price_alone_must_be_a_number_too() -> None:
    made, calls = recording(price=Decimal)
    with pytest.raises(ToolError, match="Expected a finite number"):
        made.call('{"price":"NaN"}', CONTEXT)
    assert calls == []
