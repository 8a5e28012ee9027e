"""A scenario as two worlds play it: in memory, and live on a virtual clock; with the same host in both.

What happens is a script in the one and a timer in the other, and what takes its time a virtual pause or a sleep.
Law: nothing in here decides what a run does. `python -m tests.scripted NAME [live]` prints what came of one.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from executus import Invocation, RunResult, execute
from executus.events import (
    ActivitySeen,
    CancelRequested,
    Event,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    ShutdownRequested,
    Steered,
)
from executus.execute import resume
from executus.transcript import Transcript
from executus.values import FaultKind, microseconds, replace
from interpreters.agenda import suspended
from interpreters.driving import Pause, at_once
from interpreters.faults import fault_of
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory
from interpreters.scripts import Turn
from specs import script
from specs.conformance import FOLDER, judge
from specs.reading import read
from specs.scenario import Scenario
from specs.script import Happening
from specs.telling import keys_text
from specs.witness import Witness
from tests import virtual
from tests.crashing import Crashed, Crashing
from tests.hosting import Host
from tests.serving import ModelPort
from tests.sleeping import Sleeping, begun, sleep, sleep_on, what_is_left
from tests.wiring import delays, set_up, slots


@dataclass(frozen=True)
class Played:
    """What came of a scenario: how the run ended, and what its host saw."""

    result: RunResult
    witness: Witness


def in_memory(scenario: Scenario) -> Played:
    """The scenario in memory."""
    witness = Witness()
    past: Transcript | RunResult | None = None
    for part, crash in scenario.parts():
        host = Host(part, witness, _virtually, _virtually)
        model, spans = ModelPort(host), delays(part)
        turns = None if _needs_a_handler(part) else [_turn(turn) for turn in part.model]
        world = Memory(
            model=model if turns is None else turns,
            happens=[event_of(happening) for happening in part.happens],
            takes={key: span for key, span in spans.items() if span is not None},
            hangs=[key for key, span in spans.items() if span is None],
            **slots(host, model),
        )
        set_up(world.handlers, host)
        past = at_once(_lived(Crashing(world, crash), part, past), suspended)
        witness.runs += world.children
        if turns is None and crash is None:
            model.check_all_used()
    assert isinstance(past, RunResult)
    return Played(past, witness)


def on_a_loop(scenario: Scenario, seed: int) -> Played:
    """The scenario live, in virtual time; `seed` draws the order of timers at one instant."""
    return virtual.run(_live(scenario), seed=seed)


async def _live(scenario: Scenario) -> Played:
    witness = Witness()
    past: Transcript | RunResult | None = None
    for part, crash in scenario.parts():
        host = Host(part, witness, sleep, sleep_on)
        model = ModelPort(host)
        handlers = Handlers(models=model, **slots(host, model))
        set_up(handlers, host)
        live = Sleeping(handlers, host)
        for at, happenings in _by_instant(part.happens).items():
            if at:
                virtual.clock().call_later(at.total_seconds(), _post_all, live, happenings)
            else:
                _post_all(live, happenings)  # Before it began: the first thing the run hears.
        past = await _lived(Crashing(live, crash, begun), part, past)
        witness.runs += live.runs
        await what_is_left()  # Calls that can't be stopped: the audit still hears of them.
        if crash is None:
            model.check_all_used()
    assert isinstance(past, RunResult)
    return Played(past, witness)


async def _lived(world: Crashing, part: Scenario, past: Transcript | RunResult | None) -> Transcript | RunResult:
    """What came of one process: a result, or what it has left behind."""
    before = past.transcript if isinstance(past, RunResult) else past
    try:
        if before is None:
            return await execute(part.agent, _invocation(part), using=world)
        return await resume(before, using=world)
    except Crashed:
        return world.stored


def _invocation(part: Scenario) -> Invocation:
    """With the same run id in every world, and the tools that come with it."""
    named = replace(part.invocation, run_id=part.name)
    extra = [tool.name for tool in part.tools if tool.of == "extra"]
    return replace(named, extra_tools=tuple(extra)) if extra else named


def _needs_a_handler(part: Scenario) -> bool:
    """A list of turns does for one model that says nothing before its reply."""
    slow = bool(part.resolving) or any(trouble.port == "ResolveModel" for trouble in part.trouble)
    speaks = any(turn.speaks for turn in part.model)
    judged = part.expect.labels is not None  # Of a list, nobody notes what it was asked with.
    return slow or speaks or judged or part.tiers is not None or part.children is not None


async def _virtually(span: timedelta | None) -> None:
    if span != timedelta():
        await Pause(None if span is None else microseconds(span))


def _turn(turn: script.Turn) -> Turn:
    if turn.raises is not None:
        return Turn(fault_of(FaultKind.MODEL, RuntimeError(turn.raises)), microseconds(turn.takes))
    return Turn(turn.outcome, microseconds(turn.takes))


def event_of(happening: Happening) -> Event:
    """What a scenario lets happen, as the run hears of it."""
    at = microseconds(happening.at)
    match happening.what:
        case "cancel":
            return CancelRequested(at, happening.by)
        case "shutdown":
            return ShutdownRequested(at)
        case "steer":
            return Steered(at, happening.text, happening.images)
        case "limits":
            runtime = None if happening.max_runtime is None else microseconds(happening.max_runtime)
            return LimitsChanged(at, runtime, happening.max_iterations, happening.tokens, happening.cost)
        case "settle":
            return OutcomeSettled(at, happening.call_id, happening.happened, happening.result, happening.by)
        case "activity":
            return ActivitySeen(at)
        case "port_failed":
            return PortFailed(at, happening.port, happening.message)


def _by_instant(happens: tuple[Happening, ...]) -> dict[timedelta, list[Happening]]:
    """What happens at one instant is one timer, so that it keeps its order."""
    found: dict[timedelta, list[Happening]] = {}
    for happening in happens:
        found.setdefault(happening.at, []).append(happening)
    return found


def _post_all(live: Live, happenings: list[Happening]) -> None:
    for happening in happenings:
        if happening.what == "shutdown":
            live.shut_down()  # Which tells the runs below it as well.
        else:
            live.post(event_of(happening))  # type: ignore[arg-type] # no answer is among them


def report(scenario: Scenario, played: Played) -> str:
    """What came of it, and what the judge says: for those who write scenarios."""
    result, witness = played.result, played.witness
    lines = [str(result.transcript), "", repr(result)]
    lines += [f"warnings: {list(result.warnings)}", f"steps: {[step.name for step in result.steps]}"]
    lines += [f"why: {line}" for line in result.why]
    for part in fields(witness):
        if part.name in ("runs", "keys"):
            continue
        noted = getattr(witness, part.name)
        said = [noted] if isinstance(noted, str) else list(noted)
        lines += [f"{part.name}:", *[f"    {line}" for line in said]] if said else []
    lines += [f"keys: {line}" for line in keys_text(witness.keys)]
    for run in witness.runs:
        lines += ["", f"delegated: {run!r}", str(run.transcript)]
    complaints = judge(scenario, result, witness, record=False)
    return "\n".join([*lines, "", *(complaints or ["as expected; the narrative wasn't judged"])])


def main(name: str, world: str = "memory") -> None:
    """Print what came of a scenario, or of a file: `python -m tests.scripted NAME [live]`."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    scenario = read(path.read_text("utf-8"), path.stem)
    play: Callable[[Scenario], Any] = in_memory if world == "memory" else lambda one: on_a_loop(one, 0)
    print(report(scenario, play(scenario)))


if __name__ == "__main__":
    main(*sys.argv[1:])
