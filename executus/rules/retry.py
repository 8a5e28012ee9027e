"""Wait and ask again, ask the next model, or give up: what a failed model call leads to (semantics.md section 5).

The policy is data, and its jitter a hash: a run that is replayed waits as long as it did.
"""

from hashlib import blake2b
from typing import TypeAlias

from executus.bounds import Bounds
from executus.values import Duration, Fault, Instant, Record


class Again(Record, frozen=True):
    """Ask the same model once more, at this instant."""

    at: Instant


class NextModel(Record, frozen=True):
    """This one is of no use: ask the tier's next one, at once."""


class GiveUp(Record, frozen=True):
    """Nobody else would take it either."""


Verdict: TypeAlias = Again | NextModel | GiveUp

AUTHENTICATION = (401, 402, 403, 407)
"""Keys and quotas: another provider may have better ones."""

TOO_MANY = 429


def after_fault(
    fault: Fault, attempt: int, bounds: Bounds, now: Instant, end: Instant | None, key: str
) -> Verdict:
    """What to do after attempt number `attempt` (from 1) of one model has failed.

    `end` is the run's deadline: a wait that reaches it is no wait worth. `key` names the call, for the jitter.
    """
    if not fault.retryable:
        return GiveUp() if _is_ours(fault.status) else NextModel()
    if attempt >= bounds.model_attempts:
        return NextModel()
    at = now + max(backoff(attempt, bounds.retry_base, bounds.retry_cap, key), fault.retry_after or 0)
    if end is not None and at >= end:
        return NextModel()
    return Again(at)


def _is_ours(status: int) -> bool:
    """Is it the request that is wrong, so that every model would refuse it? 0: no answer came, so nobody did."""
    return 400 <= status < 500 and status != TOO_MANY and status not in AUTHENTICATION


def backoff(attempt: int, base: Duration, cap: Duration, key: str) -> Duration:
    """The wait after attempt number `attempt`: doubling up to `cap`, and the upper half of it by chance."""
    span = min(base << (attempt - 1), cap)
    half = span // 2
    return half + _draw(f"{key}:{attempt}") % (span - half + 1)


def _draw(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
