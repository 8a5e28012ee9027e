"""When a run must be over, and when its critic is asked. Every comparison with the clock stands here, once.

While a run prepares, the preflight timeout is its deadline; the run's own clock starts when the conversation
begins (semantics.md sections 2.3, 2.8 and 4). Without a critic `max_runtime` ends it. A critic owns the
deadline: then `max_runtime` only triggers a consultation, the backstop ends the run and the critic can move or
lift it, and the ceiling nobody can. A run that is ending has none. An instant exactly at a deadline is late.
"""

from enum import StrEnum

from executus.values import Duration, Instant, Record, replace


class Owner(StrEnum):
    """Whose limit a deadline is."""

    PREFLIGHT = "preflight_timeout"
    MAX_RUNTIME = "max_runtime"
    BACKSTOP = "the critic's backstop"
    CEILING = "the ceiling"


class Deadlines(Record, frozen=True):
    """The deadline in force: its instant (None = none), its owner, and the span it came from.

    `base` is when the run's clock began, moved by every wait that isn't charged. With a critic: when it is asked
    because time is up (`soft`) or because nothing goes on (`idle`, `window` after the last activity).
    """

    end: Instant | None
    owner: Owner
    limit: Duration
    base: Instant = 0
    soft: Instant | None = None
    idle: Instant | None = None
    window: Duration = 0
    backstop: Instant | None = None
    ceiling: Instant | None = None


def arm_preflight(accepted: Instant, preflight_timeout: Duration) -> Deadlines:
    """The deadline of a run that was accepted at `accepted` and still prepares."""
    return Deadlines(accepted + preflight_timeout, Owner.PREFLIGHT, preflight_timeout, accepted)


def arm_running(began: Instant, max_runtime: Duration) -> Deadlines:
    """The deadline of a run whose conversation began at `began`, without a critic."""
    return Deadlines(began + max_runtime, Owner.MAX_RUNTIME, max_runtime, began)


def arm_critic(
    began: Instant, max_runtime: Duration, multiplier: int, absolute_max: Duration, window: Duration
) -> Deadlines:
    """The deadlines under a critic. `multiplier` is in thousandths; the backstop is never before max_runtime."""
    armed = arm_running(began, max_runtime)
    ceiling = began + max(absolute_max, max_runtime)
    return _with_end(
        replace(
            armed,
            soft=armed.end,
            idle=began + window,
            window=window,
            backstop=_backstop(began, max_runtime, multiplier, ceiling),
            ceiling=ceiling,
        )
    )


def _backstop(base: Instant, max_runtime: Duration, multiplier: int, ceiling: Instant) -> Instant:
    """Where it stands as long as the critic hasn't moved it."""
    return min(base + max_runtime * max(multiplier, 1000) // 1000, ceiling)


def _with_end(deadlines: Deadlines) -> Deadlines:
    """Backstop or ceiling, whichever comes first."""
    backstop, ceiling, base = deadlines.backstop, deadlines.ceiling, deadlines.base
    if ceiling is None:
        return deadlines
    if backstop is None or backstop >= ceiling:
        return replace(deadlines, end=ceiling, owner=Owner.CEILING, limit=ceiling - base)
    return replace(deadlines, end=backstop, owner=Owner.BACKSTOP, limit=backstop - base)


def stir(deadlines: Deadlines, now: Instant) -> Deadlines:
    """The run gave a sign of life: the critic's idle window begins anew."""
    if deadlines.ceiling is None:
        return deadlines
    return replace(deadlines, idle=now + deadlines.window)


def due(deadlines: Deadlines, now: Instant) -> str:
    """Why the critic is to be asked now: "soft", "idle", or "" for not at all."""
    if deadlines.soft is not None and now >= deadlines.soft:
        return "soft"
    if deadlines.idle is not None and now >= deadlines.idle:
        return "idle"
    return ""


def consulted(deadlines: Deadlines, reason: str) -> Deadlines:
    """The critic was asked: not again for this reason, nor for an idleness that it has seen."""
    return replace(deadlines, soft=None if reason == "soft" else deadlines.soft, idle=None)


def unconsulted(deadlines: Deadlines, now: Instant, reason: str) -> Deadlines:
    """The critic was asked, and its answer can't come any more: it is to be asked again."""
    if reason == "soft":
        return replace(deadlines, soft=now)
    return replace(deadlines, idle=now)


def extend(deadlines: Deadlines, now: Instant, by: Duration) -> Deadlines:
    """The critic gives the run more time, and is asked again when that is over. Nothing goes past the ceiling."""
    ceiling = deadlines.ceiling
    if ceiling is None or by <= 0:
        return deadlines
    backstop = _cut(_later(deadlines.backstop, by), ceiling)
    return _with_end(replace(deadlines, soft=min(now + by, ceiling), backstop=backstop))


def is_cut(deadlines: Deadlines, by: Duration) -> bool:
    """Does an extension by so much go past the ceiling?"""
    if deadlines.ceiling is None or deadlines.backstop is None:
        return False
    return deadlines.backstop + by > deadlines.ceiling


def lift(deadlines: Deadlines) -> Deadlines:
    """The critic takes its backstop away: only the ceiling is left, and no time is up any more."""
    return _with_end(replace(deadlines, soft=None, backstop=None))


def shift(deadlines: Deadlines, by: Duration) -> Deadlines:
    """Everything later: so much time went by that isn't charged."""
    return replace(
        deadlines,
        base=deadlines.base + by,
        end=_later(deadlines.end, by),
        soft=_later(deadlines.soft, by),
        idle=_later(deadlines.idle, by),
        backstop=_later(deadlines.backstop, by),
        ceiling=_later(deadlines.ceiling, by),
    )


def _later(instant: Instant | None, by: Duration) -> Instant | None:
    return None if instant is None else instant + by


def _cut(instant: Instant | None, ceiling: Instant) -> Instant | None:
    return None if instant is None else min(instant, ceiling)


def change(
    deadlines: Deadlines, old: Duration, new: Duration, multiplier: int, absolute_max: Duration
) -> Deadlines:
    """`max_runtime` is another one from now on; what a critic has granted stays granted."""
    if deadlines.owner is Owner.PREFLIGHT or deadlines.end is None:
        return deadlines
    base = deadlines.base
    if deadlines.ceiling is None:
        return replace(deadlines, end=base + new, limit=new)
    ceiling = base + max(absolute_max, new)
    before = _backstop(base, old, multiplier, deadlines.ceiling)
    moved = _later(deadlines.backstop, _backstop(base, new, multiplier, ceiling) - before)
    soft = base + new if deadlines.soft == base + old else deadlines.soft
    return _with_end(replace(deadlines, soft=_cut(soft, ceiling), backstop=_cut(moved, ceiling), ceiling=ceiling))


def disarm(deadlines: Deadlines) -> Deadlines:
    """No deadline any more; owner and limit stay as facts."""
    return Deadlines(None, deadlines.owner, deadlines.limit, deadlines.base)


def has_expired(deadlines: Deadlines, now: Instant) -> bool:
    """Has the deadline passed at `now`?"""
    return deadlines.end is not None and now >= deadlines.end


def has_come(instant: Instant, now: Instant) -> bool:
    """Is it time?"""
    return now >= instant


def next_wakeup(deadlines: Deadlines, is_consulting: bool) -> Instant | None:
    """When the run must hear that time has passed: a critic that is being asked isn't asked a second time."""
    if is_consulting or deadlines.ceiling is None:
        return deadlines.end
    return earliest(deadlines.end, deadlines.soft, deadlines.idle)


def earliest(*instants: Instant | None) -> Instant | None:
    """The first of those that are set."""
    return min([instant for instant in instants if instant is not None], default=None)
