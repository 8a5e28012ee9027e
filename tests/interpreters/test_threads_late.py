"""Plain functions that nobody waits for any more, and plain functions behind every port, on a real loop."""

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from executus import Agent, Invocation, RunResult, execute
from executus.agent import CriticConfig
from executus.facts import Grant, Noted
from executus.invocation import Target
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live, run_sync
from interpreters.threads import left_behind
from interpreters.tools import tool
from tests.interpreters.hosts import calling, model


def test_a_late_end_of_an_unsafe_function_settles_what_became_of_it() -> None:
    hold = threading.Event()

    @tool(name="work", timeout="50ms")
    def pays() -> str:
        hold.wait(30)
        return "paid"

    async def later() -> object:
        hold.set()
        await asyncio.sleep(0.3)
        return ModelReply("Done.")

    async def main() -> RunResult:
        handlers = Handlers(models=model(calling("work"), later, "Really done."), tools=[pays])
        return await execute(Agent(low_level_tools=("work",)), "Work.", using=Live(handlers))

    result = asyncio.run(main())
    (unknown,) = result.unknown_outcomes
    assert "happened" in unknown.settled
    assert any("paid" in message.text for message in result.run.talk.conversation if message.role == "user")


def test_threads_that_are_left_behind_are_counted() -> None:
    hold = threading.Event()

    @tool(name="work", effect="pure")
    def hangs() -> str:
        hold.wait(30)
        return "too late"

    before = left_behind()
    handlers = Handlers(models=model(calling("work")), tools=[hangs])
    run_sync(Agent(low_level_tools=("work",), max_runtime="50ms"), "Work.", handlers)
    assert left_behind() == before + 1
    hold.set()
    until = time.monotonic() + 5
    while left_behind() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert left_behind() == before


def test_plain_functions_serve_every_port() -> None:
    told: list[str] = []

    class Plain:
        def __getattr__(self, name: str) -> Any:
            gives = {"check": Grant(), "start": self, "begin": self, "monitor": self, "stage": "f1"}

            def handler(*_: object) -> Any:
                told.append(name)
                return gives.get(name)

            return handler

    host: Any = Plain()
    handlers = Handlers(
        models=lambda _: ModelReply("Done."),
        budget=host,
        audit=host,
        checkpoints=host,
        critic=host,
        delivery=host,
        finalizers=[host.finalizer],
        on_step=host.on_step,
    )
    agent = Agent(critic=CriticConfig(enabled=True))
    result = run_sync(agent, Invocation(prompt="Hi", delivery=Target("chat", "1")), handlers)
    assert (result.status, result.warnings) == ("ok", ())
    assert [name for name in told if name not in ("save", "step")] == [
        *("check", "start", "begin", "monitor"),
        *("commit", "deliver", "close", "stop", "finalizer", "complete"),
    ]
    assert told.count("step") == 2
    assert "step" not in told[told.index("close") :]  # Nothing is told to what is closed.


@pytest.mark.parametrize(("raises", "facts"), [(False, ("0", "paid")), (True, ("1", "ValueError: no money"))])
def test_what_a_function_gives_after_the_end_goes_to_the_audit(raises: bool, facts: tuple[str, str]) -> None:
    hold, noted = threading.Event(), list[Noted]()

    @tool(name="work")
    def pays() -> str:
        hold.wait(30)
        if raises:
            raise ValueError("no money")
        return "paid"

    async def main() -> None:
        told = SimpleNamespace(step=ignored, tool=ignored, event=noted.append, error=ignored, close=ignored)
        handlers = Handlers(
            models=model(calling("work")), tools=[pays], audit=SimpleNamespace(start=lambda _: told)
        )
        agent = Agent(low_level_tools=("work",), max_runtime="50ms")
        await execute(agent, "Work.", using=Live(handlers))
        hold.set()
        for _ in range(500):
            if noted[-1].name == "late_result":
                return
            await asyncio.sleep(0.01)

    asyncio.run(main())
    late = dict(noted[-1].facts)
    assert (noted[-1].name, str(late["is_error"]), late["content"]) == ("late_result", *facts)


def ignored(_: object) -> None:
    """Somebody else's part of the audit."""
