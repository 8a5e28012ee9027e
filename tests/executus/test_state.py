"""The state: the first cause is kept, questions are remembered, a record does not fill up with losers."""

import pytest

from executus.agent import Agent
from executus.effects import Abandon, ResolveModel, RunTool
from executus.rules.status import Cancelled, Finished, Killed
from executus.state import MOST_LOSERS, MOST_WARNINGS, Run, Stage, ask, fill, stop, tell, warn, without
from executus.values import ToolCall, ToolResult, replace
from tests.plain import back, plain
from tests.runs import rich_run, state

RUN = state(Agent())


def test_every_state_survives_being_written_down() -> None:
    for run, _ in rich_run().transcript.replay():
        assert back(plain(run), Run) == run


def test_a_run_keeps_its_first_cause_and_remembers_the_others() -> None:
    first, second = Cancelled(1, "a"), Cancelled(2, "b")
    run = stop(RUN, first)
    assert (run.cause, run.losers) == (first, ())
    run = stop(run, second)
    assert (run.cause, run.losers) == (first, (second,))
    run = stop(run, Killed(0, "earlier by its stamp, later by its arrival"))
    assert run.cause == first
    assert run.losers[0] == second


def test_a_record_does_not_fill_up_with_losers() -> None:
    run = stop(RUN, Finished(0, "done"))
    for number in range(MOST_LOSERS + 5):
        run = stop(run, Cancelled(number, "again"))
    assert [loser.at for loser in run.losers] == list(range(MOST_LOSERS))
    assert run.cause == Finished(0, "done")


def test_what_is_asked_is_open_and_numbered_on() -> None:
    first, second = RunTool(RUN.next_id, ToolCall("a", "x")), RunTool(RUN.next_id + 1, ToolCall("b", "x"))
    run, asked = ask(RUN, first, second)
    assert asked == (first, second)
    assert run.pending == (*RUN.pending, first, second)
    assert run.next_id == RUN.next_id + 2
    assert run.talk is RUN.talk
    changed = replace(RUN.talk, steps_done=5)
    assert ask(RUN, first, talk=changed)[0].talk is changed


def test_what_is_told_changes_nothing() -> None:
    assert tell(RUN, Abandon(1)) == (RUN, (Abandon(1),))
    assert tell(RUN, Abandon(1))[0] is RUN


def test_warnings_are_kept_in_order() -> None:
    assert warn(warn(RUN, "a"), "b").warnings == ("a", "b")


def test_a_result_does_not_fill_up_with_warnings() -> None:
    run = RUN
    for number in range(MOST_WARNINGS + 5):
        run = warn(run, f"{number}")
    assert run.warnings == tuple([f"{number}" for number in range(MOST_WARNINGS)])


def test_what_came_of_a_call_that_is_not_open_fills_nothing_and_is_waited_for_no_less() -> None:
    open_step = replace(RUN, talk=replace(RUN.talk, slots=(1, 2), waiting=2))
    assert fill(open_step, 3, ToolResult("late")) == open_step
    filled = fill(open_step, 2, ToolResult("in time")).talk
    assert (filled.slots, filled.waiting) == ((1, ToolResult("in time")), 1)


@pytest.mark.parametrize(("id", "left"), [(1, [2, 3]), (2, [1, 3]), (3, [1, 2]), (4, [1, 2, 3]), (0, [1, 2, 3])])
def test_an_answered_question_is_open_no_more(id: int, left: list[int]) -> None:
    questions = tuple([ResolveModel(number, "t") for number in (1, 2, 3)])
    assert [question.id for question in without(questions, id, ResolveModel)] == left
    assert without(questions, id, RunTool) == questions


def test_a_lone_question_is_closed_by_its_own_answer_only() -> None:
    question = (ResolveModel(1, "t"),)
    assert without(question, 1, ResolveModel) == ()
    assert without(question, 2, ResolveModel) == question
    assert without(question, 1, RunTool) == question
    assert without((), 1, ResolveModel) == ()


def test_stages_stand_in_the_order_of_a_life() -> None:
    assert list(Stage) == ["preparing", "conversing", "finalizing", "done"]
    assert dict.fromkeys(Stage, 1) == {"preparing": 1, "conversing": 1, "finalizing": 1, "done": 1}
