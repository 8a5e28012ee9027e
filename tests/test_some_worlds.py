"""A few hundred random worlds, in parts: what a change to a machine has to get past when no scenario notices it.

Law: the same as in tests/test_laws.py, where there are thousands; here each part is a test that takes little.
"""

import pytest

from executus.laws import broken
from specs.worlds import world
from tests.playing import play

PARTS, WORLDS = 8, 25


@pytest.mark.parametrize("part", range(PARTS))
def test_some_worlds_keep_every_law(part: int) -> None:
    for seed in range(part * WORLDS, (part + 1) * WORLDS):
        past = play(world(seed)).transcript
        assert broken(past) == (), f"world {seed}:\n{past}"
