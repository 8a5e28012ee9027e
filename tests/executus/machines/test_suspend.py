"""Suspension: what a process lets go of, once each, and what makes an end of it."""

import pytest

from executus.effects import (
    Asked,
    BeginCheckpoint,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
)
from executus.events import CancelRequested, TimePassed
from executus.facts import Fate
from executus.rules.status import ShutDown
from executus.slices import Door, Ports
from executus.state import Stage
from executus.transition import is_over, next_wakeup
from tests.executus.acting import DOWN
from tests.executus.machines.suspending import SHUT_DOWN, asked_since, resumed, suspended, whole


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
        closed = Door.CLOSED
        assert story.run.ports == Ports(closed, Door.OPEN, closed, closed, closed)

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
