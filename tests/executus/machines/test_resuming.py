"""Taken up again: what the next process asks for anew, and how a run goes on where it was."""

from typing import Any

import pytest

from executus.agent import ModelChoice
from executus.effects import (
    AcquireLane,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CloseAudit,
    CommitBudget,
    Deliver,
    OpenAudit,
    ReleaseLane,
    ResolveModel,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
    StageFile,
    StopCritic,
)
from executus.events import RunResumed, Steered, TimePassed
from executus.state import Stage
from executus.transition import next_wakeup
from executus.values import ModelReply, ToolClass, ToolSpec
from tests.executus.acting import SECOND, wanting
from tests.executus.machines.suspending import (
    AGAIN,
    RESUMED,
    asked_since,
    resumed,
    stepping,
    suspended,
    whole,
)
from tests.playing import WALL_TIME


class TestGoingOn:
    def test_the_process_asks_again_for_what_it_needs_before_anything_else(self) -> None:
        story = suspended(stepping(ToolClass.PURE))
        before = len(story.every)
        resumed(story)
        assert asked_since(story, before) == [*AGAIN, RunTool]
        assert not [one for one in story.every[before:] if isinstance(one, StageFile | BeginCheckpoint)]
        assert (story.run.epoch, story.result.resumable if story.run.cause else False) == (1, False)

    def test_deadlines_move_by_what_that_took(self) -> None:
        story = suspended(whole().converse().tell(TimePassed(0), "10s"))
        story.tell(RESUMED, "1h").oblige(AcquireLane).answer(AcquireLane, True, "1h").oblige(CallModel)
        deadlines = story.run.deadlines
        assert deadlines.soft == deadlines.base + 60 * SECOND
        assert deadlines.base == 7200 * SECOND
        assert (story.run.clock.queued, story.run.clock.regained) == (3600 * SECOND, 0)

    def test_it_goes_on_with_the_models_and_tools_of_today(self) -> None:
        story = suspended(whole().converse()).tell(RESUMED).oblige(ResolveModel)
        story.answer(ResolveModel, (ModelChoice("newer", 500),)).oblige(CallModel)
        assert story.open(CallModel).setup.model == "newer"
        assert story.run.talk.window == 500

    def test_of_two_classes_the_stricter_one_wins(self) -> None:
        story = suspended(whole(ToolSpec("t", effect=ToolClass.UNSAFE)).converse()).tell(RESUMED)
        story.oblige(BuildToolbox).answer(BuildToolbox, (ToolSpec("t", effect=ToolClass.PURE),)).oblige(CallModel)
        found = story.open(CallModel).setup.toolbox.find("t")
        assert found is not None
        assert found.effect is ToolClass.UNSAFE

    @pytest.mark.parametrize(
        ("effect", "more", "asked"),
        [
            (ToolClass.PURE, {}, "RunTool"),
            (ToolClass.IDEMPOTENT, {}, "RunTool"),
            (ToolClass.KEYED, {}, "RunTool"),
            (ToolClass.UNSAFE, {}, "CallModel"),
            (ToolClass.UNSAFE, {"reconcile": True}, "Reconcile"),
            (ToolClass.UNSAFE, {"needs_approval": True}, "AskApproval"),
        ],
    )
    def test_a_call_that_was_open_goes_by_its_class(self, effect: ToolClass, more: Any, asked: str) -> None:
        story = resumed(suspended(stepping(effect, **more)))
        assert story.pending == [asked]
        if asked == "RunTool":
            assert [call.number for call in story.of(RunTool)] == [0, 0]
        if asked == "CallModel":
            assert story.said[-1][1].startswith("outcome unknown: t may have happened (the process went down")

    def test_a_finished_call_of_an_unfinished_step_is_not_run_again(self) -> None:
        story = whole(ToolSpec("t", effect=ToolClass.PURE)).converse().reply(wanting("t", "t")).returns("first")
        resumed(suspended(story)).returns("second")
        assert [call.call.call_id for call in story.of(RunTool)] == ["c0", "c1", "c1"]
        assert [text for role, text in story.said if role == "tool"] == ["first", "second"]

    def test_words_that_waited_survive(self) -> None:
        story = resumed(suspended(whole().converse().tell(Steered(0, "hurry"))))
        assert story.said[-1] == ("user", "hurry")

    def test_an_empty_reply_before_it_still_counts(self) -> None:
        story = resumed(suspended(whole().converse().reply(ModelReply(""))))
        story.reply(ModelReply(""))
        assert str(story.run.cause).count("neither text nor calls") == 1

    def test_what_it_needs_and_can_not_get_in_time_is_an_error(self) -> None:
        story = suspended(whole().converse()).tell(RESUMED).oblige(ResolveModel).tell(TimePassed(0), "30s").end()
        assert str(story.result.error) == "prepare: not ready within 30s"
        assert story.of(Deliver)[0].is_error

    def test_a_queue_has_no_bound_this_time_either(self) -> None:
        story = suspended(whole().converse()).tell(RESUMED).oblige(AcquireLane)
        assert next_wakeup(story.run) is None

    def test_while_it_prepared_it_prepares_again(self) -> None:
        story = suspended(whole().oblige(BuildToolbox))
        assert story.run.stage is Stage.PREPARING
        story.tell(RESUMED, "1h").oblige(CallModel).reply("done").end()
        assert story.result.status == "ok"
        assert len(story.of(BeginCheckpoint)) == 1
        assert len(story.of(CommitBudget)) == 1

    def test_a_crash_is_taken_up_like_a_shutdown(self) -> None:
        story = resumed(stepping(ToolClass.PURE))
        assert story.pending == ["RunTool"]
        story.returns().reply("done").end()
        assert story.result.status == "ok"

    def test_a_crash_while_it_ended_leaves_only_what_is_still_owed(self) -> None:
        story = whole().converse().reply("done").oblige(CloseAudit)
        before = len(story.every)
        story.tell(RESUMED).end()
        assert asked_since(story, before) == [OpenAudit, CloseAudit, RunFinalizers, SettleCheckpoint]
        assert (story.result.status, len(story.of(Deliver))) == ("ok", 1)

    def test_it_can_be_suspended_again_and_pays_once(self) -> None:
        story = suspended(resumed(suspended(whole().converse())))
        story.tell(RunResumed(0, 2, WALL_TIME)).oblige(CallModel).reply("done").end()
        assert (story.run.epoch, story.result.status) == (2, "ok")
        assert (len(story.of(StopCritic)), len(story.of(CommitBudget)), len(story.of(CloseAudit))) == (3, 1, 3)
        assert len(story.of(ReleaseLane)) == 3
