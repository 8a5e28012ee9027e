"""Calls that may not run as they are: held by one whose outcome nobody knows, or of a tool that is gone."""

import pytest

from executus.effects import AskApproval, RunTool
from executus.facts import Unknown
from executus.machines.calls import approval_reason, is_refused, refusals
from executus.machines.steps import run_calls
from executus.slices import Due, Timeout
from executus.values import Finish, ToolCall, ToolSpec, replace
from tests.executus.machines.test_calls import PLAIN, TOOLS, refusal_of, run_with, stepping
from tests.tables import short


def unknown(name: str, verifier: str = "", settled: str = "") -> Unknown:
    """A call of this tool of which nobody knows whether it happened."""
    return Unknown(
        question=7, call=ToolCall("x", name), number=0, reason="lost", verifier=verifier, settled=settled
    )


HELD = "not run: an equal call of p may have happened already"


@pytest.mark.parametrize(
    ("unknowns", "held"),
    [
        ((), ""),
        ((unknown("p"),), HELD),
        ((unknown("p", "look"),), f"{HELD}: find out first with look"),
        ((unknown("p", settled="happened"),), ""),
        ((unknown("q"),), ""),
        ((unknown("q"), unknown("p", settled="happened"), unknown("p")), HELD),
    ],
    ids=short,
)
def test_a_call_is_held_by_an_equal_one_that_is_not_settled(unknowns: tuple[Unknown, ...], held: str) -> None:
    """By whom it can be decided it is asked; where nobody can, the model reads why it was not run."""
    run = replace(run_with(TOOLS), unknowns=unknowns)
    call = ToolCall("a", "p")
    assert refusal_of(call, run=run) == held
    assert approval_reason(run, call) == ""
    asking = replace(run, wiring=replace(run.wiring, approver=True))
    assert refusal_of(call, run=asking) == ""
    assert approval_reason(asking, call) == ("outcome unknown" if held else "")


def test_submit_is_a_tool_like_any_other_where_no_value_is_wanted() -> None:
    calls = (ToolCall("a", "submit"), ToolCall("b", "p"))
    assert refusals(run_with((PLAIN, ToolSpec("submit"))), calls, Finish.TOOL_CALLS) == (None, None)


def test_a_tool_that_is_gone_after_a_restart_is_none_that_may_run_unrecorded() -> None:
    run = run_with(TOOLS)
    assert not is_refused(run, "gone")
    assert is_refused(replace(run, stale=True), "gone")


def test_a_call_of_a_tool_that_is_gone_after_a_restart_runs_beside_others() -> None:
    run = stepping(TOOLS, "gps", "...")
    run = replace(run, talk=replace(run.talk, waiting=3))
    for unknowns in ((), (unknown("z"),)):  # One way is short, the other looks at each call.
        _, asked = run_calls(replace(run, unknowns=unknowns))
        assert [effect.call.name for effect in asked if isinstance(effect, RunTool)] == ["g", "p"]


@pytest.mark.parametrize(("until", "lapses"), [(9, 9), (6, 6), (5, 6), (4, 6), (0, 5 + 7)])
def test_a_person_who_is_asked_again_has_until_the_same_instant(until: int, lapses: int) -> None:
    """What has passed while nobody held the run is over at once, and not never."""
    run = stepping((ToolSpec("t", needs_approval=True),), "t", "d")
    run = replace(
        run,
        wiring=replace(run.wiring, approver=True),
        bounds=replace(run.bounds, approval_timeout=7),
        talk=replace(run.talk, waiting=1, slots=(Due(until=until),)),
    )
    after, (asked,) = run_calls(run)
    assert isinstance(asked, AskApproval)
    assert after.timeouts == (Timeout(lapses, asked.id),)
