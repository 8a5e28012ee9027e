"""What-if over the whole kernel: critics, people, changed limits, and a world that noticed the time too late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import Agent, CriticConfig
from executus.bounds import Defaults
from executus.effects import AcquireLane, AskApproval, CallModel, ConsultCritic
from executus.events import (
    CancelRequested,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    ShutdownRequested,
    Steered,
    TimePassed,
    UsageSeen,
)
from executus.facts import Advice, Approved, Refused
from executus.rules.status import Status
from executus.transcript import Transcript
from executus.values import Fault, FaultKind, ToolSpec, Usage
from executus.whatif import WhatIf, what_if
from specs.worlds import world
from tests.executus.acting import SECOND, Story, wanting
from tests.playing import play
from tests.tables import duration


def found(past: Transcript, **changes: object) -> tuple[str | None, bool]:
    """What it would be called, and whether nobody knows."""
    what = what_if(past, **changes)  # type: ignore[arg-type]  # any limit
    return (what.would_be.value if what.would_be else None), what.ended_before


def past(story: Story) -> Transcript:
    return story.end().recorder.transcript


def watched(advice: Advice | None, late: str = "0s") -> Story:
    """A run of 60 s whose critic says something at once, noticed so much too late; it answers after 90 s."""
    story = Story(Agent(critic=CriticConfig(enabled=True)), critic=True).converse()
    story.at(TimePassed(60 * SECOND + duration(late)))
    if advice is not None:
        story.answer(ConsultCritic, advice)
    return story.reply("done", "30s")


class TestCritics:
    def test_the_same_advice_is_given_again(self) -> None:
        assert found(past(watched(Advice()))) == ("ok", False)
        assert found(past(watched(None))) == ("ok", False)

    def test_a_world_that_noticed_late_notices_as_late_again(self) -> None:
        """What the critic was asked holds the instant: asked half a second earlier it is another question."""
        assert found(past(watched(Advice(), late="0.5s"))) == ("ok", False)

    def test_what_a_critic_would_have_said_of_another_run_nobody_knows(self) -> None:
        """It is asked with the backstop before its eyes, so past that nobody knows."""
        assert found(past(watched(Advice())), critic_backstop_multiplier=1.2) == (None, True)

    def test_a_question_without_an_answer_stays_open_and_blocks_nobody(self) -> None:
        assert found(past(watched(Advice())), max_runtime="50s") == ("ok", False)

    def test_with_more_time_nobody_is_asked(self) -> None:
        assert found(past(watched(Advice())), max_runtime="100s") == ("ok", False)


class TestSignals:
    def test_limits_that_were_changed_are_changed_again(self) -> None:
        story = Story(Agent(max_runtime="10s")).converse().tell(LimitsChanged(0, max_runtime=100 * SECOND), "5s")
        recording = past(story.reply("done", "45s"))
        assert found(recording) == ("ok", False)
        assert found(recording, max_runtime="4s") == ("timeout", False)
        assert found(recording, max_runtime="20s") == ("ok", False)

    def test_a_change_that_was_made_goes_before_the_new_limit(self) -> None:
        story = Story(Agent(), "hi", (ToolSpec("t"),)).converse().tell(LimitsChanged(0, max_iterations=1))
        recording = past(story.reply(wanting("t")).returns().reply(wanting("t")))
        assert found(recording, max_iterations=9) == ("error", False)

    @pytest.mark.parametrize(
        "signal",
        [Steered(0, "x"), UsageSeen(0, Usage(1)), PortFailed(0, "audit", "down"), OutcomeSettled(0, "c", True)],
    )
    def test_what_reached_the_run_reaches_it_again(self, signal: object) -> None:
        story = Story().converse().tell(signal, "1s").reply("half").oblige()  # type: ignore[arg-type]
        assert found(past(story)) == ("ok", False)

    def test_what_a_child_used_is_judged_by_the_new_limit(self) -> None:
        story = Story().converse().tell(UsageSeen(0, Usage(9)), "1s").reply("done")
        assert found(past(story), tokens=8) == ("budget_exceeded", False)


class TestPeople:
    def story(self, decision: object) -> Story:
        story = Story(None, "hi", (ToolSpec("t", needs_approval=True),), approver=True).converse()
        return story.reply(wanting("t")).answer(AskApproval, decision, "1h")

    @pytest.mark.parametrize("decision", [Approved(), Refused("no")])
    def test_a_wait_is_charged_to_nobody_again(self, decision: object) -> None:
        story = self.story(decision)
        assert found(past(story), max_runtime="1s") == ("ok", False)

    def test_a_decision_that_would_have_come_too_late_is_a_refusal(self) -> None:
        recording = past(self.story(Approved()))
        assert found(recording, approval_timeout="10s") == (None, True)

    def test_one_that_would_have_come_in_time_is_taken(self) -> None:
        assert found(past(self.story(Refused())), approval_timeout="2h") == ("ok", False)


def test_retries_are_lived_through_again_and_fewer_end_the_run() -> None:
    busy = Fault(FaultKind.MODEL, "busy", status=503, retryable=True)
    story = Story().converse().reply(busy)
    recording = past(story.at(TimePassed(story.run.talk.asking.at)).reply("done"))
    assert found(recording) == ("ok", False)
    assert found(recording, model_attempts=1) == ("error", False)


def test_a_suspended_run_is_told_as_one_that_has_not_ended() -> None:
    story = Story(checkpoints=True).converse().tell(ShutdownRequested(0), "1s").end()
    assert what_if(story.recorder.transcript) == WhatIf(None, None, None, True)
    story.tell(CancelRequested(0), "1s").end()
    assert found(story.recorder.transcript) == ("cancelled", False)
    assert what_if(story.recorder.transcript).recorded is Status.CANCELLED


def test_the_queue_counts_when_it_is_made_to() -> None:
    story = Story(Agent(max_runtime="10s"), lanes=("fast",)).answer(AcquireLane, True, "30s").converse()
    recording = past(story.reply("done", "1s"))
    assert found(recording) == ("ok", False)
    assert found(recording, lane_wait_counts=True) == ("timeout", False)
    assert story.of(CallModel)


@given(st.integers(0, 3000), st.sampled_from(["5s", "61s", "1us"]), st.integers(1, 3), st.booleans())
def test_no_limits_of_ports_break_a_recording(seed: int, span: str, count: int, counts: bool) -> None:
    changes = {
        "critic_soft_timeout": span,
        "cleanup_timeout": span,
        "approval_timeout": span,
        "model_call_timeout": span,
        "model_attempts": count,
        "max_delegation_depth": count,
        "lane_wait_counts": counts,
    }
    assert set(changes) <= set(Defaults.__struct_fields__)
    would_be, ended_before = found(play(world(seed)).transcript, **changes)
    assert (would_be is None) is ended_before
