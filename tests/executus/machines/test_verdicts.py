"""What the kernel says itself of a call: it failed, nobody knows, or nothing; also of a tool that is gone."""

import pytest

from executus.agent import Agent
from executus.bounds import Defaults
from executus.effects import AskApproval, BuildToolbox, CloseAudit, Reconcile, RunTool
from executus.events import CancelRequested, PortFailed, RunResumed, ShutdownRequested
from executus.facts import Approved, NotDone
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolSpec
from tests.executus.acting import Story, wanting
from tests.executus.machines.trying import CUT, asked, calls, results, story, wait
from tests.playing import WALL_TIME


class TestWhatTheKernelSaysItself:
    """An error of its own is a tool's, for the model to read: not that the outcome is unknown, nor a port's."""

    @pytest.mark.parametrize("effect", [ToolClass.PURE, ToolClass.IDEMPOTENT])
    def test_of_a_harmless_call_that_was_cut(self, effect: ToolClass) -> None:
        told = story(ToolSpec("look", effect=effect)).reply(calls("look", "p")).returns(CUT)
        assert told.run.talk.slots[0] == Fault(FaultKind.TOOL, "cut")

    def test_of_one_that_never_happened(self) -> None:
        told = story(ToolSpec("pay", reconcile=True), defaults=Defaults(model_attempts=1)).reply(calls("pay", "p"))
        told.returns(CUT).answer(Reconcile, NotDone())
        assert told.run.talk.slots[0] == Fault(FaultKind.TOOL, "it did not happen, in 1 attempts")

    def test_what_nobody_knows_is_kept_with_its_reason(self) -> None:
        told = story(ToolSpec("pay")).reply(calls("pay", "p")).returns(CUT)
        assert told.run.talk.slots[0] == Fault(FaultKind.UNKNOWN, "cut")


class TestAToolThatIsGone:
    """Of a session's tools another process may have fewer: of a call of one that is gone nobody knows anything."""

    def gone(self, effect: ToolClass = ToolClass.PURE) -> Story:
        tools = ToolSpec("t"), ToolSpec("s", effect=effect, verifier="t")
        told = Story(Agent(low_level_tools=("t",)), "hi", tools, session=True, checkpoints=True)
        told.converse().reply(calls("s", "t")).tell(RunResumed(0, 1, WALL_TIME)).oblige(BuildToolbox)
        return told.answer(BuildToolbox, (ToolSpec("t"),)).oblige(RunTool)

    def test_what_may_have_happened_is_unknown_and_has_no_verifier(self) -> None:
        told = self.gone().returns(CUT)
        assert [(one.call.name, one.reason, one.verifier) for one in told.result.unknown_outcomes] == [
            ("t", "the process went down while the call was open", ""),
            ("s", "cut", ""),
        ]
        assert results(told, 2)[0] == (
            "outcome unknown: s may have happened (cut). An equal call is held until then."
        )

    def test_so_it_is_where_the_run_ends(self) -> None:
        """A keyed call was asked twice: the first time by a process that had its tool."""
        told = self.gone(ToolClass.KEYED).tell(CancelRequested(0, "me")).end()
        assert [(one.call.name, one.number) for one in told.result.unknown_outcomes] == [("t", 1), ("s", 0)]


class TestARunThatEnds:
    """Every call that may have happened is reported with the question that was asked last, and no other is."""

    def reported(self, told: Story) -> list[tuple[int, int, str]]:
        told.tell(CancelRequested(0, "me")).end()
        unknown = told.result.unknown_outcomes
        assert all(one.reason == "the run ended while the call was open" for one in unknown)
        return [(one.question, one.number, one.call.call_id) for one in unknown]

    def test_calls_that_are_open(self) -> None:
        told = story(ToolSpec("k", effect=ToolClass.KEYED), ToolSpec("u")).reply(calls("p", "k", "p", "u", "u"))
        ids = [one.id for one in told.run.pending]
        told.returns("1", place=4)
        assert self.reported(told) == [(ids[1], 3, "0-1"), (ids[3], 5, "0-3")]

    def test_calls_that_wait_to_be_asked_again(self) -> None:
        told = story(ToolSpec("k", effect=ToolClass.KEYED)).reply(calls("p", "k", "k"))
        ids = [one.id for one in told.run.pending]
        told.returns(CUT, place=1).returns(CUT, place=1)
        assert self.reported(told) == [(ids[1], 3, "0-1"), (ids[2], 4, "0-2")]

    def test_calls_of_which_their_tool_is_being_asked_or_was_when_the_process_went(self) -> None:
        told = story(ToolSpec("u", reconcile=True), checkpoints=True).reply(calls("p", "u")).returns(CUT, place=1)
        question = told.open(Reconcile).id
        assert self.reported(told) == [(question, 3, "0-1")]
        told = story(ToolSpec("u", reconcile=True), checkpoints=True).reply(calls("p", "u"))
        cut = told.open(RunTool, 1).id
        told.returns(CUT, place=1).tell(RunResumed(0, 1, WALL_TIME))
        assert self.reported(told) == [(cut, 3, "0-1")]

    def test_calls_of_which_their_tool_was_asked_when_the_host_went_down(self) -> None:
        told = story(ToolSpec("u", reconcile=True), checkpoints=True).reply(calls("p", "u"))
        cut = told.open(RunTool, 1).id
        told.returns(CUT, place=1).tell(ShutdownRequested(0))
        assert self.reported(told) == [(cut, 3, "0-1")]

    def test_no_call_that_has_its_result_whatever_attempt_gave_it(self) -> None:
        told = story(ToolSpec("k", effect=ToolClass.KEYED), ToolSpec("u")).reply(calls("k", "u"))
        wait(told.returns(CUT)).returns("paid", place=1)
        assert self.reported(told) == [(told.of(RunTool)[3].id, 3, "0-1")]

    def test_no_call_that_was_allowed_and_waits_for_its_lane(self) -> None:
        told = Story(None, "hi", (ToolSpec("u", needs_approval=True),), approver=True, lanes=("fast",)).converse()
        told.reply(calls("u")).answer(AskApproval, Approved())
        assert told.pending == ["AcquireLane"]
        assert self.reported(told) == []

    def test_no_run_that_was_delegated(self) -> None:
        child = ToolSpec("agent__x", delegate="agent", subject="agent:x")
        told = Story(Agent(sub_agent_palette=("x",)), "hi", (child,), checkpoints=True).converse()
        told.reply(calls("agent__x")).tell(ShutdownRequested(0))
        assert self.reported(told) == []


def test_an_equal_call_that_was_not_asked_yet_gave_nothing_when_the_run_ends() -> None:
    told = Story(None, "hi", (ToolSpec("pay", serial=True),), audit=True).converse()
    told.reply(wanting(ToolCall("a", "pay"), ToolCall("b", "pay"))).tell(CancelRequested(0, "me")).end()
    assert told.result.steps == ()
    assert [one.roll_up.tool_calls for one in told.of(CloseAudit)] == [0]
    assert [one.call.call_id for one in told.result.unknown_outcomes] == ["a"]


def test_a_harmless_call_is_run_again_after_a_crash_also_where_the_store_had_failed() -> None:
    told = story(checkpoints=True).reply(calls("p")).tell(PortFailed(0, "checkpoints", "disk full", 99))
    told.tell(RunResumed(0, 1, WALL_TIME)).oblige(RunTool)
    assert asked(told, 2) == ["0-0", "0-0"]
