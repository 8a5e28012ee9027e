"""What every interpreter owes the loop, watched at the seam between the two (`executus.execute.Interpreter`).

Law: time never goes back, a deadline is told when it comes and not before, a question is answered once and in
its own words, and at one instant things come in their order.
"""

from executus.answers import Answered
from executus.effects import Abandon, Asked, Delegate, Effect, RunTool, TellAudit
from executus.events import ChildWaiting, Event, TimePassed, UsageSeen
from executus.facts import Erred, Seen
from executus.reception import ANSWERS
from executus.values import EffectId, Instant
from tests.simulate.weather import Weather


class Contract:
    """Follows one process of one run."""

    def __init__(self, weather: Weather, is_strict: bool) -> None:
        self._weather = weather
        self._is_strict = is_strict
        """Whether answers of one instant come in question order, however they came about: so it is in memory."""
        self._last: Instant = 0
        self._asked: dict[EffectId, Asked] = {}
        self._answered: set[EffectId] = set()
        self._abandoned: dict[EffectId, Instant] = {}
        self._before: tuple[Instant, EffectId, EffectId] | None = None
        """The answer that came last: when, to which question, and the last question that was asked by then."""
        self._owed: tuple[Instant, type[Event], bool] | None = None
        """What was said from outside, and must be heard before anything else that comes then or later."""
        self.told: list[Seen] = []
        """What the audit was to be told, in order."""

    def begins(self, at: Instant) -> None:
        self._last = at

    def performs(self, effect: Effect) -> None:
        if isinstance(effect, Asked):
            self._asked[effect.id] = effect
        elif isinstance(effect, Abandon):
            self._abandoned[effect.question] = self._weather.now()  # The run may be held up, and behind the clock.
        elif isinstance(effect, TellAudit) and not isinstance(effect.seen, Erred):
            self.told.append(effect.seen)

    def owes(self, signal: type[Event], in_order: bool) -> None:
        """This was said just now. A task's cancellation comes with its next wait, so it may come after answers."""
        self._owed = self._weather.now(), signal, in_order

    def hears(self, event: Event, wakeup: Instant | None, since: Instant) -> None:
        """An event, where the loop waits since `since` and wants to be woken at `wakeup`."""
        if event.at < self._last:
            self._blame("time never goes back")
        self._last = event.at
        if isinstance(event, TimePassed):
            if wakeup is None or event.at != max(wakeup, since):
                self._blame("a run is woken when it wants to be")
        elif wakeup is not None and event.at > max(wakeup, since):
            self._blame("a deadline is told before what comes after it")
        elif self._is_strict and wakeup is not None and since <= wakeup <= event.at and not _is_report(event):
            self._blame("at one instant, the deadline comes first")
        self._pays(event)
        if isinstance(event, Answered):
            self._answers(event)

    def _pays(self, event: Event) -> None:
        """At one instant signals come before answers, and none is lost."""
        if self._owed is None:
            return
        at, signal, in_order = self._owed
        if isinstance(event, signal):
            self._owed = None
        elif event.at > at or (in_order and isinstance(event, Answered) and event.at == at):
            self._blame("what is said from outside is heard, and before the answers of that instant")
            self._owed = None

    def _answers(self, event: Answered) -> None:
        question = self._asked.get(event.id)
        if question is None or ANSWERS[type(question)] is not type(event):  # type: ignore[index] # a question
            self._blame("what is answered was asked")
        if event.id in self._answered:
            self._blame("a question is answered once")
        self._answered.add(event.id)
        abandoned = self._abandoned.get(event.id)
        if abandoned is not None and event.at > abandoned and not isinstance(question, RunTool):
            self._blame("what was abandoned says nothing more, unless it is a tool")
        if isinstance(question, Delegate):
            return  # Runs that were delegated to come after all other answers.
        before = self._before
        if self._is_strict and before is not None and before[0] == event.at and event.id < before[1] <= before[2]:
            self._blame("at one instant, answers come in question order")
        self._before = event.at, event.id, max(self._asked, default=0)

    def ends(self, audits: list[list[Seen]]) -> None:
        """What the audit heard is what it was told, in order; some of it may be lost where it failed."""
        for heard in audits:
            rest = iter(self.told)
            if not all(any(one == told for told in rest) for one in heard):
                self._blame("an audit is told things in their order")

    def _blame(self, what: str) -> None:
        self._weather.blame(f"contract: {what}")


def _is_report(event: Event) -> bool:
    """What a run that was delegated to says of itself comes before all else."""
    return isinstance(event, UsageSeen | ChildWaiting)
