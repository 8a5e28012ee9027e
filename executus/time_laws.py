"""The laws of time: when a run must be over, when its critic is asked, what isn't charged, and how it retries.

Part of `laws.py`, which says what a law is; the clock they go by is `watchman.py`.
"""

from collections.abc import Callable

from executus.answers import CriticStarted, ModelReplied
from executus.effects import AcquireLane, CallModel, ConsultCritic
from executus.events import LimitsChanged, RunResumed
from executus.failures import PreflightTimedOut
from executus.lived import Lived
from executus.machines.opening import chain_of, phase_of
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, Failed
from executus.state import Run
from executus.values import Fault
from executus.watchman import watch


def a_run_ends_by_its_deadline(lived: Lived) -> bool:
    """Preflight has its own limit; then max_runtime, the critic's backstop or the ceiling (sections 2.8 and 4)."""
    for moment, watchman in watch(lived):
        if moment.before.cause is not None or moment.before.suspended is not None or moment.event.at == 0:
            continue
        limit, owner = watchman.limit
        is_due = watchman.ran(moment.event.at) >= limit
        if is_due is not moment.is_late:
            return False
        if not is_due:
            continue
        at = watchman.start + watchman.still + limit
        is_preflight = owner is Owner.PREFLIGHT
        cause = Failed(at, PreflightTimedOut(limit)) if is_preflight else Expired(at, owner, limit)
        if moment.run.cause != cause:
            return False
    return True


def a_timeout_has_an_owner(lived: Lived) -> bool:
    """Only a deadline that has passed, was moved, or a queue that counts expires a run (sections 2.3, 4 and 5).

    It is moved by the host, and by a critic that doesn't watch a run any more when it is taken up again.
    """
    end, cause = lived.end, lived.cause
    if end is None or not isinstance(cause, Expired) or end.is_late:
        return True
    if isinstance(end.event, LimitsChanged | RunResumed):
        return cause.at == end.event.at and cause.owner != Owner.PREFLIGHT
    if isinstance(end.event, CriticStarted) and end.before.clock.regaining:
        return (cause.at, cause.owner, end.event.outcome) == (end.event.at, Owner.MAX_RUNTIME, False)
    queued = any(isinstance(question, AcquireLane) for question in end.before.pending)
    return queued and end.run.bounds.lane_wait_counts and cause.owner == Owner.MAX_RUNTIME


def a_critic_is_asked_when_it_should_be(lived: Lived) -> bool:
    """When its time is up or nothing goes on: then and only then, once, and never two at a time (section 4)."""
    for moment, watchman in watch(lived, heard=True):
        run, now = moment.run, watchman.ran(moment.event.at)
        asked = [one for one in moment.questions() if isinstance(one, ConsultCritic)]
        open_ones = [one for one in run.pending if isinstance(one, ConsultCritic)]
        soft = watchman.soft is not None and now >= watchman.soft
        idle = watchman.idle is not None and now >= watchman.idle
        if len(open_ones) > 1 or (asked and run.cause is not None):
            return False
        if asked and asked[0].consultation.reason != ("soft" if soft else "idle" if idle else "neither"):
            return False
        is_free = run.cause is None and run.suspended is None and not run.clock.regaining and watchman.critic
        if (soft or idle) and is_free and not open_ones:
            return False
    return True


def what_is_not_charged_is_reported_apart(lived: Lived) -> bool:
    """Queued, waiting for people and running are three sums; none counts for another (sections 2.3 and 4)."""
    for moment, watchman in watch(lived):
        run = moment.run
        if run.cause is not None or run.suspended is not None or moment.before.suspended is not None:
            continue
        if run.began is not None and moment.before.began is not None:
            base = watchman.start + watchman.still
            if run.deadlines.base != base or run.clock.queued < run.clock.queued_before:
                return False
        if run.began is None and run.clock.queued != watchman.queued:
            return False
    return True


def a_model_is_asked_again_as_its_policy_says(lived: Lived) -> bool:
    """At most model_attempts times each, never before Retry-After, the next of the chain after it (section 5)."""
    attempts, choice, fault, since = 0, 0, None, 0
    for moment in lived.moments:
        run, event = moment.run, moment.event
        if isinstance(moment.question, CallModel) and isinstance(event, ModelReplied):
            fault, since = (event.outcome, event.at) if isinstance(event.outcome, Fault) else (None, event.at)
            attempts = attempts if fault is not None else 0
        if run.pipeline.index != moment.before.pipeline.index or isinstance(event, RunResumed):
            attempts, choice, fault = 0, run.talk.asking.choice, None
        for question in moment.questions():
            if not isinstance(question, CallModel):
                continue
            chain = [one.model for one in chain_of(run, phase_of(run))]
            moved = run.talk.asking.choice - choice
            attempts, choice = (1, run.talk.asking.choice) if moved else (attempts + 1, choice)
            if question.setup.model != chain[choice] or moved not in (0, 1) or attempts > _most(run):
                return False
            waits = not moved and fault is not None and not (fault.overflow and run.wiring.compactor)
            if fault is not None and waits and event.at < since + (fault.retry_after or 0):
                return False
    return True


def _most(run: Run) -> int:
    """So often one model is asked for one reply; once more after a compaction."""
    return run.bounds.model_attempts + run.talk.asking.compacted


TIME_LAWS: tuple[Callable[[Lived], bool], ...] = (
    a_run_ends_by_its_deadline,
    a_timeout_has_an_owner,
    a_critic_is_asked_when_it_should_be,
    what_is_not_charged_is_reported_apart,
    a_model_is_asked_again_as_its_policy_says,
)
