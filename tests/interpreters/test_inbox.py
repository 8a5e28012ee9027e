"""The inbox of a live run: what the run hears of first. Law: stamp order, and nothing that has arrived is lost
to the clock."""

import asyncio
from typing import Any

import pytest

from executus.answers import ModelReplied, ToolReturned
from executus.events import CancelRequested, Event, ShutdownRequested, Steered, TimePassed
from executus.values import ModelReply, ToolResult, seconds
from interpreters.inbox import Inbox
from tests import virtual


def reply(at: int, id: int = 1) -> ModelReplied:
    return ModelReplied(at, id, ModelReply("Hello!"))


def result(at: int, id: int) -> ToolReturned:
    return ToolReturned(at, id, ToolResult("done"))


async def heard(inbox: Inbox, count: int) -> list[Event]:
    return [await inbox.next(None) for _ in range(count)]


def test_at_one_instant_signals_come_before_answers_and_answers_in_question_order() -> None:
    async def main() -> None:
        inbox = Inbox()
        arrived = [result(5, 3), result(5, 2), CancelRequested(5, "a"), reply(4, 9), Steered(5, "b")]
        for event in arrived:
            inbox.post(event)
        assert await heard(inbox, 5) == [
            reply(4, 9),
            CancelRequested(5, "a"),
            Steered(5, "b"),
            result(5, 2),
            result(5, 3),
        ]

    virtual.run(main())


def test_a_reply_that_has_arrived_is_heard_before_time_however_long_the_loop_was_held_up() -> None:
    async def main() -> None:
        inbox = Inbox()
        inbox.post(reply(inbox.now()))
        virtual.clock().stall(60)
        assert await inbox.next(seconds(10)) == reply(0)
        assert await inbox.next(seconds(10)) == TimePassed(seconds(60))

    virtual.run(main())


def test_when_nothing_happens_time_has_passed_at_the_wakeup() -> None:
    async def main() -> None:
        inbox = Inbox()
        assert await inbox.next(seconds(10)) == TimePassed(seconds(10))
        assert inbox.now() == seconds(10)

    virtual.run(main())


def test_a_wakeup_that_has_passed_does_not_wait() -> None:
    async def main() -> None:
        inbox = Inbox()
        await asyncio.sleep(3)
        assert await inbox.next(seconds(2)) == TimePassed(seconds(3))
        assert inbox.now() == seconds(3)

    virtual.run(main())


def test_without_a_wakeup_the_next_event_is_waited_for() -> None:
    async def main() -> None:
        inbox = Inbox()
        inbox.loop.call_later(5, inbox.arrive, ShutdownRequested(0))
        assert await inbox.next(None) == ShutdownRequested(seconds(5))

    virtual.run(main())


def test_instants_count_from_the_making_of_the_inbox() -> None:
    async def main() -> None:
        await asyncio.sleep(100)
        inbox = Inbox()
        assert inbox.now() == 0
        await asyncio.sleep(0.000_001)
        assert inbox.now() == 1

    virtual.run(main())


def test_the_callers_cancellation_is_an_event_and_the_first_one_is_kept() -> None:
    async def main() -> None:
        inbox = Inbox()
        waiting = asyncio.ensure_future(heard(inbox, 2))
        await asyncio.sleep(1)
        waiting.cancel("enough")
        await asyncio.sleep(1)
        waiting.cancel("really")
        assert await waiting == [
            CancelRequested(seconds(1), "caller"),
            CancelRequested(seconds(2), "caller"),
        ]
        assert inbox.cancelled is not None
        assert inbox.cancelled.args == ("enough",)

    virtual.run(main())


def test_one_timer_stands_for_all_waits_and_is_set_anew_only_where_it_would_ring_too_late() -> None:
    armed: list[float] = []

    async def main() -> None:
        clock = virtual.clock()
        call_at = clock.call_at
        inbox = Inbox()

        def counted(when: float, *args: Any, **more: Any) -> asyncio.TimerHandle:
            armed.append(round(when - 1000))
            return call_at(when, *args, **more)

        for second in range(3):
            clock.call_at(1001 + second, inbox.arrive, ShutdownRequested(0))
        clock.call_at = counted  # type: ignore[method-assign]
        for wakeup in (50, 40, 60):
            assert isinstance(await inbox.next(seconds(wakeup)), ShutdownRequested)
        assert await inbox.next(seconds(45)) == TimePassed(seconds(45))  # It rang at 40, for nobody.
        assert armed == [50, 40, 45]

    virtual.run(main())


def test_a_closed_inbox_leaves_no_timer_behind() -> None:
    clocks: list[virtual.VirtualLoop] = []

    async def main() -> None:
        clocks.append(virtual.clock())
        inbox = Inbox()
        inbox.loop.call_later(1, inbox.arrive, ShutdownRequested(0))
        await inbox.next(seconds(10))
        inbox.close()
        await asyncio.Future()

    with pytest.raises(virtual.Stuck):
        virtual.run(main())
    assert clocks[0].time() == 1001  # Nothing was armed that could have rung later.
