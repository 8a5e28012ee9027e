"""Lost outcomes: run again where it does no harm, else asked about, told, held, and settled later."""

from typing import Any

import pytest

from executus.agent import Agent
from executus.answers import ToolReturned
from executus.bounds import Defaults
from executus.effects import AskApproval, CallModel, Reconcile, RunTool
from executus.events import CancelRequested, OutcomeSettled, TimePassed
from executus.facts import Approved, NotDone, Refused, StillUnknown
from executus.failures import OutcomeLost
from executus.rules.status import Failed
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolResult, ToolSpec
from tests.executus.acting import DOWN, SECOND, Story, wanting

CUT = Fault(FaultKind.TIMEOUT, "cut")
RAISED = Fault(FaultKind.UNKNOWN, "it can't tell")
PAY = ToolCall("c0", "pay", '{"n":1}')
AGAIN = ToolCall("c1", "pay", '{ "n": 1 }')


def paying(
    effect: ToolClass = ToolClass.UNSAFE, *more: ToolSpec, on_unknown: Any = "tell", tool: Any = None, **wired: Any
) -> Story:
    """A run that has asked to pay."""
    spec = ToolSpec("pay", effect=effect, **(tool or {}))
    names = tuple([one.name for one in (spec, *more)])
    agent = Agent(low_level_tools=names, on_unknown=on_unknown)
    return Story(agent, "hi", (spec, *more), **wired).converse().reply(wanting(PAY))


def told(story: Story) -> str:
    return story.run.talk.conversation.last.text


@pytest.mark.parametrize("lost", [CUT, RAISED], ids=["cut", "raised"])
def test_an_unsafe_call_is_never_run_again_silently(lost: Fault) -> None:
    story = paying().returns(lost)
    assert told(story) == (
        f"outcome unknown: pay may have happened ({lost.message}). An equal call is held until then."
    )
    assert not story.run.talk.conversation.last.is_error
    assert len(story.of(RunTool)) == 1
    (unknown,) = story.result.unknown_outcomes
    assert (unknown.call, unknown.number, unknown.reason, unknown.settled) == (PAY, 0, lost.message, "")


@pytest.mark.parametrize("lost", [CUT, RAISED], ids=["cut", "raised"])
@pytest.mark.parametrize("effect", [ToolClass.PURE, ToolClass.IDEMPOTENT])
def test_a_harmless_call_is_an_error_for_the_model_to_read(effect: ToolClass, lost: Fault) -> None:
    story = paying(effect).returns(lost)
    assert (told(story), story.run.talk.conversation.last.is_error) == (lost.message, True)
    assert not story.result.unknown_outcomes


def test_unknown_outcomes_are_no_tool_errors() -> None:
    assert paying().returns(CUT).run.guards.error_streak == 0


class TestKeyed:
    def test_it_is_asked_again_under_another_question_and_the_same_number(self) -> None:
        story = paying(ToolClass.KEYED).returns(CUT)
        wakeup = next_wakeup(story.run)
        assert wakeup is not None
        assert SECOND // 2 <= wakeup <= SECOND
        story.at(TimePassed(wakeup))
        first, second = story.of(RunTool)
        assert (first.call, first.number) == (second.call, second.number) == (PAY, 0)
        assert first.id != second.id

    def test_after_the_last_attempt_it_is_unknown(self) -> None:
        story = paying(ToolClass.KEYED, defaults=Defaults(model_attempts=2)).returns(CUT)
        story.at(TimePassed(next_wakeup(story.run) or 0)).returns(CUT)
        assert told(story).startswith("outcome unknown: pay")
        assert len(story.of(RunTool)) == 2

    def test_a_late_result_of_a_cut_attempt_is_the_calls_result(self) -> None:
        story = paying(ToolClass.KEYED, tool={"timeout": SECOND}).tell(TimePassed(0), "1s")
        story.at(TimePassed(next_wakeup(story.run) or 0))
        first, second = story.of(RunTool)

        story.tell(ToolReturned(0, first.id, ToolResult("late")))
        assert told(story) == "late"
        assert story.pending == ["CallModel"]
        assert [effect.question for effect in story.asked if hasattr(effect, "question")] == [second.id]
        assert not story.result.unknown_outcomes

    def test_a_late_result_while_it_waits_to_be_asked_again_is_taken_too(self) -> None:

        story = paying(ToolClass.KEYED, tool={"timeout": SECOND}).tell(TimePassed(0), "1s")
        story.tell(ToolReturned(0, story.of(RunTool)[0].id, ToolResult("late")), "1us")
        assert told(story) == "late"
        assert story.pending == ["CallModel"]


class TestReconcile:
    TOOL: Any = {"reconcile": True}  # noqa: RUF012  # it is only read

    @pytest.mark.parametrize(
        ("found", "text"),
        [
            (ToolResult("paid"), "paid"),
            (
                StillUnknown(),
                "outcome unknown: pay may have happened (its tool can't tell what became of it). "
                "An equal call is held until then.",
            ),
            (
                DOWN,
                "outcome unknown: pay may have happened (its tool could not be asked: down). "
                "An equal call is held until then.",
            ),
        ],
    )
    def test_the_tool_is_asked_what_became_of_it(self, found: object, text: str) -> None:
        story = paying(tool=self.TOOL).returns(CUT)
        assert (story.open(Reconcile).call, story.open(Reconcile).number) == (PAY, 0)
        assert told(story.answer(Reconcile, found)) == text

    def test_what_was_not_done_is_run(self) -> None:
        story = paying(tool=self.TOOL).returns(CUT).answer(Reconcile, NotDone())
        assert story.pending == ["RunTool"]
        assert told(story.returns("paid")) == "paid"

    def test_a_tool_that_does_not_say_in_time_can_not_be_asked(self) -> None:
        story = paying(tool=self.TOOL).returns(CUT).tell(TimePassed(0), "10s")
        assert "could not be asked" in told(story)


class TestHeld:
    def test_without_anybody_to_decide_it_is_an_error_that_names_the_verifier(self) -> None:
        check = ToolSpec("check")
        story = paying(ToolClass.UNSAFE, check, tool={"verifier": "check"}).returns(CUT)
        assert "Find out with check first." in told(story)
        story.reply(wanting(AGAIN))
        assert told(story) == "not run: an equal call of pay may have happened already: find out first with check"
        assert len(story.of(RunTool)) == 1

    def test_a_success_of_the_verifier_lifts_it(self) -> None:
        story = paying(ToolClass.UNSAFE, ToolSpec("check"), tool={"verifier": "check"}).returns(CUT)
        story.reply(wanting("check")).returns(Fault(FaultKind.TOOL, "no"))
        assert not story.result.unknown_outcomes[0].settled
        story.reply(wanting("check")).returns("nothing was paid")
        assert story.result.unknown_outcomes[0].settled == "verified by check"
        assert story.reply(wanting(AGAIN)).pending == ["RunTool"]

    def test_a_verifier_in_the_same_reply_was_not_later(self) -> None:
        story = Story(None, "hi", (ToolSpec("pay", verifier="check"), ToolSpec("check"))).converse()
        story.reply(wanting(PAY, ToolCall("v", "check"))).returns("fine", place=1).returns(CUT)
        assert not story.result.unknown_outcomes[0].settled

    @pytest.mark.parametrize("decision", [Approved(), Refused("no")])
    def test_with_an_approver_it_waits_for_the_decision(self, decision: object) -> None:
        story = paying(approver=True).returns(CUT).reply(wanting(AGAIN))
        assert story.open(AskApproval).why == "outcome unknown"
        story.answer(AskApproval, decision)
        assert story.pending == (["RunTool"] if decision == Approved() else ["CallModel"])

    def test_another_call_is_not_held(self) -> None:
        story = paying().returns(CUT).reply(wanting(ToolCall("c1", "pay", '{"n":2}')))
        assert story.pending == ["RunTool"]

    def test_an_equal_call_of_the_same_reply_that_was_not_asked_yet_is_held(self) -> None:
        story = (
            Story(None, "hi", (ToolSpec("pay", serial=True),)).converse().reply(wanting(PAY, AGAIN)).returns(CUT)
        )
        assert told(story) == "not run: an equal call of pay may have happened already"
        assert len(story.of(RunTool)) == 1


class TestSettled:
    @pytest.mark.parametrize(("happened", "word"), [(True, "happened"), (False, "did not happen")])
    def test_after_the_model_was_told_it_enters_as_steering(self, happened: bool, word: str) -> None:
        story = paying().returns(CUT).tell(OutcomeSettled(0, "c0", happened, "see there", "the bank"))
        assert story.result.unknown_outcomes[0].settled == f"{word}, says the bank"
        story.reply("half")
        assert told(story) == f"Outcome of the earlier call c0 of pay: it {word}, says the bank. see there"
        assert story.reply(wanting(AGAIN)).pending == ["RunTool"]

    def test_before_the_model_was_told_it_is_the_calls_result(self) -> None:
        story = Story(None, "hi", (ToolSpec("pay"), ToolSpec("p"))).converse()
        story.reply(wanting(PAY, "p")).returns(CUT).tell(OutcomeSettled(0, "c0", True, "paid")).returns("p")
        assert [text for role, text in story.said if role == "tool"] == ["paid", "p"]

    def test_a_late_result_settles_it(self) -> None:

        story = paying().returns(CUT)
        story.tell(ToolReturned(0, story.of(RunTool)[0].id, ToolResult("paid")))
        assert story.result.unknown_outcomes[0].settled == "happened, says its late result"
        again = story.run
        story.tell(ToolReturned(0, story.of(RunTool)[0].id, ToolResult("paid")))
        assert story.run == again

    def test_what_nobody_lost_can_not_be_settled(self) -> None:
        story = paying().returns("paid")
        before = story.run
        assert story.tell(OutcomeSettled(0, "c0", True)).run == before
        assert story.tell(OutcomeSettled(0, "c9", True)).run == before


@pytest.mark.parametrize("on_unknown", ["fail", "park"])
def test_an_agent_may_refuse_to_go_on(on_unknown: str) -> None:
    story = paying(on_unknown=on_unknown).returns(CUT)
    assert story.run.cause == Failed(0, OutcomeLost("pay", "cut"))
    assert len(story.result.unknown_outcomes) == 1
    assert not [one for one in story.asked if isinstance(one, CallModel)]


@pytest.mark.parametrize("effect", list(ToolClass))
def test_a_run_that_ends_reports_the_calls_that_were_open(effect: ToolClass) -> None:
    story = paying(effect).tell(CancelRequested(0))
    is_open = effect in (ToolClass.KEYED, ToolClass.UNSAFE)
    assert [one.reason for one in story.result.unknown_outcomes] == (
        ["the run ended while the call was open"] if is_open else []
    )
