"""Which decider asked, and because of what: told by the same deciders that decided."""

import pytest

from executus.agent import Agent
from executus.explain import who_asked
from executus.lived import live_through
from executus.reasons import deciding
from executus.result import RunResult
from executus.transition import accepted
from executus.values import replace
from interpreters.memory import Memory, calls, fails, says, scripted
from specs.worlds import world
from tests.interpreters.cli.living import rich, suspended
from tests.playing import play


def plain() -> RunResult:
    world = Memory(
        model=[fails(status=500), calls("add", a=2, b=3), says("5", takes="2s")],
        tools=[scripted("add", returns="5", takes="1s")],
    )
    return world.run(Agent(name="adder", low_level_tools=("add",)), "What is 2 + 3?")


@pytest.mark.parametrize("lived", [plain, rich, suspended])
def test_the_deciders_one_by_one_ask_for_what_was_asked(lived: object) -> None:
    past = lived().transcript  # type: ignore[operator]
    moments = live_through(past).moments
    assert tuple(one.effect for one in deciding(accepted(past.started))) == moments[0].asked
    for moment in moments[1:]:
        assert tuple(one.effect for one in deciding(moment.landed)) == moment.asked
    for index, moment in enumerate(moments):
        lines = who_asked(past, index)
        assert sum(line.startswith("asks ") and not line.startswith("asks nothing") for line in lines) == len(
            moment.asked
        )
        assert not any("recorded was" in line for line in lines)
        assert all(line == " ".join(line.split()) for line in lines)


def test_the_deciders_ask_for_the_same_in_random_worlds() -> None:
    for seed in range(200):
        for moment in live_through(play(world(seed)).transcript).moments[1:]:
            assert tuple(one.effect for one in deciding(moment.landed)) == moment.asked, seed


def test_each_effect_is_told_with_its_decider_and_its_reason() -> None:
    past = plain().transcript
    assert who_asked(past, 0)[1:] == (
        "asks ResolveModel#1, says prepare (executus/machines/preflight.py): no models are known for this tier",
    )
    assert who_asked(past, 2)[1:] == (
        "it answers BuildToolbox#2, asked at entry 1 by prepare (executus/machines/preflight.py): "
        "the run has tools, and they are not built",
        "asks CallModel#3, says converse (executus/machines/loop.py): "
        "all is prepared, and the conversation begins",
    )
    assert who_asked(past, 3)[-1].startswith("asks nothing: it waits for its time until ")
    assert who_asked(past, 4)[-1].endswith("attempt 2 on fast: 1 before it failed")
    assert who_asked(past, 5)[-1] == (
        'asks RunTool#5 add({"a":2,"b":3}), says run_calls (executus/machines/steps.py): '
        "call 1 of 1 in step 1 is due"
    )
    assert who_asked(past, -1)[-1] == "asks nothing: the run is over"


def test_another_decision_than_recorded_is_said() -> None:
    past = plain().transcript
    entries = (*past.entries[:1], replace(past.entries[1], asked=()), *past.entries[2:])
    assert who_asked(replace(past, entries=entries), 1)[-1] == "recorded was another decision: nothing"


def test_an_entry_that_is_not_there_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        who_asked(plain().transcript, 99)
