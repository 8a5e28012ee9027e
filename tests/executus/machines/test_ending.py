"""The end: which parts are owed, in which order, each once, within its own time, and never renaming the cause."""

from collections.abc import Callable
from typing import Any

import pytest

from executus.agent import Agent, CriticConfig
from executus.answers import OutputDelivered
from executus.effects import (
    Asked,
    BuildToolbox,
    CallModel,
    CheckBudget,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    OpenAudit,
    ReleaseBudget,
    ReleaseLane,
    ResolveModel,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
)
from executus.events import CancelRequested, ShutdownRequested, Steered, TimePassed
from executus.facts import Fate, Made, Refusal, Spent
from executus.invocation import Invocation, Target
from executus.machines.finalize import PARTS
from executus.rules.status import Cancelled
from executus.slices import Door, Ports
from executus.state import Stage
from executus.transition import next_wakeup
from executus.values import Artifact, Fault, FaultKind, ToolSpec, Usage
from tests.executus.acting import DOWN, SECOND, Story, wanting

REFUSED = Fault(FaultKind.MODEL, "no", status=400)
PARTED: tuple[type[Asked], ...] = (
    MakeArtifacts,
    CommitBudget,
    Deliver,
    CloseAudit,
    StopCritic,
    CleanUp,
    RunFinalizers,
    SettleCheckpoint,
)
"""The parts of a whole end, in order."""


def whole(**more: Any) -> Story:
    """A run with every port, at its first model call."""
    about = Invocation(prompt="hi", caller_id="me", delivery=Target("chat", "7"))
    wired = dict.fromkeys(("budget", "audit", "checkpoints", "critic", "session", "finalizers", "delivery"), True)
    agent = Agent(critic=CriticConfig(enabled=True), low_level_tools=("t",))
    return Story(agent, about, (ToolSpec("t"),), lanes=("fast",), **(wired | more))


def ended(story: Story) -> list[str]:
    """What was asked once the run had its cause."""
    first = next(
        entry.seq for entry in story.recorder.transcript.entries if story.recorder.transcript.at(entry.seq).cause
    )
    asked = [effect for entry in story.recorder.transcript.entries[first:] for effect in entry.asked]
    return [type(effect).__name__ for effect in asked if isinstance(effect, Asked)]


CAUSES: dict[str, Callable[[Story], Story]] = {
    "an answer": lambda story: story.reply("done"),
    "a failure": lambda story: story.reply(REFUSED),
    "a cancel": lambda story: story.tell(CancelRequested(0)),
    "a timeout": lambda story: story.tell(TimePassed(0), "180s"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_end_is_the_same_whatever_the_cause(cause: str) -> None:
    story = CAUSES[cause](whole().converse())
    assert story.run.stage is Stage.FINALIZING
    story.end()
    assert ended(story) == [part.__name__ for part in PARTED]
    assert story.run.stage is Stage.DONE
    closed = Door.CLOSED
    assert story.run.ports == Ports(closed, Door.OPEN, closed, closed, closed)


def test_there_is_a_part_for_each_of_them() -> None:
    assert len(PARTS) == len(PARTED)


def test_the_place_in_the_lane_is_free_before_the_end_begins() -> None:
    story = whole().converse().reply("done")
    assert story.names == ["TellAudit", "TellCritic", "ReleaseLane", "MakeArtifacts"]
    assert len(story.end().of(ReleaseLane)) == 1


@pytest.mark.parametrize("part", PARTED, ids=lambda part: part.__name__)
@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "fails"])
def test_a_part_that_fails_or_hangs_is_a_warning_and_keeps_no_other_from_its_turn(
    part: type[Asked], hangs: bool
) -> None:
    story = whole().converse().reply("done").oblige(part)
    assert next_wakeup(story.run) == 10 * SECOND
    if hangs:
        story.tell(TimePassed(0), "10s")
    else:
        story.answer(part, DOWN)
    story.end()
    assert ended(story) == [one.__name__ for one in PARTED]
    assert (story.result.status, story.result.output) == ("ok", "done")
    assert len(story.result.warnings) == 1
    assert story.result.warnings[0].endswith("failed: no answer in time" if hangs else "failed: down")


def test_each_part_has_a_time_of_its_own() -> None:
    story = whole().converse().reply("done")
    for count in range(1, len(PARTED) + 1):
        assert next_wakeup(story.run) == 10 * SECOND * count
        story.tell(TimePassed(0), "10s")
    assert (story.run.stage, len(story.result.warnings)) == (Stage.DONE, len(PARTED))


def test_what_comes_too_late_for_its_part_changes_nothing() -> None:
    story = whole().converse().reply("done").oblige(Deliver)
    late = OutputDelivered(0, story.open(Deliver).id, True)
    story.tell(TimePassed(0), "10s")
    before = story.run
    assert story.tell(late).run == before


@pytest.mark.parametrize("event", [CancelRequested(0), ShutdownRequested(0), Steered(0, "x"), TimePassed(0)])
@pytest.mark.parametrize("part", PARTED, ids=lambda part: part.__name__)
def test_nothing_renames_the_cause_or_asks_for_a_part_twice(part: type[Asked], event: Any) -> None:
    story = whole().converse().reply("done").oblige(part).tell(event, "1s").end()
    assert ended(story) == [one.__name__ for one in PARTED]
    assert story.result.status == "ok"
    assert not story.result.resumable


class TestWhatIsOwed:
    def test_without_ports_nothing_is(self) -> None:
        assert ended(Story().converse().reply("done")) == []

    def test_a_run_that_never_entered_its_loop_releases_and_makes_nothing(self) -> None:
        story = whole().oblige(ResolveModel).answer(ResolveModel, ()).end()
        asked = [OpenAudit, ReleaseBudget, Deliver, CloseAudit, RunFinalizers]
        assert ended(story) == [one.__name__ for one in asked]

    def test_a_checkpoint_that_was_begun_fails_and_a_session_is_cleaned_up(self) -> None:
        story = whole().oblige(BuildToolbox).answer(BuildToolbox, DOWN).end()
        asked = [ReleaseBudget, Deliver, CloseAudit, CleanUp, RunFinalizers, SettleCheckpoint]
        assert ended(story) == [one.__name__ for one in asked]
        assert story.of(SettleCheckpoint)[0].fate is Fate.FAIL

    def test_a_refused_run_has_nothing_to_release(self) -> None:
        story = whole().answer(CheckBudget, Refusal()).end()
        assert ended(story) == [one.__name__ for one in (OpenAudit, Deliver, CloseAudit, RunFinalizers)]

    def test_no_target_no_delivery(self) -> None:
        story = Story(Agent(), Invocation(prompt="hi", delivery=Target("chat")), delivery=True)
        assert not story.converse().reply("done").end().of(Deliver)

    def test_a_target_without_a_port_to_deliver_to_is_no_delivery(self) -> None:
        story = whole(delivery=False).converse().reply("done").end()
        assert not story.of(Deliver)

    def test_an_audit_that_can_not_be_opened_at_the_end_is_not_closed(self) -> None:
        story = whole().answer(CheckBudget, DOWN).answer(OpenAudit, DOWN).end()
        assert not story.of(CloseAudit)
        assert "audit failed: down" in story.result.warnings


class TestWhatIsSaid:
    def test_what_was_spent_is_committed(self) -> None:
        story = whole().converse().reply(wanting("t", usage=Usage(5, 2, cost=3)), "2s").returns(after="3s")
        story.tell(CancelRequested(0), "1s").end()
        assert story.of(CommitBudget)[0].spent == Spent(6 * SECOND, Usage(5, 2, cost=3), "cancelled", "me")

    def test_an_answer_is_delivered_with_its_artifacts(self) -> None:
        made = Made((Artifact("a.txt", "text/plain", b"x"),), (("kind", "note"),))
        story = whole().converse().reply("done").answer(MakeArtifacts, made).end()
        delivered = story.of(Deliver)[0]
        assert (delivered.text, delivered.is_error, delivered.artifacts) == ("done", False, made.artifacts)
        assert (story.result.artifacts, story.result.metadata) == (made.artifacts, {"kind": "note"})

    @pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "an answer"])
    def test_else_its_error_is(self, cause: str) -> None:
        story = CAUSES[cause](whole().converse()).end()
        delivered = story.of(Deliver)[0]
        assert (delivered.text, delivered.is_error) == (str(story.result.error), True)
        assert story.of(SettleCheckpoint)[0].fate is Fate.FAIL

    def test_the_hook_gets_output_and_error(self) -> None:
        story = whole().converse().reply(wanting("t", text="So far.")).returns().tell(CancelRequested(0, "me"))
        hook = story.open(MakeArtifacts)
        assert (hook.output, hook.error) == ("So far.", "cancelled by me")

    def test_the_audit_is_closed_with_one_roll_up(self) -> None:
        story = whole().converse().reply(wanting("t", usage=Usage(5)), "2s").returns().reply("done", "1s").end()
        (closing,) = story.of(CloseAudit)
        rolled = closing.roll_up
        assert (rolled.status, rolled.output, rolled.error, rolled.tool_calls) == ("ok", "done", "", 1)
        assert (rolled.runtime, rolled.usage, rolled.resumable) == (3 * SECOND, Usage(5), False)

    def test_the_hooks_time_is_none_of_the_runs(self) -> None:
        story = whole().converse().reply("done", "2s").answer(MakeArtifacts, Made(), "9s").end()
        assert story.result.runtime.total_seconds() == 2


def test_a_cancel_while_it_prepares_is_finalised_too() -> None:
    story = whole().oblige(BuildToolbox).tell(CancelRequested(0, "me")).end()
    assert story.run.cause == Cancelled(0, "me")
    assert story.run.stage is Stage.DONE
    assert not story.of(CallModel)
    assert len(story.of(CleanUp)) == 1
