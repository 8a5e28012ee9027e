"""How a model is asked: again after a fault, the next one, with which tools, and for which kind of answer."""

from typing import Any

import pytest

from executus.agent import Agent, AtStepLimit, Limits, ModelChoice, ModelSettings
from executus.bounds import Defaults
from executus.effects import CallModel, Compact, RunTool
from executus.events import Steered, TimePassed
from executus.failures import ModelFailed, OutputInvalid, StepLimitReached
from executus.machines.loop import REMINDER
from executus.rules.status import Failed, Overspent
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, Finish, Message, ModelReply, ToolCall, ToolSpec, Usage, seconds
from tests.executus.acting import SECOND, Story, wanting

BUSY = Fault(FaultKind.MODEL, "busy", "maker", 503, retryable=True)
DENIED = Fault(FaultKind.MODEL, "denied", "maker", 401)
WRONG = Fault(FaultKind.MODEL, "wrong", "maker", 400)
CHAIN = (ModelChoice("m", 10, ModelSettings(reasoning="low")), ModelChoice("n", 20))
SCHEMA = '{"type":"object"}'


def failing(story: Story, fault: Fault) -> Story:
    """The model fails, and the wait that this leads to passes."""
    story.reply(fault)
    wakeup = story.run.talk.asking.at
    return story.at(TimePassed(wakeup)) if wakeup > story.run.now else story


class TestFaults:
    def test_a_passing_one_is_waited_out_and_the_same_is_asked_again(self) -> None:
        story = Story(chain=CHAIN).converse().reply(BUSY)
        assert story.pending == []
        wakeup = next_wakeup(story.run)
        assert wakeup is not None
        assert SECOND // 2 <= wakeup <= SECOND
        story.at(TimePassed(wakeup))
        first, second = story.of(CallModel)
        assert (first.conversation, first.setup) == (second.conversation, second.setup)

    def test_after_so_many_attempts_the_next_model_is_asked_at_once(self) -> None:
        story = Story(chain=CHAIN).converse()
        for _ in range(2):
            failing(story, BUSY)
        before = story.run.now
        story.reply(BUSY)
        assert story.run.now == before
        assert [call.setup.model for call in story.of(CallModel)] == ["m", "m", "m", "n"]
        assert story.run.talk.window == 20

    def test_the_next_model_has_its_own_settings_and_stays(self) -> None:
        story = Story(None, "hi", (ToolSpec("t"),), CHAIN).converse().reply(DENIED)
        assert story.open(CallModel).setup == story.run.talk.setup
        assert story.open(CallModel).setup.settings == ModelSettings()
        story.reply(wanting("t")).returns()
        assert story.open(CallModel).setup.model == "n"

    def test_a_reply_gives_back_all_attempts(self) -> None:
        story = Story(None, "hi", (ToolSpec("t"),)).converse()
        for _ in range(3):
            failing(failing(story, BUSY), BUSY).reply(
                wanting(ToolCall("", "t", f'{{"n":{story.run.now}}}'))
            ).returns()
        assert story.run.cause is None

    def test_who_has_tried_everything_says_how_often(self) -> None:
        story = failing(failing(Story(chain=CHAIN).converse(), BUSY), BUSY).reply(BUSY).reply(DENIED)
        assert story.run.cause == Failed(story.run.now, ModelFailed(DENIED, 4))
        assert str(story.result.error) == "call model maker: denied (HTTP 401), after 4 attempts"

    def test_a_wrong_request_is_wrong_for_every_model(self) -> None:
        story = Story(chain=CHAIN).converse().reply(WRONG)
        assert story.run.cause == Failed(0, ModelFailed(WRONG))

    def test_a_wait_past_the_deadline_is_no_wait(self) -> None:
        patient = Fault(FaultKind.MODEL, "busy", "maker", 429, True, seconds(60))
        story = Story(chain=CHAIN).converse().reply(patient)
        assert story.open(CallModel).setup.model == "n"

    def test_a_word_that_comes_while_it_waits_is_heard_with_the_next_call(self) -> None:
        story = Story().converse().reply(BUSY).tell(Steered(0, "hurry"), "1us")
        assert story.pending == []
        story.at(TimePassed(next_wakeup(story.run) or 0))
        assert story.open(CallModel).conversation.last == Message("user", "hurry")

    def test_retries_are_no_steps(self) -> None:
        story = failing(Story(Agent(max_iterations=1), "hi", (ToolSpec("t"),)).converse(), BUSY)
        assert story.reply(wanting("t")).returns().run.talk.steps_done == 1


class TestSubmit:
    def story(self, at: AtStepLimit = "fail", **agent: Any) -> Story:
        who = Agent(output_type=SCHEMA, low_level_tools=("t",), at_step_limit=at, **agent)
        return Story(who, "hi", (ToolSpec("t"),)).converse()

    def test_alone_in_its_reply_it_gives_the_value(self) -> None:
        story = self.story().reply(wanting(ToolCall("c", "submit", '{"n":1}'))).returns('{"n":1}').end()
        assert (story.result.status, story.result.value, story.result.output) == ("ok", {"n": 1}, '{"n":1}')

    def test_an_invalid_one_goes_back_to_the_model(self) -> None:
        story = self.story().reply(wanting("submit")).returns(Fault(FaultKind.TOOL, "n is missing"))
        assert story.pending == ["CallModel"]
        assert story.said[-1] == ("tool", "n is missing")
        assert story.result.run.value == ""

    def test_beside_another_call_it_is_an_error_and_the_other_runs(self) -> None:
        story = self.story().reply(wanting("t", "submit"))
        assert [call.call.name for call in story.of(RunTool)] == ["t"]
        assert "must be the only call" in story.returns().said[-1][1]

    def test_plain_text_gets_one_reminder_then_is_an_error(self) -> None:
        story = self.story().reply("five")
        assert story.said[-2:] == [("assistant", "five"), ("user", REMINDER)]
        story.reply("five!")
        assert story.run.cause == Failed(0, OutputInvalid("the model answered in plain text, twice"))
        assert story.end().result.output == "five!"

    def test_a_word_that_waits_goes_before_the_reminder(self) -> None:
        story = self.story().tell(Steered(0, "and?")).reply("five")
        assert story.said[-1] == ("user", "and?")
        assert story.reply("five").said[-1] == ("user", REMINDER)

    def test_a_reminder_is_no_step_and_buys_one_more_call_of_its_kind(self) -> None:
        story = self.story("answer", max_iterations=1).reply(wanting("t")).returns().reply("five")
        assert [spec.name for spec in story.open(CallModel).setup.toolbox.specs] == ["submit"]
        story.reply(wanting("submit")).returns("{}").end()
        assert (story.result.status, story.run.talk.steps_done) == ("ok", 2)

    def test_over_the_grant_text_is_no_answer(self) -> None:
        story = self.story(limits=Limits(tokens=5)).reply(ModelReply("five", usage=Usage(6)))
        assert story.run.cause == Overspent(0, "tokens", 6, 5)

    def test_a_cut_one_is_not_run(self) -> None:
        story = self.story().reply(wanting("submit", finish=Finish.LENGTH))
        assert not story.of(RunTool)
        assert story.pending == ["CallModel"]


class TestAtTheLimit:
    def story(self, at: AtStepLimit = "fail", **agent: Any) -> Story:
        who = Agent(low_level_tools=("t",), max_iterations=1, at_step_limit=at, **agent)
        return Story(who, "hi", (ToolSpec("t"),)).converse().reply(wanting("t")).returns()

    def test_other_calls_are_not_run(self) -> None:
        story = self.story().reply(wanting("t"))
        assert story.run.cause == Failed(0, StepLimitReached(1))
        assert len(story.of(RunTool)) == 1

    def test_a_lone_submit_still_is(self) -> None:
        story = self.story(output_type=SCHEMA).reply(wanting("submit")).returns("{}").end()
        assert story.result.status == "ok"

    def test_an_invalid_one_is_the_end(self) -> None:
        story = self.story(output_type=SCHEMA).reply(wanting("submit")).returns(Fault(FaultKind.TOOL, "no"))
        assert story.run.cause == Failed(0, StepLimitReached(1))

    @pytest.mark.parametrize("reply", [wanting("submit", "t"), wanting("submit", finish=Finish.LENGTH)])
    def test_one_that_is_not_alone_or_whole_is_a_call_too_many(self, reply: ModelReply) -> None:
        assert self.story(output_type=SCHEMA).reply(reply).run.cause == Failed(0, StepLimitReached(1))

    @pytest.mark.parametrize(
        ("at", "typed", "tools"),
        [
            ("fail", "", ["t"]),
            ("answer", "", []),
            ("fail", SCHEMA, ["t", "submit"]),
            ("answer", SCHEMA, ["submit"]),
        ],
    )
    def test_the_call_past_it_carries_these_tools(self, at: AtStepLimit, typed: str, tools: list[str]) -> None:
        asked = self.story(at, output_type=typed).open(CallModel)
        assert [spec.name for spec in asked.setup.toolbox.specs] == tools

    def test_a_submit_before_the_limit_that_was_invalid_is_a_step(self) -> None:
        story = Story(Agent(output_type=SCHEMA, max_iterations=2)).converse()
        story.reply(wanting("submit")).returns(Fault(FaultKind.TOOL, "no"))
        assert story.run.talk.steps_done == 1


def test_stops_go_before_words_and_words_before_compaction() -> None:
    agent = Agent(low_level_tools=("t",), max_runtime="10s")
    chain = (ModelChoice("m", 100),)
    story = Story(agent, "hi", (ToolSpec("t"),), chain, compactor=True).converse()
    story.reply(wanting("t", usage=Usage(90))).tell(Steered(0, "hurry")).returns("5", after="10s")
    assert str(story.run.cause).startswith("Expired")
    assert not story.of(Compact)
    assert story.said[-1] != ("user", "hurry")


def test_defaults_bound_the_attempts() -> None:
    story = Story(defaults=Defaults(model_attempts=1)).converse().reply(BUSY)
    assert story.run.cause == Failed(0, ModelFailed(BUSY))
