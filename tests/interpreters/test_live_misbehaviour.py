"""Hosts whose code misbehaves. Law: whatever it raises, gives or refuses, the run hears of it or does without."""

import asyncio
from contextlib import suppress

import pytest

from executus import RunResult, execute
from executus.values import ModelReply, ToolResult
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.ports import ModelRequest
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import AGENT, TALKER, Raw, calling, model


class TestToolsThatMisbehave:
    def run(self, *tools: object) -> tuple[RunResult, float]:
        async def main() -> tuple[RunResult, float]:
            loop = asyncio.get_running_loop()
            began = loop.time()
            handlers = Handlers(models=model(calling("work"), "Done."), tools=tools)
            result = await execute(AGENT, "Work.", using=Live(handlers))
            return result, loop.time() - began

        return virtual.run(main())

    def test_a_tool_that_will_not_be_cancelled_holds_the_run_for_a_second_at_most(self) -> None:
        stubborn: list[asyncio.Task[object] | None] = []

        @tool
        async def work() -> str:
            stubborn.append(asyncio.current_task())
            for _ in range(3):
                with suppress(asyncio.CancelledError):  # What no tool should do.
                    await asyncio.sleep(20)
            return "too late"

        async def main() -> tuple[RunResult, float]:
            handlers = Handlers(models=model(calling("work")), tools=[work])
            result = await execute(AGENT, "Work.", using=Live(handlers))
            took = virtual.clock().time() - 1000
            (task,) = stubborn
            assert task is not None
            await asyncio.wait([task])  # It ends some time, and changes nothing any more.
            return result, took

        result, took = virtual.run(main())
        assert (result.status, result.steps) == ("timeout", ())
        assert took == pytest.approx(11)

    def test_a_tool_that_is_cancelled_gets_its_moment_to_close_what_it_holds(self) -> None:
        closed: list[float] = []

        @tool
        async def work() -> str:
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0.5)
                closed.append(virtual.clock().time() - 1000)
            return "never"

        result, took = self.run(work)
        assert result.status == "timeout"
        assert closed == [pytest.approx(10.5)]
        assert took == pytest.approx(10.5)

    @pytest.mark.parametrize(
        "error",
        [
            asyncio.CancelledError(),
            SystemExit(3),
            GeneratorExit(),
            StopIteration(1),
            StopAsyncIteration(),
            TimeoutError(),
            pytest.fail.Exception("a failed assertion"),
            ExceptionGroup("two", [ValueError(), KeyError()]),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_whatever_a_tool_raises_by_itself_is_an_error_result(self, error: BaseException) -> None:
        async def raises() -> ToolResult:
            raise error

        result, took = self.run(Raw(raises))
        assert result.status == "ok"
        assert [(step.is_error, type(error).__name__ in step.content) for step in result.steps] == [(True, True)]
        assert took == 0

    @pytest.mark.parametrize("value", [None, 5, "text", ToolResult(5), ToolResult("x", "y")], ids=repr)
    def test_a_tool_that_gives_no_tool_result_gives_an_error_result(self, value: object) -> None:
        async def gives() -> object:
            return value

        (step,) = self.run(Raw(gives))[0].steps
        assert step.is_error
        assert "does not fit" in step.content

    def test_what_is_abandoned_is_cancelled(self) -> None:
        cancelled: list[str] = []

        @tool
        async def work() -> str:
            try:
                return str(await asyncio.Future())
            except asyncio.CancelledError:
                cancelled.append("work")
                raise

        assert self.run(work)[0].status == "timeout"
        assert cancelled == ["work"]


class TestModelsThatMisbehave:
    @pytest.mark.parametrize(
        "value",
        [None, "text", 5, {"text": 5}, ModelReply(5), ModelReply(calls=("add",))],
        ids=repr,
    )
    def test_a_model_that_gives_no_reply_has_failed(self, value: object) -> None:
        async def gives() -> object:
            return value

        result = virtual.run(execute(TALKER, "Hi", using=Live(Handlers(models=model(gives)))))
        assert result.status == "error"
        assert str(result.error).startswith("call model: TypeError: the handler returned a ")

    @pytest.mark.parametrize(
        "error", [asyncio.CancelledError(), SystemExit(3), KeyError("x"), GeneratorExit()], ids=repr
    )
    def test_whatever_a_model_raises_by_itself_ends_the_run_in_error(self, error: BaseException) -> None:
        async def raises() -> object:
            raise error

        result = virtual.run(execute(TALKER, "Hi", using=Live(Handlers(models=model(raises)))))
        assert result.status == "error"
        assert type(error).__name__ in str(result.error)

    def test_a_plain_function_is_a_model(self) -> None:
        def answer(request: ModelRequest) -> ModelReply:
            return ModelReply(f"You said {request.messages[-1].text}")

        result = virtual.run(execute(TALKER, "Hi", using=Live(Handlers(models=answer))))
        assert result.output == "You said Hi"
