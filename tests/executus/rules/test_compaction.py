"""compaction.toml, row by row: how long a conversation is, and when that is too long."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from executus.rules.compaction import estimate, is_due, threshold
from executus.spans import ratio as read
from tests.tables import each, is_judged

counts = st.integers(0, 10**9)
ratios = st.integers(1, 2000)


def thousandths(ratio: str) -> int:
    return int(read(ratio) * 1000)


@each("compaction", "estimate")
def test_four_bytes_are_taken_for_a_token(says: str, reported: int, bytes_added: int, tokens: int) -> None:
    assert estimate(reported, bytes_added) == tokens


@each("compaction", "threshold")
def test_the_threshold_is_rounded_down(says: str, window: int, ratio: str, tokens: int) -> None:
    assert threshold(window, thousandths(ratio)) == tokens


@each("compaction", "due")
def test_reaching_the_threshold_is_enough(says: str, tokens: int, window: Any, ratio: str, due: bool) -> None:
    assert is_due(tokens, None if window == "unknown" else window, thousandths(ratio)) is due


def test_every_row_is_judged() -> None:
    assert is_judged("compaction")


@given(counts, counts, st.integers(0, 3))
def test_the_estimate_is_exact_to_less_than_a_token(reported: int, tokens: int, bytes_more: int) -> None:
    assert estimate(reported, 4 * tokens + bytes_more) == reported + tokens


@given(counts, counts, counts, ratios)
def test_what_is_too_long_stays_so_when_it_grows(tokens: int, more: int, window: int, ratio: int) -> None:
    assert is_due(tokens + more, window, ratio) >= is_due(tokens, window, ratio)
    assert is_due(tokens, None, ratio) is False


@given(counts, ratios)
def test_the_threshold_is_the_first_that_is_due(window: int, ratio: int) -> None:
    first = threshold(window, ratio)
    assert first * 1000 <= window * ratio < (first + 1) * 1000
    assert is_due(first, window, ratio)
    assert not is_due(first - 1, window, ratio)
