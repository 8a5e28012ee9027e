"""A world whose process dies: after a given entry, with everything that was asked by then under way."""

from collections.abc import Awaitable, Callable
from typing import Any

from executus import Agent, Invocation, RunResult
from executus.effects import Asked, Effect
from executus.events import Event, PortFailed, RunResumed
from executus.execute import Interpreter
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Recorder, Transcript
from executus.values import Fault, Instant


class Crashed(Exception):
    """The process is gone."""


class Crashing:
    """`world`, but it is gone once entry `after` is stored and acted on; None = never. `stored` is its record."""

    def __init__(
        self, world: Interpreter, after: int | None, begun: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        self._world = world
        self._begun = begun
        self._after = after
        self._recorder: Recorder | None = None
        self._kept: list[Entry] | None = []
        """What was really handed over to be kept; None once a store has failed."""

    @property
    def stored(self) -> Transcript:
        """What the process has left behind."""
        assert self._recorder is not None
        return Transcript(tuple(self._kept)) if self._kept else self._recorder.transcript

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        event = self._world.begin(agent, invocation, past)
        if past is None:
            assert isinstance(event, RunStarted)
            self._recorder = Recorder(event)
        else:
            self._kept = list(past.entries)
            self._recorder = Recorder.over(past)
            self._recorder.feed(event)
        return event

    async def record(self, entry: Entry) -> Fault | None:
        fault = await self._world.record(entry)
        if fault is None and self._kept is not None:
            self._kept.append(entry)
        if fault is not None and self._recorder is not None:
            self._kept = None
            run = self._recorder.run
            since = min([effect.id for effect in entry.asked if isinstance(effect, Asked)], default=run.next_id)
            self._recorder.feed(PortFailed(run.now, "checkpoints", fault.message, since))
        return fault

    def see(self, run: Run) -> None:
        self._world.see(run)

    def perform(self, effect: Effect) -> None:
        self._world.perform(effect)

    async def next_event(self, wakeup: Instant | None) -> Event:
        assert self._recorder is not None
        if self._after is not None and len(self._recorder.transcript.entries) > self._after:
            if self._begun is not None:
                await self._begun()  # What was asked for is under way.
            raise Crashed
        event = await self._world.next_event(wakeup)
        self._recorder.feed(event)
        return event

    async def end(self, result: RunResult | None) -> Any:
        await self._world.end(result)
