"""A run that was suspended or had crashed: what of its time is not charged, and how it ends in another process."""

from typing import Any

import pytest

from executus.agent import Agent
from executus.bounds import Defaults
from executus.effects import (
    Abandon,
    AcquireLane,
    AskApproval,
    BuildToolbox,
    CallModel,
    CleanUp,
    CloseAudit,
    MakeArtifacts,
    OpenAudit,
    ReleaseLane,
    ResolveModel,
    RunTool,
    SettleCheckpoint,
    StopCritic,
)
from executus.events import CancelRequested, TimePassed
from executus.facts import Approved
from executus.laws import broken
from executus.rules.status import Cancelled
from executus.slices import Door, Ports
from executus.state import Stage
from executus.transition import next_wakeup
from executus.values import ToolClass, ToolSpec
from tests.executus.acting import DOWN, SECOND, Story, wanting
from tests.executus.machines.suspending import SHUT_DOWN, again, suspended, whole


class TestWhatIsNotCharged:
    def test_letting_go_and_taking_up_are_charged_to_nobody(self) -> None:
        story = whole(ToolSpec("t", effect=ToolClass.PURE)).converse().reply(wanting("t"), "4s")
        story.tell(SHUT_DOWN, "1s").tell(TimePassed(0), "3s").end()
        again(story, "1h").oblige(AcquireLane).answer(AcquireLane, True, "50s").tell(TimePassed(0), "2s")
        story.oblige(RunTool).returns("5", after="2s").reply("done", "3s").end()
        result = story.result
        spans = [
            span.total_seconds() for span in (result.runtime, result.queued, result.preparing, result.waiting)
        ]
        assert spans == [10, 50, 2, 0]
        assert broken(story.recorder.transcript) == ()

    def test_nor_is_letting_go_before_a_cancel(self) -> None:
        story = whole().converse().tell(TimePassed(0), "4s").tell(SHUT_DOWN, "1s")
        story.tell(TimePassed(0), "3s").tell(CancelRequested(0, "me"), "2s").end()
        assert story.run.cause == Cancelled(10 * SECOND, "me")
        assert story.result.runtime.total_seconds() == 5

    def test_a_wait_for_people_that_was_cut_off_counts_until_then(self) -> None:
        story = whole(ToolSpec("t", needs_approval=True)).converse().reply(wanting("t"), "4s")
        story.tell(SHUT_DOWN, "30s").end()
        again(story, "1h").oblige(AskApproval)
        story.answer(AskApproval, Approved(), "10s").oblige(RunTool).returns("5").reply("done").end()
        assert (story.result.runtime.total_seconds(), story.result.waiting.total_seconds()) == (4, 40)

    def test_a_run_that_still_prepared_has_its_whole_time_to_prepare_again(self) -> None:
        story = whole().oblige(BuildToolbox).tell(TimePassed(0), "20s")
        again(suspended(story), "5s")
        assert story.run.deadlines.end == story.run.now + 30 * SECOND


class TestAQueueThatCounts:
    def story(self, **more: Any) -> Story:
        defaults = Defaults(lane_wait_counts=True)
        tools = (ToolSpec("t", needs_approval=True),)
        return Story(Agent(max_runtime="10s"), "hi", tools, lanes=("fast",), defaults=defaults, **more)

    def test_what_was_queued_before_counts_when_it_queues_again(self) -> None:
        story = self.story(checkpoints=True).answer(AcquireLane, True, "4s").oblige(BuildToolbox)
        again(suspended(story))
        assert story.pending == ["AcquireLane"]
        assert next_wakeup(story.run) == story.run.now + 6 * SECOND

    def test_who_has_used_up_its_time_is_given_an_instant(self) -> None:
        story = self.story(approver=True, checkpoints=True).answer(AcquireLane, True).converse()
        story.reply(wanting("t")).answer(AskApproval, Approved()).answer(AcquireLane, True, "20s")
        again(suspended(story))
        assert story.pending == ["AcquireLane"]
        assert next_wakeup(story.run) == story.run.now + 1


class TestItsEnd:
    def test_a_cancel_while_it_is_taken_up_again_ends_it(self) -> None:
        story = again(suspended(whole().converse())).oblige(ResolveModel).tell(CancelRequested(0, "me"), "1s")
        assert (story.run.stage, story.run.clock.regaining) == (Stage.FINALIZING, False)
        assert story.end().run.cause == Cancelled(story.run.now, "me")
        assert broken(story.recorder.transcript) == ()

    @pytest.mark.parametrize("door", [Door.OPEN, Door.DECLINED, Door.FAILED])
    def test_an_audit_is_closed_by_the_next_process_only_where_it_was_open(self, door: Door) -> None:
        answers: dict[Door, object] = {Door.OPEN: True, Door.DECLINED: False, Door.FAILED: DOWN}
        story = whole().oblige(OpenAudit).answer(OpenAudit, answers[door]).converse().reply("done")
        again(story.oblige(MakeArtifacts)).end()
        assert len(story.of(CloseAudit)) == (door is Door.OPEN)
        assert (len(story.of(CleanUp)), len(story.of(StopCritic)), len(story.of(ReleaseLane))) == (0, 0, 1)
        assert (len(story.of(SettleCheckpoint)), story.run.epoch) == (1, 1)

    @pytest.mark.parametrize("part", [StopCritic, CleanUp, CloseAudit, SettleCheckpoint])
    def test_what_a_suspension_had_under_way_is_waited_for_so_long_and_no_longer(self, part: Any) -> None:
        story = whole().converse().tell(SHUT_DOWN).oblige(part).tell(CancelRequested(0, "me"), "4s")
        assert story.pending == [part.__name__]
        assert not [one for one in story.asked if isinstance(one, Abandon)]
        assert next_wakeup(story.run) == 10 * SECOND
        story.tell(TimePassed(0), "6s").end()
        assert story.run.stage is Stage.DONE
        assert len([one for one in story.result.warnings if one.endswith("no answer in time")]) == 1

    def test_a_run_may_be_suspended_and_taken_up_again_and_again(self) -> None:
        story = whole().converse()
        for epoch in (1, 2, 3):
            again(suspended(story), "5s", epoch).oblige(CallModel)
        story.reply("done", "1s").end()
        assert (story.run.epoch, story.result.runtime.total_seconds()) == (3, 1)
        assert [len(story.of(kind)) for kind in (StopCritic, CleanUp, CloseAudit, ReleaseLane)] == [4, 4, 4, 4]
        assert broken(story.recorder.transcript) == ()

    def test_what_went_with_the_process_is_neither_closed_nor_opened(self) -> None:
        story = again(whole().converse().reply("done"))
        gone = Door.DECLINED
        assert story.run.ports == Ports(Door.UNASKED, Door.OPEN, gone, gone, gone)
        assert story.pending == ["OpenAudit"]

    def test_a_run_that_is_over_is_not_taken_up(self) -> None:
        story = whole().converse().reply("done").end()
        chains = story.run.preflight.chains
        again(story)
        assert (story.run.stage, story.pending, story.asked) == (Stage.DONE, [], ())
        assert (story.run.clock.regaining, story.run.preflight.chains) == (False, chains)
