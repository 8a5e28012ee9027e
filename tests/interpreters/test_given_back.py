"""What a port opens in the very moment in which nobody waits for it any more is closed again, once.

Law: the answer is there, but the deadline came first, or a signal: no question will ever close what it holds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from executus import Agent, Invocation
from executus.agent import CriticConfig
from executus.bounds import Defaults
from executus.events import CancelRequested
from executus.execute import execute
from executus.facts import Grant
from executus.values import ModelReply, seconds
from interpreters.driving import Pause
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory
from interpreters.services import SessionTools
from tests import virtual

Sleep = Callable[[float], Awaitable[None]]


class Host:
    """Every port that opens something: the one that is `slow` takes exactly as long as there is time."""

    def __init__(self, slow: str, sleep: Sleep) -> None:
        self._slow, self._sleep = slow, sleep
        self.opened: list[str] = []
        self.closed: list[str] = []

    async def open(self, what: str) -> None:
        if what == self._slow and what not in self.opened:
            self.opened.append(what)
            await self._sleep(1)
        else:
            self.opened.append(what)

    async def close(self, what: str) -> None:
        self.closed.append(what)

    def slots(self) -> dict[str, Any]:
        return {
            "budget": Budget(self),
            "audit": Opener(self, "audit", "start"),
            "checkpoints": Opener(self, "checkpoint", "begin"),
            "critic": Opener(self, "critic", "monitor"),
            "session": self._session,
            "defaults": Defaults(preflight_timeout="1s"),
        }

    async def _session(self, session: object) -> SessionTools:
        await self.open("session")
        return SessionTools(cleanup=lambda: self.close("session"))


class Opener:
    """A port that opens something, and what it opens."""

    def __init__(self, host: Host, what: str, verb: str) -> None:
        self._host, self._what = host, what
        setattr(self, verb, self._open)

    async def _open(self, facts: object) -> "Opener":
        await self._host.open(self._what)
        return self

    async def close(self, *_: object) -> None:
        await self._host.close(self._what)

    fail = complete = stop = close

    async def save(self, *_: object) -> None:
        """Whatever it is told is well."""

    step = tool = event = error = leave = consult = save


class Budget:
    def __init__(self, host: Host) -> None:
        self._host = host

    async def check(self, request: object) -> Grant:
        await self._host.open("budget")
        return Grant()

    async def release(self, *_: object) -> None:
        await self._host.close("budget")

    commit = release


async def model(request: object) -> ModelReply:
    return ModelReply("Done.")


AGENT = Agent(critic=CriticConfig(enabled=True))
PORTS = ("budget", "audit", "checkpoint", "critic", "session")


async def _pause(span: float) -> None:
    await Pause(seconds(span))


def in_memory(slow: str, is_cancelled: bool) -> Host:
    host = Host(slow, _pause)
    happens = [CancelRequested(seconds(1))] if is_cancelled else []
    Memory(model=model, happens=happens, **host.slots()).run(AGENT, Invocation(prompt="Go."))
    return host


def live(slow: str, is_cancelled: bool) -> Host:
    host = Host(slow, asyncio.sleep)

    async def main() -> None:
        world = Live(Handlers(models=model, **host.slots()))
        if is_cancelled:
            asyncio.get_running_loop().call_later(1, world.cancel)
        await execute(AGENT, "Go.", using=world)

    virtual.run(main())
    return host


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["the deadline", "a cancel"])
@pytest.mark.parametrize("world", [in_memory, live])
@pytest.mark.parametrize("slow", PORTS)
def test_what_was_opened_too_late_by_nothing_is_closed(
    slow: str, world: Callable[[str, bool], Host], is_cancelled: bool
) -> None:
    host = world(slow, is_cancelled)
    assert sorted(host.opened) == sorted(host.closed)


def test_a_place_that_came_in_the_moment_of_a_cancel_is_free_again() -> None:
    world = Memory(model=model, lanes={"slow": 1}, happens=[("0s", "cancel")])
    world.run(Agent(), Invocation(prompt="Go.", lane="slow"))
    again = Memory(model=model, happens=[])
    again.handlers.lanes = world.handlers.lanes
    assert again.run(Agent(), Invocation(prompt="Go.", lane="slow")).status == "ok"
