"""The virtual loop itself. Law: it hides nothing; what would hang, spin or be left behind elsewhere is said."""

import asyncio
from itertools import count

import pytest

from tests import virtual


async def sleepers(many: int) -> list[int]:
    woken: list[int] = []

    async def sleeper(number: int) -> None:
        await asyncio.sleep(3600)
        woken.append(number)

    await asyncio.gather(*[sleeper(number) for number in range(many)])
    return woken


def test_an_hour_takes_no_time_and_is_an_hour_to_the_microsecond() -> None:
    async def main() -> float:
        began = virtual.clock().time()
        for _ in range(3600):
            await asyncio.sleep(0.999_999)
        return virtual.clock().time() - began

    assert virtual.run(main()) == pytest.approx(3600 * 0.999_999, abs=1e-7)


def test_the_same_seed_wakes_in_the_same_order_and_another_in_another() -> None:
    first, again, other = (virtual.run(sleepers(9), seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(first) == sorted(other) == list(range(9))


def test_waiting_for_nothing_is_said() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(virtual.Stuck, match="nothing is ready and no timer is armed"):
        virtual.run(main())


def test_spinning_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        for _ in count():
            await asyncio.sleep(0)

    monkeypatch.setattr(virtual, "MOST_TURNS", 1000)
    with pytest.raises(virtual.Stuck, match="the loop has turned 1000 times"):
        virtual.run(main())


def test_a_task_that_is_left_behind_is_named() -> None:
    async def main() -> asyncio.Task[list[int]]:
        return asyncio.create_task(sleepers(1), name="forgotten")

    with pytest.raises(AssertionError, match=r"left behind: .*forgotten"):
        virtual.run(main())


def test_time_passes_while_nobody_gets_to_run() -> None:
    async def main() -> list[str]:
        heard: list[str] = []
        loop = virtual.clock()
        loop.call_later(2, heard.append, "two")
        loop.call_later(1, heard.append, "one")
        loop.stall(5)
        await asyncio.sleep(0)
        return heard

    assert virtual.run(main()) == ["one", "two"]


def test_threads_are_refused() -> None:
    async def main() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="threads are not deterministic"):
        virtual.run(main())
