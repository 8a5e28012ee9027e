"""What is still to happen in one world of virtual time: events that are due, questions that are being answered.

At one instant: what children have used, then the deadline, then signals, then answers in question order, then
children in the order of asking. All instants here are the clock's; a world counts its own from its own zero.
"""

from collections.abc import Coroutine, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias, TypeVar, cast

from executus.answers import Answer
from executus.events import Event
from executus.values import Duration, EffectId, Instant
from interpreters.driving import Dropped, Pause
from interpreters.scripts import ScriptError

T = TypeVar("T")

REPORT, DEADLINE, SIGNAL, ANSWER, CHILD, LATE = range(6)
"""The order at one instant. LATE: a deadline that passed while the run was held up, after what came in then."""

Place: TypeAlias = tuple[Instant, int, int]
"""When, in which rank, and the order within it."""


class Clock:
    """The virtual time of a tree of runs."""

    def __init__(self) -> None:
        self.now: Instant = 0


class Agenda:
    """The events and tasks of one world, by the instant at which they are due."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.wakeup: Instant | None = None
        """When the run wants to hear that time has passed."""
        self.held_up: Instant = 0
        """Until when the run was busy, and heard nothing."""
        self.tasks: dict[EffectId, Task] = {}
        self._events: list[tuple[Instant, int, int, Event]] = []
        self._order = 0

    def put(self, at: Instant, rank: int, event: Event, order: int | None = None) -> None:
        """An event is due; of one rank and instant, in this order, else as they came."""
        self._order += 1
        heappush(self._events, (at, rank, self._order if order is None else order, event))

    def place(self) -> Place | None:
        """What comes next, if nothing else happens; None = nothing ever."""
        if not self.tasks and self._events and self.wakeup is not None and self.wakeup >= self.held_up:
            return min(self._events[0][:3], (self.wakeup, DEADLINE, 0))
        return min(self._places(), default=None)

    def take(self, place: Place) -> "Event | Task | None":
        """What is due at this place: an event, a task that goes on, or None for the deadline."""
        at, rank, order = place
        self.clock.now = at
        if self._events and self._events[0][:3] == place:
            return heappop(self._events)[3]
        return self.tasks[order] if rank in (ANSWER, CHILD) else None

    def forget(self, question: EffectId) -> None:
        """An answer that nobody waits for any more, and that has not come yet, never comes."""
        self._events = [
            due for due in self._events if due[1] != ANSWER or due[2] != question or due[0] <= self.clock.now
        ]
        heapify(self._events)

    def next_alone(self) -> Answer | None:
        """The next event, where it is an answer and nothing else is at work that could come before it."""
        events, wakeup = self._events, self.wakeup
        if self.tasks or not events or wakeup is None or wakeup < self.held_up:
            return None
        at, rank, _, event = events[0]
        if rank != ANSWER or at >= wakeup or at < self.held_up:
            return None
        heappop(events)
        self.clock.now = at
        return cast("Answer", event)

    def close(self) -> None:
        """Nothing more will happen; what is at work may still come to its end."""
        self.wakeup = None
        self._events.clear()

    def _places(self) -> Iterator[Place]:
        wakeup, held_up = self.wakeup, self.held_up
        if wakeup is not None:
            yield (wakeup, DEADLINE, 0) if wakeup >= held_up else (held_up, LATE, 0)
        if self._events:
            yield self._events[0][:3]
        for task in self.tasks.values():
            place = task.place()
            if place is not None:
                yield place


@dataclass(frozen=True)
class Turn:
    """What the run of a child yields to the world above it: go on when `below` has something to do."""

    below: Agenda

    def __await__(self) -> "Generator[Turn, None, None]":
        yield self


class Task:
    """A coroutine that is driven by hand, and lets virtual time pass."""

    def __init__(self, id: EffectId, coroutine: Coroutine[Any, Any, object]) -> None:
        self.id = id
        self.result: object = None
        self._steps = coroutine.__await__()
        self._until: Instant | None = None
        self._below: Agenda | None = None

    def go_on(self, clock: Clock) -> bool:
        """Drive it to its next pause; True if it is done, and has its `result`."""
        self._until = self._below = None
        try:
            yielded: object = next(self._steps)
        except StopIteration as finished:
            self.result = finished.value
            return True
        match yielded:
            case Pause(duration=duration):
                self._until = None if duration is None else clock.now + duration
            case Turn(below=below):
                self._below = below
            case _:
                self.let_go()
                raise suspended()
        return False

    def place(self) -> Place | None:
        """When it goes on; None = never."""
        if self._below is None:
            return None if self._until is None else (self._until, ANSWER, self.id)
        due = self._below.place()
        return None if due is None else (due[0], CHILD, self.id)

    def let_go(self) -> None:
        """It is cancelled, as a task of a loop would be."""
        with suppress(BaseException):
            self._steps.throw(Dropped())
            self._steps.close()


def driven(coroutine: Coroutine[Any, Any, T], clock: Clock) -> T | None:
    """What it gives, however much virtual time that takes; None if it never does."""
    task = Task(0, coroutine)
    while not task.go_on(clock):
        place = task.place()
        if place is None:
            task.let_go()
            return None
        clock.now = max(clock.now, place[0])
    return cast("T", task.result)


async def within(coroutine: Coroutine[Any, Any, T], clock: Clock, patience: Duration) -> tuple[T] | None:
    """What it gives, if that takes no longer than this; None if it does, and then it is cancelled."""
    task, end = Task(0, coroutine), clock.now + patience
    while not task.go_on(clock):
        place = task.place()
        if place is None or place[0] > end:
            await Pause(end - clock.now)
            task.let_go()
            return None
        await Pause(place[0] - clock.now)
    return (cast("T", task.result),)


def suspended() -> Exception:
    """A handler waits for something else than virtual time."""
    return ScriptError("a handler really waited: in memory there is no event loop to wait on")
