"""A plain conversation is decided by two, in turns: all the others, asked as well, would have nothing to say."""

from collections.abc import Iterator
from functools import cache

from executus.bounds import Defaults
from executus.effects import CallModel, RunTool
from executus.lived import live_through
from executus.machines.steps import run_calls
from executus.slices import Door
from executus.started import Wiring
from executus.state import Run, Stage
from executus.transition import DECIDERS, PLAIN, decide
from executus.values import ToolClass, ToolSpec, replace
from specs.worlds import PlayedTool, World, world
from tests.playing import play


def plainly(one: World) -> World:
    """The same world where nobody watches, and no tool can wait or be asked twice."""
    tools = tuple([PlayedTool(simple(tool.spec), tool.answers) for tool in one.tools])
    named = tuple([tool.spec for tool in tools])
    building = replace(one.building, outcome=named) if isinstance(one.building.outcome, tuple) else one.building
    return replace(one, wiring=Wiring(defaults=Defaults()), tools=tools, building=building, loses=None, crashes=())


def simple(spec: ToolSpec) -> ToolSpec:
    effect = ToolClass.UNSAFE if spec.effect is ToolClass.KEYED else spec.effect
    return ToolSpec(spec.name, effect=effect, serial=spec.serial, repeatable=spec.repeatable)


@cache
def landed_runs() -> tuple[Run, ...]:
    """Runs in which a fact has just landed, and others once they have decided."""
    return tuple(_landed_runs())


def _landed_runs() -> Iterator[Run]:
    for seed in range(400):
        for each in (world(seed), plainly(world(seed))):
            for moment in live_through(play(each).transcript).moments:
                yield from [run for run in (moment.landed, moment.run) if run.is_plain]


def test_in_a_plain_run_nothing_stands_still_lapses_or_is_watched() -> None:
    assert len(landed_runs()) > 1000
    for run in landed_runs():
        assert run.stage is Stage.CONVERSING
        assert (run.cause, run.suspended, run.clock.paused, run.clock.regaining) == (None, None, None, False)
        assert (run.timeouts, run.lapsed, run.notes, run.deadlines.ceiling) == ((), (), (), None)
        assert set(map(type, run.pending)) <= {CallModel, RunTool}
        assert run.ports.checkpoint is run.ports.audit is run.ports.critic is Door.UNASKED
        assert not run.invocation.dry_run


def test_whoever_is_left_out_of_a_plain_turn_has_nothing_to_say() -> None:
    left_out = [decider for decider in DECIDERS[Stage.CONVERSING] if decider not in PLAIN]
    for run in landed_runs():
        assert all(decider(run) == (run, ()) for decider in left_out if decider.__name__ != "begin_calls")


def test_a_plain_run_decides_what_all_of_them_would() -> None:
    for run in landed_runs():
        plain, asked = decide(run)
        assert (replace(plain, is_plain=False), asked) == decide(replace(run, is_plain=False))


def test_nobody_speaks_in_a_plain_turn_alone() -> None:
    assert set(PLAIN) - set(DECIDERS[Stage.CONVERSING]) == {run_calls}, "which begin_calls calls"
