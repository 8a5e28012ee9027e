"""What a slow handler opens for a run that no longer waits for it.

Law: it is closed again, once, however late it comes: by a plain function in its thread, by an async one that will
not be cancelled, or in virtual time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from executus import Agent, Defaults, Invocation, RunResult, Status, execute
from executus.agent import CriticConfig
from executus.facts import Grant
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory, pause, says
from interpreters.services import SessionTools
from interpreters.tools import tool
from tests.interpreters.hosts import AGENT, calling, model

WATCHED = Agent(max_runtime="5s", critic=CriticConfig(enabled=True))
HURRIED = Defaults(preflight_timeout=0.1, cleanup_timeout=1)


class Slow:
    """A host of which one handler takes its time; it remembers what was opened and what closed."""

    def __init__(self, slow: str, is_async: bool = False) -> None:
        self.slow, self.is_async = slow, is_async
        self.told: list[str] = []
        self.slot: dict[str, Any] = {
            "check": {"budget": self},
            "start": {"audit": self},
            "begin": {"checkpoints": self},
            "monitor": {"critic": self},
            "session": {"session": self.session},
        }[slow]

    def session(self, session: object) -> Any:
        return self._opened("session", SessionTools(cleanup=self.close))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in ("check", "start", "begin", "monitor"):
            return lambda facts: self._opened(name, Grant(tokens=5) if name == "check" else self)
        return lambda *_: self.told.append(name)

    def _opened(self, name: str, thing: object) -> Any:
        if name in self.told:  # A run that ended before its audit began opens it once more, and at once.
            self.told.append(name)
            return thing
        self.told.append(name)
        if self.is_async:
            return _stubborn(thing)
        time.sleep(0.25)
        return thing


async def _stubborn(thing: object) -> object:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        await asyncio.sleep(0.02)
    return thing


CLOSED = {"check": "release", "start": "close", "begin": "fail", "monitor": "stop", "session": "close"}
Way = Callable[[Live, "asyncio.Task[RunResult]"], object]


def shut_down(live: Live, task: "asyncio.Task[RunResult]") -> None:
    live.shut_down()


def cancel(live: Live, task: "asyncio.Task[RunResult]") -> None:
    live.cancel()


def cancel_task(live: Live, task: "asyncio.Task[RunResult]") -> None:
    task.cancel()


def hurry(live: Live, task: "asyncio.Task[RunResult]") -> None:
    """Nothing: the preflight takes too long by itself."""


def settled(host: Slow, way: Way) -> RunResult:
    live = Live(Handlers(models=model("Hi."), defaults=HURRIED, **host.slot))

    async def main() -> None:
        task = asyncio.create_task(execute(WATCHED, Invocation(prompt="x"), using=live))
        await asyncio.sleep(0.05)
        way(live, task)
        await asyncio.wait([task])
        await asyncio.sleep(0.35)

    asyncio.run(main())
    assert live.result is not None
    return live.result


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize("way", [cancel, cancel_task, shut_down, hurry], ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", CLOSED)
def test_what_comes_too_late_is_closed_again(name: str, way: Way, is_async: bool) -> None:
    host = Slow(name, is_async)
    result = settled(host, way)
    assert result.status is not Status.OK
    assert host.told.count(CLOSED[name]) == host.told.count(name), host.told
    assert "leave" not in host.told


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("CheckBudget", "check"),
        ("OpenAudit", "start"),
        ("BeginCheckpoint", "begin"),
        ("StartCritic", "monitor"),
        ("BuildToolbox", "session"),
    ],
)
def test_so_it_is_in_virtual_time(question: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    host = Slow(name)
    happens: Any = [("2s", "cancel")]
    world = Memory(model=cast("Any", talk), takes={question: "5s"}, happens=happens, **host.slot)
    assert world.run(WATCHED).status is Status.CANCELLED
    assert host.told.count(CLOSED[name]) == host.told.count(name), host.told


def test_a_grant_that_is_none_is_not_released() -> None:
    host = Slow("check")
    host.slot = {"budget": Odd(host)}
    settled(host, cancel)
    assert host.told == []


async def talk(request: object) -> object:
    return says("x").outcome


class Odd:
    """A budget that gives what is no grant."""

    def __init__(self, host: Slow) -> None:
        self.host = host
        self.commit = self.release = host.release

    def check(self, request: object) -> object:
        time.sleep(0.25)
        return {"tokens": 5}


def test_a_late_coroutine_is_closed() -> None:
    made: list[Any] = []

    async def reply() -> None:
        """Never begun."""

    class Budget(Odd):
        def check(self, request: object) -> Awaitable[None]:
            time.sleep(0.25)
            made.append(reply())
            return made[0]

    host = Slow("check")
    host.slot = {"budget": Budget(host)}
    settled(host, cancel)
    assert made[0].cr_frame is None


def test_a_late_coroutine_of_a_tool_is_closed() -> None:
    made: list[Any] = []

    async def reply() -> str:
        return "never begun"

    @tool(effect="pure", timeout=0.05)
    def work() -> Any:
        time.sleep(0.2)
        made.append(reply())
        return made[0]

    async def main() -> RunResult:
        handlers = Handlers(models=model(calling("work"), "End."), tools=[work])
        result = await execute(AGENT, "x", using=Live(handlers))
        await asyncio.sleep(0.3)
        return result

    assert asyncio.run(main()).output == "End."
    assert made[0].cr_frame is None


def test_a_slow_handler_of_virtual_time_that_is_dropped_opens_nothing() -> None:
    async def session(_: object) -> SessionTools:
        await pause("5s")
        raise AssertionError

    happens: Any = [("2s", "cancel")]
    result = Memory(model=cast("Any", talk), session=session, happens=happens).run(Agent())
    assert (result.status, result.warnings) == (Status.CANCELLED, ())
