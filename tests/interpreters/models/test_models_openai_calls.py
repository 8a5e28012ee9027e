"""Tool calls in a reply, in all the ways that servers spell them."""

from typing import Any

import pytest

from executus.values import Message, ToolCall
from interpreters.ports import ModelRequest
from tests.interpreters.models.spoken import DONE, calls, chunk, part, reply

CALLS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "id and name come once": (
        [part("f", "", index=0, id="a"), part(None, '{"x"', index=0), part("", ":1}", index=0, id="")],
        [("a", "f", '{"x":1}')],
    ),
    "id and name come every time": (
        [part("f", '{"x"', index=0, id="a"), part("f", ":1}", index=0, id="a"), part("f", "", index=0, id="a")],
        [("a", "f", '{"x":1}')],
    ),
    "pieces of two calls are mixed": (
        [
            part("f", "", index=0, id="a"),
            part("g", "", index=1, id="b"),
            part(None, '{"x"', index=0),
            part(None, '{"y"', index=1),
            part(None, ":1}", index=0),
            part(None, ":2}", index=1),
        ],
        [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')],
    ),
    "no index": (
        [part("f", "", id="a"), part(None, '{"x":1}'), part("g", '{"y"', id="b"), part(None, ":2}", id="b")],
        [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')],
    ),
    "neither index nor id": (
        [part("f", '{"x"'), part(None, ":1}"), part("f", '{"x":2}')],
        [("call_1", "f", '{"x":1}'), ("call_2", "f", '{"x":2}')],
    ),
    "index 0 for all, ids differ": (
        [part("f", '{"x"', index=0, id="a"), part(None, ":1}", index=0), part("f", "{}", index=0, id="b")],
        [("a", "f", '{"x":1}'), ("b", "f", "{}")],
    ),
    "index 0 for all, no ids": (
        [part("f", '{"x":1}', index=0, id=""), part("f", '{"x":1}', index=0, id="")],
        [("call_1", "f", '{"x":1}'), ("call_2", "f", '{"x":1}')],
    ),
    "one id for all": (
        [part("f", '{"x":1}', index=0, id="a"), part("f", '{"x":2}', index=1, id="a")],
        [("a", "f", '{"x":1}'), ("a_2", "f", '{"x":2}')],
    ),
    "one id for all and no index": (
        [part("f", '{"x":1}', id="a"), part("g", '{"x":2}', id="a")],
        [("a", "f", '{"x":1}'), ("a_2", "g", '{"x":2}')],
    ),
    "an index that is no number": (
        [part("f", "{", index="0", id="a"), part(None, "}", index=None)],
        [("a", "f", "{}")],
    ),
    "an index that is no index": ([part("f", "{}", index=[0], id="a")], [("a", "f", "{}")]),
    "nothing, and then a call": ([{"index": 0}, part("f", "{}", index=1, id="a")], [("a", "f", "{}")]),
    "an index that begins late": ([part("f", "{}", index=7, id="a")], [("a", "f", "{}")]),
    "a number as id": ([part("f", "{}", index=0, id=12)], [("12", "f", "{}")]),
    "the name comes late": ([part(None, "", index=0, id="a"), part("f", "{}", index=0)], [("a", "f", "{}")]),
    "an object in place of text": ([part("f", {"x": [1]}, index=0, id="a")], [("a", "f", '{"x":[1]}')]),
    "broken arguments are kept": ([part("f", '{"x": 1', index=0, id="a")], [("a", "f", '{"x": 1')]),
    "arguments that are no object are kept": ([part("f", "[1]", index=0, id="a")], [("a", "f", "[1]")]),
    "no arguments are none": ([part("f", None, index=0, id="a")], [("a", "f", "")]),
    "a piece of nothing is no call": ([part(None, None, index=0, id=""), {"index": 1}], []),
    "a name beside which nothing stands": ([{"function": {"name": "f"}}], [("call_1", "f", "")]),
}


@pytest.mark.parametrize(("parts", "expected"), CALLS.values(), ids=CALLS)
def test_the_pieces_of_calls_find_together(
    parts: list[dict[str, Any]], expected: list[tuple[str, str, str]]
) -> None:
    each = reply(*(calls(piece) for piece in parts), chunk("tool_calls"), DONE)
    assert [(call.call_id, call.name, call.arguments) for call in each.calls] == expected
    assert reply(calls(*parts, finish="tool_calls"), DONE).calls == each.calls


def test_no_call_has_an_id_that_the_conversation_has() -> None:
    before = Message("assistant", calls=(ToolCall("a", "f"), ToolCall("call_3", "f")))
    request = ModelRequest(model="m", messages=(Message("user", "hi"), before))
    found = reply(
        calls(part("f", "{}", index=0, id="a")),
        calls(part("f", "{}", index=1)),
        chunk("stop"),
        DONE,
        request=request,
    )
    assert [call.call_id for call in found.calls] == ["a_3", "call_4"]
