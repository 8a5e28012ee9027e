"""status.toml, row by row: from the cause alone follow status, fate of the checkpoint, and what is delivered."""

from typing import Any, get_args

import msgspec
import pytest

from executus.rules.status import (
    Cause,
    Delivered,
    Fate,
    Status,
    delivered_of,
    fate_of,
    latch,
    status_of,
)
from tests.tables import rows, short

ROWS = rows("status")
FIRST = rows("status", "first")


def cause(row: dict[str, Any]) -> Cause:
    return msgspec.convert(row, Cause)  # type: ignore[no-any-return]


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_the_status_follows_from_the_cause(row: dict[str, Any]) -> None:
    assert status_of(cause(row["cause"])) is Status(row["status"])


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_the_fate_of_the_checkpoint_follows_from_the_cause(row: dict[str, Any]) -> None:
    assert fate_of(cause(row["cause"])) is Fate(row["checkpoint"])


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_what_is_delivered_follows_from_the_cause(row: dict[str, Any]) -> None:
    assert delivered_of(cause(row["cause"])) is Delivered(row["delivered"])


@pytest.mark.parametrize("row", FIRST, ids=short)
def test_the_first_cause_is_kept(row: dict[str, Any]) -> None:
    has = cause(row["has"]) if "has" in row else None
    assert latch(has, cause(row["comes"])) == cause(row["kept"])


def test_the_table_knows_every_cause_status_fate_and_delivery() -> None:
    assert {type(cause(row["cause"])) for row in ROWS} == set(get_args(Cause))
    assert {row["status"] for row in ROWS} == set(Status)
    assert {row["checkpoint"] for row in ROWS} == set(Fate)
    assert {row["delivered"] for row in ROWS} == set(Delivered)


def test_there_are_seven_statuses_by_these_names() -> None:
    assert list(Status) == ["ok", "dry_run", "error", "budget_exceeded", "timeout", "killed", "cancelled"]
