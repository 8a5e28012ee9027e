"""The inbox of one live run: what has happened, in the order in which the run must hear of it.

Events are stamped by the loop's clock when they arrive. The inbox is drained before time is told to have
passed, so that a stalled loop can't turn a reply that had arrived into a timeout. One timer stands for as long as
the run lives: it is set anew where it has rung, or would ring too late, and not for each wait.
"""

import asyncio
from contextvars import Context
from heapq import heappop, heappush
from threading import local

from executus.answers import Answered
from executus.events import CancelRequested, Event, Signal, TimePassed
from executus.values import Instant, replace
from interpreters.listeners import Listeners


class _Here(local):
    """What the timers of this thread run in: they only wake a run, and no context has to be copied for that."""

    def __init__(self) -> None:
        self.context = Context()


_here = _Here()


class Inbox:
    """Created in the loop whose clock it reads; it is created at the instant `base`."""

    __slots__ = ("_events", "_listeners", "_order", "_rings", "_timer", "_wake", "_zero", "cancelled", "loop")

    def __init__(self, base: Instant = 0, listeners: Listeners | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.cancelled: asyncio.CancelledError | None = None
        """The caller's own cancellation, to be raised again when the run has finalised."""
        self._listeners = listeners
        self._zero = self.loop.time() - base / 1_000_000
        self._events: list[tuple[Instant, int, int, Event]] = []
        self._order = 0
        self._wake: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings: Instant = 0

    def now(self) -> Instant:
        """Microseconds since instant 0."""
        return round((self.loop.time() - self._zero) * 1_000_000)

    def is_here(self) -> bool:
        """Whether this thread is the one in which the inbox's loop runs."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def arrive(self, signal: Signal) -> None:
        """A signal reaches the run now."""
        self.post(replace(signal, at=self.now()))

    def cancel(self, error: asyncio.CancelledError) -> None:
        """The caller's task was cancelled while the run's loop waited for something."""
        self.cancelled = self.cancelled or error
        self.arrive(CancelRequested(0, "caller"))

    def post(self, event: Event) -> None:
        """A stamped event: at one instant signals come before answers, and answers in question order."""
        self._order += 1
        rank, order = (1, event.id) if isinstance(event, Answered) else (0, self._order)
        heappush(self._events, (event.at, rank, order, event))
        wake = self._wake
        if wake is not None and not wake.done():
            wake.set_result(None)

    async def next(self, wakeup: Instant | None) -> Event:
        """The next event; `TimePassed` once `wakeup` has come and nothing else has.

        The caller's cancellation is an event like any other.
        """
        events = self._events
        while not events:
            if wakeup is not None:
                now = self.now()
                if now >= wakeup:
                    return self._told(TimePassed(now))
                if self._timer is None or wakeup < self._rings:
                    self._set_timer(wakeup)
            self._wake = wake = self.loop.create_future()
            try:
                await wake
            except asyncio.CancelledError as error:
                self.cancel(error)
            finally:
                self._wake = None
        return self._told(heappop(events)[3])

    def close(self) -> None:
        """Nobody waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _told(self, event: Event) -> Event:
        if self._listeners is not None:
            self._listeners.tell(event)
        return event

    def _set_timer(self, wakeup: Instant) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = wakeup
        self._timer = self.loop.call_at(self._zero + wakeup / 1_000_000, _ring, self, context=_here.context)


def _ring(inbox: Inbox) -> None:
    """It may be too early for what is waited for by now; then the timer is set anew."""
    inbox._timer = None  # pyright: ignore[reportPrivateUsage]  # a function of this room
    wake = inbox._wake  # pyright: ignore[reportPrivateUsage]
    if wake is not None and not wake.done():
        wake.set_result(None)
