"""The real world of one run, on asyncio and the event loop's own clock.

Every question is a task that posts one event into the run's inbox; a signal is posted by whoever has one. A
plain function runs in a thread of its own: it can't be stopped, so the run goes on without it. Runs that a run
delegates to are Lives of their own below it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import RLock
from typing import Any, TypeVar
from uuid import uuid4

from executus.agent import Agent
from executus.effects import Abandon, Asked, Delegate, Effect
from executus.events import Event, RunResumed, ShutdownRequested, Signal
from executus.execute import execute
from executus.invocation import Invocation
from executus.result import RunResult
from executus.spans import say, span
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import EffectId, Fault, FaultKind, Instant, microseconds
from interpreters.children import Above
from interpreters.desk import Desk
from interpreters.doors import door
from interpreters.errands import GRACE, Errands
from interpreters.faults import fault_of
from interpreters.handlers import Handlers
from interpreters.inbox import Inbox
from interpreters.listeners import Listeners
from interpreters.livestate import LiveState
from interpreters.loops import driven
from interpreters.notices import Notices
from interpreters.seen import Observed
from interpreters.signals import Signals

__all__ = ["Handlers", "Live", "LiveState", "run_sync"]

T = TypeVar("T")

_lock = RLock()
"""Held for a moment where a run begins and where it is told something; again, too, by a handler of OS signals."""


class Live(Signals):
    """The world of one run with real models and tools: `await execute(agent, prompt, using=Live(handlers))`.

    While it goes, `cancel`, `steer`, `change_limits`, `settle` and `shut_down` may be called from any thread,
    `state` says how it stands, and `async for event in live` gives the run's events. Cancelling the task that
    awaits `execute` cancels the run: it finalises, then the CancelledError goes on to the caller, and `result` has
    the finished RunResult.
    """

    @door
    def __init__(self, handlers: Handlers) -> None:
        self.result: RunResult | None = None
        """The finished run; None until then."""
        self._handlers = handlers
        self._above: Above | None = None
        self._below: dict[EffectId, Live] = {}
        self._is_going_down = False
        self._early: tuple[Signal, ...] = ()
        self._listeners = Listeners()
        self._inbox: Inbox | None = None
        self._desk: Desk
        self._notices: Notices
        self._errands: Errands
        self._patience = microseconds(span(handlers.defaults.cleanup_timeout))

    def shut_down(self) -> None:
        """The host is going down: end the run, or leave it to be resumed where a durable record is kept."""
        self._is_going_down = True
        for child in list(self._below.values()):
            child.shut_down()
        self.post(ShutdownRequested(0))

    @property
    def state(self) -> LiveState | None:
        """How the run stands now; None before it began."""
        return None if self._inbox is None else self._desk.book.live_state()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The run's events from now on, until it has ended."""
        if self.result is None:
            async for event in self._listeners.events():
                yield event

    # What a run needs of its world.

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        if self._inbox is not None:
            raise RuntimeError("a Live is the world of one run: make a new one with the same handlers")
        run_id = past.started.run_id if past is not None else invocation.run_id or uuid4().hex
        inbox = Inbox(past.entries[-1].event.at if past is not None else 0, self._listeners)
        self._desk = desk = Desk(self._handlers, self, run_id, agent, invocation)
        self._notices = Notices(desk, self._patience // 2)
        self._errands = Errands(desk, inbox, self._notices)
        with _lock:
            self._inbox = inbox
        started: RunStarted | RunResumed
        if past is None:
            started = RunStarted(0, run_id, *desk.recorded, desk.wiring(), datetime.now(UTC))
        else:
            epochs = sum(isinstance(entry.event, RunResumed) for entry in past.entries)
            started = RunResumed(inbox.now(), epochs + 1, datetime.now(UTC))
        self._listeners.tell(started)
        for signal in self._early:
            inbox.arrive(signal)
        return started

    async def record(self, entry: Entry) -> Fault | None:
        errands, loop = self._errands, self._opened().loop
        saving = loop.create_task(self._desk.save(entry))
        patience = self._patience // 2  # What comes next has a time of its own, and it has begun.
        await errands.hold(saving, loop.time() + patience / 1_000_000)
        is_late = not saving.done()
        if is_late:
            saving.cancel()
            await errands.let_go([saving])
        if saving.done() and not (is_late and saving.cancelled()):
            try:
                return saving.result()
            except asyncio.CancelledError as error:
                return fault_of(FaultKind.PORT, error)
        return Fault(FaultKind.PORT, f"save did not return within {say(patience)}")

    def see(self, run: Run) -> None:
        self._desk.see(run)
        if self._above is not None:
            self._above.see(run)

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Asked):
            begun = self._desk.begun(effect)
            if begun is not None:
                self._notices.put(begun)
            self._errands.begin(effect)
        elif isinstance(effect, Abandon):
            child = self._below.get(effect.question)
            self._errands.abandon(effect.question, None if child is None else self._stopping(child))
        else:
            self._notices.put(effect)

    def next_event(self, wakeup: Instant | None) -> Any:  # An awaitable; handed on, it is one coroutine less.
        return self._opened().next(wakeup)

    async def end(self, result: RunResult | None) -> None:
        self.result = result
        inbox, errands = self._opened(), self._errands
        self._desk.release_lane()
        for child in list(self._below.values()):
            self._stopping(child)()
        await errands.end()
        line = self._notices.close()
        if line is not None:
            patience = self._patience / 1_000_000 if result is not None else GRACE
            await errands.hold(line, inbox.loop.time() + patience)
            line.cancel()
            await errands.let_go([line])
        self._listeners.tell(None)
        inbox.close()
        if inbox.cancelled is not None:
            raise inbox.cancelled

    # What the desk needs of the world.

    def now(self) -> Instant:
        """Microseconds of the run's own clock."""
        return self._opened().now()

    def post(self, signal: Signal) -> None:
        """The run is to hear of this; from any thread, and before it begins."""
        with _lock:
            inbox = self._inbox
            if inbox is None:
                self._early += (signal,)
                return
        self._there(inbox, inbox.arrive, signal)

    def observe(self, seen: Observed) -> None:
        """Those who observe the run are to be told; from any thread."""
        self._there(self._opened(), self._notices.put, seen)

    async def aside(self, work: Callable[[], T], name: str) -> T:
        """A plain function, in a thread of its own."""
        return await self._errands.aside(work, name)

    async def child(self, agent: Agent, invocation: Invocation, question: Delegate) -> RunResult:
        """Run another agent below this run."""
        live = Live(self._handlers)
        live._above = Above(self.post, question.id)
        self._below[question.id] = live
        try:
            if self._is_going_down:
                live.shut_down()
            return await execute(agent, invocation, using=live)
        finally:
            del self._below[question.id]

    def _stopping(self, child: "Live") -> Callable[[], None]:
        """A child that is going down is left to be taken up again; any other is cancelled."""
        return lambda: None if self._is_going_down else child.cancel("the run above")

    def _there(self, inbox: Inbox, call: Callable[[T], None], argument: T) -> None:
        with suppress(RuntimeError):  # The loop is closed, so the run is long over.
            if inbox.is_here():
                call(argument)
                inbox.loop.call_soon_threadsafe(int)  # From a signal handler, too, the loop must wake.
            else:
                inbox.loop.call_soon_threadsafe(call, argument)

    def _opened(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the run has not begun")
        return self._inbox


def run_sync(agent: Agent, prompt: Invocation | str, handlers: Handlers) -> RunResult:
    """One run from a script without a loop of its own. Raises RuntimeError inside a running loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return driven(execute(agent, prompt, using=Live(handlers)))
    raise RuntimeError("an event loop is running: await execute(agent, prompt, using=Live(handlers)) instead")
