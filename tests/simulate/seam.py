"""A world between the run and its real world: where what comes from outside strikes, and answers go astray.

Answers are doubled, delayed and misrouted here; the caller cancels, the host goes down, the process dies. All
else is handed on as it is, and watched (contract.py).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from executus.agent import Agent
from executus.answers import Answered, ModelReplied, ToolReturned
from executus.effects import Asked, Effect
from executus.events import CancelRequested, Event, OutcomeSettled, PortFailed, RunResumed, ShutdownRequested
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Recorder, Transcript
from executus.values import Fault, Instant, replace
from specs.faults import Strike
from tests.simulate.contract import Contract
from tests.simulate.store import Store
from tests.simulate.weather import Weather

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)

MOST_EVENTS = 1500
"""No honest run of a storm is longer: one that is goes round and round."""


class Crashed(Exception):
    """The process is gone."""


class Host(Protocol):
    """Whoever runs a run from outside."""

    @property
    def shut_down(self) -> Callable[[], None]: ...

    def give_up(self) -> None:
        """The caller's own deadline has passed."""
        ...

    async def begun(self) -> None:
        """What was asked for has begun."""
        ...


class Wire:
    """Answers that are under way: held up, or to come once more. It outlives each process."""

    def __init__(self) -> None:
        self.held: list[tuple[int, str, Answered]] = []
        self.heard = 0

    def forget(self, unasked: int) -> None:
        """A record that is behind has not asked these questions yet: it will give their numbers to others."""
        self.held = [one for one in self.held if one[2].id < unasked or one[1] == "tool.wrong-id"]


class Seam:
    """`inner` is Memory or Live."""

    def __init__(
        self, inner: Any, weather: Weather, store: Store, wire: Wire, host: Host, contract: Contract
    ) -> None:
        self._inner, self._weather, self._store, self._wire = inner, weather, store, wire
        self._host = host
        self.contract = contract
        self._last: Instant = 0
        self._is_dying = False
        self._past: Transcript | None = None
        self._events: list[Event] = []

    def record_so_far(self) -> Transcript:
        """What happened in a process that is gone, whether or not it was kept."""
        first, *rest = self._events
        if self._past is None:
            assert isinstance(first, RunStarted)
            recorder = Recorder(first)
        else:
            recorder = Recorder.over(self._past)
            recorder.feed(first)
        for event in rest:
            recorder.feed(event)
        return recorder.transcript

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        event = replace(self._inner.begin(agent, invocation, past), wall_time=WALL_TIME)
        self._weather.now = self._inner.now
        self._past, self._events = past, [event]
        if past is not None:
            self._wire.forget(Recorder.over(past).run.next_id)
        self._last = event.at
        self.contract.begins(event.at)
        return event  # type: ignore[no-any-return] # one of the two

    async def record(self, entry: Entry) -> Fault | None:
        fault: Fault | None = await self._inner.record(entry)
        if self._store.is_torn:
            raise Crashed
        run = self._weather.run
        if fault is not None and run is not None:
            since = min([effect.id for effect in entry.asked if isinstance(effect, Asked)], default=run.next_id)
            self._events.append(PortFailed(run.now, "checkpoints", fault.message, since))
        return fault

    def see(self, run: Run) -> None:
        self._weather.run = run
        self._inner.see(run)

    def perform(self, effect: Effect) -> None:
        self.contract.performs(effect)
        self._weather.asked[type(effect).__name__] = self._weather.stage
        self._inner.perform(effect)

    async def next_event(self, wakeup: Instant | None) -> Event:
        self._wire.heard += 1
        assert self._wire.heard <= MOST_EVENTS, "the run goes round and round"
        await self._strike_from_outside()
        if self._is_dying:
            raise Crashed
        event = self._come_by_now() or await self._next(wakeup)
        self._last = event.at
        self._events.append(event)
        return event

    async def end(self, result: RunResult | None) -> Any:
        await self._inner.end(result)

    async def _strike_from_outside(self) -> None:
        strike = self._weather.strike(self._weather.stage)
        if strike is None:
            return
        if strike.more % 2:
            await self._host.begun()  # What was asked for is under way, or there already.
        self._weather.note(strike.fault)
        match strike.fault:
            case "outside.cancel":
                self._inner.post(CancelRequested(0, ["caller", "somebody", ""][strike.more % 3]))
            case "outside.deadline":
                self._host.give_up()
            case "outside.shutdown":
                self._host.shut_down()
            case _:
                raise Crashed
        signal = ShutdownRequested if strike.fault == "outside.shutdown" else CancelRequested
        self.contract.owes(signal, strike.fault != "outside.deadline")

    async def _next(self, wakeup: Instant | None) -> Event:
        while True:
            since = self._inner.now()
            event: Event = self._fitted(await self._inner.next_event(wakeup))
            self.contract.hears(event, wakeup, since)
            if not isinstance(event, ModelReplied | ToolReturned):
                return event
            strike = self._weather.strike(type(event).__name__)
            if strike is None:
                return event
            astray = self._astray(strike, event)
            if astray is not None:
                return astray

    def _astray(self, strike: Strike, event: Answered) -> Event | None:
        """What comes instead of this answer now; None if nothing does."""
        due = self._wire.heard + 1 + strike.more % 5
        if not strike.for_ever:  # It may be the last thing that happens before the process goes down.
            self._is_dying = strike.more % 4 == 1
            if strike.more % 4 == 0:
                self._host.shut_down()
        match strike.fault.partition(".")[2]:
            case "duplicate":
                self._wire.held.append((due, strike.fault, event))
                return event
            case "late":
                self._wire.held.append((due, strike.fault, event))
                return None
            case _:
                wrong = replace(event, id=self._wrong_id(strike))
                self._wire.held.append((due, strike.fault, wrong))
                return event if strike.more // 5 % 2 else None

    def _wrong_id(self, strike: Strike) -> int:
        run = self._weather.run
        assert run is not None
        others = [question.id for question in run.pending]
        return [999_999, others[-1] if others else 1, 1][strike.more // 2 % 3]

    def _come_by_now(self) -> Event | None:
        """An answer that was under way, and is here."""
        for place, (due, fault, event) in enumerate(self._wire.held):
            if due <= self._wire.heard or self._weather.is_calm:
                del self._wire.held[place]
                if fault:
                    self._weather.note(fault)
                return replace(event, at=self._last)  # It is stamped where it arrives.
        return None

    def _fitted(self, event: Event) -> Event:
        """What the storm couldn't know: which call nobody knows about."""
        run = self._weather.run
        if not isinstance(event, OutcomeSettled) or event.call_id or run is None:
            return event
        return replace(event, call_id=next((one.call.call_id for one in run.unknowns if not one.settled), ""))
