"""deadlines.toml, row by row; and that a deadline that was disarmed stays off."""

from typing import Any

import pytest

from executus.rules.deadlines import (
    Deadlines,
    Owner,
    arm_preflight,
    arm_running,
    disarm,
    has_expired,
    next_wakeup,
)
from tests.tables import duration, rows, short


@pytest.mark.parametrize("row", rows("deadlines", "preflight"), ids=short)
def test_preparing_ends_so_long_after_acceptance(row: dict[str, Any]) -> None:
    ends, limit = duration(row["ends"]), duration(row["limit"])
    assert arm_preflight(duration(row["accepted"]), limit) == Deadlines(ends, Owner.PREFLIGHT, limit)


@pytest.mark.parametrize("row", rows("deadlines", "running"), ids=short)
def test_running_ends_so_long_after_the_conversation_began(row: dict[str, Any]) -> None:
    ends, limit = duration(row["ends"]), duration(row["limit"])
    assert arm_running(duration(row["began"]), limit) == Deadlines(ends, Owner.MAX_RUNTIME, limit)


@pytest.mark.parametrize("row", rows("deadlines", "over"), ids=short)
def test_an_instant_at_the_deadline_is_late(row: dict[str, Any]) -> None:
    deadlines = Deadlines(duration(row["ends"]), Owner.MAX_RUNTIME, 1)
    assert has_expired(deadlines, duration(row["now"])) is row["over"]


@pytest.mark.parametrize("owner", Owner)
def test_a_disarmed_deadline_never_passes_and_keeps_its_facts(owner: Owner) -> None:
    off = disarm(Deadlines(60, owner, 50))
    assert off == Deadlines(None, owner, 50)
    assert has_expired(off, 10**18) is False
    assert next_wakeup(off) is None


def test_the_run_wants_to_be_woken_at_its_deadline() -> None:
    assert next_wakeup(Deadlines(60, Owner.PREFLIGHT, 50)) == 60


def test_owners_have_the_names_of_their_limits() -> None:
    assert list(Owner) == ["preflight_timeout", "max_runtime"]
