"""The inbox of one live run: what has happened, in the order in which the run must hear of it.

Events are stamped by the loop's clock when they arrive. The inbox is drained before time is told to have
passed, so that a stalled loop can't turn a reply that had arrived into a timeout.
"""

import asyncio
from heapq import heappop, heappush

from executus.answers import Answered
from executus.events import CancelRequested, Event, Signal, TimePassed
from executus.values import Instant, replace


class Inbox:
    """Created in the loop whose clock it reads; it is created at the instant `base`."""

    def __init__(self, base: Instant = 0) -> None:
        self.loop = asyncio.get_running_loop()
        self.cancelled: asyncio.CancelledError | None = None
        """The caller's own cancellation, to be raised again when the run has finalised."""
        self._zero = self.loop.time() - base / 1_000_000
        self._events: list[tuple[Instant, int, int, Event]] = []
        self._order = 0
        self._wake: asyncio.Future[None] | None = None

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
        if self._wake is not None:
            _set(self._wake)

    async def next(self, wakeup: Instant | None) -> Event:
        """The next event; `TimePassed` once `wakeup` has come and nothing else has."""
        while not self._events:
            now = self.now()
            if wakeup is not None and now >= wakeup:
                return TimePassed(now)
            await self._sleep(wakeup)
        return heappop(self._events)[3]

    async def _sleep(self, wakeup: Instant | None) -> None:
        """Until an event arrives or `wakeup` comes. The caller's cancellation is an event like any other."""
        self._wake = wake = self.loop.create_future()
        timer = None
        if wakeup is not None:
            timer = self.loop.call_at(self._zero + wakeup / 1_000_000, _set, wake)
        try:
            await wake
        except asyncio.CancelledError as error:
            self.cancel(error)
        finally:
            self._wake = None
            if timer is not None:
                timer.cancel()


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
