"""Bounds on a run that goes nowhere, lived through: the step limit, errors in a row, the same call again."""

import pytest

from executus.agent import Agent, AtStepLimit, ModelSettings
from executus.bounds import Defaults
from executus.effects import CallModel
from executus.failures import StepLimitReached, ToolCallRepeated, ToolErrorsExceeded
from executus.result import RunResult
from executus.rules.status import Failed
from interpreters.memory import Memory, calls, says, scripted
from interpreters.scripts import Turn


def lived(
    model: list[Turn],
    *,
    steps: int = 12,
    at: AtStepLimit = "fail",
    defaults: Defaults | None = None,
) -> RunResult:
    tools = [
        scripted("add", returns="5"),
        scripted("sub", in_turn=["1", "2", "3", "4", "5", "6"]),
        scripted("bad", raises=ValueError("no")),
        scripted("poll", returns="not yet", repeatable=True),
        scripted("flaky", in_turn=[ValueError("no"), "5", ValueError("no"), "5"]),
    ]
    agent = Agent(low_level_tools=("add", "sub", "bad", "poll", "flaky"), max_iterations=steps, at_step_limit=at)
    return Memory(model=model, tools=tools, defaults=defaults or Defaults()).run(agent, "go")


def failure(result: RunResult) -> object:
    assert isinstance(result.cause, Failed), result
    return result.cause.failure


class TestTheStepLimit:
    @pytest.mark.parametrize("at", ["fail", "answer"])
    @pytest.mark.parametrize("steps", [1, 2, 5])
    def test_so_many_replies_with_calls_are_executed_then_text_finishes(self, steps: int, at: AtStepLimit) -> None:
        result = lived([calls("sub", n=n) for n in range(steps)] + [says("done")], steps=steps, at=at)
        assert (result.status, result.output) == ("ok", "done")
        assert result.run.talk.steps_done == steps

    @pytest.mark.parametrize("at", ["fail", "answer"])
    def test_another_call_is_not_run_and_ends_the_run_in_error(self, at: AtStepLimit) -> None:
        result = lived([calls("sub", n=0), calls("sub", n=1, text="More.")], steps=1, at=at)
        assert failure(result) == StepLimitReached(1)
        assert len(result.steps) == 1
        assert result.output == "More."

    @pytest.mark.parametrize(("at", "tools"), [("fail", [5, 5]), ("answer", [5, 0])])
    def test_the_call_past_the_limit_carries_tools_unless_it_must_answer(
        self, at: AtStepLimit, tools: list[int]
    ) -> None:
        result = lived([calls("add"), says("done")], steps=1, at=at)
        asked = [effect for entry in result.transcript.entries for effect in entry.asked]
        assert [len(effect.setup.toolbox.specs) for effect in asked if isinstance(effect, CallModel)] == tools

    def test_an_empty_reply_past_the_limit_buys_one_more_call_of_its_kind(self) -> None:
        result = lived([calls("add"), says(""), says("done")], steps=1, at="answer")
        assert result.output == "done"
        result = lived([calls("add"), says(""), calls("add", n=2)], steps=1)
        assert failure(result) == StepLimitReached(1)

    def test_a_cut_reply_with_calls_is_one_of_them(self) -> None:
        result = lived([calls("add", finish="length"), calls("add")], steps=1)
        assert failure(result) == StepLimitReached(1)


class TestErrorsInARow:
    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_reaching_the_limit_ends_the_run_in_error(self, limit: int) -> None:
        model = [calls("bad", n=n) for n in range(limit)]
        result = lived(model, defaults=Defaults(max_consecutive_tool_errors=limit))
        assert failure(result) == ToolErrorsExceeded(limit, "bad", "ValueError: no")

    def test_one_success_resets(self) -> None:
        model = [calls("bad"), calls("bad", n=1), calls("add"), calls("bad", n=2), calls("bad", n=3), says("done")]
        assert lived(model).status == "ok"

    def test_they_are_counted_in_call_order_not_in_order_of_arrival(self) -> None:
        model = [calls("bad", "add", "bad"), calls("bad", n=1), says("done")]
        assert lived(model).status == "ok"
        assert failure(lived([calls("add", "bad", "bad"), calls("bad", n=1)])) == ToolErrorsExceeded(
            3, "bad", "ValueError: no"
        )

    def test_a_streak_inside_a_step_ends_the_run_although_a_later_call_succeeded(self) -> None:
        result = lived([calls("bad", "bad", "bad", "add")])
        assert failure(result) == ToolErrorsExceeded(3, "bad", "ValueError: no")
        assert len(result.steps) == 4

    def test_what_never_ran_counts_too(self) -> None:
        model = [calls("unknown"), calls(("add", "{")), calls("add", finish="length")]
        assert isinstance(failure(lived(model)), ToolErrorsExceeded)

    def test_the_last_error_is_bounded_in_the_record(self) -> None:
        tool = scripted("bad", raises=ValueError("x" * 1500))
        world = Memory(model=[calls("bad")], tools=[tool], defaults=Defaults(max_consecutive_tool_errors=1))
        result = world.run(Agent(low_level_tools=("bad",)))
        assert len(str(result.error)) < 650


class TestTheSameCallAgain:
    def test_the_next_identical_call_ends_the_run_and_nothing_of_it_runs(self) -> None:
        model = [calls("add", a=1), calls("add", a=1), calls("add", a=1), calls(("add", {"a": 1}), ("sub", {}))]
        result = lived(model)
        assert failure(result) == ToolCallRepeated("add", 3)
        assert len(result.steps) == 3

    def test_only_the_first_call_of_a_reply_is_judged(self) -> None:
        model = [calls("add")] * 3 + [calls("sub", "add"), says("done")]
        assert lived(model).status == "ok"

    def test_identical_calls_within_one_reply_all_run(self) -> None:
        result = lived([calls("add", "add", "add", "add"), says("done")])
        assert (result.status, len(result.steps)) == ("ok", 4)
        assert failure(lived([calls("add", "add", "add"), calls("add")])) == ToolCallRepeated("add", 3)

    def test_another_outcome_is_no_repetition(self) -> None:
        assert lived([calls("sub")] * 6 + [says("done")]).status == "ok"
        assert lived([calls("flaky")] * 4 + [says("done")]).status == "ok"

    def test_polling_is_exempt_and_breaks_the_streak(self) -> None:
        assert lived([calls("poll")] * 8 + [says("done")]).status == "ok"
        model = [calls("add"), calls("add"), calls("poll"), calls("add"), calls("add"), says("done")]
        assert lived(model).status == "ok"

    def test_the_same_arguments_written_otherwise_are_the_same_call(self) -> None:
        model = [
            calls(("add", text))
            for text in ('{"a":1,"b":2}', '{"b":2,"a":1}', '{ "a": 1, "b": 2 }', '{"b":2, "a":1}')
        ]
        assert failure(lived(model)) == ToolCallRepeated("add", 3)

    def test_an_unknown_tool_asked_for_again_is_a_repetition(self) -> None:
        result = lived([calls("nothing")] * 3, defaults=Defaults(max_same_tool_call_repeats=2))
        assert failure(result) == ToolCallRepeated("nothing", 2)


@pytest.mark.parametrize(("length", "told"), [(500, ""), (501, "\n[cut: 1 of 501 characters left out]")])
def test_the_error_of_a_run_repeats_so_much_of_the_last_tools_error_and_no_more(length: int, told: str) -> None:
    texts = [f"{n}" + "x" * (length - 13) for n in range(3)]  # Told with the name of what was raised.
    tools = [scripted("long", in_turn=[ValueError(text) for text in texts])]
    model = [calls("long", n=n) for n in range(3)]
    result = Memory(model=model, tools=tools).run(Agent(low_level_tools=("long",)), "go")
    assert failure(result) == ToolErrorsExceeded(3, "long", f"ValueError: {texts[2]}"[:500] + told)


def test_the_call_past_the_limit_is_asked_with_the_settings_of_all_others() -> None:
    settings = ModelSettings(temperature=500)
    agent = Agent(low_level_tools=("add",), max_iterations=1, at_step_limit="answer", model_settings=settings)
    result = Memory(model=[calls("add"), says("done")], tools=[scripted("add", returns="5")]).run(agent, "go")
    asked = [
        effect for entry in result.transcript.entries for effect in entry.asked if isinstance(effect, CallModel)
    ]
    assert [(one.setup.settings, len(one.setup.toolbox.specs)) for one in asked] == [(settings, 1), (settings, 0)]
