"""Model, tools, model: what a reply does to a run, and when a step is complete."""

import pytest

from executus.agent import Agent, Limits
from executus.bounds import Defaults
from executus.effects import CallModel
from executus.failures import ModelFailed
from executus.invocation import Invocation
from executus.result import RunResult
from executus.rules.status import Failed
from executus.values import Fault, FaultKind, Finish, Message, ModelReply, ToolCall, ToolResult, Usage
from interpreters.memory import Memory, calls, fails, hangs, says, scripted, steer
from tests.runs import PICTURE

ADD = scripted("add", returns="5")


def talk(result: RunResult) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in result.run.talk.conversation]


def model_calls(result: RunResult) -> list[CallModel]:
    return [
        effect for entry in result.transcript.entries for effect in entry.asked if isinstance(effect, CallModel)
    ]


class TestAnswers:
    def test_a_reply_without_calls_finishes_the_run_with_its_text(self) -> None:
        result = Memory(model=[says(" 5\n", reasoning="hm")]).run(Agent(), "2+3?")
        assert (result.status, result.output) == ("ok", " 5\n")
        assert result.run.talk.conversation.last == Message("assistant", " 5\n", reasoning="hm")

    def test_a_model_that_fails_is_an_error_with_its_fault(self) -> None:
        result = Memory(model=[fails("overloaded", status=529, retryable=False)]).run(Agent())
        fault = Fault(FaultKind.MODEL, "overloaded", "memory", 529, False)
        assert result.cause == Failed(0, ModelFailed(fault))

    def test_one_that_may_pass_is_asked_again_first(self) -> None:
        result = Memory(model=[fails("overloaded", status=529)] * 3).run(Agent())
        fault = Fault(FaultKind.MODEL, "overloaded", "memory", 529, True)
        assert result.cause == Failed(result.run.now, ModelFailed(fault, 3))
        assert 1.5 <= result.runtime.total_seconds() <= 3

    @pytest.mark.parametrize("nothing", ["", " ", "\n\t"])
    def test_a_reply_that_says_nothing_is_asked_for_once_more(self, nothing: str) -> None:
        result = Memory(model=[says(nothing, usage=Usage(1)), says("5", usage=Usage(2))]).run(Agent(), "hi")
        assert (result.status, result.output, result.usage) == ("ok", "5", Usage(3))
        first, second = model_calls(result)
        assert first.conversation == second.conversation

    def test_a_model_that_says_nothing_twice_is_an_error(self) -> None:
        result = Memory(model=[says(""), says("")]).run(Agent())
        fault = Fault(FaultKind.MODEL, "the model replied with neither text nor calls, twice")
        assert result.cause == Failed(0, ModelFailed(fault))

    def test_each_silence_has_its_own_second_chance(self) -> None:
        model = [says(""), calls("add"), says(""), says("5")]
        assert Memory(model=model, tools=[ADD]).run(Agent(low_level_tools=("add",))).status == "ok"

    def test_an_empty_reply_is_no_step(self) -> None:
        agent = Agent(low_level_tools=("add",), max_iterations=1)
        model = [says(""), calls("add"), says(""), says("5")]
        result = Memory(model=model, tools=[ADD]).run(agent)
        assert (result.status, result.run.talk.steps_done) == ("ok", 1)

    @pytest.mark.parametrize(
        ("finish", "word"), [("length", "cut"), ("filtered", "filtered"), ("refused", "a refusal")]
    )
    def test_text_that_was_cut_filtered_or_refused_finishes_with_a_warning(self, finish: str, word: str) -> None:
        result = Memory(model=[says("half", finish=finish)]).run(Agent())
        assert (result.status, result.output) == ("ok", "half")
        assert len(result.warnings) == 1
        assert word in result.warnings[0]

    @pytest.mark.parametrize("finish", ["stop", "tool_calls", "unknown"])
    def test_text_that_ended_otherwise_needs_no_warning(self, finish: str) -> None:
        assert Memory(model=[says("5", finish=finish)]).run(Agent()).warnings == ()

    def test_a_long_answer_is_cut_and_says_so(self) -> None:
        result = Memory(model=[says("x" * 20)], defaults=Defaults(max_reply_output=8)).run(Agent())
        assert result.output == "xxxxxxxx\n[cut: 12 of 20 characters left out]"


class TestSteps:
    def test_results_enter_in_call_order_whatever_order_they_finish_in(self) -> None:
        tools = [scripted("slow", returns="s", takes="3s"), scripted("fast", returns="f", takes="1s")]
        agent = Agent(low_level_tools=("slow", "fast"))
        result = Memory(model=[calls("slow", "fast", "slow", text="I look."), says("done")], tools=tools).run(
            agent, "go"
        )
        assert talk(result) == [
            ("user", "go"),
            ("assistant", "I look."),
            ("tool", "s"),
            ("tool", "f"),
            ("tool", "s"),
            ("assistant", "done"),
        ]
        assert result.runtime.total_seconds() == 3

    def test_the_model_is_asked_once_when_the_last_result_is_in(self) -> None:
        tools = [scripted("slow", takes="3s"), scripted("fast", takes="1s")]
        result = Memory(model=[calls("slow", "fast"), says("done")], tools=tools).run(
            Agent(low_level_tools=("slow", "fast"))
        )
        assert len(model_calls(result)) == 2
        assert result.transcript.entries[-2].event.at == 3_000_000

    def test_results_are_paired_by_id(self) -> None:
        wanted = ModelReply(calls=(ToolCall("x", "add"), ToolCall("x", "add"), ToolCall("", "add")))
        first = iter([wanted, ModelReply("done")])
        result = Memory(model=lambda request: next(first), tools=[ADD]).run(Agent(low_level_tools=("add",)))
        asked, *results = list(result.run.talk.conversation)[:4]
        assert [call.call_id for call in asked.calls] == [message.call_id for message in results]
        assert len({message.call_id for message in results}) == 3

    def test_ids_of_the_history_are_not_used_again(self) -> None:
        earlier = (
            Message("assistant", calls=(ToolCall("call-1", "add"),)),
            Message("tool", "5", call_id="call-1"),
        )
        world = Memory(model=[calls(ToolCall("call-1", "add")), says("done")], tools=[ADD])
        result = world.run(Agent(low_level_tools=("add",)), Invocation(prompt="go", history=earlier))
        ids = [call.call_id for message in result.run.talk.conversation for call in message.calls]
        assert len(ids) == len(set(ids)) == 2

    def test_a_failing_tool_is_an_error_result_for_the_model_to_read(self) -> None:
        broken = scripted("add", raises=ValueError("it broke"))
        result = Memory(model=[calls("add"), says("done")], tools=[broken]).run(Agent(low_level_tools=("add",)))
        message = list(result.run.talk.conversation)[-2]
        assert (message.role, message.is_error) == ("tool", True)
        assert "it broke" in message.text

    def test_pictures_of_a_tool_enter_with_its_result(self) -> None:
        seen = scripted("look", in_turn=[ToolResult("seen", (PICTURE,))])
        result = Memory(model=[calls("look"), says("done")], tools=[seen]).run(Agent(low_level_tools=("look",)))
        assert list(result.run.talk.conversation)[-2].images == (PICTURE,)

    @pytest.mark.parametrize("is_error", [True, False])
    def test_a_long_result_is_cut_and_says_so(self, is_error: bool) -> None:
        tool = scripted("add", returns="x" * 20, raises=ValueError("x" * 20) if is_error else None)
        world = Memory(model=[calls("add"), says("done")], tools=[tool], defaults=Defaults(max_tool_output=12))
        text = list(world.run(Agent(low_level_tools=("add",))).run.talk.conversation)[-2].text
        assert "characters left out]" in text
        assert text.index("\n") == 12

    def test_a_cut_reply_runs_nothing_and_counts_as_a_step(self) -> None:
        tool = scripted("add")
        result = Memory(model=[calls("add", finish="length"), says("done")], tools=[tool]).run(
            Agent(low_level_tools=("add",))
        )
        assert (result.status, result.run.talk.steps_done, tool.called) == ("ok", 1, [])
        assert result.steps[0].is_error

    def test_a_serial_tool_is_asked_when_those_before_it_are_answered(self) -> None:
        tools = [scripted("p", takes="1s"), scripted("s", takes="1s", serial=True)]
        result = Memory(model=[calls("p", "s", "p", "p"), says("done")], tools=tools).run(
            Agent(low_level_tools=("p", "s"))
        )
        asked = [(entry.event.at, len(entry.asked)) for entry in result.transcript.entries[3:]]
        assert asked == [(0, 1), (1_000_000, 1), (2_000_000, 2), (3_000_000, 0), (3_000_000, 1), (3_000_000, 0)]


class TestSteering:
    AGENT = Agent(low_level_tools=("add",))

    def test_a_word_enters_before_the_next_model_call(self) -> None:
        tool = scripted("add", returns="5", takes="2s")
        happens = [("1s", steer("hurry")), ("1.5s", steer("", PICTURE))]
        result = Memory(model=[calls("add"), says("done")], tools=[tool], happens=happens).run(self.AGENT, "go")
        assert talk(result)[-4:] == [("tool", "5"), ("user", "hurry"), ("user", ""), ("assistant", "done")]
        assert list(result.run.talk.conversation)[-2].images == (PICTURE,)

    def test_a_word_while_the_model_thinks_keeps_the_run_going(self) -> None:
        happens = [("1s", steer("and?"))]
        result = Memory(model=[says("half", takes="2s"), says("whole")], happens=happens).run(Agent(), "go")
        assert talk(result) == [("user", "go"), ("assistant", "half"), ("user", "and?"), ("assistant", "whole")]
        assert result.output == "whole"

    def test_a_word_at_the_instant_of_the_answer_comes_first(self) -> None:
        happens = [("2s", steer("and?"))]
        result = Memory(model=[says("half", takes="2s"), says("whole")], happens=happens).run(Agent(), "go")
        assert result.output == "whole"

    @pytest.mark.parametrize("empty", ["", " ", "\n"])
    def test_an_empty_word_is_dropped(self, empty: str) -> None:
        happens = [("1s", steer(empty))]
        result = Memory(model=[says("done", takes="2s")], happens=happens).run(Agent(), "go")
        assert talk(result) == [("user", "go"), ("assistant", "done")]

    def test_a_reply_joined_by_a_word_is_no_step(self) -> None:
        agent = Agent(low_level_tools=("add",), max_iterations=1)
        happens = [("1s", steer("and?"))]
        model = [calls("add"), says("half", takes="2s"), says("whole")]
        result = Memory(model=model, tools=[ADD], happens=happens).run(agent, "go")
        assert (result.status, result.output, result.run.talk.steps_done) == ("ok", "whole", 1)

    def test_a_word_does_not_hide_the_latest_text_of_a_run_that_was_stopped(self) -> None:
        """No step of work is thrown away by a limit."""
        tool = scripted("add", takes="2s")
        happens = [("1s", steer("hurry"))]
        model = [calls("add", text="So far: 4."), hangs()]
        result = Memory(model=model, tools=[tool], happens=happens).run(self.AGENT, "go")
        assert (result.status, result.output) == ("timeout", "So far: 4.")


class TestGrantedLimits:
    AGENT = Agent(low_level_tools=("add",), limits=Limits(tokens=10, cost=10))

    @pytest.mark.parametrize(("usage", "status"), [(Usage(6, 4), "ok"), (Usage(6, 5), "budget_exceeded")])
    def test_a_reply_with_calls_over_the_grant_runs_none_and_ends_the_run(self, usage: Usage, status: str) -> None:
        tool = scripted("add")
        model = [calls("add", text="I look.", usage=usage)] + ([says("done")] if status == "ok" else [])
        result = Memory(model=model, tools=[tool]).run(self.AGENT)
        assert result.status == status
        assert tool.called == (["{}"] if status == "ok" else [])
        assert result.output == ("done" if status == "ok" else "I look.")

    def test_a_reply_without_calls_over_the_grant_finishes_with_a_warning(self) -> None:
        result = Memory(model=[says("5", usage=Usage(cost=11))]).run(Agent(limits=Limits(cost=10)))
        assert (result.status, result.output) == ("ok", "5")
        assert result.warnings == ("used 11 cost of 10: finished all the same",)

    def test_usage_is_judged_over_the_whole_run(self) -> None:
        model = [calls("add", usage=Usage(5)), calls("add", usage=Usage(5)), calls("add", usage=Usage(1))]
        result = Memory(model=model, tools=[ADD]).run(self.AGENT)
        assert result.status == "budget_exceeded"
        assert str(result.error) == "budget: used 11 tokens of 10 granted"


def test_what_a_reply_may_not_do_is_judged_in_one_order() -> None:
    """The grant first, then the step limit, then the repetition."""
    agent = Agent(low_level_tools=("add",), max_iterations=1, limits=Limits(tokens=10))
    defaults = Defaults(max_same_tool_call_repeats=1)

    def run(usage: Usage, agent: Agent) -> str:
        model = [calls("add"), calls("add", usage=usage)]
        return str(Memory(model=model, tools=[ADD], defaults=defaults).run(agent).error).partition(":")[0]

    assert run(Usage(11), agent) == "budget"
    assert run(Usage(10), agent) == "step limit"
    assert run(Usage(10), Agent(low_level_tools=("add",))) == "repeated call"


def test_finishes_are_known_to_the_script() -> None:
    assert says("x", finish=Finish.LENGTH) == says("x", finish="length")
