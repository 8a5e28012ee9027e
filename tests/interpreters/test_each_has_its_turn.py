"""Several handlers of one slot. Law: each has its turn, whatever another raises."""

import asyncio
from typing import Any

import pytest

from executus import Agent, Invocation, RunResult, Status, execute
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.tools import tool
from tests.interpreters.hosts import AGENT, calling, model

OWN = [SystemExit(3), GeneratorExit(), asyncio.CancelledError("own"), ValueError("no")]
own = pytest.mark.parametrize("error", OWN, ids=lambda error: type(error).__name__)


def lived(agent: Agent, invocation: Any = "x", **slots: Any) -> RunResult:
    return asyncio.run(execute(agent, invocation, using=Live(Handlers(**{"models": model("Hi.")} | slots))))


@own
@pytest.mark.parametrize("is_async", [False, True])
def test_one_observer_never_silences_another(error: BaseException, is_async: bool) -> None:
    heard: list[object] = []

    def fails(seen: object) -> None:
        raise error

    async def fails_later(seen: object) -> None:
        raise error

    async def hears(seen: object) -> None:
        heard.append(seen)

    @tool(name="work")
    async def work() -> str:
        return "done"

    bad = fails_later if is_async else fails
    wired: Any = {"models": model(calling("work"), "End."), "tools": [work], "on_step": bad}
    result = lived(AGENT, Invocation(prompt="x", on_step=hears), **wired)
    assert len(heard) == 2
    assert [str(one) for one in result.warnings if "on_step" in str(one)]


@own
@pytest.mark.parametrize("is_async", [False, True])
def test_one_finalizer_never_keeps_another_from_its_turn(error: BaseException, is_async: bool) -> None:
    told: list[str] = []

    def fails(run_id: str) -> None:
        raise error

    async def fails_later(run_id: str) -> None:
        raise error

    result = lived(Agent(), finalizers=[fails_later if is_async else fails, told.append])
    assert (len(told), len(result.warnings), result.status) == (1, 1, Status.OK)
