"""Compaction in figures: what is counted, how much is wanted, and how often a conversation is made shorter."""

from typing import Any

import pytest

from executus.agent import Agent, ModelChoice, Phase
from executus.effects import CallModel, Compact
from executus.facts import CallSeen, Noted, StepSeen
from executus.failures import ModelFailed
from executus.invocation import Invocation
from executus.rules.status import Failed
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, Message, ToolCall, ToolSpec, Usage
from tests.executus.acting import DOWN, Story, wanting
from tests.executus.machines.trying import wait

OVERFLOW = Fault(FaultKind.MODEL, "too long", status=400, overflow=True)
BUSY = Fault(FaultKind.MODEL, "busy", status=503, retryable=True)
TOOLS = (ToolSpec("t"),)


def talking(window: int | None = 100, phases: Any = (), **wired: Any) -> Story:
    """A run at its first model call: of a window of 100 tokens 70 are the threshold, 280 bytes."""
    agent = Agent(system_prompt="Work.", low_level_tools=("t",), phases=phases)
    chain = (ModelChoice("m", window),)
    return Story(agent, "hi", TOOLS, chain, compactor=True, audit=True, **wired).converse()


def call(size: int, letter: str = "x", id: str = "c") -> ToolCall:
    """A call whose arguments are so many letters long."""
    return ToolCall(id, "t", f'{{"a":"{letter * (size - 8)}"}}')


def turns(story: Story) -> tuple[Message, ...]:
    return tuple(story.open(Compact).conversation)


@pytest.mark.parametrize(("size", "asked"), [(268, "CallModel"), (269, "Compact")])
def test_before_anything_was_reported_every_byte_counts_those_of_arguments_too(size: int, asked: str) -> None:
    """System prompt and task are 7 bytes, text and result of the step 4."""
    story = talking().reply(wanting(call(size), text="abc")).returns("d")
    assert story.pending == [asked]


def test_of_two_calls_both_count() -> None:
    story = talking().reply(wanting(call(130), call(130, id="d"))).returns("").returns("12")
    assert story.pending == ["CallModel"]
    story.reply(wanting(call(12, id="e"))).returns("")
    assert story.pending == ["Compact"]


def test_bytes_of_arguments_count_not_their_characters() -> None:
    story = talking().reply(wanting(call(148, "ä"))).returns("")
    assert story.pending == ["Compact"]


def test_without_a_known_window_half_of_what_there_is_is_wanted() -> None:
    story = talking(None).reply(wanting("t", usage=Usage(50, 10))).returns("x" * 40).reply(OVERFLOW)
    assert story.open(Compact).target == 35


def test_text_that_is_no_text_is_counted_as_well() -> None:
    story = talking().reply(wanting("t", usage=Usage(50, 10))).returns("\ud800" * 40)
    assert story.pending == ["Compact"]


class TestHowOften:
    def shortened(self, **more: Any) -> Story:
        """… that was made shorter because it had reached its threshold."""
        story = talking(**more).reply(wanting("t", usage=Usage(50, 10))).returns("x" * 40)
        return story.answer(Compact, turns(story)[:2])

    def test_what_a_provider_then_finds_too_long_is_made_shorter_once_more(self) -> None:
        story = self.shortened().reply(OVERFLOW)
        assert story.pending == ["Compact"]
        story.answer(Compact, turns(story)).reply(OVERFLOW)
        assert story.run.cause == Failed(0, ModelFailed(OVERFLOW))

    def test_the_next_call_may_be_too_long_again(self) -> None:
        story = talking(None).reply(OVERFLOW)
        story.answer(Compact, turns(story)).reply(wanting("t")).returns().reply(OVERFLOW)
        assert story.pending == ["Compact"]

    def test_who_has_failed_for_a_call_is_not_asked_for_it_again(self) -> None:
        story = talking().reply(wanting("t", usage=Usage(50, 10))).returns("x" * 40).answer(Compact, DOWN)
        story.reply(OVERFLOW)
        assert story.run.cause == Failed(0, ModelFailed(OVERFLOW))
        assert len(story.of(Compact)) == 1

    def test_who_has_failed_is_asked_again_once_it_has_grown(self) -> None:
        story = talking().reply(wanting("t", usage=Usage(50, 10))).returns("x" * 40).answer(Compact, DOWN)
        story.reply(wanting(ToolCall("d", "t", '{"n":2}'), usage=Usage(50, 30))).returns()
        assert story.pending == ["Compact"]

    def test_what_was_reported_before_it_does_not_count_any_more(self) -> None:
        story = self.shortened().reply(wanting(ToolCall("d", "t", '{"n":2}'))).returns("y" * 40)
        assert story.pending == ["CallModel"]

    def test_nor_do_turns_that_were_left_out(self) -> None:
        """After it everything that is left is counted, and everything that comes."""
        story = self.shortened().reply(wanting(call(200))).returns("y" * 72)
        assert story.pending == ["CallModel"]
        story = self.shortened().reply(wanting(call(200))).returns("y" * 73)
        assert story.pending == ["Compact"]


def test_a_failure_says_how_often_the_model_was_asked() -> None:
    story = wait(talking().reply(BUSY)).reply(OVERFLOW).answer(Compact, DOWN)
    fault = Fault(FaultKind.MODEL, "the conversation is too long, and down")
    assert story.run.cause == Failed(story.run.now, ModelFailed(fault, 2))


def test_in_an_optional_phase_it_ends_only_the_phase() -> None:
    phases = (Phase(name="A", optional=True), Phase(name="B"))
    story = talking(phases=phases).reply(OVERFLOW).answer(Compact, DOWN)
    assert (story.run.pipeline.index, story.pending) == (1, ["CallModel"])
    assert story.run.warnings[-1] == (
        "optional phase A failed: call model: the conversation is too long, and down"
    )
    assert story.reply(OVERFLOW).pending == ["Compact"]


def test_steps_are_numbered_on_after_it_and_each_is_told_once() -> None:
    phases = (Phase(name="A"), Phase(name="B"))
    story = talking(phases=phases).reply(wanting("t")).returns().reply("draft")
    story.reply(wanting(ToolCall("d", "t", '{"n":1}'), usage=Usage(60))).returns("x" * 40)
    story.answer(Compact, turns(story)[:2]).reply(wanting(ToolCall("e", "t", '{"n":2}'))).returns("z").end()
    steps = [(step.step, step.content[:1]) for step in story.result.steps]
    assert steps == [(1, "5"), (2, "x"), (3, "z")]
    told = [one.step for one in story.audited if isinstance(one, StepSeen | CallSeen)]
    assert told == [1, 1, 2, 2, 2, 3, 3, 4]


def test_what_it_came_to_is_told_in_tokens() -> None:
    story = talking().reply(wanting(call(269), text="abc")).returns("d")
    story.answer(Compact, (*turns(story)[:2], Message("user", "y" * 33)))
    (fired,) = [one for one in story.audited if isinstance(one, Noted)]
    assert fired.facts == (
        ("messages_before", 4),
        ("messages_after", 3),
        ("tokens_before", 70),
        ("tokens_after", 10),
    )


def test_two_calls_and_their_results_stay_in_their_order() -> None:
    story = talking().reply(wanting("t", "t", usage=Usage(60))).returns("x" * 20).returns("y" * 20)
    before = turns(story)
    story.answer(Compact, (*before[:3], before[4], before[3]))
    assert story.run.warnings == ("compactor failed: it parted a tool's result from its call",)
    assert tuple(story.open(CallModel).conversation) == before


def test_two_calls_and_their_results_may_stay_together() -> None:
    story = talking().reply(wanting("t", "t", usage=Usage(60))).returns("x" * 20).returns("y" * 20)
    story.answer(Compact, turns(story))
    assert story.run.warnings == ()


def test_half_the_threshold_is_wanted_however_far_it_is_passed() -> None:
    story = talking().reply(wanting("t", usage=Usage(60))).returns("x" * 400)
    assert story.open(Compact).target == 35


def test_of_the_history_nothing_must_stay() -> None:
    """Nor what stands in it for a system prompt: the run has its own."""
    history = (
        Message("system", "Old."),
        Message("user", "before"),
        Message("assistant", "then"),
        Message("user", "and"),
    )
    about = Invocation(prompt="hi", history=history)
    agent = Agent(system_prompt="Work.", low_level_tools=("t",))
    story = Story(agent, about, TOOLS, (ModelChoice("m", 100),), compactor=True).converse()
    story.reply(wanting("t", usage=Usage(60))).returns("x" * 40)
    before = turns(story)
    story.answer(Compact, (before[0], before[5]))
    assert story.run.warnings == ()
    assert [said.text for said in story.open(CallModel).conversation] == ["Work.", "hi"]


def test_a_picture_alone_is_the_task_too() -> None:
    """Without a system prompt and without words there may be nothing that must stay."""
    story = Story(Agent(low_level_tools=("t",)), "", TOOLS, (ModelChoice("m", 100),), compactor=True).converse()
    story.reply(wanting("t", usage=Usage(60))).returns("x" * 40)
    story.answer(Compact, (Message("user", "So far nothing."),))
    assert (story.run.warnings, story.pending) == ((), ["CallModel"])


def test_nobody_waits_for_a_compactor_past_its_time() -> None:
    story = talking().reply(wanting("t", usage=Usage(60))).returns("x" * 40, after="5s")
    assert next_wakeup(story.run) == 35_000_000
