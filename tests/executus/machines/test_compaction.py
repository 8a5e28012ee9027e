"""Compaction: when it is asked for, what of it is taken, and what a conversation that is too long does."""

from collections.abc import Callable
from typing import Any

import pytest

from executus.agent import Agent, ModelChoice, Phase
from executus.bounds import Defaults
from executus.effects import CallModel, Compact, MakeArtifacts
from executus.events import Steered, TimePassed
from executus.facts import CallSeen, Noted, StepSeen
from executus.failures import ModelFailed
from executus.rules.status import Failed
from executus.values import Fault, FaultKind, Message, ModelReply, ToolCall, ToolSpec, Usage
from tests.executus.acting import DOWN, Story, wanting

OVERFLOW = Fault(FaultKind.MODEL, "too long", status=400, overflow=True)
Turns = tuple[Message, ...]


def growing(window: int | None = 100, *, compactor: bool = True, phases: Any = (), **wired: Any) -> Story:
    """A run whose model has called a tool, with 60 tokens reported: the threshold of a window of 100 is 70."""
    agent = Agent(system_prompt="Work.", low_level_tools=("t",), phases=phases)
    chain = (ModelChoice("m", window),)
    story = Story(agent, "hi", (ToolSpec("t"),), chain, compactor=compactor, audit=True, **wired).converse()
    return story.reply(wanting("t", usage=Usage(50, 10)))


def grown(**more: Any) -> Story:
    """… and that asks for it to be made shorter."""
    return growing(**more).returns("x" * 40)


def turns(story: Story) -> Turns:
    return tuple(story.open(Compact).conversation)


class TestWhenItIsAsked:
    @pytest.mark.parametrize(("result", "asked"), [(39, "CallModel"), (40, "Compact")])
    def test_at_the_threshold_not_below_it(self, result: int, asked: str) -> None:
        assert growing().returns("x" * result).pending == [asked]

    def test_bytes_count_not_characters(self) -> None:
        assert growing().returns("ä" * 20).pending == ["Compact"]

    @pytest.mark.parametrize("unknown", [{"window": None}, {"compactor": False}])
    def test_without_a_window_or_a_compactor_it_is_off(self, unknown: dict[str, Any]) -> None:
        assert growing(**unknown).returns("x" * 4000).pending == ["CallModel"]

    def test_about_half_the_threshold_is_wanted(self) -> None:
        assert grown().open(Compact).target == 35

    def test_words_that_wait_are_heard_before(self) -> None:
        story = growing().tell(Steered(0, "hurry")).returns("x" * 40)
        assert turns(story)[-1] == Message("user", "hurry")

    def test_not_again_until_it_has_grown(self) -> None:
        story = grown()
        story.answer(Compact, turns(story))
        assert story.pending == ["CallModel"]
        story.reply(ModelReply(""))
        assert story.pending == ["CallModel"]

    def test_the_window_is_the_phases_models(self) -> None:
        story = Story(
            Agent(phases=(Phase(name="A"), Phase(name="B"))), "hi", (), (ModelChoice("m", 9),), compactor=True
        )
        story.converse()
        assert story.run.talk.window == 9


class TestWhatIsTaken:
    def test_a_shorter_conversation_goes_on_where_it_was(self) -> None:
        story = grown()
        before = turns(story)
        story.answer(Compact, before[:2])
        assert tuple(story.open(CallModel).conversation) == before[:2]
        (fired,) = [one for one in story.audited if isinstance(one, Noted)]
        assert fired == Noted(
            "compaction_fired",
            (("messages_before", 4), ("messages_after", 2), ("tokens_before", 70), ("tokens_after", 1)),
        )

    def test_what_was_said_before_is_still_the_runs(self) -> None:
        story = growing(session=True).returns("x" * 40)
        story.answer(Compact, turns(story)[:2]).reply(wanting("t", text="So far.")).returns("6")
        story.reply(Fault(FaultKind.MODEL, "no", status=400)).end()
        assert [(step.step, step.content[:1]) for step in story.result.steps] == [(1, "x"), (2, "6")]
        assert story.result.output == "So far."
        (hook,) = story.of(MakeArtifacts)
        assert [len(one) for one in hook.conversations] == [4, 4]
        assert [one.step for one in story.audited if isinstance(one, StepSeen | CallSeen)] == [1, 1, 2, 2]

    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            (lambda all: all[1:], "it left out the system prompt or the task"),
            (lambda all: (all[0], *all[2:]), "it left out the system prompt or the task"),
            (lambda all: all[:3], "it parted a call from its result"),
            (lambda all: (*all[:2], all[3]), "it parted a tool's result from its call"),
            (lambda all: (*all[:3], Message("user", "x"), all[3]), "it parted a call from its result"),
            (lambda all: (), "it left out the system prompt or the task"),
            (
                lambda all: (*all[:2], Message("tool", "x", call_id="c9"), *all[2:]),
                "it parted a tool's result from its call",
            ),
        ],
    )
    def test_what_parts_or_loses_something_is_not_taken(
        self, change: Callable[[Turns], Turns], wrong: str
    ) -> None:
        story = grown()
        before = turns(story)
        story.answer(Compact, change(before))
        assert tuple(story.open(CallModel).conversation) == before
        assert story.run.warnings == (f"compactor failed: {wrong}",)

    def test_a_compactor_that_fails_is_a_warning(self) -> None:
        story = grown().answer(Compact, DOWN)
        assert story.pending == ["CallModel"]
        assert story.run.warnings == ("compactor failed: down",)

    def test_so_is_one_that_hangs(self) -> None:
        story = grown().tell(TimePassed(0), "30s")
        assert story.run.cause is None
        assert story.pending == ["CallModel"]
        assert story.run.warnings == ("compactor failed: no answer in time",)

    def test_the_task_stays_also_the_second_time(self) -> None:
        story = grown()
        story.answer(Compact, turns(story)[:2]).reply(wanting("t", usage=Usage(90))).returns("y")
        before = turns(story)
        story.answer(Compact, (before[0], *before[2:]))
        assert story.run.warnings == ("compactor failed: it left out the system prompt or the task",)

    def test_a_summary_may_stand_for_what_was_left_out(self) -> None:
        story = grown()
        before = turns(story)
        story.answer(Compact, (*before[:2], Message("user", "You looked."), *before[2:]))
        assert len(story.open(CallModel).conversation) == 5


class TestOverflow:
    def test_a_provider_that_says_too_long_is_asked_again_once_it_is_shorter(self) -> None:
        story = growing(window=None).returns("x").reply(OVERFLOW)
        assert story.pending == ["Compact"]
        story.answer(Compact, turns(story)[:2]).reply("done")
        assert story.end().result.output == "done"

    def test_once_for_each_model_call(self) -> None:
        story = growing().returns("x").reply(OVERFLOW)
        story.answer(Compact, turns(story)[:2]).reply(OVERFLOW)
        assert isinstance(story.run.cause, Failed)
        assert len(story.of(Compact)) == 1

    def test_where_it_can_not_be_made_shorter_the_run_fails(self) -> None:
        story = growing().returns("x").reply(OVERFLOW).answer(Compact, DOWN)
        assert story.run.cause == Failed(
            0, ModelFailed(Fault(FaultKind.MODEL, "the conversation is too long, and down"), 1)
        )

    def test_without_a_compactor_it_is_a_failed_call(self) -> None:
        story = growing(compactor=False).returns("x").reply(OVERFLOW)
        assert story.run.cause == Failed(0, ModelFailed(OVERFLOW))


def test_calls_that_were_left_out_keep_their_ids_taken() -> None:
    story = grown()
    story.answer(Compact, turns(story)[:2]).reply(ModelReply("", (ToolCall("c0", "t"),)))
    assert story.run.talk.conversation.last.calls[0].call_id != "c0"


def test_a_compaction_has_the_preflight_timeout_of_the_host() -> None:
    story = growing(defaults=Defaults(preflight_timeout="3s")).returns("x" * 40)
    assert [timeout.at for timeout in story.run.timeouts] == [3_000_000]
