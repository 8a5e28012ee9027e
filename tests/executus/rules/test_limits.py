"""limits.toml, row by row: sums, what is too much, and what is cut."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.rules.limits import Excess, add, cut, excess, plus, smaller
from executus.values import Usage
from tests.tables import each, rows, short


def usage(row: dict[str, Any]) -> Usage:
    return msgspec.convert(row, Usage)


@pytest.mark.parametrize("row", rows("limits", "sum"), ids=short)
def test_usage_adds_up_and_unknown_is_not_zero(row: dict[str, Any]) -> None:
    assert add(usage(row["used"]), usage(row["more"])) == usage(row["gives"])


@pytest.mark.parametrize(("left", "right", "gives"), [(None, None, None), (None, 1, 1), (1, None, 1), (1, 2, 3)])
def test_only_two_unknowns_give_an_unknown(left: int | None, right: int | None, gives: int | None) -> None:
    assert plus(left, right) == gives
    assert plus(0, left) == (left or 0)


@pytest.mark.parametrize("row", rows("limits", "excess"), ids=short)
def test_more_than_the_limit_is_over_the_limit_itself_is_not(row: dict[str, Any]) -> None:
    limits = row["limits"]
    over = Excess(**row["over"]) if "over" in row else None
    assert excess(usage(row["used"]), limits.get("tokens"), limits.get("cost")) == over


@each("limits", "smaller")
def test_the_smaller_limit_is_in_force_whichever_it_is(says: str, of: list[Any], gives: Any) -> None:
    left, right, expected = [None if one == "none" else one for one in (*of, gives)]
    assert smaller(left, right) == expected
    assert smaller(right, left) == expected


@pytest.mark.parametrize("row", rows("limits", "cut"), ids=short)
def test_what_is_cut_is_said_in_the_text(row: dict[str, Any]) -> None:
    assert cut(row["text"], row["limit"]) == row["gives"]


@given(st.text(max_size=300), st.integers(1, 300))
def test_what_is_kept_is_the_beginning_and_no_more(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert kept.startswith(text[:limit])
    assert len(kept) <= limit + 60
