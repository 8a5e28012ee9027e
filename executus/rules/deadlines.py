"""When a run must be over. Every comparison with the clock stands in this file, once.

While a run prepares, the preflight timeout is its deadline; the run's own clock starts when the
conversation begins, with `max_runtime` on it (semantics.md sections 2.3, 2.8 and 4). A run that is ending
has none. An instant exactly at a deadline is late.
"""

from enum import StrEnum

from executus.values import Duration, Instant, Record


class Owner(StrEnum):
    """Whose limit a deadline is."""

    PREFLIGHT = "preflight_timeout"
    MAX_RUNTIME = "max_runtime"


class Deadlines(Record, frozen=True, omit_defaults=False):
    """The deadline in force: its instant (None = none), its owner, and the span it came from."""

    end: Instant | None
    owner: Owner
    limit: Duration


def arm_preflight(accepted: Instant, preflight_timeout: Duration) -> Deadlines:
    """The deadline of a run that was accepted at `accepted` and still prepares."""
    return Deadlines(accepted + preflight_timeout, Owner.PREFLIGHT, preflight_timeout)


def arm_running(began: Instant, max_runtime: Duration) -> Deadlines:
    """The deadline of a run whose conversation began at `began`."""
    return Deadlines(began + max_runtime, Owner.MAX_RUNTIME, max_runtime)


def disarm(deadlines: Deadlines) -> Deadlines:
    """No deadline any more; owner and limit stay as facts."""
    return Deadlines(None, deadlines.owner, deadlines.limit)


def has_expired(deadlines: Deadlines, now: Instant) -> bool:
    """Has the deadline passed at `now`?"""
    return deadlines.end is not None and now >= deadlines.end


def next_wakeup(deadlines: Deadlines) -> Instant | None:
    """When the run must hear that time has passed, if nothing else happens before."""
    return deadlines.end
