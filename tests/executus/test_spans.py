"""spans.toml, row by row: what people write is exact, and what makes no sense is refused with its name."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.spans import ratio, say, span
from executus.values import microseconds
from tests.tables import rows, short


@pytest.mark.parametrize("row", rows("spans"), ids=short)
def test_a_duration_is_what_its_text_says(row: dict[str, Any]) -> None:
    assert microseconds(span(row["text"])) == row["microseconds"]


@pytest.mark.parametrize("row", rows("spans", "refused"), ids=short)
def test_text_that_is_no_duration_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r'^patience must look like "90s", "5m" or "1h30m", got '):
        span(row["text"], "patience")


@pytest.mark.parametrize("row", rows("spans", "said"), ids=short)
def test_a_duration_is_said_as_a_person_would(row: dict[str, Any]) -> None:
    assert say(row["microseconds"]) == row["text"]


@pytest.mark.parametrize(
    ("value", "microseconds_long"), [(60, 60_000_000), (0.5, 500_000), (0, 0), (-1, -1_000_000)]
)
def test_a_bare_number_is_seconds(value: float, microseconds_long: int) -> None:
    assert microseconds(span(value)) == microseconds_long


def test_a_timedelta_is_itself() -> None:
    assert span(timedelta(hours=6)) == timedelta(hours=6)


@pytest.mark.parametrize("value", [True, False, None, [], {}, (), b"5s", 1j, Decimal("1.5"), float("nan")])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^patience must be a timedelta, a number of seconds, or text"):
        span(value, "patience")


@pytest.mark.parametrize("value", [1e300, float("inf"), float("-inf"), 10**30, "9" * 400 + "d", "9999999999d"])
def test_what_no_clock_can_count_is_out_of_range(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^patience is out of range: "):
        span(value, "patience")


@given(st.integers(0, 10**15))
def test_what_is_written_down_is_read_as_the_same(count: int) -> None:
    text = f"{count // 1_000_000}s{count % 1_000_000}us"
    assert microseconds(span(text)) == count


@given(st.integers(-(10**18), 10**18))
def test_every_duration_can_be_said(count: int) -> None:
    assert say(count)


@pytest.mark.parametrize(("value", "exact"), [(0.7, "0.7"), ("0.70", "0.70"), (Decimal("0.1"), "0.1"), (1, "1")])
def test_a_ratio_is_exact(value: Any, exact: str) -> None:
    assert str(ratio(value)) == exact


@pytest.mark.parametrize(
    "value", ["", "warm", float("nan"), float("inf"), "-Infinity", Decimal("sNaN"), True, None, []]
)
def test_a_ratio_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^warmth must be a "):
        ratio(value, "warmth")
