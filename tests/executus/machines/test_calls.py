"""calls.toml, row by row: which calls run when, what they are called; and which never run at all."""

from typing import Any

import pytest

from executus.agent import Agent
from executus.bounds import Defaults
from executus.buffer import names, view
from executus.invocation import Invocation
from executus.machines.calls import MOST_NAME, approval_reason, identified, next_calls, refusals
from executus.slices import Due, Slot
from executus.state import Run
from executus.toolbox import Setup, Toolbox
from executus.values import Fault, FaultKind, Finish, Message, ToolCall, ToolClass, ToolResult, ToolSpec, replace
from tests.executus.acting import Story
from tests.tables import rows, short

PLAIN = ToolSpec("p")
TOOLS = (PLAIN, ToolSpec("s", serial=True))
ERROR = Fault(FaultKind.TOOL, "no")
SLOTS: dict[str, Slot] = {
    ".": None,
    "?": 7,
    "+": ToolResult("5"),
    "!": ERROR,
    "d": Due(5, allowed=True),
    "w": Due(6, allowed=True),
}


def run_with(tools: tuple[ToolSpec, ...], agent: Agent | None = None, ancestry: tuple[str, ...] = ()) -> Run:
    """A run that converses, with these tools, where a reply may have two calls."""
    about = Invocation(prompt="hi", ancestry=ancestry)
    run = Story(agent, about, defaults=Defaults(max_calls_per_reply=2, max_delegation_depth=2)).converse().run
    return replace(run, talk=replace(run.talk, setup=Setup("m", Toolbox(tools))))


def stepping(tools: tuple[ToolSpec, ...], letters: str, marks: str) -> Run:
    """Five microseconds into a step with these calls."""
    run = run_with(tools)
    calls = tuple([ToolCall(str(place), letter) for place, letter in enumerate(letters)])
    slots = tuple([SLOTS[mark] for mark in marks])
    talk = replace(run.talk, conversation=view(Message("assistant", calls=calls)), slots=slots)
    return replace(run, now=5, talk=talk)


@pytest.mark.parametrize("row", rows("calls", "order"), ids=short)
def test_a_serial_tool_runs_alone_and_the_others_together(row: dict[str, Any]) -> None:
    assert next_calls(stepping(TOOLS, row["calls"], row["state"])) == row["due"]
    if set(row["calls"]) == {"p"}:
        assert next_calls(stepping((PLAIN,), row["calls"], row["state"])) == row["due"]


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


def refusal_of(call: ToolCall, finish: Finish = Finish.TOOL_CALLS, run: Run | None = None) -> str:
    (slot,) = refusals(run or run_with(TOOLS), (call,), finish)
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
    slots = refusals(run_with(TOOLS), calls, Finish.LENGTH)
    assert len(slots) == 3
    for slot in slots:
        assert isinstance(slot, Fault)
        assert slot.message.startswith("not run: the reply was cut")


@pytest.mark.parametrize("finish", [finish for finish in Finish if finish is not Finish.LENGTH])
def test_no_other_finish_keeps_a_call_from_running(finish: Finish) -> None:
    assert refusal_of(ToolCall("a", "p"), finish) == ""


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_calls_over_the_bound_are_error_results(count: int) -> None:
    calls = tuple([ToolCall(str(index), "p") for index in range(count)])
    slots = refusals(run_with(TOOLS), calls, Finish.STOP)
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
    assert "not a JSON object" in refusal_of(calls[0])
    assert "unknown tool" in refusal_of(calls[1])
    assert refusal_of(calls[2]) == ""


@pytest.mark.parametrize("effect", list(ToolClass))
def test_after_a_failed_store_nothing_runs_that_must_be_on_record(effect: ToolClass) -> None:
    run = replace(run_with((ToolSpec("t", effect=effect),)), stale=True)
    is_refused = refusal_of(ToolCall("a", "t"), run=run).startswith(
        "not run: the record of this run can't be kept"
    )
    assert is_refused is (effect in (ToolClass.KEYED, ToolClass.UNSAFE))


def test_what_needs_approval_and_can_get_none_is_not_run() -> None:
    tools = (ToolSpec("t", needs_approval=True),)
    run = run_with(tools)
    assert refusal_of(ToolCall("a", "t"), run=run) == "not run: it needs approval, and there is nobody to give it"
    asking = replace(run, wiring=replace(run.wiring, approver=True))
    assert refusal_of(ToolCall("a", "t"), run=asking) == ""
    assert approval_reason(asking, ToolCall("a", "t")) == "needs approval"
    assert approval_reason(asking, ToolCall("a", "p")) == ""


CHILD = ToolSpec("agent__x", delegate="agent", subject="agent:x")


@pytest.mark.parametrize(
    ("agent", "ancestry", "message"),
    [
        (Agent(id="7"), (), ""),
        (Agent(id="7"), ("a",), ""),
        (Agent(id="7"), ("a", "b"), "not run: delegation goes at most 2 deep"),
        (Agent(name="x"), (), "not run: agent:x is already at work above this run: agent:x"),
        (Agent(id="7"), ("agent:x",), "not run: agent:x is already at work above this run: agent:x > 7"),
        (Agent(id="agent:x"), ("a",), "not run: agent:x is already at work above this run: a > agent:x"),
    ],
    ids=short,
)
def test_no_subject_works_for_itself_and_no_tree_is_too_deep(
    agent: Agent, ancestry: tuple[str, ...], message: str
) -> None:
    assert refusal_of(ToolCall("a", "agent__x"), run=run_with((CHILD,), agent, ancestry)) == message


@pytest.mark.parametrize("names_called", [("submit", "submit"), ("submit", "p"), ("p", "submit")])
def test_submit_is_alone_in_its_reply(names_called: tuple[str, ...]) -> None:
    run = run_with((PLAIN, ToolSpec("submit")), Agent(output_type='{"type":"object"}'))
    slots = refusals(run, tuple([ToolCall(name, name) for name in names_called]), Finish.TOOL_CALLS)
    for name, slot in zip(names_called, slots, strict=True):
        refused = Fault(FaultKind.TOOL, "not run: submit must be the only call of its reply")
        assert slot == (refused if name == "submit" else None)


def test_an_id_and_a_name_may_be_so_long_and_no_longer() -> None:
    calls, _ = identified((ToolCall("a" * MOST_NAME, "p" * MOST_NAME),), names(), 100)
    assert calls == (ToolCall("a" * MOST_NAME, "p" * MOST_NAME),)
    calls, _ = identified((ToolCall("a" * (MOST_NAME + 1), "p"),), names("x"), 100)
    assert calls == (ToolCall("a" * MOST_NAME + "-2", "p"),)
