"""Attempts of calls: each call counts its own, whichever gives a result first has given it, late ones are paired.

Law: what came of one call of a reply changes nothing about the others, whatever step it is and whoever came first.
"""

import pytest

from executus.answers import ToolReturned
from executus.bounds import Defaults
from executus.effects import AskApproval, CallModel, Reconcile, RunTool
from executus.events import OutcomeSettled, RunResumed, ShutdownRequested
from executus.facts import Approved, NotDone, StillUnknown
from executus.laws import broken
from executus.values import Fault, FaultKind, ToolClass, ToolResult, ToolSpec
from tests.executus.acting import SECOND, Story
from tests.executus.machines.trying import CUT, asked, calls, results, story, wait
from tests.playing import WALL_TIME


class TestNeverHappened:
    """A tool that says of a lost call that it never happened: the call is run again, so often."""

    PAY = ToolSpec("pay", reconcile=True, needs_approval=True)

    def lost(self, told: Story, place: int = 0) -> Story:
        told.returns(CUT, place=place)
        return told.answer(Reconcile, NotDone())

    def test_it_is_run_as_often_as_the_policy_allows_and_a_person_is_asked_once(self) -> None:
        told = story(self.PAY, approver=True).reply(calls("pay")).answer(AskApproval, Approved())
        self.lost(self.lost(told))
        assert told.pending == ["RunTool"]
        self.lost(told)
        assert asked(told, 2) == ["0-0", "0-0", "0-0"]
        assert told.said[-1] == ("tool", "it did not happen, in 3 attempts")
        assert told.run.talk.conversation.last.is_error
        assert len(told.of(AskApproval)) == 1
        assert not told.result.unknown_outcomes

    def test_one_attempt_is_none_again(self) -> None:
        spec = ToolSpec("pay", reconcile=True)
        told = self.lost(story(spec, defaults=Defaults(model_attempts=1)).reply(calls("pay")))
        assert told.said[-1] == ("tool", "it did not happen, in 1 attempts")

    def test_each_call_counts_its_own_attempts(self) -> None:
        told = story(ToolSpec("pay", reconcile=True)).reply(calls("pay", "pay", "pay"))
        self.lost(self.lost(told, place=1), place=2)  # Who is asked again comes last.
        assert told.run.talk.attempts == (1, 3, 1)
        self.lost(told, place=0)
        assert told.run.talk.attempts == (2, 3, 1)
        assert asked(told, 2) == ["0-0", "0-1", "0-2", "0-1", "0-1", "0-0"]

    def test_a_tool_that_is_not_asked_counts_with_it(self) -> None:
        """A keyed call is run again by itself; a tool that can be asked is asked after the last attempt."""
        told = story(ToolSpec("pay", effect=ToolClass.KEYED, reconcile=True)).reply(calls("p", "pay"))
        wait(wait(told.returns(CUT, place=1)).returns(CUT, place=1)).returns(CUT, place=1)
        told.answer(Reconcile, NotDone())
        assert results(told.returns(), 1) == ["it did not happen, in 3 attempts"]


class TestKeyed:
    PAY = ToolSpec("pay", effect=ToolClass.KEYED, needs_approval=True)

    def test_each_call_counts_its_own_attempts(self) -> None:
        told = story(ToolSpec("pay", effect=ToolClass.KEYED)).reply(calls("pay", "pay", "pay"))
        wait(told.returns(CUT, place=1))
        wait(told.returns(CUT, place=2))
        assert told.run.talk.attempts == (1, 3, 1)
        wait(told.returns(CUT, place=0))
        assert told.run.talk.attempts == (2, 3, 1)
        assert asked(told, 2) == ["0-0", "0-1", "0-2", "0-1", "0-1", "0-0"]
        assert [call.number for call in told.of(RunTool)][2:] == [2, 3, 4, 3, 3, 2]

    def test_a_person_who_has_allowed_it_is_not_asked_again(self) -> None:
        told = story(self.PAY, approver=True).reply(calls("pay")).answer(AskApproval, Approved())
        wait(told.returns(CUT))
        assert told.pending == ["RunTool"]

    def test_the_waits_of_two_calls_are_drawn_apart_and_those_of_a_fork_anew(self) -> None:
        told = story(ToolSpec("pay", effect=ToolClass.KEYED)).reply(calls("pay", "pay"))
        told.returns(CUT).returns(CUT)
        first, second = [getattr(slot, "at", 0) - told.run.now for slot in told.run.talk.slots]
        assert first != second
        assert SECOND // 2 <= min(first, second) <= max(first, second) <= SECOND

    def test_a_call_that_was_open_when_the_process_went_is_asked_at_once(self) -> None:
        told = story(ToolSpec("pay", effect=ToolClass.KEYED), checkpoints=True, steps=0).reply(calls("pay"))
        told.tell(RunResumed(0, 1, WALL_TIME), "5s").oblige(RunTool)
        assert asked(told) == ["0-0", "0-0"]


class TestLateResults:
    KEYED = ToolSpec("pay", effect=ToolClass.KEYED)

    def late(self, told: Story, question: int, text: str = "late") -> Story:
        return told.tell(ToolReturned(0, question, ToolResult(text)), "1us")

    def cut_one(self, place: int, *, steps: int = 1) -> tuple[Story, int]:
        """Three calls, of which one was cut and is asked again; and the question that was cut."""
        told = story(self.KEYED, steps=steps).reply(calls("pay", "pay", "pay"))
        question = told.open(RunTool, place).id
        return wait(told.returns(CUT, place=place)), question

    @pytest.mark.parametrize("place", range(3))
    @pytest.mark.parametrize("steps", [0, 1])
    def test_it_is_the_result_of_its_own_call_and_of_no_other(self, place: int, steps: int) -> None:
        told, question = self.cut_one(place, steps=steps)
        again = told.of(RunTool)[-1].id
        self.late(told, question)
        assert told.names == ["Abandon"]
        assert again not in [one.id for one in told.run.pending]
        expected = ["a", "b"]
        expected.insert(place, "late")
        told.returns("a").returns("b")
        assert results(told, 3) == expected
        assert broken(told.recorder.transcript) == ()

    @pytest.mark.parametrize("place", range(3))
    def test_while_it_waits_to_be_asked_again_too(self, place: int) -> None:
        told = story(self.KEYED).reply(calls("pay", "pay", "pay"))
        question = told.open(RunTool, place).id
        self.late(told.returns(CUT, place=place), question)
        assert told.names == []
        assert told.pending == ["RunTool", "RunTool"]
        assert told.returns("a").returns("b").pending == ["CallModel"]
        assert results(told, 3)[place] == "late"

    def test_once_the_call_has_its_result_it_changes_nothing(self) -> None:
        told, question = self.cut_one(1)
        told.returns("second", place=2)
        before = told.run.talk
        assert self.late(told, question).run.talk == before
        told.returns("a").returns("b")
        assert results(told, 3) == ["a", "second", "b"]

    def test_of_a_call_of_an_earlier_step_that_was_settled_it_changes_nothing(self) -> None:
        told = story(self.KEYED, steps=0).reply(calls("pay"))
        question = told.open(RunTool).id
        wait(wait(told.returns(CUT)).returns(CUT)).returns(CUT)
        assert [one.settled for one in told.result.unknown_outcomes] == [""]
        told.reply(calls("p", "p", n=7)).tell(OutcomeSettled(0, "0-0", True, "paid", "ann"))
        before = told.run.talk.slots
        self.late(told, question)
        assert told.run.talk.slots == before
        assert told.returns("a").returns("b").pending == ["CallModel"]
        assert [one.settled for one in told.result.unknown_outcomes] == ["happened, says ann"]

    def test_an_earlier_attempt_settles_what_nobody_knew(self) -> None:
        told = story(self.KEYED).reply(calls("pay"))
        question = told.open(RunTool).id
        wait(wait(told.returns(CUT)).returns(CUT)).returns(CUT)
        self.late(told, question, "paid")
        (unknown,) = told.result.unknown_outcomes
        assert unknown.settled == "happened, says its late result"
        assert told.reply("half").said[-1] == (
            "user",
            "Outcome of the earlier call 0-0 of pay: it happened, says its late result. paid",
        )

    def test_while_the_run_is_suspended_it_is_kept_and_nothing_more_is_abandoned(self) -> None:
        told = story(self.KEYED, checkpoints=True).reply(calls("pay", "pay"))
        question = told.open(RunTool).id
        wait(told.returns(CUT)).tell(ShutdownRequested(0))
        self.late(told, question)
        assert told.names == []
        told.end().tell(RunResumed(0, 1, WALL_TIME)).oblige(RunTool)
        assert asked(told, 2) == ["0-0", "0-1", "0-0", "0-1"]
        told.returns("b")
        assert results(told, 2) == ["late", "b"]
        assert broken(told.recorder.transcript) == ()

    def test_so_is_that_of_the_attempt_that_was_open(self) -> None:
        told = story(self.KEYED, checkpoints=True).reply(calls("pay", "pay"))
        question = told.open(RunTool, 1).id
        self.late(told.tell(ShutdownRequested(0)), question)
        told.end().tell(RunResumed(0, 1, WALL_TIME)).oblige(RunTool).returns("a")
        assert results(told, 2) == ["a", "late"]

    @pytest.mark.parametrize("fault", [Fault(FaultKind.UNKNOWN, "it can't tell"), CUT], ids=["unknown", "cut"])
    def test_who_still_does_not_know_settles_nothing(self, fault: Fault) -> None:
        told = story(ToolSpec("pay"), steps=0).reply(calls("pay"))
        question = told.open(RunTool).id
        told.returns(CUT)
        before = told.run
        assert told.tell(ToolReturned(0, question, fault)).run == before

    def test_an_error_that_comes_late_says_that_it_did_not_happen(self) -> None:
        told = story(ToolSpec("pay"), steps=0).reply(calls("pay"))
        question = told.open(RunTool).id
        told.returns(CUT).tell(ToolReturned(0, question, Fault(FaultKind.TOOL, "no money")))
        assert [one.settled for one in told.result.unknown_outcomes] == ["did not happen, says its late result"]
        assert told.reply("half").said[-1][1] == (
            "Outcome of the earlier call 0-0 of pay: it did not happen, says its late result. no money"
        )


def test_a_verified_call_is_not_settled_twice_nor_by_another_tool() -> None:
    told = story(ToolSpec("pay", verifier="p"), ToolSpec("other"), steps=0).reply(calls("pay")).returns(CUT)
    told.reply(calls("other", n=1)).returns("fine")
    assert [one.settled for one in told.result.unknown_outcomes] == [""]
    told.tell(OutcomeSettled(0, "0-0", False, "no money")).reply("half").reply(calls("p", n=2)).returns("seen")
    assert [one.settled for one in told.result.unknown_outcomes] == ["did not happen, says the host"]


def test_a_tool_that_can_not_tell_leaves_it_to_the_model() -> None:
    told = story(ToolSpec("pay", reconcile=True)).reply(calls("p", "pay")).returns(CUT, place=1)
    told.answer(Reconcile, StillUnknown()).returns("1")
    assert [one.number for one in told.result.unknown_outcomes] == [3]
    assert told.open(CallModel).conversation.last.call_id == "0-1"
