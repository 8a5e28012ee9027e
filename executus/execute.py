"""The one loop that drives every run, and the protocol an interpreter implements.

The loop records, so every interpreter records; it imports no event loop, so a world that never waits can be
driven without one. Nothing that a model, tool or port does raises out of it.
"""

from typing import Protocol, runtime_checkable

from executus.agent import Agent
from executus.effects import Asked, Effect
from executus.events import Event, PortFailed, RunResumed
from executus.invocation import Invocation
from executus.result import RunResult
from executus.slices import Door
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Recorder, Transcript
from executus.transition import is_over, next_wakeup
from executus.values import Fault, Instant


@runtime_checkable
class Interpreter(Protocol):
    """The world of ONE run: it performs effects and says what happened.

    Notices are carried out in order, and before `end` returns. Instants never go back.
    """

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        """The run is accepted, or taken up again after `past`: name it, stamp it, say what is wired.

        Raises if this world was used before.
        """
        ...

    async def record(self, entry: Entry) -> Fault | None:
        """Keep an entry for good, before any effect of it is performed. Asked only while a checkpoint is open."""
        ...

    def see(self, run: Run) -> None:
        """The run as it is now: for those who want to know how it stands."""
        ...

    def perform(self, effect: Effect) -> None:
        """Begin an effect and return at once. A question's answer comes as an event."""
        ...

    async def next_event(self, wakeup: Instant | None) -> Event:
        """Wait for what happens next, `TimePassed` at `wakeup` at the latest."""
        ...

    async def end(self, result: RunResult | None) -> None:
        """The run is over (None: the loop itself broke): let go of everything."""
        ...


async def execute(agent: Agent, invocation: Invocation | str, *, using: Interpreter) -> RunResult:
    """Run `agent` once for `invocation` (or just a prompt) in the world `using`.

    Every end is a `RunResult` with a status, never an exception, but for the caller's own cancellation, which
    the live world raises again after the run has finalised. Source: semantics.md sections 2 and 3.
    """
    _check(agent, Agent, "the agent must be an Agent")
    _check(invocation, (Invocation, str), "the invocation must be an Invocation or a prompt")
    _check_world(using)
    asked_for = Invocation(prompt=invocation) if isinstance(invocation, str) else invocation
    started = using.begin(agent, asked_for)
    if not isinstance(started, RunStarted):
        raise TypeError(f"a new run begins with RunStarted, this world gave {type(started).__name__}")
    return await _driven(Recorder(started), using)


async def resume(past: Transcript, *, using: Interpreter) -> RunResult:
    """Take up a run that was suspended or cut, in the world `using`, and go on to its end.

    Raises ValueError for a run that has ended. Source: semantics.md sections 3 and 8.
    """
    _check(past, Transcript, "what is taken up must be a Transcript")
    _check_world(using)
    if past.status is not None:
        raise ValueError(f"run {past.started.run_id} has ended: {past.status}")
    recorder = Recorder.over(past)
    started = past.started
    resumed = using.begin(started.agent, started.invocation, past)
    if not isinstance(resumed, RunResumed):
        raise TypeError(f"a past is gone on from with RunResumed, this world gave {type(resumed).__name__}")
    recorder.feed(resumed)
    return await _driven(recorder, using)


def _check(given: object, kinds: type | tuple[type, ...], must: str) -> None:
    if not isinstance(given, kinds):
        raise TypeError(f"{must}, got {_name(given)}")


def _check_world(using: object) -> None:
    if isinstance(using, type) or not callable(getattr(using, "begin", None)):
        raise TypeError(f"using must be the world of one run, such as Live(handlers), got {_name(using)}")


def _name(given: object) -> str:
    return f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__


async def _driven(recorder: Recorder, world: Interpreter) -> RunResult:
    try:
        await _live(recorder, world)
    except BaseException:
        await world.end(None)
        raise
    result = RunResult(recorder.run, recorder.transcript)
    await world.end(result)
    return result


_OPEN = Door.OPEN  # Naming an enum's member costs more than comparing with it.


async def _live(recorder: Recorder, world: Interpreter) -> None:
    while True:
        run = recorder.run
        world.see(run)
        asked = recorder.asked
        if run.ports.checkpoint is _OPEN and not is_over(run):
            asked = await _kept(recorder, world)
            run = recorder.run
        for effect in asked:
            world.perform(effect)
        if is_over(run):
            return
        recorder.feed(await world.next_event(next_wakeup(run)))


async def _kept(recorder: Recorder, world: Interpreter) -> tuple[Effect, ...]:
    """Keep what isn't kept yet, and say what may be performed then: all of it, or what a failed store leaves."""
    asked = recorder.asked
    for entry in recorder.unkept():
        fault = await world.record(entry)
        if fault is None:
            continue
        asked_here = [effect.id for effect in entry.asked if isinstance(effect, Asked)]
        since = min(asked_here, default=recorder.run.next_id)
        recorder.feed(PortFailed(recorder.run.now, "checkpoints", fault.message, since))
        wanted = {question.id for question in recorder.run.pending}
        return tuple(
            [
                effect
                for effect in (*asked, *recorder.asked)
                if not isinstance(effect, Asked) or effect.id in wanted
            ]
        )
    return asked
