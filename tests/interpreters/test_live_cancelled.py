"""The caller's own cancellation. Law: the run finalises first, then the cancellation goes on to the caller."""

import asyncio
from datetime import timedelta

import pytest

from executus import execute
from interpreters.handlers import Handlers
from interpreters.live import Live
from tests import virtual
from tests.interpreters.hosts import TALKER, hang, model


class TestTheCallersOwnCancellation:
    def test_the_run_finalises_then_the_cancellation_goes_on_to_the_caller(self) -> None:
        async def main() -> Live:
            live = Live(Handlers(models=model(hang)))
            task = asyncio.create_task(execute(TALKER, "Hi", using=live))
            await asyncio.sleep(2)
            task.cancel("no longer needed")
            with pytest.raises(asyncio.CancelledError, match="no longer needed"):
                await task
            assert task.cancelled()
            return live

        result = virtual.run(main()).result
        assert result is not None
        assert (result.status, str(result.error)) == ("cancelled", "cancelled by caller")
        assert result.runtime == timedelta(seconds=2)

    def test_a_timeout_around_a_run_is_a_timeout_of_the_callers_and_a_cancelled_run(self) -> None:
        async def main() -> Live:
            live = Live(Handlers(models=model(hang)))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await execute(TALKER, "Hi", using=live)
            return live

        result = virtual.run(main()).result
        assert result is not None
        assert (result.status, result.runtime) == ("cancelled", timedelta(seconds=3))

    def test_a_run_in_a_task_group_goes_down_with_it(self) -> None:
        async def main() -> Live:
            live = Live(Handlers(models=model(hang)))

            async def group() -> None:
                async with asyncio.TaskGroup() as group:
                    group.create_task(execute(TALKER, "Hi", using=live))
                    await asyncio.sleep(1)
                    raise ValueError("the other part failed")

            with pytest.raises(ExceptionGroup) as failed:
                await group()
            assert failed.group_contains(ValueError)
            return live

        result = virtual.run(main()).result
        assert result is not None
        assert result.status == "cancelled"

    def test_a_cancellation_while_tasks_let_go_is_not_lost(self) -> None:
        async def slow_to_go() -> object:
            try:
                return await asyncio.Future()
            finally:
                await asyncio.sleep(0.5)

        async def main() -> Live:
            live = Live(Handlers(models=model(slow_to_go)))
            task = asyncio.create_task(execute(TALKER, "Hi", using=live))
            await asyncio.sleep(10.25)  # The deadline has passed, the model's task still closes.
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert virtual.clock().time() == 1010.5
            return live

        result = virtual.run(main()).result
        assert result is not None
        assert result.status == "timeout"

    def test_a_run_that_is_never_begun_leaves_no_result(self) -> None:
        async def main() -> Live:
            live = Live(Handlers(models=model("Hello!")))
            task = asyncio.create_task(execute(TALKER, "Hi", using=live))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return live

        assert virtual.run(main()).result is None
