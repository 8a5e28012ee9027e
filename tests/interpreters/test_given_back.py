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
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory, hangs
from interpreters.services import SessionTools
from tests import virtual

Sleep = Callable[[float], Awaitable[None]]


class Host:
    """Every port that opens something. At the one named `last`, in that moment, somebody cancels the run."""

    def __init__(self, last: str, wait: Sleep | None = None) -> None:
        self._last, self._wait = last, wait
        self.world: Any = None
        self.opened: list[str] = []
        self.closed: list[str] = []

    async def open(self, what: str) -> None:
        if what == self._last and what not in self.opened:
            if self._wait is not None:
                await self._wait(1)  # Exactly as long as there is time.
            else:
                self.world.post(CancelRequested(0))
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


def in_memory(last: str) -> Host:
    host = Host(last)
    host.world = Memory(model=model, **host.slots())
    host.world.run(AGENT, Invocation(prompt="Go."))
    return host


def live(last: str, wait: Sleep | None = None) -> Host:
    host = Host(last, wait)

    async def main() -> None:
        host.world = Live(Handlers(models=model, **host.slots()))
        await execute(AGENT, "Go.", using=host.world)

    virtual.run(main())
    return host


def live_in_time(last: str) -> Host:
    """The deadline comes in the moment of the answer."""
    return live(last, asyncio.sleep)


@pytest.mark.parametrize("world", [in_memory, live, live_in_time])
@pytest.mark.parametrize("last", PORTS)
def test_what_was_opened_in_the_moment_of_the_end_is_closed(last: str, world: Callable[[str], Host]) -> None:
    host = world(last)
    assert last in host.opened
    assert sorted(host.opened) == sorted(host.closed)


def test_closing_it_holds_up_nobody() -> None:
    host = Host("critic")
    host.close = lambda what: asyncio.sleep(3600)  # type: ignore[assignment,method-assign] # a critic that hangs

    async def main() -> float:
        host.world = Live(Handlers(models=model, critic=host.slots()["critic"]))
        await execute(AGENT, "Go.", using=host.world)
        return virtual.clock().time()

    assert virtual.run(main()) < 1010  # The clock begins at 1000.


def test_a_place_that_came_in_the_moment_of_a_cancel_is_free_again() -> None:
    world = Memory(model=model, lanes={"slow": 1}, happens=[("0s", "cancel")])
    world.run(Agent(), Invocation(prompt="Go.", lane="slow"))
    again = Memory(model=model)
    again.handlers.lanes = world.handlers.lanes
    assert again.run(Agent(), Invocation(prompt="Go.", lane="slow")).status == "ok"


def test_a_grant_that_a_run_has_already_is_settled_once() -> None:
    """Asked for again by a run that is taken up, and abandoned there: it is the grant that the end commits."""
    settled: list[str] = []

    class Asked:
        count = 0
        world: Any = None

        def check(self, request: object) -> Grant:
            self.count += 1
            if self.count == 2:
                self.world.post(CancelRequested(0))
            return Grant()

        def commit(self, *_: object) -> None:
            settled.append("commit")

        def release(self, *_: object) -> None:
            settled.append("release")

    budget, kept = Asked(), Opener(Host(""), "checkpoint", "begin")
    first = Memory(model=[hangs()], budget=budget, checkpoints=kept, happens=[("1s", "shutdown")])  # type: ignore[arg-type] # a port by what it can do
    past = first.run(Agent(), "Go.").transcript
    budget.world = Memory(model=[], budget=budget, checkpoints=kept)  # type: ignore[arg-type] # the same
    assert budget.world.resume(past).status == "cancelled"
    assert settled == ["commit"]
