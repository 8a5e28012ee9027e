"""What a run amounts to, with every port: durations told apart, what is reported, and why it ended."""

from typing import Any

import pytest

from executus.account import facts_of, runtime_of, segments, spent_of, steps_of
from executus.agent import Agent, CriticConfig, ModelChoice, Phase
from executus.answers import Advised
from executus.bounds import Defaults
from executus.effects import AcquireLane, AskApproval, CloseAudit, Compact, ConsultCritic, MakeArtifacts, RunTool
from executus.events import CancelRequested, ShutdownRequested, Steered, TimePassed
from executus.facts import Advice, Approved, Made
from executus.rules.status import Killed, ShutDown
from executus.transcript import Transcript
from executus.values import Artifact, Fault, FaultKind, ToolSpec, Usage
from tests.executus.acting import SECOND, Story, wanting

ASKING = ToolSpec("t", needs_approval=True)


def spans(story: Story) -> dict[str, float]:
    result = story.result
    names = ("queued", "preparing", "runtime", "waiting")
    return {name: getattr(result, name).total_seconds() for name in names}


class TestDurations:
    def test_they_are_told_apart_and_add_up(self) -> None:
        story = Story(None, "hi", (ASKING,), lanes=("fast",), approver=True)
        story.answer(AcquireLane, True, "10s").tell(TimePassed(0), "2s").converse()
        story.reply(wanting("t"), "3s").answer(AskApproval, Approved(), "100s").answer(AcquireLane, True, "20s")
        story.returns(after="4s").reply("done", "1s").end()
        assert spans(story) == {"queued": 30, "preparing": 2, "runtime": 8, "waiting": 100}
        assert sum(spans(story).values()) == story.run.now / SECOND

    def test_a_run_that_ends_while_it_waits_was_waiting_until_then(self) -> None:
        story = Story(None, "hi", (ASKING,), approver=True).converse().reply(wanting("t"), "3s")
        story.tell(CancelRequested(0), "50s").end()
        assert spans(story) == {"queued": 0, "preparing": 0, "runtime": 3, "waiting": 50}

    def test_the_end_is_charged_to_nobody(self) -> None:
        story = Story(session=True).converse().reply("done", "3s").answer(MakeArtifacts, Made(), "9s").end()
        assert spans(story) == {"queued": 0, "preparing": 0, "runtime": 3, "waiting": 0}

    def test_a_queue_that_counts_is_still_told_apart(self) -> None:
        story = Story(lanes=("fast",), defaults=Defaults(lane_wait_counts=True))
        story.answer(AcquireLane, True, "10s").converse().reply("done", "5s").end()
        assert spans(story) == {"queued": 10, "preparing": 0, "runtime": 5, "waiting": 0}

    def test_a_run_that_expired_ran_no_longer_than_it_might(self) -> None:
        story = Story(Agent(max_runtime="10s")).converse().tell(TimePassed(0), "25s").end()
        assert spans(story)["runtime"] == 10


class TestFacts:
    def test_they_name_the_tier_once_it_is_resolved(self) -> None:
        story = Story(Agent(id="7", model_tier="smart"))
        assert facts_of(story.run).tier == ""
        assert facts_of(story.converse().run).tier == "smart"

    def test_steps_are_counted_over_phases_and_compactions(self) -> None:
        agent = Agent(phases=(Phase(name="A"), Phase(name="B")), low_level_tools=("t",))
        story = Story(agent, "hi", (ToolSpec("t"),), (ModelChoice("m", 10),), compactor=True).converse()
        story.reply(wanting("t")).returns().reply("draft")
        story.reply(wanting("t", usage=Usage(9))).returns()
        story.answer(Compact, tuple(story.open(Compact).conversation)[:1]).reply(wanting("t")).returns()
        assert steps_of(story.run) == 3
        assert len(segments(story.run)) == 3
        assert [step.step for step in story.result.steps] == [1, 2, 3]

    def test_an_open_step_is_the_next_one(self) -> None:
        story = Story(None, "hi", (ToolSpec("t"),), (ModelChoice("m", 10),), compactor=True).converse()
        story.reply(wanting("t", usage=Usage(9))).returns()
        story.answer(Compact, tuple(story.open(Compact).conversation)[:1])
        story.reply(wanting("t", "t")).returns("6").tell(CancelRequested(0)).end()
        assert [(step.step, step.content) for step in story.result.steps] == [(1, "5"), (2, "6")]

    def test_what_was_spent_is_that_of_the_run_and_its_children(self) -> None:
        story = Story().converse().reply(Fault(FaultKind.MODEL, "no", status=400), "2s").end()
        spent = spent_of(story.run)
        assert (spent.runtime, spent.status) == (2 * SECOND, "error")
        assert runtime_of(Story().run) == 0


class TestResults:
    def test_what_the_hook_made_is_reported(self) -> None:
        made = Made((Artifact("a", "text/plain", b"x"),), (("k", "v"),))
        story = Story(session=True).converse().reply("done").answer(MakeArtifacts, made).end()
        assert (story.result.artifacts, story.result.metadata) == (made.artifacts, {"k": "v"})

    def test_without_any_nothing_is(self) -> None:
        result = Story().converse().reply("done").end().result
        assert (result.artifacts, result.metadata, result.unknown_outcomes, result.value) == ((), {}, (), None)
        assert (result.durable, result.resumable) == (False, False)

    def test_a_suspended_one_says_so(self) -> None:
        story = Story(checkpoints=True, audit=True).converse().tell(ShutdownRequested(0), "5s").end()
        result = story.result
        assert (result.status, result.resumable, result.durable) == ("cancelled", True, True)
        assert (result.cause, result.transcript.status) == (ShutDown(5 * SECOND, True), None)
        assert story.of(CloseAudit)[0].roll_up.resumable
        assert result.why[0].startswith("not ended after ") or "resumed" in result.why[0]

    def test_a_result_is_the_same_from_its_recording(self) -> None:
        story = Story(None, "hi", (ToolSpec("t"),), audit=True).converse().reply(wanting("t")).returns()
        story.reply("done", "1s").end()
        past: Transcript = story.result.transcript
        assert past.at(-1) == story.run
        assert past.divergence() is None


class TestWhy:
    def killed(self, **more: Any) -> Story:
        agent = Agent(critic=CriticConfig(enabled=True), low_level_tools=("t",), **more)
        story = Story(agent, "hi", (ToolSpec("t"),), critic=True).converse().reply(wanting("t"))
        return story.tell(TimePassed(0), "60s").answer(ConsultCritic, Advice(kill_reason="stuck"), "2s")

    def test_a_kill_names_its_reason_and_what_was_in_flight(self) -> None:
        story = self.killed().end()
        assert story.run.cause == Killed(62 * SECOND, "stuck")
        why = story.result.why
        assert why[0] == "status killed: critic killed the run: stuck"
        assert any("in flight" in line and "RunTool" in line for line in why)
        assert len(story.of(RunTool)) == 1

    @pytest.mark.parametrize(("after", "lost"), [("0s", "0s"), ("1.5s", "1.5s"), ("1us", "1us")])
    def test_who_came_later_lost_by_so_much(self, after: str, lost: str) -> None:
        story = Story(session=True).converse().reply("done", "3s").tell(CancelRequested(0, "me"), after).end()
        assert f"lost by {lost}: cancelled by me" in story.result.why

    def test_each_of_several_is_told_in_order(self) -> None:
        story = Story(session=True).converse().tell(CancelRequested(0, "a"), "3s")
        story.tell(CancelRequested(0, "b"), "1s").tell(ShutdownRequested(0), "1s").end()
        lost = [line for line in story.result.why if line.startswith("lost by")]
        assert lost == ["lost by 1s: cancelled by b", "lost by 2s: shut down by the host"]

    def test_whose_deadline_it_was_is_told(self) -> None:
        agent = Agent(critic=CriticConfig(enabled=True))
        story = Story(agent, critic=True).converse().tell(TimePassed(0), "60s").tell(TimePassed(0), "120s").end()
        assert story.result.why[0] == "status timeout: the critic's backstop of 180s was reached"
        assert any("the deadline was the critic's backstop of 180s, at 180s" in line for line in story.result.why)

    def test_what_a_critic_says_too_late_lost_nothing(self) -> None:
        story = self.killed().tell(Advised(0, 99, Advice(kill_reason="again"))).tell(Steered(0, "x")).end()
        assert not [line for line in story.result.why if line.startswith("lost by")]
