"""recovery.toml, row by row: what a lost outcome means; and of two classes the one that promises less."""

from itertools import product

import pytest

from executus.rules.recovery import Lost, Meaning, meaning, stricter
from executus.values import ToolClass
from tests.tables import each, is_judged, rows


@each("recovery", "lost")
def test_what_a_lost_outcome_means_follows_from_the_class(
    says: str, lost: str, attempt: int, of: int, means: str, **row: str
) -> None:
    assert list(row) == ["class"]
    assert meaning(ToolClass(row["class"]), Lost(lost), attempt, of) is Meaning(means)


@each("recovery", "stricter")
def test_the_stricter_class_wins_on_whichever_side_it_stands(says: str, of: list[str], wins: str) -> None:
    left, right = map(ToolClass, of)
    assert stricter(left, right) is ToolClass(wins)
    assert stricter(right, left) is ToolClass(wins)


@pytest.mark.parametrize("effect", ToolClass)
def test_a_class_is_as_strict_as_itself(effect: ToolClass) -> None:
    assert stricter(effect, effect) is effect


@pytest.mark.parametrize(("lost", "attempt"), list(product(Lost, (1, 2, 3, 4))))
def test_an_unsafe_call_is_never_run_again(lost: Lost, attempt: int) -> None:
    assert meaning(ToolClass.UNSAFE, lost, attempt, 3) is Meaning.UNKNOWN


def test_the_table_knows_every_class_every_loss_and_every_pair() -> None:
    told = {(row["class"], row["lost"]) for row in rows("recovery", "lost")}
    assert told == set(product(ToolClass, Lost))
    assert {row["means"] for row in rows("recovery", "lost")} == set(Meaning)
    assert len({frozenset(row["of"]) for row in rows("recovery", "stricter")}) == 6
    assert is_judged("recovery")


def test_losses_and_meanings_have_these_names() -> None:
    assert list(Lost) == ["timeout", "crash", "raised"]
    assert list(Meaning) == ["error", "again", "unknown"]
