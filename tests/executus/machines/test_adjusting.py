"""Limits that are changed on a live run, and ports that fail with nobody waiting."""

from datetime import timedelta
from typing import Any

import pytest

from executus.agent import Agent, CriticConfig, Limits
from executus.bounds import Defaults
from executus.effects import Abandon, AcquireLane, AskApproval, CallModel, CheckBudget, RunTool, SettleCheckpoint
from executus.events import LimitsChanged, PortFailed, ShutdownRequested, TimePassed
from executus.facts import Approved, Grant, Noted
from executus.machines.calls import NOT_SAFE
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, Overspent, ShutDown
from executus.slices import Door, Timeout
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolClass, ToolSpec, Usage, replace
from tests.executus.acting import SECOND, Story, wanting

LONGER = LimitsChanged(0, max_runtime=100 * SECOND)


class TestLimits:
    def test_another_runtime_counts_from_when_the_conversation_began(self) -> None:
        story = Story(Agent()).tell(TimePassed(0), "5s").converse().tell(LONGER, "7s")
        assert next_wakeup(story.run) == 105 * SECOND

    @pytest.mark.parametrize(("after", "ends"), [("9.999999s", False), ("10s", True), ("20s", True)])
    def test_a_run_over_its_new_time_ends_at_once(self, after: str, ends: bool) -> None:
        story = Story(Agent()).converse().tell(LimitsChanged(0, max_runtime=10 * SECOND), after)
        assert (story.run.cause is not None) is ends
        if ends:
            assert story.run.cause == Expired(story.run.now, Owner.MAX_RUNTIME, 10 * SECOND)
            assert Abandon(story.of(CallModel)[0].id) in story.asked

    def test_while_it_prepares_the_new_time_waits_for_the_conversation(self) -> None:
        story = Story(Agent()).tell(LONGER, "1s")
        assert next_wakeup(story.run) == 30 * SECOND
        assert story.converse().run.deadlines.limit == 100 * SECOND

    def test_while_it_queues_as_well(self) -> None:
        story = Story(Agent(), lanes=("fast",)).tell(LONGER, "50s")
        assert story.run.cause is None
        assert story.answer(AcquireLane, True).converse().run.deadlines.limit == 100 * SECOND

    def test_while_it_waits_for_people_it_never_expires(self) -> None:
        story = (
            Story(None, "hi", (ToolSpec("t", needs_approval=True),), approver=True).converse().reply(wanting("t"))
        )
        story.tell(LimitsChanged(0, max_runtime=SECOND), "100s")
        assert story.run.cause is None
        assert story.pending == [AskApproval.__name__]

    def test_while_it_ends_nothing_is_renamed(self) -> None:
        story = (
            Story(Agent(), finalizers=True).converse().reply("done").tell(LimitsChanged(0, max_runtime=1), "9s")
        )
        assert story.run.losers == ()
        assert story.end().result.status == "ok"

    @pytest.mark.parametrize(
        ("change", "grant", "limits"),
        [
            ({"tokens": 5}, None, (5, None)),
            ({"cost": 5}, None, (None, 5)),
            ({"tokens": 5}, Grant(tokens=3), (3, None)),
            ({"tokens": 5}, Grant(tokens=9), (5, None)),
            ({"cost": 5}, Grant(cost=3), (None, 3)),
            ({"cost": 5}, Grant(cost=9), (None, 5)),
            ({"tokens": 0}, Grant(tokens=9, cost=1), (0, 1)),
        ],
    )
    def test_a_grant_still_bounds_what_may_be_used(self, change: Any, grant: Any, limits: Any) -> None:
        story = Story(Agent(), budget=grant is not None)
        if grant is not None:
            story.answer(CheckBudget, grant)
        story.converse().tell(LimitsChanged(0, **change))
        assert (story.run.bounds.tokens, story.run.bounds.cost) == limits

    def test_other_limits_are_judged_with_the_next_reply(self) -> None:
        agent = Agent(limits=Limits(tokens=100))
        story = Story(agent, "hi", (ToolSpec("t"),)).converse().reply(wanting("t", usage=Usage(50))).returns()
        story.tell(LimitsChanged(0, tokens=10))
        assert story.run.cause is None
        story.reply(wanting("t"))
        assert story.run.cause == Overspent(0, "tokens", 50, 10)

    def test_a_raised_ceiling_holds_at_once(self) -> None:
        story = Story(Agent(max_iterations=1), "hi", (ToolSpec("t"),)).converse().reply(wanting("t")).returns()
        story.tell(LimitsChanged(0, max_iterations=2)).reply(wanting("t"))
        assert story.pending == [RunTool.__name__]

    def test_what_was_changed_is_audited(self) -> None:
        change = LimitsChanged(0, max_runtime=100 * SECOND, max_iterations=5, tokens=0)
        story = Story(Agent(), audit=True).converse().tell(change)
        facts = (("max_runtime", "100s"), ("max_iterations", 5), ("tokens", 0))
        assert story.audited == [Noted("limits_changed", facts)]

    @pytest.mark.parametrize("change", [{}, {"max_runtime": 0, "max_iterations": 0}])
    def test_none_and_zero_leave_a_limit_as_it_is(self, change: Any) -> None:
        story = Story(Agent(max_runtime="5s", max_iterations=3)).converse()
        before = story.run
        assert story.tell(LimitsChanged(0, **change)).run == before


class TestAStoreThatFails:
    TOOLS = tuple(ToolSpec(effect.value, effect=effect) for effect in ToolClass)

    def story(self) -> Story:
        return Story(None, "hi", self.TOOLS, checkpoints=True).converse()

    def test_it_is_a_warning_and_no_record_any_more(self) -> None:
        story = self.story().tell(PortFailed(0, "checkpoints", "disk full"))
        assert story.run.warnings == ("checkpoints failed: disk full",)
        assert story.run.ports.checkpoint is Door.FAILED
        story.reply("done").end()
        assert not story.of(SettleCheckpoint)
        assert not story.result.durable

    def test_what_must_be_on_record_is_refused_from_then_on(self) -> None:
        story = self.story().tell(PortFailed(0, "checkpoints", "disk full"))
        story.reply(wanting(*[effect.value for effect in ToolClass]))
        assert [call.call.name for call in story.of(RunTool)] == ["pure", "idempotent"]
        story.returns().returns()
        results = [said for said in story.run.talk.conversation if said.role == "tool"]
        assert [said.is_error for said in results] == [False, False, True, True]

    def test_so_is_what_was_asked_with_the_entry_that_is_lost(self) -> None:
        story = self.story().reply(wanting("pure", "unsafe")).tell(PortFailed(0, "checkpoints", "disk full"))
        assert [call.name for call in (one.call for one in story.run.pending if isinstance(one, RunTool))] == [
            "pure"
        ]
        assert story.names == ["Abandon"]
        assert story.run.talk.slots[1] == Fault(FaultKind.TOOL, NOT_SAFE)
        story.returns()
        assert story.run.talk.conversation.last.is_error
        assert not story.result.unknown_outcomes

    def test_also_where_nothing_else_was_open(self) -> None:
        story = self.story().reply(wanting("unsafe")).tell(PortFailed(0, "checkpoints", "disk full"))
        assert story.pending == ["CallModel"]

    def test_another_port_is_only_a_warning(self) -> None:
        story = self.story().tell(PortFailed(0, "audit", "down")).tell(PortFailed(0, "audit", "down"))
        assert story.run.warnings == ("audit failed: down",)
        assert story.reply(wanting("unsafe")).pending == ["RunTool"]

    def test_what_was_asked_with_an_entry_that_was_kept_goes_on(self) -> None:
        story = self.story().reply(wanting("keyed", "unsafe"))
        kept, lost = [question.id for question in story.run.pending]
        story.tell(PortFailed(0, "checkpoints", "disk full", lost))
        assert [question.id for question in story.run.pending] == [kept]
        assert story.run.talk.slots[1] == Fault(FaultKind.TOOL, NOT_SAFE)

    def test_but_a_person_is_not_asked_any_more_whenever_that_began(self) -> None:
        tools = (ToolSpec("pay", effect=ToolClass.UNSAFE, needs_approval=True),)
        story = Story(None, "hi", tools, checkpoints=True, approver=True).converse().reply(wanting("pay"))
        assert story.pending == ["AskApproval"]
        story.tell(PortFailed(0, "checkpoints", "disk full", story.run.pending[0].id + 1))
        assert story.pending == ["CallModel"]

    def test_a_run_that_waits_to_be_taken_up_again_is_shut_down_for_good(self) -> None:
        story = self.story().tell(ShutdownRequested(0), "5s")
        assert story.run.suspended is not None
        story.tell(PortFailed(0, "checkpoints", "disk full"), "7s")
        assert story.run.suspended is None
        assert story.run.cause == ShutDown(5 * SECOND, durable=False)

    def test_where_nothing_is_recorded_there_is_nothing_to_lose(self) -> None:
        story = Story(None, "hi", self.TOOLS).converse().tell(PortFailed(0, "checkpoints", "disk full"))
        assert story.run.stale is False
        assert story.reply(wanting("unsafe")).pending == ["RunTool"]


COUNTED = Defaults(lane_wait_counts=True)


class TestQueues:
    """A queue that counts goes by the limit as it is now; one that doesn't goes by none."""

    def queueing(self, **more: Any) -> Story:
        return Story(Agent(max_runtime="60s"), lanes=("fast",), defaults=COUNTED, **more)

    @pytest.mark.parametrize("limit", [100, 40])
    def test_a_queue_that_counts_has_one_end_and_that_is_the_new_one(self, limit: int) -> None:
        story = self.queueing().tell(LimitsChanged(0, max_runtime=limit * SECOND), "10s")
        assert story.run.timeouts == (Timeout(limit * SECOND, story.open(AcquireLane).id),)

    @pytest.mark.parametrize(("limit", "ends"), [(9, True), (10, True), (11, False)])
    def test_who_has_queued_for_the_whole_new_limit_is_out_of_time(self, limit: int, ends: bool) -> None:
        story = self.queueing().tell(LimitsChanged(0, max_runtime=limit * SECOND), "10s")
        expired = Expired(10 * SECOND, Owner.MAX_RUNTIME, limit * SECOND)
        assert story.run.cause == (expired if ends else None)

    def test_a_queue_that_does_not_count_is_not_measured(self) -> None:
        story = Story(Agent(), lanes=("fast",)).tell(LimitsChanged(0, max_runtime=5 * SECOND), "10s")
        assert (story.run.cause, story.run.timeouts) == (None, ())
        story.answer(AcquireLane, True).converse().tell(LimitsChanged(0, max_runtime=4 * SECOND))
        assert story.run.cause is None

    def test_once_it_converses_a_critic_goes_on_with_what_it_has_granted(self) -> None:
        agent = Agent(max_runtime="60s", critic=CriticConfig(enabled=True))
        story = Story(agent, lanes=("fast",), defaults=COUNTED, critic=True)
        story.answer(AcquireLane, True, "10s").converse().tell(LimitsChanged(0, max_runtime=9 * SECOND))
        assert (story.run.clock.queued, story.run.deadlines.end) == (10 * SECOND, 27 * SECOND)
        assert story.run.cause is None

    def test_a_place_that_is_waited_for_again_has_no_end_of_its_own(self) -> None:
        tools = (ToolSpec("t", needs_approval=True),)
        story = Story(Agent(), "hi", tools, lanes=("fast",), defaults=COUNTED, approver=True)
        story.converse().reply(wanting("t")).answer(AskApproval, Approved("ann"))
        assert story.pending == [AcquireLane.__name__]
        assert story.tell(LimitsChanged(0, max_runtime=50 * SECOND)).run.timeouts == ()

    def test_what_else_is_waited_for_keeps_its_own_time(self) -> None:
        defaults = replace(COUNTED, model_call_timeout=timedelta(seconds=7))
        story = Story(Agent(), lanes=("fast",), defaults=defaults).converse()
        call = story.open(CallModel)
        assert story.tell(LONGER, "1s").run.timeouts == (Timeout(7 * SECOND, call.id),)
