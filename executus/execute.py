"""The one loop that drives every run, and the protocol an interpreter implements.

The loop records, so every interpreter records; it imports no event loop, so a world that never waits can be
driven without one. Nothing that a model, tool or port does raises out of it.
"""

from typing import Protocol, runtime_checkable

from executus.agent import Agent, Invocation
from executus.effects import Effect
from executus.events import Event, RunStarted
from executus.result import RunResult
from executus.transcript import Recorder
from executus.transition import is_over, next_wakeup
from executus.values import Instant


@runtime_checkable
class Interpreter(Protocol):
    """The world of ONE run: it performs effects and says what happened.

    Notices are carried out in order, and before `end` returns. Instants never go back.
    """

    def begin(self, agent: Agent, invocation: Invocation) -> RunStarted:
        """The run is accepted: name it, stamp it, say what is wired. Raises if this world was used before."""
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
    asked_for = Invocation(prompt=invocation) if isinstance(invocation, str) else invocation
    started = using.begin(agent, asked_for)
    try:
        recorder = Recorder(started)
        await _live(recorder, using)
    except BaseException:
        await using.end(None)
        raise
    result = RunResult(recorder.run, recorder.transcript)
    await using.end(result)
    return result


async def _live(recorder: Recorder, world: Interpreter) -> None:
    while True:
        for effect in recorder.asked:
            world.perform(effect)
        run = recorder.run
        if run.cause is not None and is_over(run):
            return
        recorder.feed(await world.next_event(next_wakeup(run)))
