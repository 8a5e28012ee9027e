"""Every scenario in Memory, and the laws on what came of it: what a change to a machine has to get past first.

Law: a run does what its scenario says, to the letter of its record, and each state of it can be written down
(all other worlds: test_conformance.py).
"""

from functools import cache

import pytest

from executus.effects import Effect
from executus.laws import LAWS
from executus.lived import Lived, live_through
from executus.state import Run
from executus.values import Fault, ToolResult
from specs.conformance import judge, names, scenario
from tests.plain import back, plain
from tests.scripted import in_memory

MANY = 1000
"""Entries of a run that is too long to write down each of its states."""

_told = cache(scenario)
"""Read once, also for all mutants of a day."""


@pytest.mark.parametrize("name", names())
def test_a_scenario_is_lived_as_it_is_told(name: str) -> None:
    told = _told(name)
    played = in_memory(told)
    assert judge(told, played.result, played.witness) == []
    lived = live_through(played.result.transcript)
    assert [law.__name__ for law in (*LAWS, *STATE_LAWS) if not law(lived)] == []
    for moment in lived.moments if len(lived.moments) < MANY else ():
        assert back(plain(moment.run), Run) == moment.run
        assert back(plain(moment.asked), tuple[Effect, ...]) == moment.asked


def open_calls_are_counted(lived: Lived) -> bool:
    """How many calls have no result yet stands beside them, and is kept in step with them."""
    return all(
        run.talk.waiting == sum(not isinstance(slot, ToolResult | Fault) for slot in run.talk.slots)
        for moment in lived.moments
        for run in (moment.landed, moment.run)
    )


def a_step_that_is_over_leaves_nothing_behind(lived: Lived) -> bool:
    """Attempts count within a step, and of a cut one only what may still say what became of its call is kept."""
    for moment in lived.moments:
        run = moment.landed
        if not run.talk.slots and run.talk.attempts:
            return False
        unknown = {one.number for one in run.unknowns if not one.settled}
        is_over = run.talk.steps_done > moment.before.talk.steps_done
        if is_over and any(number not in unknown for _, number in run.talk.cut):
            return False
    return True


def what_is_waited_for_is_open(lived: Lived) -> bool:
    """Each timeout is of an open question, and they stand in the order in which they will pass."""
    for moment in lived.moments:
        run = moment.run
        if not {timeout.question for timeout in run.timeouts} <= {question.id for question in run.pending}:
            return False
        if [timeout.at for timeout in run.timeouts] != sorted(timeout.at for timeout in run.timeouts):
            return False
    return True


STATE_LAWS = (open_calls_are_counted, a_step_that_is_over_leaves_nothing_behind, what_is_waited_for_is_open)
"""What holds between the parts of a state, whatever a record shows of them."""
