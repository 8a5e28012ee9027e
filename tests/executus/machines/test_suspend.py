"""Suspension: what a process lets go of, what ends it, and how a run goes on in the next one."""

from typing import Any

import pytest

from executus.agent import Agent, CriticConfig, ModelChoice
from executus.effects import (
    AcquireLane,
    AskApproval,
    Asked,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    OpenAudit,
    Reconcile,
    ReleaseLane,
    ResolveModel,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
    StageFile,
    StartCritic,
    StopCritic,
)
from executus.events import CancelRequested, RunResumed, ShutdownRequested, Steered, TimePassed
from executus.facts import Fate
from executus.invocation import InputFile, Invocation, Target
from executus.rules.status import ShutDown
from executus.state import Stage
from executus.transition import is_over, next_wakeup
from executus.values import ModelReply, ToolClass, ToolSpec
from tests.executus.acting import DOWN, SECOND, Story, wanting
from tests.playing import WALL_TIME

RESUMED, SHUT_DOWN = RunResumed(0, 1, WALL_TIME), ShutdownRequested(0)
PORTS = (
    "budget",
    "audit",
    "checkpoints",
    "critic",
    "session",
    "finalizers",
    "delivery",
    "approver",
    "input_files",
)
AGAIN = [CheckBudget, AcquireLane, ResolveModel, OpenAudit, BuildToolbox, StartCritic]
"""What a process needs before it can go on."""


def whole(*tools: ToolSpec, **more: Any) -> Story:
    """A durable run with every port."""
    about = Invocation(
        prompt="hi", delivery=Target("chat", "7"), input_files=(InputFile("a", "text/plain", b"x"),)
    )
    names = tuple([tool.name for tool in tools or (ToolSpec("t"),)])
    agent = Agent(critic=CriticConfig(enabled=True), low_level_tools=names)
    wired = dict.fromkeys(PORTS, True) | more
    return Story(agent, about, tools or (ToolSpec("t"),), lanes=("fast",), **wired)


def stepping(effect: ToolClass, **more: Any) -> Story:
    """… with a call of a tool of this class open."""
    return whole(ToolSpec("t", effect=effect, **more)).converse().reply(wanting("t"), "1s")


def suspended(story: Story) -> Story:
    return story.tell(SHUT_DOWN).end()


def resumed(story: Story, after: str = "0s") -> Story:
    """Taken up again, with all that the new process needs."""
    story.tell(RESUMED, after)
    return story.oblige(CallModel, RunTool, AskApproval, Reconcile)


def asked_since(story: Story, count: int) -> list[type[object]]:
    return [type(effect) for effect in story.every[count:] if isinstance(effect, Asked)]


class TestLettingGo:
    def test_what_is_in_flight_is_abandoned_then_each_part_goes_once(self) -> None:
        story = whole().converse()
        before = len(story.every)
        story.tell(SHUT_DOWN)
        assert story.names == ["TellAudit", "Abandon", "ReleaseLane", "StopCritic"]
        story.end()
        assert asked_since(story, before) == [StopCritic, CleanUp, CloseAudit, SettleCheckpoint]
        assert story.of(SettleCheckpoint)[-1].fate is Fate.KEEP
        assert is_over(story.run)
        assert next_wakeup(story.run) is None

    def test_the_stage_stays_and_the_result_says_that_it_can_be_resumed(self) -> None:
        story = suspended(whole().converse())
        assert (story.run.stage, story.run.cause) == (Stage.CONVERSING, None)
        result = story.result
        assert (result.status, result.resumable, result.cause) == ("cancelled", True, ShutDown(0, True))
        assert str(result.error) == "shut down by the host, to be resumed"
        assert story.of(CloseAudit)[0].roll_up.resumable

    @pytest.mark.parametrize("owed", [MakeArtifacts, CommitBudget, Deliver, RunFinalizers])
    def test_what_a_run_owes_waits_for_its_real_end(self, owed: type[Asked]) -> None:
        story = suspended(whole().converse())
        assert not story.of(owed)
        resumed(story).reply("done").end()
        assert len(story.of(owed)) == 1

    @pytest.mark.parametrize("part", [StopCritic, CleanUp, CloseAudit, SettleCheckpoint])
    @pytest.mark.parametrize("hangs", [True, False])
    def test_a_part_that_fails_or_hangs_keeps_no_other_from_its_turn(self, part: type[Asked], hangs: bool) -> None:
        story = whole().converse().tell(SHUT_DOWN).oblige(part)
        if hangs:
            story.tell(TimePassed(0), "10s")
        else:
            story.answer(part, DOWN)
        assert story.end().result.resumable
        assert is_over(story.run)
        assert len(story.of(SettleCheckpoint)) == 1

    def test_a_second_shutdown_changes_nothing(self) -> None:
        story = whole().converse().tell(SHUT_DOWN).tell(SHUT_DOWN).end()
        assert len(story.of(StopCritic)) == 1

    def test_without_a_record_it_is_the_end(self) -> None:
        story = whole(checkpoints=False).converse().tell(SHUT_DOWN).end()
        assert story.run.cause == ShutDown(0, durable=False)
        assert (story.run.stage, story.result.resumable) == (Stage.DONE, False)
        assert story.of(Deliver)[0].is_error

    def test_before_the_record_was_begun_it_is_the_end_too(self) -> None:
        story = whole().oblige(BeginCheckpoint).tell(SHUT_DOWN).end()
        assert story.run.cause == ShutDown(0, durable=False)

    def test_while_it_ends_it_goes_on_ending(self) -> None:
        story = whole().converse().reply("done").oblige(CleanUp).tell(SHUT_DOWN).end()
        assert (story.result.status, story.result.resumable) == ("ok", False)
        assert story.of(SettleCheckpoint)[0].fate is Fate.COMPLETE

    @pytest.mark.parametrize("part", [CleanUp, SettleCheckpoint, Asked])
    def test_a_cancel_replaces_it_and_the_run_finalises(self, part: type[Asked]) -> None:
        """What had begun is not asked again: it is waited for."""
        story = whole().converse().tell(SHUT_DOWN).oblige(part).tell(CancelRequested(0, "me")).end()
        assert (len(story.of(StopCritic)), len(story.of(CleanUp)), len(story.of(Deliver))) == (1, 1, 1)
        assert len(story.of(CloseAudit)) == 1
        assert (story.result.status, str(story.result.error)) == ("cancelled", "cancelled by me")
        assert story.run.stage is Stage.DONE
        assert story.of(SettleCheckpoint)[-1].fate is Fate.FAIL


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
