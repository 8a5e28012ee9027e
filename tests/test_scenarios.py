"""Every scenario in Memory, and the laws on what came of it: what a change to a machine has to get past first.

Law: a run does what its scenario says, to the letter of its record (all other worlds: test_conformance.py).
"""

from functools import cache

import pytest

from executus.laws import broken
from specs.conformance import judge, names, scenario
from tests.scripted import in_memory

_told = cache(scenario)
"""Read once, also for all mutants of a day."""


@pytest.mark.parametrize("name", names())
def test_a_scenario_is_lived_as_it_is_told(name: str) -> None:
    told = _told(name)
    played = in_memory(told)
    past = played.result.transcript
    assert judge(told, played.result, played.witness) == []
    assert broken(past) == ()
