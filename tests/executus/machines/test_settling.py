"""Found out at last: which of several lost calls is settled, where its outcome stands, who need not decide."""

import pytest

from executus.agent import Agent, ModelChoice
from executus.answers import ToolReturned
from executus.effects import Abandon, AskApproval, CallModel, Compact, RunTool
from executus.events import CancelRequested, OutcomeSettled
from executus.facts import Approved, Noted
from executus.laws import broken
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolResult, ToolSpec
from tests.executus.acting import Story, wanting
from tests.executus.machines.trying import CUT, asked, calls, results, story


def settled(told: Story) -> list[str]:
    return [one.settled for one in told.result.unknown_outcomes]


class TestOneOfThree:
    def lost(self) -> Story:
        """Three calls, all of them lost, and the model told."""
        return story(ToolSpec("pay")).reply(calls("pay", "pay", "pay")).returns(CUT).returns(CUT).returns(CUT)

    @pytest.mark.parametrize("place", range(3))
    def test_a_person_settles_the_one_of_which_they_know(self, place: int) -> None:
        told = self.lost().tell(OutcomeSettled(0, f"0-{place}", True, "paid", "ann"))
        expected = ["", "", ""]
        expected[place] = "happened, says ann"
        assert settled(told) == expected
        assert told.reply("half").said[-1] == (
            "user",
            f"Outcome of the earlier call 0-{place} of pay: it happened, says ann. paid",
        )

    @pytest.mark.parametrize("place", range(3))
    def test_so_does_a_late_result(self, place: int) -> None:
        told = story(ToolSpec("pay")).reply(calls("pay", "pay", "pay"))
        ids = [one.id for one in told.run.pending]
        told.returns(CUT).returns(CUT).returns(CUT).tell(ToolReturned(0, ids[place], ToolResult("paid")))
        expected = ["", "", ""]
        expected[place] = "happened, says its late result"
        assert settled(told) == expected

    def test_what_is_settled_stays_it(self) -> None:
        told = self.lost().tell(OutcomeSettled(0, "0-1", True, "paid", "ann"))
        told.tell(OutcomeSettled(0, "0-1", False, "no", "ben"))
        assert settled(told) == ["", "happened, says ann", ""]

    def test_who_says_nothing_more_is_the_host_and_nothing_is_added(self) -> None:
        told = self.lost().tell(OutcomeSettled(0, "0-0", True)).tell(OutcomeSettled(0, "0-1", False)).reply("half")
        assert [text for role, text in told.said if role == "user"][1:] == [
            "Outcome of the earlier call 0-0 of pay: it happened, says the host.",
            "Outcome of the earlier call 0-1 of pay: it did not happen, says the host. it did not happen",
        ]


class TestBeforeTheModelIsTold:
    @pytest.mark.parametrize("place", range(3))
    def test_it_is_the_result_of_its_call_and_the_others_keep_theirs(self, place: int) -> None:
        told = story(ToolSpec("pay"), audit=True).reply(calls("pay", "pay", "pay", "p"))
        told.returns(CUT, place=place).tell(OutcomeSettled(0, f"0-{place}", True, "paid", "ann"))
        assert Noted("outcome_settled", (("call", f"0-{place}"),)) in told.audited
        told.returns("a").returns("b").returns("c")
        expected = ["a", "b", "c"]
        expected.insert(place, "paid")
        assert results(told, 4) == expected
        assert not told.run.talk.mailbox
        assert broken(told.recorder.transcript) == ()

    def test_what_did_not_happen_is_an_error(self) -> None:
        told = story(ToolSpec("pay")).reply(calls("pay", "p")).returns(CUT)
        told.tell(OutcomeSettled(0, "0-0", False, "no money", "ann"))
        assert told.run.talk.slots[0] == Fault(FaultKind.TOOL, "no money")
        told.returns("1")
        assert results(told, 2) == ["no money", "1"]
        assert [said.is_error for said in told.run.talk.conversation if said.role == "tool"][-2:] == [True, False]

    def test_a_call_of_an_earlier_step_is_still_steering(self) -> None:
        told = story(ToolSpec("pay")).reply(calls("pay")).returns(CUT).reply(calls("p", "p", n=1))
        told.tell(OutcomeSettled(0, "0-0", True, "paid", "ann"))
        told.returns("1").returns("2")
        assert results(told, 2) == ["1", "2"]
        assert told.said[-1] == ("user", "Outcome of the earlier call 0-0 of pay: it happened, says ann. paid")


class TestHeldCalls:
    PAY = ToolCall("first", "pay", '{"n":1}')
    EQUAL = ToolCall("second", "pay", '{"n": 1}')
    OTHER = ToolCall("third", "ask", "{}")

    def held(self) -> Story:
        """A person is asked of a call that equals a lost one, and of another that always needs a word."""
        told = story(ToolSpec("pay"), ToolSpec("ask", needs_approval=True), steps=0, approver=True)
        told.reply(wanting(self.PAY)).returns(CUT).reply(wanting(self.EQUAL, self.OTHER))
        assert [one.call.call_id for one in told.of(AskApproval)] == ["second", "third"]
        return told

    def test_once_it_is_settled_only_the_held_one_needs_no_word_any_more(self) -> None:
        told = self.held()
        first = told.open(AskApproval).id
        told.tell(OutcomeSettled(0, "first", False, "no money", "ann"))
        assert told.pending == ["AskApproval", "RunTool"]
        assert told.open(AskApproval).call == self.OTHER
        assert Abandon(first) in told.asked
        assert asked(told) == ["first", "second"]
        told.answer(AskApproval, Approved()).returns("paid").returns("asked")
        assert results(told, 2) == ["paid", "asked"]
        assert broken(told.recorder.transcript) == ()

    def test_the_settling_of_another_call_changes_nothing_for_it(self) -> None:
        told = story(ToolSpec("pay"), steps=0, approver=True)
        told.reply(wanting(self.PAY, ToolCall("x", "pay", '{"n":2}'))).returns(CUT).returns(CUT)
        told.reply(wanting(self.EQUAL)).tell(OutcomeSettled(0, "x", True, "paid", "ann"))
        assert told.pending == ["AskApproval"]

    def test_where_nobody_can_decide_equal_calls_behind_a_lost_one_are_not_run(self) -> None:
        """Of the same reply those that were not asked yet; others run, in their turn."""
        told = story(ToolSpec("pay", serial=True), steps=0)
        other = ToolCall("other", "pay", '{"n":2}')
        told.reply(wanting(self.PAY, other, self.EQUAL, ToolCall("p", "p", "{}"))).returns(CUT)
        refused = Fault(FaultKind.TOOL, "not run: an equal call of pay may have happened already")
        assert told.run.talk.slots[2] == refused
        told.returns("2").returns("p")
        assert asked(told) == ["first", "other", "p"]
        assert results(told, 3) == ["2", refused.message, "p"]
        assert told.pending == ["CallModel"]

    def test_where_somebody_can_they_are_asked(self) -> None:
        told = story(ToolSpec("pay", serial=True), steps=0, approver=True)
        told.reply(wanting(self.PAY, self.EQUAL)).returns(CUT)
        assert told.open(AskApproval).why == "outcome unknown"


class TestVerifiers:
    def test_each_lost_call_is_verified_by_its_own_tool(self) -> None:
        told = story(ToolSpec("pay", verifier="look"), ToolSpec("send", verifier="p"), ToolSpec("look"), steps=0)
        told.reply(calls("pay", "send")).returns(CUT).returns(CUT)
        told.reply(calls("p", n=1)).returns("fine")
        assert settled(told) == ["", "verified by p"]
        told.reply(calls("look", n=2)).returns("fine")
        assert settled(told) == ["verified by look", "verified by p"]

    def test_it_must_come_later_than_the_call(self) -> None:
        told = story(ToolSpec("pay", verifier="p"), steps=0).reply(calls("pay", "p")).returns(CUT).returns("fine")
        assert settled(told) == [""]

    def test_what_it_could_not_tell_settles_nothing(self) -> None:
        told = story(ToolSpec("pay", verifier="look"), ToolSpec("look", effect=ToolClass.PURE), steps=0)
        told.reply(calls("pay")).returns(CUT).reply(calls("look", "p", n=1)).returns(CUT).returns("p")
        assert settled(told) == [""]

    def test_a_call_without_a_verifier_is_verified_by_nobody(self) -> None:
        told = story(ToolSpec("pay"), steps=0).reply(calls("pay")).returns(CUT).reply(calls("p", n=1)).returns()
        assert settled(told) == [""]
        assert told.open(CallModel)


class TestResultsThatNobodyWaitsFor:
    def test_while_the_run_ends_it_settles_the_call_that_was_open(self) -> None:
        told = story(ToolSpec("pay"), finalizers=True).reply(calls("pay", "p"))
        question = told.open(RunTool).id
        told.tell(CancelRequested(0)).tell(ToolReturned(0, question, ToolResult("paid")))
        assert settled(told) == ["happened, says its late result"]
        assert [step.content for step in told.end().result.steps[2:]] == ["paid"]

    def test_one_for_a_question_of_another_kind_changes_nothing(self) -> None:
        told = story(ToolSpec("pay", needs_approval=True), approver=True).reply(calls("pay"))
        before = told.run
        assert told.tell(ToolReturned(0, told.open(AskApproval).id, ToolResult("paid"))).run == before

    def test_where_nothing_is_left_of_the_conversation_it_is_steering_all_the_same(self) -> None:
        chain = (ModelChoice("m", 100),)
        told = Story(Agent(low_level_tools=("pay",)), "", (ToolSpec("pay"),), chain, compactor=True).converse()
        told.reply(wanting(ToolCall("a", "pay"))).returns(CUT)
        told.reply(Fault(FaultKind.MODEL, "too long", status=400, overflow=True)).answer(Compact, ())
        told.tell(OutcomeSettled(0, "a", True, "paid", "ann")).reply("half")
        assert told.said[-1] == ("user", "Outcome of the earlier call a of pay: it happened, says ann. paid")
