"""A scenario as three worlds play it: in memory, live on a virtual clock, and again from a recording.

Memory takes the script as it is; live, each turn and tool is an async handler that sleeps as long as it takes, and
what happens is a timer. Law: nothing in here decides what a run does.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from executus import Invocation, RunResult, execute
from executus.events import CancelRequested, Event, ModelResolved, ShutdownRequested, Steered, TimePassed
from executus.values import (
    Fault,
    FaultKind,
    Instant,
    ModelChoice,
    ModelReply,
    ToolResult,
    ToolSpec,
    microseconds,
    replace,
)
from interpreters.driving import at_once
from interpreters.handlers import Handlers, fault_of
from interpreters.live import Live
from interpreters.memory import Memory, scripted
from interpreters.ports import ModelError, ModelRequest, ToolContext, ToolError
from interpreters.scripts import ScriptedTool, Turn
from specs import scenario as spec
from specs.scenario import Happening, Scenario, Tier, ToolScript
from tests import virtual


def in_memory(scenario: Scenario) -> RunResult:
    """The scenario in memory."""
    world = Memory(
        model=[_turn(turn) for turn in scenario.model] if scenario.tiers is None else Tiers(scenario),
        tools=[_tool(tool) for tool in scenario.tools],
        happens=[_event(happening) for happening in scenario.happens],
        system_header=scenario.system_header,
        defaults=scenario.defaults,
    )
    slow = SlowStart(world, microseconds(scenario.resolving))
    return at_once(execute(scenario.agent, _named(scenario), using=slow), AssertionError)


def on_a_loop(scenario: Scenario, seed: int) -> RunResult:
    """The scenario live, in virtual time; `seed` draws the order of timers at one instant."""
    return virtual.run(_live(scenario), seed=seed)


async def _live(scenario: Scenario) -> RunResult:
    handlers = Handlers(
        models=Tiers(scenario),
        tools=[LiveTool(tool) for tool in scenario.tools],
        system_header=scenario.system_header,
        defaults=scenario.defaults,
    )
    live, loop = Live(handlers), virtual.clock()
    for at, happenings in _by_instant(scenario.happens).items():
        if at:
            loop.call_later(at.total_seconds(), _signal_all, live, happenings)
        else:
            _signal_all(live, happenings)  # Before it began: the first thing the run hears.
    return await execute(scenario.agent, _named(scenario), using=live)


def _named(scenario: Scenario) -> Invocation:
    """With the same run id in every world."""
    return replace(scenario.invocation, run_id=scenario.name)


class Tiers:
    """The scenario's model behind its tiers, as a host would plug it in."""

    def __init__(self, scenario: Scenario) -> None:
        self._tiers = scenario.tiers
        self._resolving = scenario.resolving.total_seconds()
        self._turns = iter(scenario.model)

    def resolve(self, tier: str) -> tuple[ModelChoice, ...]:
        if self._resolving:
            virtual.clock().stall(self._resolving)
        if self._tiers is None:
            return (ModelChoice(tier),)
        found = self._tiers.get(tier, Tier(raises="no tier is called that"))
        if found.raises is not None:
            raise LookupError(found.raises)
        return tuple([ModelChoice(model) for model in found.models])

    async def __call__(self, request: ModelRequest) -> ModelReply:
        turn = next(self._turns)
        if turn.takes:
            await asyncio.sleep(turn.takes.total_seconds())
        if turn.raises is not None:
            raise RuntimeError(turn.raises)
        match turn.outcome:
            case None:
                return await asyncio.Future()
            case Fault() as fault:
                raise ModelError(fault)
            case reply:
                return reply


class LiveTool:
    """A scripted tool that really takes its time."""

    blocking = False

    def __init__(self, script: ToolScript) -> None:
        self._script = script
        self._answers = _for_ever(script.answers)
        self.spec = ToolSpec(
            script.name,
            f"{script.name}, played",
            effect=script.effect,
            serial=script.serial,
            repeatable=script.repeatable,
        )

    async def call(self, arguments: str, context: ToolContext) -> ToolResult:
        answer = next(self._answers)
        if self._script.hangs:
            await asyncio.Future()
        if self._script.takes:
            await asyncio.sleep(self._script.takes.total_seconds())
        if answer.raises is not None:
            raise ToolError(answer.raises)
        return ToolResult(answer.returns)


class SlowStart:
    """Memory, but looking up the tier takes `resolving`: only for runs that don't get beyond it."""

    def __init__(self, world: Memory, resolving: Instant) -> None:
        self._world = world
        self._resolving = resolving
        self.begin, self.perform, self.end = world.begin, world.perform, world.end

    async def next_event(self, wakeup: Instant | None) -> Event:
        event = await self._world.next_event(wakeup)
        if not self._resolving or not isinstance(event, ModelResolved):
            return event
        assert wakeup is not None
        assert wakeup <= self._resolving, "the run would go on, with a clock that stands still"
        return TimePassed(wakeup)


def _turn(turn: spec.Turn) -> Turn:
    if turn.raises is not None:
        return Turn(fault_of(FaultKind.MODEL, RuntimeError(turn.raises)), microseconds(turn.takes))
    return Turn(turn.outcome, microseconds(turn.takes))


def _tool(script: ToolScript) -> ScriptedTool:
    answers = [_answer(answer) for answer in script.answers]
    return scripted(
        script.name,
        in_turn=answers,
        takes=script.takes,
        hangs=script.hangs,
        effect=script.effect,
        serial=script.serial,
        repeatable=script.repeatable,
    )


def _answer(answer: spec.Answer) -> str | ToolError:
    return answer.returns if answer.raises is None else ToolError(answer.raises)


def _for_ever(answers: tuple[spec.Answer, ...]) -> Iterator[spec.Answer]:
    yield from answers
    while True:
        yield answers[-1]


def _event(happening: Happening) -> Event:
    at = microseconds(happening.at)
    match happening.what:
        case "cancel":
            return CancelRequested(at, happening.by)
        case "shutdown":
            return ShutdownRequested(at)
        case "steer":
            return Steered(at, happening.text, happening.images)


def _by_instant(happens: tuple[Happening, ...]) -> dict[timedelta, list[Happening]]:
    """What happens at one instant is one timer, so that it keeps its order."""
    found: dict[timedelta, list[Happening]] = {}
    for happening in happens:
        found.setdefault(happening.at, []).append(happening)
    return found


def _signal_all(live: Live, happenings: list[Happening]) -> None:
    for happening in happenings:
        match happening.what:
            case "cancel":
                live.cancel(happening.by)
            case "shutdown":
                live.shut_down()
            case "steer":
                live.steer(happening.text, *happening.images)
