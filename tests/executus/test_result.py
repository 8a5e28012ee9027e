"""What a caller gets: read off the last state, the same from a replay, and safe to show."""

from collections.abc import Callable
from datetime import timedelta
from html import escape

import pytest
from returns.result import Failure, Success

from executus.agent import Agent
from executus.failures import CancelledBy
from executus.invocation import Invocation
from executus.result import RunFailed, RunResult, StepTaken
from executus.rules.status import Cancelled, Finished
from executus.transcript import Transcript
from executus.values import Message, ToolCall, ToolResult, Usage, replace
from interpreters.memory import Memory, calls, fails, hangs, says, scripted
from interpreters.replay import Replay
from tests.runs import PICTURE, rich_run, state

RICH = rich_run()
AGENT = Agent(low_level_tools=("add", "slow", "bad"), max_runtime="10s")


def lived(
    *model: object, happens: tuple[tuple[str, str], ...] = (), history: tuple[Message, ...] = ()
) -> RunResult:
    tools = [
        scripted("add", returns="5"),
        scripted("slow", returns="s", takes="20s"),
        scripted("bad", raises=ValueError("no")),
    ]
    world = Memory(model=list(model), tools=tools, happens=happens)  # type: ignore[arg-type]
    return world.run(AGENT, Invocation(prompt="go", history=history))


class TestSteps:
    def test_every_call_with_its_result_in_call_order(self) -> None:
        assert RICH.steps == (
            StepTaken(1, "add", '{"a":2}', "5", False),
            StepTaken(1, "break", "{}", "ValueError: it broke", True),
            StepTaken(1, "nothing", "{}", "unknown tool 'nothing'", True),
            StepTaken(2, "poll", '{"b": 1}', "not yet", False),
        )

    def test_calls_that_were_never_answered_are_no_steps(self) -> None:
        result = lived(calls("add", "slow", "bad"))
        assert result.status == "timeout"
        assert result.steps == (
            StepTaken(1, "add", "{}", "5", False),
            StepTaken(1, "bad", "{}", "ValueError: no", True),
        )

    def test_calls_that_never_ran_are_no_steps(self) -> None:
        result = lived(calls("add"), calls("add"), calls("add"), calls("add"))
        assert len(result.steps) == 3

    def test_a_run_without_tools_took_no_steps(self) -> None:
        assert lived(says("done")).steps == ()
        assert lived(fails(retryable=False)).steps == ()

    def test_calls_of_the_history_are_no_steps_of_this_run(self) -> None:
        earlier = (
            Message("assistant", calls=(ToolCall("a", "add"),)),
            Message("tool", "4", call_id="a"),
            Message("tool", "orphan", call_id="b"),
        )
        result = lived(calls("add"), says("done"), history=earlier)
        assert result.steps == (StepTaken(1, "add", "{}", "5", False),)


class TestOutput:
    def test_an_answer_is_the_output(self) -> None:
        assert RICH.output == "The answer."
        assert RICH.unwrap() == "The answer."
        assert RICH.as_result() == Success("The answer.")
        assert RICH.error is None

    @pytest.mark.parametrize(
        ("result", "output"),
        [
            (lived(hangs()), ""),
            (lived(calls("add", text="So far: 5."), hangs()), "So far: 5."),
            (lived(calls("add", text="So far: 5."), calls("bad"), hangs()), "So far: 5."),
            (lived(calls("add", text="a"), calls("bad", text="b"), hangs()), "b"),
            (lived(calls("add", text=" "), hangs()), ""),
            (lived(calls("slow", text="I wait."), happens=(("5s", "cancel"),)), "I wait."),
            (lived(calls("add", text="a"), fails(retryable=False)), "a"),
        ],
    )
    def test_no_step_of_work_is_thrown_away(self, result: RunResult, output: str) -> None:
        assert result.error is not None
        assert result.output == output

    def test_what_was_said_before_this_run_is_no_work_of_it(self) -> None:
        assert lived(hangs(), history=(Message("assistant", "Earlier."),)).output == ""

    def test_an_error_is_a_value_or_raised_on_demand(self) -> None:
        result = lived(hangs(), happens=(("5s", "cancel"),))
        assert result.error == CancelledBy("caller")
        assert result.as_result() == Failure(CancelledBy("caller"))
        with pytest.raises(RunFailed, match=r"^cancelled by caller$") as raised:
            result.unwrap()
        assert raised.value.error == CancelledBy("caller")

    def test_a_run_that_has_not_ended_has_no_status(self) -> None:
        unfinished = RunResult(state(Agent()), Transcript(()))
        asked: list[Callable[[RunResult], object]] = [
            lambda it: it.status,
            lambda it: it.output,
            lambda it: it.error,
            lambda it: it.cause,
        ]
        for question in asked:
            with pytest.raises(ValueError, match="run run has not ended"):
                question(unfinished)


class TestFacts:
    def test_usage_and_warnings_are_those_of_the_run(self) -> None:
        assert RICH.usage == Usage(30, 10, 1, 1, 3)
        assert RICH.warnings == ("the model's answer was cut by its output limit",)
        assert RICH.run_id == "rich"
        assert lived(says("5")).usage == Usage()

    def test_preparing_and_running_are_told_apart(self) -> None:
        at = Finished(5_000_001, "done")
        base = replace(RICH.run.deadlines, base=2_000_000)
        run = replace(RICH.run, began=2_000_000, now=9_000_000, cause=at, deadlines=base)
        result = RunResult(run, RICH.transcript)
        assert result.preparing == timedelta(seconds=2)
        assert result.runtime == timedelta(seconds=3, microseconds=1)

    def test_a_run_that_never_began_was_preparing_all_the_time(self) -> None:
        run = replace(RICH.run, began=None, now=9_000_000, cause=Cancelled(5_000_001, "me"))
        result = RunResult(run, RICH.transcript)
        assert result.preparing == timedelta(seconds=5, microseconds=1)
        assert result.runtime == timedelta()

    def test_a_result_is_the_same_from_its_recording(self) -> None:
        assert Replay(RICH.transcript).run() == RICH

    def test_why_is_told_with_the_result(self) -> None:
        assert RICH.why[0].startswith("status ok")


class TestShowing:
    def test_in_one_line(self) -> None:
        assert repr(RICH) == "<run rich: ok, output='The answer.'>"
        assert (
            repr(lived(fails("down", retryable=False))) == "<run memory: error, error='call model memory: down'>"
        )
        assert len(repr(RunResult(replace(RICH.run, run_id="r"), RICH.transcript))) < 300

    def test_html_shows_text_and_never_runs_it(self) -> None:
        evil = '<script>alert("x")</script>&'
        result = Memory(model=[says(evil)]).run(Agent(name=evil), Invocation(prompt=evil, run_id=evil))
        html = result._repr_html_()
        assert "<script" not in html
        assert html.count("&lt;script&gt;") >= 3
        assert "&amp;" in html
        assert f"<p>{escape(evil)}</p>" in html

    def test_html_shows_the_error_of_a_run_that_failed(self) -> None:
        assert "<p>call model memory: a &lt; b</p>" in lived(fails("a < b", retryable=False))._repr_html_()
        assert "<b>memory: error</b>" in lived(fails(retryable=False))._repr_html_()

    def test_pictures_are_no_steps(self) -> None:
        look = scripted("look", in_turn=[ToolResult("seen", (PICTURE,))])
        result = Memory(model=[calls("look"), says("done")], tools=[look]).run(Agent(low_level_tools=("look",)))
        assert [step.content for step in result.steps] == ["seen"]


def test_a_result_is_a_value() -> None:
    assert rich_run() == RICH
    assert replace(RICH, run=replace(RICH.run, cause=Cancelled(0, "x"))) != RICH
