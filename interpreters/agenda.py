"""What is still to happen in one world of virtual time: events that are due, questions that are being answered.

At one instant: what children have used, then the deadline, then signals, then answers in question order, then
children in the order of asking. All instants here are the clock's; a world counts its own from its own zero.
"""

from collections.abc import Coroutine, Generator
from heapq import heappop, heappush
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from executus.events import Event
from executus.values import EffectId, Instant
from interpreters.driving import Pause, let_go
from interpreters.scripts import ScriptError

T = TypeVar("T")

REPORT, DEADLINE, SIGNAL, ANSWER, CHILD, LATE = range(6)
"""The order at one instant. LATE: a deadline that passed while the run was held up, after all that came in then."""

Place: TypeAlias = tuple[Instant, int, int]
"""When, in which rank, and the order within it."""


class Clock:
    """The virtual time of a tree of runs."""

    def __init__(self) -> None:
        self.now: Instant = 0


@runtime_checkable
class Waits(Protocol):
    """What a coroutine yields that waits for another world: when that has something to do."""

    def due(self) -> Instant | None: ...


class Task(Generic[T]):
    """A coroutine that is driven by hand, and lets virtual time pass."""

    def __init__(self, id: EffectId, coroutine: Coroutine[Any, Any, T]) -> None:
        self.id = id
        self._steps: Generator[object, None, T] = cast("Generator[object, None, T]", coroutine.__await__())
        self._until: Instant | None = None
        self._waits: Waits | None = None
        self.result: T

    def go_on(self, clock: Clock) -> bool:
        """Drive it to its next pause; True if it is done, and has a `result`."""
        try:
            yielded = next(self._steps)
        except StopIteration as finished:
            self.result = finished.value
            return True
        self._until = self._waits = None
        match yielded:
            case Pause(duration=duration):
                self._until = None if duration is None else clock.now + duration
            case Waits():
                self._waits = yielded
            case _:
                let_go(self._steps)
                raise suspended()
        return False

    def place(self) -> Place | None:
        """When it goes on; None = never."""
        if self._waits is None:
            return None if self._until is None else (self._until, ANSWER, self.id)
        due = self._waits.due()
        return None if due is None else (due, CHILD, self.id)

    def let_go(self) -> None:
        let_go(self._steps)


class Agenda:
    """The events and tasks of one world, by the instant at which they are due."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.held_up: Instant = 0
        """Until when the run was busy, and heard nothing."""
        self.tasks: dict[EffectId, Task[Any]] = {}
        self._events: list[tuple[Instant, int, int, Event]] = []
        self._order = 0

    def put(self, at: Instant, rank: int, event: Event, order: int | None = None) -> None:
        """An event is due; of one rank and instant, in this order, else as they came."""
        self._order += 1
        heappush(self._events, (at, rank, self._order if order is None else order, event))

    def place(self, wakeup: Instant | None) -> Place | None:
        """What comes next, if nothing else happens; None = nothing ever."""
        return min(self._places(wakeup), default=None)

    def take(self, place: Place) -> Event | Task[Any] | None:
        """What is due at this place: an event, a task that goes on, or None for the deadline."""
        at, rank, order = place
        self.clock.now = at
        if self._events and self._events[0][:3] == place:
            return heappop(self._events)[3]
        return self.tasks[order] if rank in (ANSWER, CHILD) else None

    def _places(self, wakeup: Instant | None) -> "Generator[Place, None, None]":
        if wakeup is not None:
            late = wakeup < self.held_up
            yield (self.held_up, LATE, 0) if late else (wakeup, DEADLINE, 0)
        if self._events:
            yield self._events[0][:3]
        for task in self.tasks.values():
            place = task.place()
            if place is not None:
                yield place


def suspended() -> Exception:
    """A handler waits for something else than virtual time."""
    return ScriptError("a handler really waited: in memory there is no event loop to wait on")
