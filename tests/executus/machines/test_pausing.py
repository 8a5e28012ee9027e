"""Time that isn't charged: the queue, people, children that wait for people; and the lane given back meanwhile."""

from typing import Any

import pytest

from executus.agent import Agent, CriticConfig
from executus.bounds import Defaults
from executus.effects import AcquireLane, AskApproval, Delegate, ReleaseLane
from executus.events import ActivitySeen, CancelRequested, ChildWaiting, Steered, TimePassed
from executus.facts import Approved, ChildResult, Refused
from executus.rules.deadlines import Owner
from executus.rules.status import Cancelled, Expired
from executus.slices import Door
from executus.transition import next_wakeup
from executus.values import ToolSpec
from tests.executus.acting import SECOND, Story, wanting

ASKING, CHILD = ToolSpec("t", needs_approval=True), ToolSpec("agent__x", delegate="agent", subject="agent:x")


def seconds_of(result: Any) -> list[float]:
    """Queued, preparing, running, waiting."""
    spans = (result.queued, result.preparing, result.runtime, result.waiting)
    return [span.total_seconds() for span in spans]


class TestTheQueue:
    def test_a_queue_has_no_deadline_and_is_not_charged(self) -> None:
        story = Story(Agent(), lanes=("fast",))
        assert (story.pending, next_wakeup(story.run)) == (["AcquireLane"], None)
        story.tell(Steered(0, "hurry"), "1h").answer(AcquireLane, True, "1h")
        assert next_wakeup(story.run) == 7230 * SECOND
        story.converse().reply("done", "5s").end()
        assert seconds_of(story.result) == [7200, 0, 5, 0]

    def test_preparing_is_told_apart_from_it(self) -> None:
        story = Story(Agent(), budget=True, lanes=("fast",)).tell(TimePassed(0), "2s").oblige(AcquireLane)
        story.answer(AcquireLane, True, "50s").tell(TimePassed(0), "3s").converse().reply("done", "7s").end()
        assert seconds_of(story.result) == [50, 5, 7, 0]

    def test_what_preparing_took_before_it_still_counts(self) -> None:
        story = Story(Agent(), budget=True, lanes=("fast",)).tell(TimePassed(0), "20s").oblige(AcquireLane)
        story.answer(AcquireLane, True, "50s").tell(TimePassed(0), "10s")
        assert str(story.result.error) == "prepare: not ready within 30s"

    def test_a_cancel_reaches_a_queued_run(self) -> None:
        story = Story(Agent(), lanes=("fast",)).tell(CancelRequested(0), "9s").end()
        assert story.run.cause == Cancelled(9 * SECOND, "caller")
        assert seconds_of(story.result) == [9, 0, 0, 0]
        assert not story.of(ReleaseLane)

    def test_it_can_be_made_to_count(self) -> None:
        story = Story(Agent(max_runtime="10s"), lanes=("fast",), defaults=Defaults(lane_wait_counts=True))
        assert next_wakeup(story.run) == 10 * SECOND
        story.answer(AcquireLane, True, "4s").converse()
        assert next_wakeup(story.run) == 10 * SECOND
        story.tell(TimePassed(0), "6s")
        assert story.run.cause == Expired(10 * SECOND, Owner.MAX_RUNTIME, 10 * SECOND)

    def test_then_a_queue_that_takes_too_long_is_a_timeout(self) -> None:
        story = Story(Agent(max_runtime="10s"), lanes=("fast",), defaults=Defaults(lane_wait_counts=True))
        story.tell(TimePassed(0), "10s")
        assert story.run.cause == Expired(10 * SECOND, Owner.MAX_RUNTIME, 10 * SECOND)
        assert story.names[0] == "Abandon"


class TestPeople:
    def waiting(self, *calls: str, tools: tuple[ToolSpec, ...] = (ASKING, ToolSpec("p")), **more: Any) -> Story:
        return Story(None, "hi", tools, approver=True, **more).converse().reply(wanting(*calls or ("t",)))

    def test_while_they_are_all_it_waits_for_no_time_passes(self) -> None:
        story = self.waiting()
        assert next_wakeup(story.run) is None
        story.answer(AskApproval, Approved(), "1h").returns("5", after="2s").reply("done", "3s").end()
        assert seconds_of(story.result) == [0, 0, 5, 3600]
        assert story.result.status == "ok"

    def test_deadlines_move_by_the_wait(self) -> None:
        story = self.waiting().answer(AskApproval, Refused(), "100s")
        assert next_wakeup(story.run) == 160 * SECOND

    def test_while_a_tool_runs_beside_it_time_passes(self) -> None:
        story = self.waiting("t", "p")
        assert next_wakeup(story.run) == 60 * SECOND
        story.returns("5", after="10s")
        assert next_wakeup(story.run) is None
        story.answer(AskApproval, Refused(), "100s")
        assert next_wakeup(story.run) == 160 * SECOND

    def test_a_decision_that_runs_out_is_an_instant_in_the_wait(self) -> None:
        story = self.waiting(defaults=Defaults(approval_timeout="5s"))
        assert next_wakeup(story.run) == 5 * SECOND
        assert next_wakeup(story.tell(TimePassed(0), "5s").run) == 65 * SECOND

    def test_events_meanwhile_charge_nothing(self) -> None:
        story = self.waiting().tell(Steered(0, "hurry"), "50s").tell(ActivitySeen(0), "50s")
        assert next_wakeup(story.run) is None
        story.answer(AskApproval, Refused(), "50s")
        assert next_wakeup(story.run) == 210 * SECOND

    def test_a_cancel_ends_the_wait(self) -> None:
        story = self.waiting().tell(CancelRequested(0), "50s").end()
        assert (story.result.status, seconds_of(story.result)) == ("cancelled", [0, 0, 0, 50])

    def test_soft_idle_backstop_and_ceiling_move_too(self) -> None:
        agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="90s", absolute_max="1h"))
        story = Story(agent, "hi", (ASKING,), approver=True, critic=True).converse().reply(wanting("t"))
        before = story.run.deadlines
        after = story.answer(AskApproval, Refused(), "100s").run.deadlines
        for name in ("base", "soft", "idle", "backstop", "ceiling", "end"):
            assert getattr(after, name) == getattr(before, name) + 100 * SECOND, name
        assert story.pending == ["CallModel"]


class TestTheLane:
    def waiting(self) -> Story:
        return Story(None, "hi", (ASKING,), approver=True, lanes=("fast",)).converse().reply(wanting("t"))

    def test_it_is_given_back_while_people_decide_and_acquired_again(self) -> None:
        story = self.waiting()
        assert story.names == ["AskApproval", "ReleaseLane"]
        assert story.run.ports.lane is Door.CLOSED
        story.answer(AskApproval, Approved(), "10s")
        assert "AcquireLane" in story.pending
        assert "CallModel" not in story.pending

    def test_nothing_is_run_before_it_has_its_place_again(self) -> None:
        story = self.waiting().answer(AskApproval, Approved(), "10s")
        assert story.pending == ["AcquireLane"]
        assert next_wakeup(story.run) is None
        story.answer(AcquireLane, True, "20s")
        assert story.pending == ["RunTool"]
        assert next_wakeup(story.run) == 90 * SECOND
        assert seconds_of(story.returns("5").reply("done").end().result) == [20, 0, 0, 10]

    def test_it_is_given_back_once_at_the_end(self) -> None:
        story = self.waiting().answer(AskApproval, Refused()).answer(AcquireLane, True).reply("done").end()
        assert [one.lane for one in story.of(ReleaseLane)] == ["fast", "fast"]
        assert len(story.of(AcquireLane)) == 2

    def test_a_run_that_ends_while_it_waits_has_none_to_give_back(self) -> None:
        story = self.waiting().tell(CancelRequested(0)).end()
        assert len(story.of(ReleaseLane)) == 1


class TestChildren:
    def waiting(self, *calls: str) -> Story:
        agent = Agent(low_level_tools=("t",), sub_agent_palette=("x",))
        story = Story(agent, "hi", (ASKING, CHILD), approver=True, lanes=("fast",))
        return story.converse().reply(wanting(*calls or ("agent__x",)))

    def test_a_run_that_waits_only_for_children_that_wait_is_waiting(self) -> None:
        story = self.waiting()
        id = story.open(Delegate).id
        assert next_wakeup(story.run) == 60 * SECOND
        story.tell(ChildWaiting(0, id), "10s")
        assert (next_wakeup(story.run), story.names) == (None, ["ReleaseLane"])
        story.tell(ChildWaiting(0, id, False), "100s")
        assert story.pending == ["Delegate", "AcquireLane"]
        story.answer(AcquireLane, True)
        assert next_wakeup(story.run) == 160 * SECOND

    def test_a_result_ends_its_waiting(self) -> None:
        story = self.waiting()
        story.tell(ChildWaiting(0, story.open(Delegate).id)).answer(Delegate, ChildResult("r", "ok", "5"), "10s")
        assert story.run.clock.children == ()
        assert story.pending == ["AcquireLane"]

    def test_all_of_them_must_wait(self) -> None:
        story = self.waiting("agent__x", "agent__x")
        story.tell(ChildWaiting(0, story.open(Delegate).id))
        assert next_wakeup(story.run) == 60 * SECOND
        story.tell(ChildWaiting(0, story.open(Delegate, 1).id))
        assert next_wakeup(story.run) is None

    def test_together_with_people_of_its_own(self) -> None:
        story = self.waiting("agent__x", "t").tell(ChildWaiting(0, 5))
        id = story.open(Delegate).id
        assert story.run.clock.children == (() if id != 5 else (5,))
        story.tell(ChildWaiting(0, id))
        assert next_wakeup(story.run) is None

    @pytest.mark.parametrize("id", [0, 99])
    def test_a_child_nobody_has_changes_nothing(self, id: int) -> None:
        story = self.waiting()
        before = story.run
        assert story.tell(ChildWaiting(0, id)).run == before
