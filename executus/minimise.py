"""The smallest run that still breaks a law: what the search has found, without whatever has no part in it.

Law: what comes out breaks one of the same laws, and of its events none can be left out. Answers keep their
question when others are left out before it: they go by its kind, and by how many of that kind were asked.
"""

from collections.abc import Sequence

from executus.answers import Answered
from executus.effects import Asked, Effect
from executus.events import Event, PortFailed, RunResumed, TimePassed
from executus.explore import Violation, recording
from executus.laws import broken
from executus.started import RunStarted
from executus.state import Run
from executus.transition import next_wakeup, start, transition
from executus.values import EffectId, replace

Address = tuple[type[Asked], int]
"""A question by its kind, and by which of that kind it is."""


def minimised(violation: Violation) -> Violation:
    """The same law broken by as few events as it takes. What only a whole search can see stays as it is."""
    if not _still_broken(violation.events, violation.laws):
        return violation
    events = _shortest_beginning(violation.events, violation.laws)
    place = len(events) - 1
    while place > 0:
        fewer = readdressed(events, leaving_out=place)
        if fewer is not None and _still_broken(fewer, violation.laws):
            events = fewer
        place = min(place, len(events)) - 1
    return Violation(_still_broken(events, violation.laws), events)


def _still_broken(events: Sequence[Event], laws: Sequence[str]) -> tuple[str, ...]:
    """Which of the laws these events break; none where the core itself breaks at them."""
    past = recording(events)
    if len(past.entries) < len(events):
        return ()
    try:
        return tuple([law for law in broken(past) if law in laws])
    except Exception:
        return ()  # A run in which so much is wrong that a law can't be asked says nothing of this one.


def _shortest_beginning(events: tuple[Event, ...], laws: Sequence[str]) -> tuple[Event, ...]:
    for count in range(1, len(events)):
        if _still_broken(events[:count], laws):
            return events[:count]
    return events


def readdressed(events: Sequence[Event], leaving_out: int) -> tuple[Event, ...] | None:
    """The events without one of them, each said to the run as it is then; None where one fits nowhere."""
    first, *others = events
    assert isinstance(first, RunStarted)
    (was, asked), (run, asked_now) = start(first), start(first)
    then, now = Book(asked), Book(asked_now)
    kept: list[Event] = [first]
    for place, event in enumerate(others, 1):
        if place != leaving_out:
            said = _said_to(run, event, was, then, now)
            if said is None:
                return None
            kept.append(said)
            run, asked_now = transition(run, said)
            now.note(asked_now)
        was, asked = transition(was, event)
        then.note(asked)
    return tuple(kept)


class Book:
    """Who is who among the questions of one run."""

    def __init__(self, asked: Sequence[Effect]) -> None:
        self.address: dict[EffectId, Address] = {}
        self.id: dict[Address, EffectId] = {}
        self._counts: dict[type[Asked], int] = {}
        self.note(asked)

    def note(self, asked: Sequence[Effect]) -> None:
        for effect in asked:
            if isinstance(effect, Asked):
                kind = type(effect)
                count = self._counts[kind] = self._counts.get(kind, 0) + 1
                self.address[effect.id] = (kind, count)
                self.id[kind, count] = effect.id


def _said_to(run: Run, event: Event, was: Run, then: Book, now: Book) -> Event | None:
    wakeup, before = next_wakeup(run), next_wakeup(was)
    at = max(event.at, run.now)
    if wakeup is not None and before is not None and event.at in (before - 1, before):
        at = max(wakeup - (before - event.at), run.now)
    elif isinstance(event, TimePassed):
        return None  # Nobody asked to be woken.
    match event:
        case Answered(id=id):
            other = now.id.get(then.address[id]) if id in then.address else id
            return None if other is None else replace(event, at=at, id=other)
        case PortFailed(since=since):
            other = now.id.get(then.address[since], run.next_id) if since in then.address else run.next_id
            return replace(event, at=at, since=other if since else 0)
        case RunResumed():
            return replace(event, at=at, epoch=run.epoch + 1)
        case _:
            return replace(event, at=at)
