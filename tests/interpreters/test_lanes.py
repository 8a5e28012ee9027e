"""Lanes: so many at once, first come first served, and no place is ever lost."""

import asyncio
import threading

import pytest

from executus import Agent, Invocation, RunResult, Status, execute
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.lanes import Lanes
from interpreters.live import Live, run_sync
from interpreters.ports import ModelRequest
from tests import virtual


async def slow(request: ModelRequest) -> ModelReply:
    await asyncio.sleep(1)
    return ModelReply("Hello!")


AGENT = Agent(max_runtime="10s")


def test_runs_wait_in_the_order_in_which_they_came() -> None:
    async def main() -> list[RunResult]:
        handlers = Handlers(models=slow, lanes={"fast": 2})
        return await asyncio.gather(*[execute(AGENT, "Hi", using=Live(handlers)) for _ in range(5)])

    results = virtual.run(main())
    assert [result.queued.total_seconds() for result in results] == [0, 0, 1, 1, 2]
    assert {result.runtime.total_seconds() for result in results} == {1}


def test_who_gives_up_leaves_the_others_their_places() -> None:
    async def main() -> tuple[RunResult, list[RunResult]]:
        handlers = Handlers(models=slow, lanes={"fast": 1})
        lives = [Live(handlers) for _ in range(4)]
        running = [asyncio.create_task(execute(AGENT, "Hi", using=live)) for live in lives]
        await asyncio.sleep(0.5)
        lives[1].cancel()
        cancelled, *others = await asyncio.gather(running[1], running[0], *running[2:])
        return cancelled, others

    cancelled, others = virtual.run(main())
    assert (cancelled.status, cancelled.queued.total_seconds()) == (Status.CANCELLED, 0.5)
    assert [result.queued.total_seconds() for result in others] == [0, 1, 2]


def test_lanes_never_wait_on_each_other() -> None:
    async def main() -> list[RunResult]:
        handlers = Handlers(models=slow, lanes={"fast": 1, "slow": 1})
        asked = [Invocation(lane=lane) for lane in ("fast", "fast", "slow")]
        return await asyncio.gather(*[execute(AGENT, one, using=Live(handlers)) for one in asked])

    assert [result.queued.total_seconds() for result in virtual.run(main())] == [0, 1, 0]


def test_a_place_that_comes_in_the_very_moment_of_giving_up_goes_on() -> None:
    async def main() -> None:
        lanes = Lanes({"fast": 1})
        await lanes.acquire("fast")
        first, second = (asyncio.create_task(lanes.acquire("fast")) for _ in range(2))
        await asyncio.sleep(0)
        lanes.release("fast")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert first.cancelled()
        await asyncio.wait_for(second, 1)

    virtual.run(main())


def test_an_unknown_lane_is_no_lane() -> None:
    async def main() -> None:
        with pytest.raises(LookupError, match="there is no lane named 'slow'"):
            await Lanes({"fast": 1}).acquire("slow")

    virtual.run(main())


def test_one_lane_serves_every_loop_of_the_process() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    async def counted(request: ModelRequest) -> ModelReply:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        await asyncio.sleep(0.02)
        with lock:
            inside -= 1
        return ModelReply("Hello!")

    handlers = Handlers(models=counted, lanes={"fast": 1})
    results: list[RunResult] = []
    threads = [threading.Thread(target=lambda: results.append(run_sync(AGENT, "Hi", handlers))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [result.status for result in results] == [Status.OK] * 5
    assert most == 1
