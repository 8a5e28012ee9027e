"""The one loop: it records before it acts, keeps its world's order, and lets go of it on every path."""

from collections.abc import Sequence

import pytest

from executus import Agent, Interpreter, Invocation, RunResult, execute
from executus.agent import ModelChoice
from executus.answers import (
    CheckpointBegun,
    CheckpointSettled,
    ModelReplied,
    ModelResolved,
    ToolboxBuilt,
    ToolReturned,
)
from executus.effects import CallModel, Effect
from executus.events import CancelRequested, Event, RunResumed, ShutdownRequested, TimePassed
from executus.execute import resume
from executus.started import RunStarted, Wiring
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import Fault, FaultKind, ModelReply, ToolClass, ToolResult, ToolSpec, replace
from interpreters.driving import at_once
from interpreters.memory import Memory
from interpreters.replay import Replay
from specs.worlds import world
from tests.playing import WALL_TIME, Playing
from tests.runs import started, wants


class Told:
    """A world that tells a list of events, and writes down what the loop does with it."""

    def __init__(
        self,
        events: Sequence[Event | Exception],
        ending: Exception | None = None,
        durable: bool = False,
        loses: int | None = None,
    ) -> None:
        self.log: list[object] = []
        self.seen: list[Run] = []
        self.durable = durable
        self.loses = loses
        self._events = iter(events)
        self._ending = ending

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        self.log.append("begin")
        if past is not None:
            return RunResumed(past.entries[-1].event.at, 1, WALL_TIME)
        wiring = Wiring(checkpoints=self.durable)
        return replace(started(agent, invocation.prompt), wiring=wiring)

    async def record(self, entry: Entry) -> Fault | None:
        self.log.append(entry.seq)
        return Fault(FaultKind.PORT, "disk full") if entry.seq == self.loses else None

    def see(self, run: Run) -> None:
        self.seen.append(run)

    def perform(self, effect: Effect) -> None:
        self.log.append(type(effect).__name__)

    async def next_event(self, wakeup: int | None) -> Event:
        self.log.append(wakeup)
        event = next(self._events)
        if isinstance(event, Exception):
            raise event
        return event

    async def end(self, result: RunResult | None) -> None:
        self.log.append("end" if result is None else result.status)
        if self._ending is not None:
            raise self._ending


RESOLVED = ModelResolved(5, 1, (ModelChoice("m"),))
REPLIED = ModelReplied(6, 2, ModelReply("done"))


def run(told: Told, invocation: Invocation | str = "hi") -> RunResult:
    return at_once(execute(Agent(), invocation, using=told), lambda: AssertionError("it waited"))


def test_effects_are_performed_before_the_next_event_is_awaited() -> None:
    told = Told([RESOLVED, REPLIED])
    result = run(told)
    assert told.log == ["begin", "ResolveModel", 30_000_000, "CallModel", 60_000_005, "ok"]
    assert (result.status, result.output, len(result.transcript.entries)) == ("ok", "done", 3)


def test_what_is_in_flight_is_abandoned_before_the_world_ends() -> None:
    told = Told([RESOLVED, CancelRequested(6)])
    assert run(told).status == "cancelled"
    assert told.log[-2:] == ["Abandon", "cancelled"]


def test_a_prompt_stands_for_an_invocation() -> None:
    assert run(Told([RESOLVED, REPLIED]), "go").run.invocation == Invocation(prompt="go")
    assert run(Told([RESOLVED, REPLIED]), Invocation(prompt="go")).run.invocation == Invocation(prompt="go")


@pytest.mark.parametrize("when", [0, 1])
def test_a_world_that_breaks_is_let_go_of_and_says_so(when: int) -> None:
    events: list[Event | Exception] = [RESOLVED]
    told = Told([*events[:when], ZeroDivisionError("broken world")])
    with pytest.raises(ZeroDivisionError, match="broken world"):
        run(told)
    assert told.log[-1] == "end"


def test_a_world_may_raise_at_the_end() -> None:
    told = Told([RESOLVED, REPLIED], InterruptedError("the caller was cancelled"))
    with pytest.raises(InterruptedError):
        run(told)
    assert told.log.count("ok") == 1


def test_a_run_that_is_over_waits_for_nothing_more() -> None:
    told = Told([TimePassed(30_000_000), RESOLVED])
    assert run(told).status == "error"
    assert told.log.count("begin") == 1
    assert [entry for entry in told.log if isinstance(entry, int)] == [30_000_000]


BEGUN = CheckpointBegun(5, 2, True)
LATER = (ModelReplied(6, 3, ModelReply("done")), CheckpointSettled(7, 4, True))


class TestTheRecord:
    def test_each_entry_is_kept_before_anything_it_led_to_is_performed(self) -> None:
        told = Told([RESOLVED, BEGUN, *LATER], durable=True)
        assert run(told).durable
        performed = ["ResolveModel", 30_000_000, "BeginCheckpoint", 30_000_000, 0, 1, 2, "CallModel"]
        assert told.log == ["begin", *performed, 60_000_005, 3, "SettleCheckpoint", 10_000_006, "ok"]

    def test_without_one_nothing_is_kept(self) -> None:
        told = Told([RESOLVED, CheckpointBegun(5, 2, False), LATER[0]], durable=True)
        assert not run(told).durable
        assert not [entry for entry in told.log if isinstance(entry, int) and entry < 10]

    def test_a_store_that_fails_is_a_warning_and_asked_no_more(self) -> None:
        told = Told([RESOLVED, BEGUN, LATER[0]], durable=True, loses=1)
        result = run(told)
        assert (result.status, result.warnings) == ("ok", ("checkpoints failed: disk full",))
        assert [entry for entry in told.log if isinstance(entry, int) and entry < 10] == [0, 1]
        assert "CallModel" in told.log

    def test_an_unsafe_call_whose_entry_is_lost_is_not_performed(self) -> None:
        events = [
            RESOLVED,
            BEGUN,
            ToolboxBuilt(5, 3, (ToolSpec("pay"), ToolSpec("look", effect=ToolClass.PURE))),
            ModelReplied(6, 4, wants("pay", "look")),
            ToolReturned(7, 6, ToolResult("seen")),
            ModelReplied(8, 7, ModelReply("done")),
        ]
        told = Told(events, durable=True, loses=4)
        agent = Agent(low_level_tools=("pay", "look"))
        result = at_once(execute(agent, "hi", using=told), lambda: AssertionError("it waited"))
        assert told.log.count("RunTool") == 1
        assert [step.is_error for step in result.steps] == [True, False]
        assert result.transcript.divergence() is None


class TestResuming:
    def suspended(self) -> RunResult:
        events = [RESOLVED, BEGUN, ShutdownRequested(6), CheckpointSettled(7, 4, True)]
        return run(Told(events, durable=True))

    def test_a_suspended_run_goes_on_in_another_world(self) -> None:
        past = self.suspended()
        assert (past.status, past.resumable, past.transcript.status) == ("cancelled", True, None)
        told = Told([replace(RESOLVED, id=5, at=7), ModelReplied(8, 6, ModelReply("done"))], durable=True)
        told._events = iter([*told._events, CheckpointSettled(9, 7, True)])
        result = at_once(resume(past.transcript, using=told), lambda: AssertionError("it waited"))
        assert (result.status, result.output, result.run.epoch) == ("ok", "done", 1)
        assert [entry for entry in told.log if isinstance(entry, int) and entry < 10] == [5, 6, 7]
        assert result.transcript.divergence() is None
        assert result.transcript.entries[: len(past.transcript.entries)] == past.transcript.entries

    def test_a_run_that_has_ended_is_not_taken_up_again(self) -> None:
        past = run(Told([RESOLVED, REPLIED])).transcript
        with pytest.raises(ValueError, match="run run has ended: ok"):
            at_once(resume(past, using=Told([])), lambda: AssertionError("it waited"))

    def test_a_world_that_says_something_else_is_no_world(self) -> None:
        class Wrong(Told):
            def begin(self, agent: Agent, invocation: Invocation, past: Transcript | None = None) -> RunStarted:
                return started(agent)

        with pytest.raises(TypeError, match="gone on from with RunResumed, this world gave RunStarted"):
            at_once(resume(self.suspended().transcript, using=Wrong([])), lambda: AssertionError("it waited"))


def test_the_world_sees_the_run_before_each_wait_and_at_its_end() -> None:
    told = Told([RESOLVED, REPLIED])
    result = run(told)
    assert [seen.stage for seen in told.seen] == ["preparing", "conversing", "done"]
    assert told.seen[-1] == result.run


@pytest.mark.parametrize("interpreter", [Memory(model=[]), Replay(run(Told([RESOLVED, REPLIED])).transcript)])
def test_worlds_are_interpreters(interpreter: object) -> None:
    assert isinstance(interpreter, Interpreter)
    assert isinstance(Told([]), Interpreter)
    assert not isinstance(object(), Interpreter)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_recorded_is_what_the_world_was_asked(seed: int) -> None:
    playing = Playing(replace(world(seed), crashes=()))
    result = at_once(execute(world(seed).agent, world(seed).invocation, using=playing), lambda: AssertionError())
    assert [effect for entry in result.transcript.entries for effect in entry.asked] == playing.performed


def test_a_conversation_is_handed_on_as_it_was_when_it_was_asked() -> None:
    seen: list[int] = []

    class Counting(Playing):
        def perform(self, effect: Effect) -> None:
            if isinstance(effect, CallModel):
                seen.append(len(effect.conversation))
            super().perform(effect)

    result = at_once(
        execute(world(7).agent, world(7).invocation, using=Counting(replace(world(7), crashes=()))),
        lambda: AssertionError(),
    )
    asked = [effect for entry in result.transcript.entries for effect in entry.asked]
    assert [len(effect.conversation) for effect in asked if isinstance(effect, CallModel)] == seen
