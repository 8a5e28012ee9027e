"""Every scenario in Memory, and the laws on what came of it: what a change to a machine has to get past first.

Law: a run does what its scenario says, to the letter of its record, and each state of it can be written down
(all other worlds: test_conformance.py).
"""

import pytest

from executus.effects import Effect
from executus.laws import broken
from executus.state import Run
from specs.conformance import judge, names, scenario
from tests.plain import back, plain
from tests.scripted import in_memory

MANY = 1000
"""Entries of a run that is too long to write down each of its states."""


@pytest.mark.parametrize("name", names())
def test_a_scenario_is_lived_as_it_is_told(name: str) -> None:
    told = scenario(name)
    played = in_memory(told)
    past = played.result.transcript
    assert judge(told, played.result, played.witness) == []
    assert broken(past) == ()
    if len(past.entries) < MANY:
        for run, asked in past.replay():
            assert back(plain(run), Run) == run
            assert back(plain(asked), tuple[Effect, ...]) == asked
