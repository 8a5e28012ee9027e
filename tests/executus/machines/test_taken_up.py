"""A run that was suspended or had crashed: its critic, its calls and its models, when another process has it."""

import pytest

from executus.agent import Agent, CriticConfig, ModelChoice, Phase
from executus.bounds import Defaults
from executus.effects import (
    AskApproval,
    BuildToolbox,
    CallModel,
    ConsultCritic,
    Delegate,
    Reconcile,
    ResolveModel,
    RunTool,
    StartCritic,
)
from executus.events import ChildWaiting, TimePassed
from executus.facts import Advice, Approved, ChildResult
from executus.laws import broken
from executus.rules.deadlines import Owner
from executus.rules.status import Expired
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolSpec
from tests.executus.acting import DOWN, SECOND, Story, wanting
from tests.executus.machines.suspending import again, suspended, whole

BUSY = Fault(FaultKind.MODEL, "busy", status=503, retryable=True)
DENIED = Fault(FaultKind.MODEL, "no", status=401)


class TestItsCritic:
    def watched(self) -> Story:
        """Under a critic since its tenth second, at its first model call."""
        agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="20s", absolute_max="1h"))
        story = Story(agent, "hi", (), critic=True, checkpoints=True, audit=True)
        return story.tell(TimePassed(0), "10s").converse()

    @pytest.mark.parametrize(("at", "reason"), [("20s", "idle"), ("60s", "soft")])
    def test_what_it_was_asked_it_is_asked_again(self, at: str, reason: str) -> None:
        story = self.watched()
        if reason == "soft":
            story.tell(TimePassed(0), "20s").answer(ConsultCritic, Advice())
            at = "40s"
        story.tell(TimePassed(0), at)
        assert story.open(ConsultCritic).consultation.reason == reason
        again(suspended(story), "5s").oblige(ConsultCritic, CallModel)
        asked = [one.consultation.reason for one in story.of(ConsultCritic)]
        assert asked[-2:] == [reason, reason]

    def test_one_that_fails_is_asked_nothing_and_leaves_what_was_granted(self) -> None:
        story = again(suspended(self.watched())).oblige(StartCritic).answer(StartCritic, DOWN)
        before = story.run.deadlines
        assert (before.owner, before.backstop) == (Owner.BACKSTOP, 190 * SECOND)
        story.tell(TimePassed(0), "60s")
        assert not story.of(ConsultCritic)
        assert next_wakeup(story.run) == 190 * SECOND
        assert story.run.warnings == ("critic failed: down",)

    def test_one_that_declines_leaves_one_hard_deadline_from_when_it_began(self) -> None:
        story = again(suspended(self.watched().tell(TimePassed(0), "15s")))
        story.oblige(StartCritic).answer(StartCritic, False)
        deadlines = story.run.deadlines
        assert (deadlines.end, deadlines.owner, deadlines.ceiling) == (70 * SECOND, Owner.MAX_RUNTIME, None)

    def test_then_a_run_past_its_time_ends_at_once(self) -> None:
        story = self.watched().tell(TimePassed(0), "20s").answer(ConsultCritic, Advice())
        story.tell(TimePassed(0), "45s").answer(ConsultCritic, Advice())
        again(suspended(story)).oblige(StartCritic).answer(StartCritic, False)
        assert story.run.cause == Expired(75 * SECOND, Owner.MAX_RUNTIME, 60 * SECOND)
        assert broken(story.end().recorder.transcript) == ()

    def test_one_that_had_declined_may_watch_it_now(self) -> None:
        agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="20s"))
        story = Story(agent, "hi", (), critic=True, checkpoints=True).oblige(StartCritic)
        story.answer(StartCritic, False).tell(TimePassed(0), "5s")
        assert story.run.deadlines.owner is Owner.MAX_RUNTIME
        again(suspended(story)).oblige(CallModel)
        deadlines = story.run.deadlines
        assert (deadlines.owner, deadlines.soft, deadlines.idle) == (Owner.BACKSTOP, 60 * SECOND, 25 * SECOND)


class TestItsCalls:
    def test_a_decision_has_until_when_it_had(self) -> None:
        tools = ToolSpec("t", needs_approval=True), ToolSpec("u", needs_approval=True)
        story = whole(*tools, defaults=Defaults(approval_timeout="60s"))
        story.converse().reply(wanting("t"), "1s").answer(AskApproval, Approved()).oblige(RunTool).returns()
        story.oblige(CallModel).reply(wanting(ToolCall("a", "t", '{"n":1}'), ToolCall("b", "u")), "1s")
        story.tell(TimePassed(0), "20s")
        at = story.run.timeouts[0].at
        again(suspended(story)).oblige(AskApproval)
        assert story.pending == ["AskApproval", "AskApproval"]
        assert [timeout.at for timeout in story.run.timeouts] == [at, at]

    def test_one_that_came_to_late_is_a_refusal_at_once(self) -> None:
        story = whole(ToolSpec("t", needs_approval=True), defaults=Defaults(approval_timeout="60s"))
        story.converse().reply(wanting("t"))
        again(suspended(story), "90s").oblige(AskApproval)
        assert next_wakeup(story.run) == story.run.now + 1
        story.tell(TimePassed(0), "1us").oblige(CallModel)
        assert story.said[-1] == ("tool", "refused: nobody decided in time")

    def test_a_child_that_was_allowed_is_asked_for_without_another_word(self) -> None:
        child = ToolSpec("agent__x", delegate="agent", subject="agent:x", needs_approval=True)
        agent = Agent(sub_agent_palette=("x",))
        story = Story(agent, "hi", (child,), approver=True, checkpoints=True).converse().reply(wanting("agent__x"))
        story.answer(AskApproval, Approved())
        story.tell(ChildWaiting(0, story.open(Delegate).id))
        again(suspended(story)).oblige(Delegate)
        assert story.pending == ["Delegate"]
        assert (len(story.of(AskApproval)), story.run.clock.children) == (1, ())
        assert next_wakeup(story.run) == 60 * SECOND
        story.answer(Delegate, ChildResult("r", "ok", "5"))
        assert story.said[-1] == ("tool", "5")

    def test_a_call_of_which_its_tool_was_asked_is_asked_about_again(self) -> None:
        story = whole(ToolSpec("t", reconcile=True)).converse().reply(wanting("t"))
        story.returns(Fault(FaultKind.TIMEOUT, "cut"))
        again(suspended(story)).oblige(Reconcile)
        assert story.pending == ["Reconcile"]
        assert len(story.of(RunTool)) == 1

    def test_the_stricter_class_wins_either_way_and_who_was_to_be_asked_is_asked(self) -> None:
        before = ToolSpec("a", effect=ToolClass.PURE, needs_approval=True), ToolSpec("b", effect=ToolClass.UNSAFE)
        today = ToolSpec("a", effect=ToolClass.KEYED), ToolSpec("b", effect=ToolClass.PURE, needs_approval=True)
        story = again(suspended(whole(*before).converse())).oblige(BuildToolbox)
        story.answer(BuildToolbox, (*today, ToolSpec("new", effect=ToolClass.PURE))).oblige(CallModel)
        found = [story.open(CallModel).setup.toolbox.find(name) for name in ("a", "b", "new")]
        assert [(one.effect, one.needs_approval) for one in found if one is not None] == [
            (ToolClass.KEYED, True),
            (ToolClass.UNSAFE, True),
            (ToolClass.PURE, False),
        ]

    @pytest.mark.parametrize("effect", [ToolClass.PURE, ToolClass.UNSAFE])
    def test_every_call_that_was_open_goes_by_its_class(self, effect: ToolClass) -> None:
        story = whole(ToolSpec("t", effect=effect)).converse().reply(wanting("t", "t", "t")).returns("1", place=1)
        again(story).oblige(CallModel, RunTool)
        if effect is ToolClass.PURE:
            assert [call.call.call_id for call in story.of(RunTool)] == ["c0", "c1", "c2", "c0", "c2"]
        else:
            reasons = [one.reason for one in story.result.unknown_outcomes]
            assert reasons == ["the process went down while the call was open"] * 2


class TestItsModel:
    CHAIN = ModelChoice("m", 10), ModelChoice("n", 20)

    def test_the_model_that_had_its_turn_keeps_it_and_its_wait(self) -> None:
        story = Story(chain=self.CHAIN, checkpoints=True).converse().reply(DENIED)
        story.reply(BUSY)
        at, attempt = story.run.talk.asking.at, story.run.talk.asking.attempt
        again(suspended(story)).oblige(CallModel)
        assert (story.run.talk.asking.at, story.run.talk.asking.attempt) == (at, attempt) == (at, 2)
        assert next_wakeup(story.run) == at
        story.at(TimePassed(at))
        assert (story.open(CallModel).setup.model, story.run.talk.window) == ("n", 20)

    def test_where_there_are_fewer_the_last_one_is_asked(self) -> None:
        story = Story(chain=self.CHAIN, checkpoints=True).converse().reply(DENIED)
        again(suspended(story.reply(BUSY))).oblige(ResolveModel)
        story.answer(ResolveModel, (ModelChoice("only", 7),)).oblige(CallModel)
        assert (story.open(CallModel).setup.model, story.run.talk.window) == ("only", 7)
        assert (story.run.talk.asking.choice, story.run.talk.asking.attempt) == (0, 1)

    def test_a_plain_conversation_is_plain_again_and_goes_on_in_its_phase(self) -> None:
        phases = (Phase(name="A"), Phase(name="B", model_tier="smart"))
        story = again(Story(Agent(phases=phases), chain=self.CHAIN).converse().reply("draft"))
        assert not story.run.is_plain
        for choice in (ModelChoice("x", 5), ModelChoice("y", 7)):
            story.oblige(ResolveModel).answer(ResolveModel, (choice,))
        assert story.run.is_plain
        assert (story.open(CallModel).setup.model, story.run.talk.window) == ("y", 7)
        assert story.run.pipeline.index == 1
