"""retry.toml, row by row: again, the next model, or the end; and how long a wait is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import Agent
from executus.bounds import KERNEL_DEFAULTS, Bounds, bounds_of
from executus.rules.retry import Again, GiveUp, NextModel, Verdict, after_fault, backoff
from executus.values import Duration, Fault, FaultKind, Record, replace
from tests.tables import duration, each, instant, is_judged

NOW = duration("10s")
BOUNDS = replace(
    bounds_of(Agent(), KERNEL_DEFAULTS),
    model_attempts=3,
    retry_base=duration("1s"),
    retry_cap=duration("30s"),
)
VERDICTS: dict[str, Verdict] = {"next model": NextModel(), "give up": GiveUp()}


def fault(status: int, retryable: bool, retry_after: Duration | None = None) -> Fault:
    return Fault(FaultKind.MODEL, "no reply", "maker", status, retryable, retry_after)


@each("retry", "status")
def test_what_does_not_help_here_may_help_elsewhere(says: str, statuses: list[int], verdict: str) -> None:
    for status in statuses:
        assert after_fault(fault(status, False), 1, BOUNDS, NOW, None, "key") == VERDICTS[verdict], status
        assert after_fault(fault(status, False, 1), 9, BOUNDS, NOW, NOW, "key") == VERDICTS[verdict], status


class Tried(Record, frozen=True, kw_only=True):
    """An attempt that failed, and what holds where its row says nothing else."""

    status: int
    attempt: int
    attempts: int = 3
    base: str = "1s"
    retry_after: str = "none"
    deadline: str = "none"

    def judged(self, key: str) -> Verdict:
        bounds = replace(BOUNDS, model_attempts=self.attempts, retry_base=duration(self.base))
        failed = fault(self.status, True, instant(self.retry_after))
        return after_fault(failed, self.attempt, bounds, NOW, instant(self.deadline), key)


@each("retry", "verdict")
def test_what_may_help_is_tried_again_while_it_may(says: str, verdict: str, **tried: Any) -> None:
    between = tried.pop("between", None)
    found = [Tried(**tried).judged(f"run:{draw}") for draw in range(50)]
    if between is None:
        assert found == [VERDICTS[verdict]] * 50
        return
    least, most = map(duration, between)
    instants = {one.at for one in found if isinstance(one, Again)}
    assert (verdict, {type(one) for one in found}) == ("again", {Again})
    assert all(least <= at <= most for at in instants)
    assert len(instants) == 1 if least == most else len(instants) > 40


@each("retry", "wait")
def test_the_lower_half_is_always_waited_and_the_rest_drawn(
    says: str, attempt: int, base: str, cap: str, shortest: str, longest: str, key: str, waits: str
) -> None:
    assert backoff(attempt, duration(base), duration(cap), key) == duration(waits)
    found = {backoff(attempt, duration(base), duration(cap), f"run:{draw}") for draw in range(200)}
    least, most = duration(shortest), duration(longest)
    assert min(found) >= least
    assert max(found) <= most
    assert len(found) == most - least + 1 if most < 9 else min(found) < least + (most - least) // 10
    assert max(found) > most - (most - least) // 10 or most < 9


def test_every_row_is_judged() -> None:
    assert is_judged("retry")


def test_a_wait_is_what_the_policy_of_the_run_draws() -> None:
    wait = backoff(2, BOUNDS.retry_base, BOUNDS.retry_cap, "run:1")
    assert after_fault(fault(503, True), 2, BOUNDS, NOW, None, "run:1") == Again(NOW + wait)


attempts = st.integers(1, 100)
spans = st.integers(0, 10**9)


@given(attempts, spans, spans, st.text(max_size=9))
def test_a_wait_is_never_above_the_cap_nor_below_its_half(attempt: int, base: int, cap: int, key: str) -> None:
    wait = backoff(attempt, base, cap, key)
    full = min(base * 2 ** (attempt - 1), cap)
    assert full // 2 <= wait <= full


@given(attempts, st.integers(1, 10**9), st.text(max_size=9))
def test_the_same_key_waits_the_same(attempt: int, base: int, key: str) -> None:
    assert backoff(attempt, base, 10**10, key) == backoff(attempt, base, 10**10, key)


@pytest.mark.parametrize("change", [{"attempt": 2}, {"key": "run:2"}])
def test_another_attempt_and_another_key_draw_anew(change: dict[str, object]) -> None:
    known = {"attempt": 3, "base": 10**6, "cap": 10**6, "key": "run:1"}
    assert backoff(**known) != backoff(**(known | change))  # type: ignore[arg-type]


@given(attempts, spans, st.none() | spans, st.none() | spans, st.booleans(), st.integers(0, 999))
def test_a_wait_that_reaches_the_deadline_is_no_wait(
    attempt: int, now: int, after: int | None, end: int | None, retryable: bool, status: int
) -> None:
    bounds: Bounds = replace(BOUNDS, model_attempts=50)
    match after_fault(fault(status, retryable, after), attempt, bounds, now, end, "key"):
        case Again(at=at):
            assert retryable
            assert attempt < 50
            assert at >= now + max(after or 0, 1)
            assert end is None or at < end
        case NextModel():
            assert retryable or not 400 <= status < 500 or status in (401, 402, 403, 407, 429)
        case GiveUp():
            assert not retryable
            assert 400 <= status < 500
