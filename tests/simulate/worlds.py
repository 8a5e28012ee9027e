"""A storm as the real worlds live it through: `in_memory`, and `live` on a loop of virtual time.

A run is taken up again as often as its storm has it interrupted, from the bytes that were kept.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Literal, TypeAlias
from unittest.mock import patch

from executus.events import CancelRequested, Event, ShutdownRequested
from executus.execute import execute, resume
from executus.result import RunResult
from executus.transcript import Transcript
from executus.values import Duration, seconds
from interpreters.agenda import suspended
from interpreters.driving import Pause, at_once
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory
from specs.storms import Storm
from tests import virtual
from tests.simulate.contract import Contract
from tests.simulate.models import Model
from tests.simulate.ports import Budget, Ports
from tests.simulate.seam import WALL_TIME, Crashed, Seam, Wire
from tests.simulate.serving import set_up, slots
from tests.simulate.store import Checkpoints, Store
from tests.simulate.weather import Weather
from tests.sleeping import Noted, begun, what_is_left

WorldName: TypeAlias = Literal["memory", "live"]
WORLDS: tuple[WorldName, ...] = ("memory", "live")

PATIENCE = seconds(7200)
"""Nobody waits for people, or in a queue, any longer: not in a world in which faults go on for ever."""

MOST_PROCESSES = 12


@dataclass(frozen=True)
class Lived:
    """What came of a storm."""

    weather: Weather
    result: RunResult | None
    """None: the process died, and nothing was left to go on from."""
    record: Transcript
    children: tuple[RunResult, ...]


class Process:
    """One process: its handlers, and what they leave behind."""

    def __init__(self, weather: Weather, store: Store, pause: Any, pause_on: Any) -> None:
        self.ports = Ports(weather, pause, pause_on)
        self.model, self.budget = Model(self.ports), Budget(self.ports)
        self.checkpoints = Checkpoints(store, self.ports)
        self._store = store

    def slots(self) -> dict[str, Any]:
        return slots(self.ports, self.checkpoints, self.budget)

    def set_up(self, handlers: Handlers) -> None:
        self._lanes = set_up(handlers, self.ports)

    def leave(self, result: RunResult | None, seam: Seam) -> Transcript | None:
        """The process has done its part, or died: what the next one goes on from, if anything."""
        if result is None:
            self.checkpoints.die()
            return self._store.load()
        ports = self.ports
        seam.contract.ends([audit.told for audit in ports.audits])
        held = {
            "a lane": self._lanes.held,
            "a handler": ports.weather.running["handlers"],
            "an audit": sum(audit.closed != 1 for audit in ports.audits),
            "a critic": sum(monitor.stopped != 1 for monitor in ports.monitors),
            "a session": sum(session.cleaned != 1 for session in ports.sessions),
        }
        for what, many in held.items():
            if many:
                ports.weather.blame(f"{what} is let go of, once")
        if len(set(self.budget.settled)) > 1:
            ports.weather.blame("a grant is committed or released, not both")
        if not result.resumable:
            return None
        past = self._store.load()
        if past is None:
            ports.weather.blame("a suspended run has a record")
        return past


def in_memory(storm: Storm) -> Lived:
    """The storm in memory."""
    weather = Weather(storm)
    store, wire, children = Store(weather), Wire(), list[RunResult]()
    past: Transcript | None = None
    for count in range(MOST_PROCESSES):
        process = Process(weather, store, _virtually, _virtually)
        world = Memory(model=process.model, happens=_happens(storm, count), **process.slots())
        process.set_up(world.handlers)
        seam = Seam(world, weather, store, wire, _MemorysHost(world), Contract(weather, is_strict=True))
        result = at_once(_lived(seam, storm, past), suspended)
        children += world.children
        past = process.leave(result, seam)
        if past is None:
            return Lived(weather, result, _record(seam, result), tuple(children))
    raise AssertionError("taken up again and again")


class _MemorysHost:
    """Nobody runs a run in memory in a task: a caller who gives up says so."""

    def __init__(self, world: Memory) -> None:
        self._world = world

    def shut_down(self) -> None:
        self._world.post(ShutdownRequested(0))

    def give_up(self) -> None:
        self._world.post(CancelRequested(0, "the caller's deadline"))

    async def begun(self) -> None:
        """Here, what is asked for begins at once."""


def live(storm: Storm, eager: bool = False) -> Lived:
    """The storm live, in virtual time. `eager`: tasks begin where they are made, where a Python can do that."""
    with patch("interpreters.live.datetime", StoppedClock):
        return virtual.run(_live(storm, eager), seed=storm.seed)


class StoppedClock(datetime):
    """The wall clock, of which a record has the time: of runs that are delegated to as well."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return WALL_TIME


async def _live(storm: Storm, eager: bool) -> Lived:
    if not eager:
        asyncio.get_running_loop().set_task_factory(_plain_task)
    weather = Weather(storm)
    store, wire, lives = Store(weather), Wire(), list[Live]()
    past: Transcript | None = None
    for count in range(MOST_PROCESSES):
        process = Process(weather, store, _sleep, _sleep_on)
        handlers = Handlers(models=process.model, **process.slots())
        process.set_up(handlers)
        world = Live(handlers)
        world._below = Noted(lives)
        host = _LivesHost(world)
        seam = Seam(world, weather, store, wire, host, Contract(weather, is_strict=False))
        result = await host.run(seam, storm, past, count)
        past = process.leave(result, seam)
        await what_is_left()
        if past is None:
            children = tuple([one.result for one in lives if one.result is not None])
            return Lived(weather, result, _record(seam, result), children)
    raise AssertionError("taken up again and again")


class _LivesHost:
    """Runs a run in a task, and cancels that when its patience is over."""

    def __init__(self, world: Live) -> None:
        self._world = world
        self._task: asyncio.Task[RunResult | None] | None = None
        self.shut_down = world.shut_down

    async def run(self, seam: Seam, storm: Storm, past: Transcript | None, count: int) -> RunResult | None:
        self._task = asyncio.ensure_future(_lived(seam, storm, past))
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(event.at / 1_000_000, self._tell, event) for event in _happens(storm, count)]
        await asyncio.wait([self._task])
        for timer in timers:
            timer.cancel()
        return self._world.result if self._task.cancelled() else self._task.result()

    def give_up(self) -> None:
        assert self._task is not None
        self._task.cancel()

    async def begun(self) -> None:
        await begun()

    def _tell(self, event: Any) -> None:
        if isinstance(event, ShutdownRequested):
            self.shut_down()
        else:
            self._world.post(event)


def _record(seam: Seam, result: RunResult | None) -> Transcript:
    return seam.record_so_far() if result is None else result.transcript


def _happens(storm: Storm, count: int) -> list[Event]:
    """What happens in the `count`th process."""
    happens = list(storm.world.happens) if not count else []
    if storm.calm is None:
        happens.append(CancelRequested(PATIENCE, "impatience"))
    return happens


async def _lived(seam: Seam, storm: Storm, past: Transcript | None) -> RunResult | None:
    try:
        if past is None:
            return await execute(storm.world.agent, storm.world.invocation, using=seam)
        return await resume(past, using=seam)
    except Crashed:
        return None


async def _virtually(span: Duration | None) -> None:
    if span != 0:
        await Pause(span)


async def _sleep(span: Duration | None) -> None:
    if span is None:
        await asyncio.Future()
    elif span:
        await asyncio.sleep(span / 1_000_000)


async def _sleep_on(span: Duration | None) -> None:
    """Nobody can stop it."""
    assert span is not None
    loop = asyncio.get_running_loop()
    end = loop.time() + span / 1_000_000
    while loop.time() < end:
        try:
            await asyncio.sleep(end - loop.time())
        except asyncio.CancelledError:
            continue


def _plain_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    """A task that begins with the next turn of the loop, on every Python."""
    return asyncio.Task(coroutine, loop=loop, **options)
