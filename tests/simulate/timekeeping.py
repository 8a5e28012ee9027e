"""The oracle's clock: how long a run may be charged for, against what it was granted.

Nothing is moved: time that isn't charged is a sum, a limit is what was granted, and both are compared.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from executus.answers import CriticStarted
from executus.effects import AcquireLane, AskApproval, Asked, ConsultCritic
from executus.events import Event, LimitsChanged, RunResumed
from executus.facts import Advice
from executus.started import RunStarted
from executus.values import Instant

MICROSECOND = timedelta(microseconds=1)


class Timekeeper:
    """How the time of one run stands."""

    def __init__(self, started: RunStarted) -> None:
        self.started = started
        agent, given = started.agent, started.wiring.defaults
        self.began: Instant | None = None
        self.regaining = False
        self.suspended = self.durable = False
        self.open: dict[int, Asked] = {}
        self.now: Instant = 0
        self.prepares_since: Instant = 0
        self.queued = self.uncharged = 0
        self.children: set[int] = set()
        """Runs that were delegated to and wait for people."""
        self.again: set[str] = set()
        """Keyed calls that were cut, and are to be asked again."""
        self.max_runtime = _micros(agent.max_runtime or given.max_runtime)
        self.absolute = _micros(agent.critic.absolute_max or given.critic_absolute_max)
        times = cast("Decimal", agent.critic.backstop_multiplier or given.critic_backstop_multiplier)
        self.times = max(1000, int(times * 1000))
        self.preflight = _micros(given.preflight_timeout)
        self.cleanup = _micros(given.cleanup_timeout)
        self.has_critic = False
        self.watched: bool | None = None
        """What the critic said when it was last started: yes, no, or nothing yet."""
        self.backstop: int | None = None

    def time_is_up(self, event: Event) -> str:
        """Time goes by until the event: is it up then? What that is called; "" if not."""
        at, gap = event.at, event.at - self.now
        self.now = at
        queues = any(isinstance(one, AcquireLane) for one in self.open.values())
        if self.began is None:
            self.queued += gap if queues else 0
        if self.suspended or queues or self.regaining or self._waits_for_people():
            self.uncharged += gap
        if self.suspended:
            return ""
        counts = self.began is None and self.started.wiring.defaults.lane_wait_counts
        if counts and queues and self.queued >= self.max_runtime:
            return "timeout"
        if self.overdue() < 0:
            return ""
        return "error" if self.began is None else "timeout"

    def time_was_cut(self, event: Event) -> str:
        """Is it up because of this event?"""
        is_cut = isinstance(event, LimitsChanged | RunResumed) or self._regains_by(event)
        return "timeout" if self.began is not None and is_cut and self.overdue() >= 0 else ""

    def _regains_by(self, event: Event) -> bool:
        if not self.regaining or not isinstance(event, CriticStarted):
            return False
        self.own_anew()
        return True

    def overdue(self) -> int:
        """By how much the run is over its time now; negative while it has some left."""
        if self.suspended:
            return 0
        if self.began is None:
            return self.now - self.prepares_since - self.uncharged - self.preflight
        charged = self.now - self.began - self.uncharged
        if self.started.wiring.defaults.lane_wait_counts:
            charged += self.queued
        return charged - self._limit()

    def _limit(self) -> int:
        if not self.has_critic:
            return self.max_runtime
        return self._ceiling() if self.backstop is None else min(self.backstop, self._ceiling())

    def _ceiling(self) -> int:
        return max(self.absolute, self.max_runtime)

    def _usual(self) -> int:
        return min(self.max_runtime * self.times // 1000, self._ceiling())

    def _waits_for_people(self) -> bool:
        awaited = [one for one in self.open.values() if not isinstance(one, ConsultCritic)]
        if self.began is None or not awaited or self.again:
            return False
        return all(isinstance(one, AskApproval) or one.id in self.children for one in awaited)

    def advise(self, advice: Advice) -> None:
        if advice.extend_by > 0 and self.backstop is not None:
            self.backstop = min(self.backstop + advice.extend_by, self._ceiling())
        if advice.lift_backstop:
            self.backstop = None

    def own_anew(self) -> None:
        if self.watched and not self.has_critic:
            self.has_critic, self.backstop = True, self._usual()
        elif self.watched is False:
            self.has_critic = False

    def change(self, max_runtime: int | None) -> None:
        """Another limit: what the critic has granted on top of the usual stays."""
        before = self._usual()
        self.max_runtime = max_runtime or self.max_runtime
        if self.backstop is not None:
            self.backstop = min(self.backstop + self._usual() - before, self._ceiling())

    def resume(self, at: Instant) -> None:
        """Another process goes on: nobody is asked anything any more."""
        self.open.clear()
        self.children.clear()
        self.suspended, self.watched = False, None
        self.regaining = self.began is not None
        if self.began is None:
            self.prepares_since, self.uncharged = at, 0

    def begin(self, at: Instant) -> None:
        """The conversation begins, and with it the run's own clock."""
        self.began, self.uncharged = at, 0
        if self.watched:
            self.has_critic, self.backstop = True, self._usual()


def _micros(span: Any) -> int:
    return cast("timedelta", span) // MICROSECOND
