"""A clock beside the run: how long it has run, and what its critic has granted, from events and answers alone.

Where the kernel moves its deadlines, here the time stands still: instants are spans of running time.
"""

from collections.abc import Iterator

from executus.answers import Advised, CriticStarted, Delegated, ModelReplied, ToolReturned
from executus.effects import AcquireLane, AskApproval, ConsultCritic, Delegate, RunTool
from executus.events import (
    ActivitySeen,
    ChildWaiting,
    LimitsChanged,
    RunResumed,
    ShutdownRequested,
    Steered,
    ToolStarted,
)
from executus.facts import Advice
from executus.lived import Lived, Moment
from executus.rules.deadlines import Owner
from executus.slices import Due
from executus.state import Run
from executus.values import Duration, Instant

_ACTIVITY = (ModelReplied, ToolReturned, Delegated, Steered, ActivitySeen, ToolStarted)


class Watchman:
    """Follows one run: how long it has run, and what its critic has been told and has granted."""

    def __init__(self, lived: Lived) -> None:
        run = lived.moments[0].run
        self.bounds = run.bounds
        self.max_runtime = run.bounds.max_runtime
        self.start: Instant = 0
        self.still: Duration = 0
        """Not charged since then."""
        self.began = False
        self.queued: Duration = 0
        self.has_critic = False
        self.soft: Duration | None = None
        self.idle: Duration | None = None
        self.backstop: Duration | None = None
        self.suspended: Instant | None = None
        self.children: set[int] = set()
        self.critic = False
        self.declined = False
        self.asked = ""
        """Why the critic is being asked; "" while it isn't."""

    def ran(self, at: Instant) -> Duration:
        """How long the run has been charged for at this instant."""
        return at - self.start - self.still

    @property
    def ceiling(self) -> Duration:
        return max(self.bounds.critic_absolute_max, self.max_runtime)

    @property
    def limit(self) -> tuple[Duration, Owner]:
        """What bounds the run now, and whose limit that is."""
        if not self.began:
            return self.bounds.preflight_timeout, Owner.PREFLIGHT
        if not self.has_critic:
            return self.max_runtime, Owner.MAX_RUNTIME
        if self.backstop is None or self.backstop >= self.ceiling:
            return self.ceiling, Owner.CEILING
        return self.backstop, Owner.BACKSTOP

    def usual(self) -> Duration:
        """Where the backstop stands as long as nobody has moved it."""
        return min(self.max_runtime * max(self.bounds.backstop_multiplier, 1000) // 1000, self.ceiling)

    def wait(self, before: Run, at: Instant) -> None:
        """Time goes by until `at`: does the run do anything in it that its clock is for?"""
        gone = at - before.now
        if not gone:
            return
        queues = any(isinstance(question, AcquireLane) for question in before.pending)
        self.queued += gone if queues and not self.began else 0
        if self.suspended is None and (queues or before.clock.regaining or self._waits(before)):
            self.still += gone

    def _waits(self, before: Run) -> bool:
        """For nothing but people, its own or its children's."""
        awaited = [one for one in before.pending if not isinstance(one, ConsultCritic)]
        if not self.began or not awaited or any(isinstance(slot, Due) for slot in before.talk.slots):
            return False
        return all(
            isinstance(one, AskApproval) or (isinstance(one, Delegate) and one.id in self.children)
            for one in awaited
        )

    def hear(self, moment: Moment) -> None:
        """What happened, for those who keep time."""
        event, at = moment.event, moment.event.at
        match event:
            case ShutdownRequested() if moment.run.suspended is not None and self.suspended is None:
                self._forget_question(at)
                self.suspended = at
            case RunResumed():
                self._resume(at)
            case ChildWaiting(question=question, waiting=waiting):
                known = any(isinstance(one, Delegate) and one.id == question for one in moment.before.pending)
                self.children = self.children | {question} if waiting and known else self.children - {question}
            case CriticStarted(outcome=outcome) if moment.answers is not None:
                self.critic, self.declined = outcome is True, outcome is False
            case LimitsChanged(max_runtime=int() as max_runtime) if max_runtime:
                self._change(max_runtime)
            case Advised(outcome=outcome) if moment.answers is not None:
                self.asked = ""
                if isinstance(outcome, Advice):
                    self._advise(outcome, at)
            case _:
                pass
        is_alive = moment.answers is not None or not hasattr(event, "id")
        if isinstance(event, _ACTIVITY) and is_alive and self.has_critic:
            self.idle = self.ran(at) + self.bounds.critic_soft_timeout

    def _forget_question(self, at: Instant) -> None:
        """Nobody will answer what the critic was asked: it is to be asked again."""
        if self.asked == "soft":
            self.soft = self.ran(at)
        elif self.asked:
            self.idle = self.ran(at)
        self.asked = ""

    def own_anew(self, at: Instant) -> None:
        """The run that was taken up again has what it needs: is there a critic now?"""
        if self.critic and not self.has_critic:
            self._hand_over(at)
        elif self.declined:
            self.has_critic = False

    def _hand_over(self, at: Instant) -> None:
        self.has_critic = True
        self.soft, self.backstop = self.max_runtime, self.usual()
        self.idle = self.ran(at) + self.bounds.critic_soft_timeout

    def _resume(self, at: Instant) -> None:
        self._forget_question(at)
        self.critic, self.declined, self.children = False, False, set()
        if not self.began:
            self.start, self.still = at, 0
        elif self.suspended is not None:
            self.still += at - self.suspended
        self.suspended = None

    def begin(self, at: Instant) -> None:
        """The conversation begins, and with it the run's own clock."""
        self.start, self.still, self.began = at, 0, True
        if self.bounds.lane_wait_counts:
            self.start -= self.queued
        if self.critic:
            self._hand_over(at)

    def _change(self, max_runtime: Duration) -> None:
        before, usual = self.max_runtime, self.usual()
        self.max_runtime = max_runtime
        if not self.has_critic:
            return
        if self.soft == before:
            self.soft = max_runtime
        self.soft = None if self.soft is None else min(self.soft, self.ceiling)
        if self.backstop is not None:
            self.backstop = min(self.backstop + self.usual() - usual, self.ceiling)

    def _advise(self, advice: Advice, at: Instant) -> None:
        if advice.kill_reason is not None:
            return
        if advice.extend_by > 0:
            self.soft = min(self.ran(at) + advice.extend_by, self.ceiling)
            if self.backstop is not None:
                self.backstop = min(self.backstop + advice.extend_by, self.ceiling)
        if advice.lift_backstop:
            self.soft = self.backstop = None


def watch(lived: Lived, heard: bool = False) -> Iterator[tuple[Moment, Watchman]]:
    """Each moment, with the watchman when time has gone by for it, or once he has heard what happened as well."""
    watchman = Watchman(lived)
    for moment in lived.moments:
        watchman.wait(moment.before, moment.event.at)
        if not heard:
            yield moment, watchman
        watchman.hear(moment)
        if not watchman.began and moment.run.began is not None:
            watchman.begin(moment.event.at)
        elif moment.before.clock.regaining and not moment.run.clock.regaining:
            watchman.own_anew(moment.event.at)
        if heard:
            yield moment, watchman
        for question in moment.questions():
            if isinstance(question, ConsultCritic):
                watchman.asked = question.consultation.reason
                watchman.idle = None
                watchman.soft = None if question.consultation.reason == "soft" else watchman.soft
            elif isinstance(question, RunTool | Delegate) and watchman.has_critic:
                watchman.idle = watchman.ran(moment.event.at) + watchman.bounds.critic_soft_timeout
