"""A sequence of events as a scripted world could play it: retimed where order at one instant would be another, and
brought to an end by silence.

Law: what comes of it is what came of the events, question by question; where no script can
say that, this says why.
"""

from collections.abc import Sequence
from typing import Any

from returns.result import Failure, Result, Success

from executus.answers import Answered, Compacted, Delegated, ModelReplied, ToolboxBuilt, ToolReturned
from executus.effects import Asked, Effect
from executus.events import ChildWaiting, Event, PortFailed, RunResumed, TimePassed, ToolStarted, UsageSeen
from executus.reception import ANSWERS
from executus.started import RunStarted
from executus.state import Run
from executus.transition import is_over, next_wakeup, start, transition
from executus.values import EffectId, Fault, FaultKind, Instant, ModelReply, Record, replace

STEP = 1000
"""A millisecond lies between what a script could not keep in its order otherwise."""

MOST_SILENT = 200

UNWRITABLE: dict[type[Event], str] = {
    ToolStarted: "a call that begins later than it was asked for",
    UsageSeen: "what a child uses while it runs",
    ChildWaiting: "a child that waits for people",
    Delegated: "what comes of a child",
    Compacted: "what a compactor makes",
}
"""What no scenario has a word for."""


class Played(Record, frozen=True):
    """One event with the run before it, when the question that it answers was asked, and what it led to."""

    event: Event
    before: Run
    asked_at: Instant
    run: Run
    asked: tuple[Effect, ...]


class Unsayable(Exception):
    """There is no way to write this down."""


def staged(events: Sequence[Event]) -> Result[tuple[RunStarted, tuple[Played, ...]], str]:
    """The events as they can be played, with those that silence adds; or why they can't be."""
    started = events[0]
    assert isinstance(started, RunStarted)
    stage = Stage(started)
    run, _ = start(started)
    try:
        for event in events[1:]:
            stage.play(run, event)
            run, _ = transition(run, event)
        stage.fall_silent()
    except Unsayable as why:
        return Failure(str(why))
    except Exception as error:
        return Failure(f"the core itself breaks: {type(error).__name__}: {error}")
    return Success((started, tuple(stage.played)))


class Stage:
    """The run as it is played, beside the run as it was."""

    def __init__(self, started: RunStarted) -> None:
        self.run, asked = start(started)
        self.played: list[Played] = []
        self._asked_at: dict[EffectId, Instant] = {}
        self._note(asked)

    def play(self, was: Run, event: Event) -> None:
        """This event, at an instant at which a script can let it happen; `was` is the run that it happened to."""
        if type(event) in UNWRITABLE:
            raise Unsayable(UNWRITABLE[type(event)])
        is_open = isinstance(event, Answered) and any(_fits(event, question) for question in was.pending)
        if isinstance(event, Answered) and not is_open:
            raise Unsayable("an answer to a question that is closed")
        if isinstance(event, ToolboxBuilt) and isinstance(event.outcome, Fault) and was.wiring.session:
            raise Unsayable("a toolbox that can't be built while a session is opened")
        self._feed(replace(_as_played(event), at=self._instant(was, event)))
        if not isinstance(event, RunResumed) and len(self.run.pending) != len(transition(was, event)[0].pending):
            raise Unsayable("it depends on what happens at one and the same instant")

    def fall_silent(self) -> None:
        """Until time alone has brought the run to its end."""
        for _ in range(MOST_SILENT):
            if is_over(self.run):
                return
            wakeup = next_wakeup(self.run)
            if wakeup is None:
                raise Unsayable("the run waits for somebody who never comes")
            self._feed(TimePassed(wakeup))
        raise Unsayable("the run comes to no end")

    def _instant(self, was: Run, event: Event) -> Instant:
        """Keeps what matters of an instant: whether it is a wakeup, just before one, or neither."""
        wakeup, now = next_wakeup(self.run), self.run.now
        then = next_wakeup(was)
        if isinstance(event, RunResumed | PortFailed) and not _is_unasked(event):
            return now
        if then is not None and event.at >= then:
            if not isinstance(event, TimePassed) or wakeup is None:
                raise Unsayable("it comes at the very instant of a deadline, of which a script hears first")
            return wakeup
        if then is not None and event.at == then - 1 and wakeup is not None:
            return max(wakeup - 1, now)
        return now if isinstance(event, Answered) and self._is_next(event) else now + STEP

    def _is_next(self, event: Answered) -> bool:
        """Would a script give this answer next, if all were given at once?"""
        return all(question.id >= event.id for question in self.run.pending if self._asked_at[question.id] >= 0)

    def _feed(self, event: Event) -> None:
        before = self.run
        asked_at = self._asked_at.get(event.id, 0) if isinstance(event, Answered) else 0
        self.run, asked = transition(before, event)
        self.played.append(Played(event, before, asked_at, self.run, asked))
        self._note(asked)

    def _note(self, asked: tuple[Effect, ...]) -> None:
        self._asked_at |= {effect.id: self.run.now for effect in asked if isinstance(effect, Asked)}


def _fits(event: Answered, question: Any) -> bool:
    return question.id == event.id and ANSWERS[type(question)] is type(event)


def _is_unasked(event: Event) -> bool:
    return isinstance(event, PortFailed) and event.port != "checkpoints"


def _as_played(event: Event) -> Event:
    """As the host of a scenario would say it: what raises there is a RuntimeError."""
    outcome: Any = getattr(event, "outcome", None)
    match event:
        case PortFailed(port="checkpoints", message=message):
            return replace(event, message=f"RuntimeError: {message}")
        case ModelReplied() if isinstance(outcome, Fault):
            return replace(event, outcome=replace(outcome, provider="scripted"))
        case ModelReplied() if isinstance(outcome, ModelReply):
            return event
        case ToolReturned() if isinstance(outcome, Fault) and outcome.kind is FaultKind.TIMEOUT:
            raise Unsayable("a tool that says itself that it took too long")
        case ToolReturned():
            return event
        case Answered() if isinstance(outcome, Fault):
            said: Any = replace(outcome, message=f"RuntimeError: {outcome.message}")
            return replace(event, outcome=said)
        case _:
            return event
