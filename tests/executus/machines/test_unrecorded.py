"""A store that fails: what must not run unrecorded is not asked any more, also where it waits for its turn."""

from executus.effects import Reconcile, RunTool
from executus.events import PortFailed, RunResumed, ShutdownRequested
from executus.facts import NotDone, Noted
from executus.laws import broken
from executus.values import ToolClass, ToolResult, ToolSpec
from tests.executus.acting import Story
from tests.executus.machines.trying import CUT, NOT_SAFE, asked, calls, results, story
from tests.playing import WALL_TIME


class TestAStoreThatFails:
    """What must not run unrecorded is not asked any more, also where it has waited for its turn."""

    def failing(self, told: Story) -> Story:
        return told.tell(PortFailed(0, "checkpoints", "disk full"))

    def test_calls_that_wait_for_their_turn_are_refused_and_harmless_ones_are_not(self) -> None:
        serial = ToolSpec("s", effect=ToolClass.PURE, serial=True)
        told = story(serial, ToolSpec("pay"), ToolSpec("k", effect=ToolClass.KEYED), checkpoints=True)
        told.reply(calls("s", "p", "pay", "s", "k", "p"))
        self.failing(told)
        assert told.pending == ["RunTool"]
        told.returns("1").returns("2").returns("3").returns("4")
        assert asked(told, 2) == ["0-0", "0-1", "0-3", "0-5"]
        assert results(told, 6) == ["1", "2", NOT_SAFE, "3", NOT_SAFE, "4"]
        errors = [said.is_error for said in told.run.talk.conversation if said.role == "tool"]
        assert errors[-6:] == [False, False, True, False, True, False]
        assert not told.result.unknown_outcomes
        assert broken(told.recorder.transcript) == ()

    def test_a_call_that_waits_to_be_asked_again_may_have_happened(self) -> None:
        told = story(ToolSpec("k", effect=ToolClass.KEYED, verifier="p"), checkpoints=True, audit=True)
        told.reply(calls("p", "k", "p"))
        cut = told.open(RunTool, 1).id
        told.returns(CUT, place=1)
        self.failing(told)
        (unknown,) = told.result.unknown_outcomes
        assert (unknown.question, unknown.number, unknown.call.call_id) == (cut, 3, "0-1")
        assert (unknown.reason, unknown.verifier) == ("its record can't be kept", "p")
        facts = (("call", "0-1"), ("tool", "k"), ("reason", "its record can't be kept"))
        assert Noted("outcome_unknown", facts) in told.audited
        told.returns("1").returns("2")
        assert results(told, 3) == [
            "1",
            "outcome unknown: k may have happened (its record can't be kept). Find out with p first. "
            "An equal call is held until then.",
            "2",
        ]

    def test_a_call_of_which_its_tool_is_to_be_asked_is_still_asked_about(self) -> None:
        told = story(ToolSpec("k", reconcile=True), ToolSpec("pay", serial=True), checkpoints=True)
        told.reply(calls("k"))
        told.tell(ShutdownRequested(0)).end().tell(RunResumed(0, 1, WALL_TIME))
        self.failing(told).oblige(Reconcile)
        assert told.pending == ["Reconcile"]
        assert told.answer(Reconcile, ToolResult("done")).said[-1] == ("tool", "done")

    def test_what_its_tool_says_did_not_happen_is_not_run_either(self) -> None:
        told = story(ToolSpec("k", reconcile=True), checkpoints=True).reply(calls("k")).returns(CUT)
        self.failing(told).answer(Reconcile, NotDone())
        assert told.said[-1] == ("tool", NOT_SAFE)
        assert asked(told, 2) == ["0-0"]

    def test_a_person_is_not_asked_any_more_about_what_may_not_run(self) -> None:
        told = story(ToolSpec("k", needs_approval=True), checkpoints=True, approver=True).reply(calls("k", "p"))
        self.failing(told)
        assert told.pending == ["RunTool"]
        assert results(told.returns("2"), 2) == [NOT_SAFE, "2"]
