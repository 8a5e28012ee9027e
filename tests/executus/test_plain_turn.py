"""A plain conversation is decided by three: all the others, asked as well, would have nothing to say."""

from executus.machines.steps import run_calls
from executus.state import Stage
from executus.transition import DECIDERS, PLAIN
from specs.worlds import world
from tests.playing import play


def test_whoever_is_left_out_of_a_plain_turn_has_nothing_to_say() -> None:
    left_out = [decider for decider in DECIDERS[Stage.CONVERSING] if decider not in PLAIN]
    seen = 0
    for seed in range(600):
        for run, _ in play(world(seed)).transcript.replay():
            if run.is_plain and run.stage is Stage.CONVERSING:
                seen += 1
                assert all(decider(run) == (run, ()) for decider in left_out), seed
    assert seen > 20


def test_nobody_speaks_in_a_plain_turn_alone() -> None:
    assert set(PLAIN) - set(DECIDERS[Stage.CONVERSING]) == {run_calls}, "which begin_calls calls"
