"""The nouns: units, and the names they have on the wire, which outlive their names in code."""

from datetime import timedelta

import msgspec
import pytest

from executus.agent import ModelChoice
from executus.canonical import encode
from executus.values import (
    NO_USAGE,
    Fault,
    FaultKind,
    Finish,
    Image,
    Message,
    ModelReply,
    Record,
    ToolCall,
    ToolClass,
    ToolResult,
    ToolSpec,
    Usage,
    microseconds,
    seconds,
)
from tests.tables import short


def test_the_core_counts_microseconds() -> None:
    assert seconds(1) == 1_000_000
    assert seconds(0.0000005) == 0
    assert seconds(1.5) == 1_500_000
    assert microseconds(timedelta(days=1)) == 86_400_000_000
    assert type(seconds(0.1)) is int


WIRE: list[tuple[Record, bytes]] = [
    (Image("image/png", "aGk="), b'{"data":"aGk=","mime":"image/png"}'),
    (ToolCall("c", "add", '{"a":1}'), b'{"args":"{\\"a\\":1}","id":"c","name":"add"}'),
    (ToolCall("c", "add"), b'{"id":"c","name":"add"}'),
    (Message("user", "hi"), b'{"role":"user","text":"hi"}'),
    (
        Message("tool", "no", (), (), "c", True, "why"),
        b'{"call_id":"c","is_error":true,"reasoning":"why","role":"tool","text":"no"}',
    ),
    (Usage(1, 2, 3, 4, 5), b'{"cached":4,"cost":5,"in":1,"out":2,"thinking":3}'),
    (Usage(0), b'{"in":0}'),
    (NO_USAGE, b"{}"),
    (ModelReply("hi"), b'{"is":"reply","text":"hi"}'),
    (
        ModelReply("", (ToolCall("c", "add"),), Usage(1), Finish.LENGTH, "hm"),
        b'{"calls":[{"id":"c","name":"add"}],"finish":"length","is":"reply","reasoning":"hm","usage":{"in":1}}',
    ),
    (ToolResult("5"), b'{"content":"5","is":"result"}'),
    (
        Fault(FaultKind.MODEL, "down", "maker", 503, True, 7),
        b'{"is":"fault","kind":"model","message":"down","provider":"maker","retry_after":7,"retryable":true,"status":503}',
    ),
    (ToolSpec("add"), b'{"name":"add"}'),
    (
        ToolSpec("add", "Adds.", "{}", ToolClass.PURE, True, True),
        b'{"description":"Adds.","effect":"pure","name":"add","parameters":"{}","repeatable":true,"serial":true}',
    ),
    (ModelChoice("m", 8000), b'{"model":"m","window":8000}'),
]


@pytest.mark.parametrize(("record", "wire"), WIRE, ids=short)
def test_a_record_has_one_form_on_the_wire(record: Record, wire: bytes) -> None:
    assert encode(record) == wire
    assert msgspec.json.decode(wire, type=type(record)) == record


def test_the_names_of_enums_are_part_of_the_format() -> None:
    assert list(Finish) == ["stop", "tool_calls", "length", "filtered", "refused", "unknown"]
    assert list(FaultKind) == ["model", "tool", "port", "timeout", "unknown"]
    assert list(ToolClass) == ["pure", "idempotent", "keyed", "unsafe"]


def test_a_tool_is_unsafe_and_parallel_until_it_says_otherwise() -> None:
    assert ToolSpec("add") == ToolSpec("add", "", '{"type":"object"}', ToolClass.UNSAFE, False, False)


def test_absent_is_not_zero() -> None:
    assert Usage() != Usage(0, 0, 0, 0, 0)
    assert Usage().input_tokens is None
