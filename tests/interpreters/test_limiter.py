"""The limiter: one model call at a time inside its place, and whatever it does itself."""

import asyncio
from typing import Any

import pytest

from executus import Agent, RunResult, Status, execute
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.ports import ModelRequest
from tests import virtual


def test_a_limiter_bounds_single_model_calls() -> None:
    places, inside, most, asked = asyncio.Semaphore(2), 0, 0, set[str]()

    def limiter(provider: str) -> asyncio.Semaphore:
        asked.add(provider)
        return places

    async def answers(request: ModelRequest) -> ModelReply:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(1)
        inside -= 1
        return ModelReply("Hello!")

    async def main() -> list[RunResult]:
        handlers = Handlers(models=answers, limiter=limiter)
        agent = Agent(model_tier="maker:model", max_runtime="1m")
        return await asyncio.gather(*[execute(agent, "Hi", using=Live(handlers)) for _ in range(7)])

    results = virtual.run(main())
    assert {result.status for result in results} == {Status.OK}
    assert (most, asked) == (2, {"maker"})
    assert max(result.runtime.total_seconds() for result in results) == 4


def test_a_call_that_is_abandoned_gives_its_place_back() -> None:
    places = asyncio.Semaphore(1)

    async def hangs(request: ModelRequest) -> Any:
        await asyncio.Future()

    async def main() -> None:
        for _ in range(3):
            live = Live(Handlers(models=hangs, limiter=lambda _: places))
            assert (await execute(Agent(max_runtime="1s"), "Hi", using=live)).status is Status.TIMEOUT
        assert not places.locked()

    virtual.run(main())


class Odd:
    def __init__(self, at_the_end: bool) -> None:
        self._at_the_end = at_the_end

    async def __aenter__(self) -> None:
        if not self._at_the_end:
            raise ValueError("no place")

    async def __aexit__(self, *_: object) -> None:
        raise ValueError("no way out")


async def answers(request: ModelRequest) -> ModelReply:
    return ModelReply("Hello!")


@pytest.mark.parametrize("wrong", [lambda _: None, lambda _: 5, lambda _: Odd(False), lambda: None], ids=range(4))
def test_one_that_lets_nobody_in_fails_the_call(wrong: Any) -> None:
    result = virtual.run(execute(Agent(), "Hi", using=Live(Handlers(models=answers, limiter=wrong))))
    assert result.status is Status.ERROR
    assert "call model" in str(result.error)


def test_one_that_fails_at_the_end_takes_no_reply_away() -> None:
    result = virtual.run(execute(Agent(), "Hi", using=Live(Handlers(models=answers, limiter=lambda _: Odd(True)))))
    assert (result.status, result.output) == (Status.OK, "Hello!")
    assert result.warnings == ("limiter failed: ValueError: no way out",)
