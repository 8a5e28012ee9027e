"""The interpreter of random worlds: what a `World` says, on a virtual clock. It holds the run to nothing.

At one instant: the deadline (if the world is punctual), then signals, then answers in question order.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from heapq import heappop, heappush

from executus.agent import Agent, Invocation
from executus.effects import Abandon, BuildToolbox, CallModel, Effect, ResolveModel, RunTool
from executus.events import (
    Event,
    ModelReplied,
    ModelResolved,
    RunStarted,
    TimePassed,
    ToolboxBuilt,
    ToolReturned,
    Wiring,
)
from executus.execute import execute
from executus.result import RunResult
from executus.values import Instant, replace
from interpreters.driving import at_once
from specs.worlds import Played, World

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)

_SIGNAL, _ANSWER = 0, 1

MOST_EVENTS = 500
"""No honest run of a world is longer: one that is goes round and round."""


def play(world: World) -> RunResult:
    """Live through one run of this world."""
    return at_once(execute(world.agent, world.invocation, using=Playing(world)), _suspended)


class Playing:
    """The world of one run; `performed` is everything it was asked, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._now: Instant = 0
        self._due: list[tuple[Instant, int, int, int, Event]] = []
        self._model_calls = 0
        self._tool_calls: dict[str, int] = {}
        self._told = 0
        self.performed: list[Effect] = []

    def begin(self, agent: Agent, invocation: Invocation) -> RunStarted:
        world = self._world
        for event in world.happens:
            self._put(_SIGNAL, 0, event)
        wiring = Wiring(system_header=world.system_header, defaults=world.defaults)
        return RunStarted(0, invocation.run_id, agent, invocation, wiring, WALL_TIME)

    def perform(self, effect: Effect) -> None:
        self.performed.append(effect)
        match effect:
            case ResolveModel(id=id):
                self._answer(self._world.resolving, ModelResolved, id)
            case BuildToolbox(id=id):
                self._answer(self._world.building, ToolboxBuilt, id)
            case CallModel(id=id):
                replies = self._world.replies
                self._answer(replies[min(self._model_calls, len(replies) - 1)], ModelReplied, id)
                self._model_calls += 1
            case RunTool(id=id, call=call):
                number = self._tool_calls.get(call.name, 0)
                self._tool_calls[call.name] = number + 1
                answers = next(tool.answers for tool in self._world.tools if tool.spec.name == call.name)
                self._answer(answers[min(number, len(answers) - 1)], ToolReturned, id)
            case Abandon():
                pass  # What still lands is too late by itself.

    async def next_event(self, wakeup: Instant | None) -> Event:
        self._told += 1
        assert self._told <= MOST_EVENTS, "the run goes round and round"
        notices = None if wakeup is None else wakeup + self._world.lag
        if self._due and (notices is None or self._due[0][0] < notices):
            event = heappop(self._due)[-1]
        elif notices is not None:
            event = TimePassed(notices)
        else:
            raise AssertionError("the run waits for nothing, and isn't over")
        self._now = event.at
        return event

    async def end(self, result: RunResult | None) -> None:
        """Nothing to let go of."""

    def _answer(self, played: Played, kind: Callable[..., Event], id: int) -> None:
        if played.outcome is None:
            return
        event = kind(self._now + played.takes, id, played.outcome)
        self._put(_ANSWER, id, event)
        if played.again is not None:
            self._put(_ANSWER, id, replace(event, at=event.at + played.again))

    def _put(self, kind: int, id: int, event: Event) -> None:
        heappush(self._due, (event.at, kind, id, len(self._due), event))


def _suspended() -> Exception:
    return AssertionError("a world of data must not wait for anything")
