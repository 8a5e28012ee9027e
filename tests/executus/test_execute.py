"""The one loop: it records before it acts, keeps its world's order, and lets go of it on every path."""

from collections.abc import Callable, Sequence

import pytest

from executus import Agent, Interpreter, Invocation, RunResult, execute
from executus.agent import ModelChoice
from executus.answers import ModelReplied, ModelResolved
from executus.effects import CallModel, Effect
from executus.events import CancelRequested, Event, TimePassed
from executus.started import RunStarted
from executus.values import ModelReply
from interpreters.driving import at_once
from interpreters.memory import Memory, ScriptError, calls, hangs, says, scripted, steer
from interpreters.replay import Replay
from specs.worlds import world
from tests.playing import Playing
from tests.runs import started


class Told:
    """A world that tells a list of events, and writes down what the loop does with it."""

    def __init__(self, events: Sequence[Event | Exception], ending: Exception | None = None) -> None:
        self.log: list[object] = []
        self._events = iter(events)
        self._ending = ending

    def begin(self, agent: Agent, invocation: Invocation) -> RunStarted:
        self.log.append("begin")
        return started(agent, invocation.prompt)

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


@pytest.mark.parametrize("interpreter", [Memory(model=[]), Replay(run(Told([RESOLVED, REPLIED])).transcript)])
def test_worlds_are_interpreters(interpreter: object) -> None:
    assert isinstance(interpreter, Interpreter)
    assert isinstance(Told([]), Interpreter)
    assert not isinstance(object(), Interpreter)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_recorded_is_what_the_world_was_asked(seed: int) -> None:
    playing = Playing(world(seed))
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
        execute(world(7).agent, world(7).invocation, using=Counting(world(7))), lambda: AssertionError()
    )
    asked = [effect for entry in result.transcript.entries for effect in entry.asked]
    assert [len(effect.conversation) for effect in asked if isinstance(effect, CallModel)] == seen


BROKEN = "caf\udce9"
"""A file name as Python reads it from a disk that is not in UTF-8: text that no file can hold."""


LOOK = scripted("look")
BROKEN_LIVES: dict[str, Callable[[], Memory]] = {
    "a tool returns it": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", returns=BROKEN)]
    ),
    "a tool raises it": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", raises=FileNotFoundError(BROKEN))]
    ),
    "a model calls with it, twice": lambda: Memory(
        model=[calls(("look", BROKEN)), calls(("look", BROKEN)), says("done")], tools=[LOOK]
    ),
    "a model calls with it in JSON": lambda: Memory(
        model=[calls(("look", '{"a":"' + BROKEN + '"}')), says("done")], tools=[LOOK]
    ),
    "a model calls it": lambda: Memory(model=[calls(BROKEN), says("done")], tools=[LOOK]),
    "a model says it": lambda: Memory(model=[says(BROKEN)], tools=[LOOK]),
    "a model thinks it": lambda: Memory(model=[says("done", reasoning=BROKEN)], tools=[LOOK]),
    "somebody puts it in": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", takes="2s")], happens=[("1s", steer(BROKEN))]
    ),
    "somebody of that name cancels": lambda: Memory(
        model=[hangs()], tools=[LOOK], happens=[CancelRequested(5, BROKEN)]
    ),
}


@pytest.mark.parametrize("name", BROKEN_LIVES)
def test_no_text_breaks_a_run_or_its_record(name: str) -> None:
    try:
        result = BROKEN_LIVES[name]().run(Agent(low_level_tools=("look",)), "go")
    except ScriptError:
        return  # Refused where it was handed in.
    assert result.transcript.divergence() is None
    assert list(result.transcript.lines())


def test_a_prompt_that_no_file_can_hold_is_refused_in_words_or_recorded() -> None:
    try:
        result = Memory(model=[says("done")]).run(Agent(), BROKEN)
    except ValueError as refused:
        sentence = None if isinstance(refused, UnicodeError) else str(refused)
    else:
        sentence = b"".join(result.transcript.lines()).decode()
    assert sentence
