"""calls.toml, row by row: which calls run when, what they are called; and which never run at all."""

from typing import Any

import pytest

from executus.agent import Agent
from executus.bounds import Defaults, bounds_of
from executus.buffer import names
from executus.machines.calls import identified, next_calls, refusals
from executus.state import Slot
from executus.toolbox import Toolbox
from executus.values import Fault, FaultKind, Finish, ToolCall, ToolResult, ToolSpec
from tests.tables import rows, short

TOOLBOX = Toolbox((ToolSpec("p"), ToolSpec("s", serial=True)))
PARALLEL = Toolbox((ToolSpec("p"),))
BOUNDS = bounds_of(Agent(), Defaults(max_calls_per_reply=2))
ERROR = Fault(FaultKind.TOOL, "no")
SLOTS: dict[str, Slot] = {".": None, "?": 7, "+": ToolResult("5"), "!": ERROR}


@pytest.mark.parametrize("row", rows("calls", "order"), ids=short)
def test_a_serial_tool_runs_alone_and_the_others_together(row: dict[str, Any]) -> None:
    calls = tuple([ToolCall(str(place), letter) for place, letter in enumerate(row["calls"])])
    slots = tuple([SLOTS[mark] for mark in row["state"]])
    assert next_calls(calls, slots, TOOLBOX) == row["due"]
    if set(row["calls"]) == {"p"}:
        assert next_calls(calls, slots, PARALLEL) == row["due"]


@pytest.mark.parametrize("row", rows("calls", "ids"), ids=short)
def test_an_id_means_one_call_of_the_run(row: dict[str, Any]) -> None:
    calls, used = identified(tuple([ToolCall(id, "p") for id in row["given"]]), names(*row["used"]), 100)
    assert [call.call_id for call in calls] == row["become"]
    assert list(used) == [*row["used"], *row["become"]]


def test_a_reply_that_needs_no_change_is_handed_on_itself() -> None:
    calls = (ToolCall("a", "p"), ToolCall("b", "p", '{"a": 1}'))
    assert identified(calls, names(), 100)[0] is calls


@pytest.mark.parametrize(("given", "becomes"), [("", "{}"), (" \n", "{}"), ("{}", "{}"), ("{", "{"), ("[]", "[]")])
def test_absent_arguments_are_an_empty_object(given: str, becomes: str) -> None:
    calls, _ = identified((ToolCall("a", "p"), ToolCall("b", "p", given), ToolCall("c", "p")), names(), 100)
    assert calls == (ToolCall("a", "p"), ToolCall("b", "p", becomes), ToolCall("c", "p"))


def refusal_of(call: ToolCall, finish: Finish = Finish.TOOL_CALLS) -> str:
    (slot,) = refusals((call,), TOOLBOX, BOUNDS, finish)
    assert slot is None or (isinstance(slot, Fault) and slot.kind is FaultKind.TOOL)
    return slot.message if isinstance(slot, Fault) else ""


@pytest.mark.parametrize("arguments", ["{}", '{"a":1}', ' { "a" : [1, {"b": null}] } ', '{"a":1,"a":2}'])
def test_a_call_with_an_object_may_run(arguments: str) -> None:
    assert refusal_of(ToolCall("a", "p", arguments)) == ""


@pytest.mark.parametrize(
    "arguments",
    [
        "[]",
        "1",
        "null",
        '"x"',
        "{",
        "}",
        "{'a':1}",
        '{"a":1} x',
        "{1:2}",
        "nonsense",
        "\x00",
        "[" * 100_000,
        "{" * 9,
    ],
)
def test_arguments_that_are_no_object_are_an_error_result(arguments: str) -> None:
    assert refusal_of(ToolCall("a", "p", arguments)).startswith("not run: the arguments are not a JSON object")


@pytest.mark.parametrize("name", ["P", "p ", "", "q", "p\n", "x" * 1000])
def test_an_unknown_tool_is_an_error_result(name: str) -> None:
    assert refusal_of(ToolCall("a", name)).startswith("unknown tool '")
    assert len(refusal_of(ToolCall("a", name))) < 150


def test_a_cut_reply_runs_none_of_its_calls() -> None:
    calls = (ToolCall("a", "p"), ToolCall("b", "unknown"), ToolCall("c", "p"))
    for slot in refusals(calls, TOOLBOX, BOUNDS, Finish.LENGTH):
        assert isinstance(slot, Fault)
        assert slot.message.startswith("not run: the reply was cut")


@pytest.mark.parametrize("finish", [finish for finish in Finish if finish is not Finish.LENGTH])
def test_no_other_finish_keeps_a_call_from_running(finish: Finish) -> None:
    assert refusal_of(ToolCall("a", "p"), finish) == ""


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_calls_over_the_bound_are_error_results(count: int) -> None:
    slots = refusals(tuple([ToolCall(str(index), "p") for index in range(count)]), TOOLBOX, BOUNDS, Finish.STOP)
    assert len(slots) == count
    assert slots[:2] == (None, None)[:count]
    for slot in slots[2:]:
        assert slot == Fault(FaultKind.TOOL, "not run: a reply may call at most 2 tools")


def test_of_what_is_too_long_in_a_call_nothing_runs() -> None:
    """What is cut is no JSON and no tool's name any more, so the call gets an error to read."""
    long = (ToolCall("a", "p", '{"a":"' + "x" * 200 + '"}'), ToolCall("b", "p" * 300), ToolCall("c" * 300, "p"))
    calls, used = identified(long, names(), 100)
    assert [len(call.arguments) < 200 for call in calls] == [True, True, True]
    assert all(len(call.name) < 300 and len(call.call_id) < 300 for call in calls)
    assert list(used) == [call.call_id for call in calls]
    broken, unknown, renamed = refusals(calls, PARALLEL, bounds_of(Agent(), Defaults()), Finish.TOOL_CALLS)
    assert isinstance(broken, Fault)
    assert "not a JSON object" in broken.message
    assert isinstance(unknown, Fault)
    assert "unknown tool" in unknown.message
    assert renamed is None
