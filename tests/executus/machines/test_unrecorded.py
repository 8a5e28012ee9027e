"""A store that fails: what must not run unrecorded is not asked any more, also where it waits for its turn."""

from executus.effects import (
    Abandon,
    BeginCheckpoint,
    CleanUp,
    CloseAudit,
    Reconcile,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
)
from executus.events import PortFailed, RunResumed, ShutdownRequested
from executus.facts import NotDone, Noted
from executus.laws import broken
from executus.rules.status import ShutDown
from executus.slices import Door
from executus.state import Stage
from executus.values import Fault, FaultKind, ToolClass, ToolResult, ToolSpec
from tests.executus.acting import Story
from tests.executus.machines.trying import CUT, NOT_SAFE, asked, calls, results, story, wait
from tests.playing import WALL_TIME

REFUSED = Fault(FaultKind.TOOL, NOT_SAFE)


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
        assert told.run.talk.slots[2] == told.run.talk.slots[4] == REFUSED
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


class TestWhatWasAskedAlready:
    """The entry that could not be kept tells which questions were never performed: those from its number on."""

    def failing(self, told: Story, since: int) -> Story:
        return told.tell(PortFailed(0, "checkpoints", "disk full", since))

    def two(self, *names: str) -> Story:
        """Calls of a step, of tools that may not run unrecorded."""
        specs = ToolSpec("u"), ToolSpec("k", effect=ToolClass.KEYED), ToolSpec("a", needs_approval=True)
        return story(*specs, checkpoints=True, approver=True, audit=True).reply(calls(*names))

    def test_what_is_under_way_goes_on_and_the_rest_is_refused_at_once(self) -> None:
        told = self.two("u", "p", "k", "u")
        first, _, third, fourth = [one.id for one in told.run.pending]
        self.failing(told, third)
        assert told.pending == ["RunTool", "RunTool"]
        assert told.names[:2] == ["Abandon", "Abandon"]
        assert [one.question for one in told.asked if isinstance(one, Abandon)] == [third, fourth]
        assert told.run.talk.slots == (first, first + 1, REFUSED, REFUSED)
        assert results(told.returns("1").returns("2"), 4) == ["1", "2", NOT_SAFE, NOT_SAFE]

    def test_a_harmless_call_of_the_lost_entry_is_asked_all_the_same(self) -> None:
        told = self.two("p", "u")
        self.failing(told, told.run.pending[0].id)
        assert told.pending == ["RunTool"]
        assert isinstance(told.run.talk.slots[0], int)

    def test_of_a_second_attempt_that_was_never_performed_the_first_may_have_happened(self) -> None:
        told = self.two("k", "p")
        first = told.open(RunTool).id
        wait(told.returns(CUT))
        self.failing(told, told.open(RunTool, 1).id)
        (unknown,) = told.result.unknown_outcomes
        assert (unknown.question, unknown.reason) == (first, "its record can't be kept")
        assert results(told.returns("1"), 2)[0].startswith("outcome unknown: k may have happened")

    def test_whoever_is_still_to_allow_a_call_is_not_asked_any_more(self) -> None:
        told = self.two("a", "p")
        self.failing(told, told.run.next_id)
        assert told.pending == ["RunTool"]
        assert told.run.talk.slots[0] == REFUSED

    def test_a_store_that_was_never_opened_can_not_be_lost(self) -> None:
        told = story(ToolSpec("u"), checkpoints=False)
        told.tell(PortFailed(0, "checkpoints", "disk full")).reply(calls("u"))
        assert told.pending == ["RunTool"]
        assert (told.run.stale, told.run.warnings) == (False, ("checkpoints failed: disk full",))

    def test_nor_one_that_had_declined(self) -> None:
        told = Story(None, "hi", (ToolSpec("u"),), checkpoints=True).oblige(BeginCheckpoint)
        told.answer(BeginCheckpoint, False).converse().tell(PortFailed(0, "checkpoints", "late"))
        assert told.reply(calls("u")).pending == ["RunTool"]
        assert told.run.ports.checkpoint is Door.DECLINED


class TestWhileSuspended:
    def test_there_is_nothing_to_go_on_from_so_it_was_shut_down_for_good(self) -> None:
        told = story(ToolSpec("u"), checkpoints=True, session=True, audit=True, finalizers=True).reply(calls("u"))
        told.tell(ShutdownRequested(0), "2s").tell(PortFailed(0, "checkpoints", "disk full"), "1s").end()
        assert told.run.cause == ShutDown(2_000_000, durable=False)
        assert (told.run.stage, told.run.suspended) == (Stage.DONE, None)
        assert (told.result.status, told.result.resumable, told.result.durable) == ("cancelled", False, False)
        assert str(told.result.error) == "shut down by the host"
        assert not told.of(SettleCheckpoint)
        assert (len(told.of(CleanUp)), len(told.of(CloseAudit)), len(told.of(RunFinalizers))) == (1, 1, 1)
        assert [one.reason for one in told.result.unknown_outcomes] == ["the run ended while the call was open"]
        assert broken(told.recorder.transcript) == ()
