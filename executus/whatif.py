"""Re-decide a recorded run under other limits, and say honestly when the recording ends too early for that.

Recorded answers are matched to what is asked now by fingerprint without id, in order, each once; answers that
nobody asks for are skipped, and a question without a recorded answer stays open (semantics.md section 9).
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any

from executus.answers import Answer, Answered
from executus.bounds import Defaults
from executus.codec import Fingerprint, fingerprint
from executus.effects import Asked, Effect
from executus.events import Event, TimePassed
from executus.rules.status import Status, status_of
from executus.spans import Span
from executus.started import RunStarted
from executus.transcript import Entry, Transcript, prints
from executus.transition import is_over, next_wakeup, start, transition
from executus.values import EffectId, Instant, Record, replace


class WhatIf(Record, frozen=True):
    """What a run was called, and what it would have been called.

    `decided_at` is the entry of the recording at which the new cause was set. Where the recording ends before
    that, `would_be` and `decided_at` are None and `ended_before` is True.
    """

    recorded: Status | None
    would_be: Status | None
    decided_at: int | None
    ended_before: bool


_AGENT = ("max_runtime", "max_iterations", "at_step_limit")
_LIMITS = ("tokens", "cost")
_CRITIC = ("backstop_multiplier", "soft_timeout", "absolute_max")
_DEFAULTS = tuple(name for name in Defaults.__struct_fields__ if name not in _AGENT)

SETTINGS = (*_AGENT, *_LIMITS, *_CRITIC, *_DEFAULTS)
"""What `what_if` can change."""


def what_if(past: Transcript, **changes: Span | float | str | None) -> WhatIf:
    """Re-decide `past` with other limits: `what_if(past, max_runtime="120s", max_iterations=3)`.

    Any limit of `Agent`, `Limits`, `CriticConfig` or `Defaults` may be named. Raises TypeError for another name,
    ValueError for a value that makes no sense or a recording without a beginning.
    """
    again = _Again(changed(past.started, changes), _asked(past))
    for index, (event, question, wakeup) in enumerate(_recorded(past)):
        again.live_through(event, question, wakeup)
        if again.is_lost:
            break
        if again.run.cause is not None:
            return WhatIf(past.status, status_of(again.run.cause), index, False)
    return WhatIf(past.status, None, None, True)


def changed(started: RunStarted, changes: Mapping[str, Span | float | str | None]) -> RunStarted:
    """Entry 0 with other limits. Raises TypeError for a name that is no limit, ValueError for a bad value."""
    unknown = sorted(set(changes) - set(SETTINGS))
    if unknown:
        raise TypeError(f"what_if can't change {unknown[0]!r}; it knows {', '.join(SETTINGS)}")
    given: dict[str, Any] = dict(changes)
    limits = replace(started.agent.limits, **_only(given, _LIMITS))
    critic = replace(started.agent.critic, **_only(given, _CRITIC))
    agent = replace(started.agent, limits=limits, critic=critic, **_only(given, _AGENT))
    defaults = replace(started.wiring.defaults, **_only(given, _DEFAULTS))
    return replace(started, agent=agent, wiring=replace(started.wiring, defaults=defaults))


def _only(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}


class _Again:
    """The same world once more: recorded events, in their order, for a run that may ask for other things."""

    def __init__(self, started: RunStarted, asked_then: frozenset[Fingerprint]) -> None:
        self.run, asked = start(started)
        self.is_lost = False
        """Time would pass over a question of which nobody knows how long its answer takes."""
        self._known = asked_then
        self._numbered = _Numbered()
        self._open: dict[Fingerprint, EffectId] = {}
        self._waiting: dict[Fingerprint, Answer] = {}
        self._touched: deque[Fingerprint] = deque()
        self._expect(asked)

    def live_through(self, event: Event, question: Fingerprint, wakeup: Instant | None) -> None:
        """One recorded event; `question` is the fingerprint of what it answers, "" if it is no answer.

        `wakeup` is when the recorded run wanted to hear that time has passed, and heard of this event instead.
        """
        self._let_time_pass(event, wakeup)
        if self.is_lost:
            return
        match event:
            case RunStarted() | TimePassed():
                return  # This run is started already, and keeps its own time.
            case Answered():
                self._waiting[question] = event
                self._touched.append(question)
            case signal:
                self._feed(signal)
        self._answer()
        self._let_time_pass(TimePassed(event.at), wakeup)  # An answer to nothing has told the time, too.

    def _let_time_pass(self, event: Event, unnoticed: Instant | None) -> None:
        """At each instant this run asks for; what the recorded run asked for, too, is noticed as late as then."""
        before, wakeup, until = -1, next_wakeup(self.run), event.at
        while wakeup is not None and before < wakeup <= until and not is_over(self.run):
            if wakeup == unnoticed and not isinstance(event, TimePassed):
                return
            self.is_lost = not self._open.keys() <= self._known
            if self.is_lost:
                return
            self._feed(TimePassed(until if wakeup == unnoticed else wakeup))
            before, wakeup = wakeup, next_wakeup(self.run)  # Always later: else nothing would ever come of it.

    def _answer(self) -> None:
        """Give what was recorded to whom asks the same now, until nothing fits any more."""
        while self._touched:
            key = self._touched.popleft()
            if key in self._open and key in self._waiting:
                answer = self._waiting.pop(key)
                at = max(answer.at, self.run.now)
                self._feed(replace(answer, id=self._open.pop(key), at=at))

    def _feed(self, event: Event) -> None:
        self.run, asked = transition(self.run, event)
        self._expect(asked)

    def _expect(self, asked: tuple[Effect, ...]) -> None:
        for effect in asked:
            if isinstance(effect, Asked):
                key = self._numbered(fingerprint(effect))
                self._open[key] = effect.id
                self._touched.append(key)


class _Numbered:
    """Fingerprints without ids, in the order of asking: the second question that looks like another is its own.

    A question that was given up is asked again in the same words; its answer is none of the first one's.
    """

    def __init__(self) -> None:
        self._asked: Counter[Fingerprint] = Counter()

    def __call__(self, printed: Fingerprint) -> Fingerprint:
        name, _, checks = printed.partition(":")
        plain = f"{name.partition('#')[0]}:{checks}"
        self._asked[plain] += 1
        return f"{plain}@{self._asked[plain]}"


def _recorded(past: Transcript) -> Iterator[tuple[Event, Fingerprint, Instant | None]]:
    """Each event, the numbered fingerprint of the question it answers, and when the run wanted to be woken."""
    asked: dict[EffectId, Fingerprint] = {}
    numbered, wakeup = _Numbered(), None
    for entry, (run, _) in zip(past.entries, past.replay(), strict=True):
        for printed in _questions(entry):
            asked[int(printed.partition(":")[0].partition("#")[2])] = numbered(printed)
        # A second answer to one question changed nothing then, and must not answer another that looks alike now.
        yield entry.event, asked.pop(entry.event.id, "") if isinstance(entry.event, Answered) else "", wakeup
        wakeup = next_wakeup(run)


def _asked(past: Transcript) -> frozenset[Fingerprint]:
    """What the recording knows the outcome of: what was asked then, and was answered or waited for in vain."""
    numbered = _Numbered()
    return frozenset([numbered(printed) for entry in past.entries for printed in _questions(entry)])


def _questions(entry: Entry) -> list[Fingerprint]:
    """What this entry asked, but for what nobody answers."""
    return [printed for printed in prints(entry.asked) if printed.partition(":")[0].partition("#")[2].isdecimal()]
