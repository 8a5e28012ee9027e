"""Live while it goes: who is told what, how it stands, what runs below it, and what comes too late.

Law: what is told holds nobody up, and a late answer is a fact all the same.
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from executus import Agent, Invocation, RunResult, Status, execute
from executus.facts import CallSeen, StepSeen
from executus.values import ModelReply, ToolCall, ToolResult
from interpreters.handlers import Handlers
from interpreters.live import Live, LiveState
from interpreters.ports import ModelRequest, Spoken
from interpreters.seen import CallBegun, ChildSeen
from interpreters.services import SessionTools
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import calling, hang, model
from tests.interpreters.whole import AGENT, ASKED, Host, oddly, timed, unasked


class TestObserving:
    def test_on_step_hears_of_both_and_of_pieces(self) -> None:
        host, own = list[Any](), list[Any]()

        async def speaks(request: ModelRequest) -> ModelReply:
            assert request.on_delta is not None
            request.on_delta(Spoken("Hel"))
            request.on_delta(Spoken())  # A sign of life and no more.
            request.on_delta(Spoken("lo.", "so I thought"))
            return ModelReply("Hello.")

        asked = Invocation(prompt="Hi", on_step=own.append)
        handlers = Handlers(models=speaks, on_step=host.append)
        assert virtual.run(execute(Agent(), asked, using=Live(handlers))).status is Status.OK
        assert host == own == [Spoken("Hel"), Spoken("lo.", "so I thought")]

    def test_notices_come_in_order_however_long_each_takes(self) -> None:
        order: list[str] = []

        class Slow(Host):
            def __getattr__(self, name: str) -> Any:
                if name not in ("step", "tool", "on_step"):
                    return super().__getattr__(name)

                async def handler(seen: object) -> None:
                    await asyncio.sleep({"step": 3, "tool": 2, "on_step": 1}[name])
                    order.append(f"{name} {type(seen).__name__}")

                return handler

        result, _ = virtual.run(timed(Slow()))
        assert result.status is Status.OK
        assert order == [
            *("step StepSeen", "step StepSeen", "on_step CallBegun"),
            *("tool CallSeen", "on_step CallSeen", "tool CallSeen"),
            *("step StepSeen", "step StepSeen"),
        ]
        assert result.runtime == timedelta()  # The run itself waited for none of them.

    def test_a_port_that_goes_on_failing_is_told_of_once(self) -> None:
        async def breaks(_: object) -> None:
            raise ValueError("no")

        result = oddly("step", breaks)
        assert [warning for warning in result.warnings if "audit" in warning] == ["audit failed: ValueError: no"]


class TestStateAndLimits:
    def test_a_run_says_how_it_stands(self) -> None:
        states: list[LiveState | None] = []

        async def main() -> None:
            live = Live(Handlers(models=model(calling("work"), hang), tools=[unasked]))
            assert live.state is None
            running = asyncio.create_task(execute(AGENT, "Go.", using=live))
            await asyncio.sleep(4)
            states.append(live.state)
            live.change_limits(max_runtime="5s", max_iterations=2, tokens=5, cost=6)
            await asyncio.sleep(0.5)
            states.append(live.state)
            result = await running
            assert (result.status, result.runtime) == (Status.TIMEOUT, timedelta(seconds=5))

        virtual.run(main())
        before, after = states
        assert before is not None
        assert after is not None
        assert (before.iteration, before.tool_calls, before.elapsed) == (1, 1, timedelta(seconds=4))
        assert (before.remaining, after.remaining) == (timedelta(seconds=6), timedelta(seconds=0.5))
        assert (after.max_iterations, after.limits.tokens, after.limits.cost) == (2, 5, 6)

    @pytest.mark.parametrize(
        "limits",
        [{"max_runtime": "0s"}, {"max_runtime": "soon"}, {"tokens": -1}, {"max_iterations": 1.5}, {"cost": True}],
        ids=repr,
    )
    def test_nonsense_is_refused(self, limits: Any) -> None:
        with pytest.raises((ValueError, TypeError)):
            Live(Handlers(models=model())).change_limits(**limits)


class TestChildren:
    HELPER = Agent(name="helper", low_level_tools=("work",))
    BOSS = Agent(name="boss", sub_agent_palette=("helper",), max_runtime="10s")

    def handlers(self, *replies: Any, **more: Any) -> Handlers:
        class Palette:
            def resolve(self, kind: str, name: str, caller: str) -> Agent:
                return TestChildren.HELPER

        asks = ModelReply(calls=(ToolCall("", "agent__helper", '{"prompt": "Go."}'),))
        return Handlers(models=model(asks, *replies), tools=[unasked], palette=_now(Palette()), **more)

    def test_its_answer_its_use_and_its_steps_go_up(self) -> None:
        seen: list[Any] = []
        reply = ModelReply("Found.", usage=_usage(5))
        handlers = self.handlers(calling("work"), reply, "Done.", on_step=seen.append, lanes={"fast": 1})
        result = virtual.run(execute(self.BOSS, Invocation(prompt="Hi", run_id="1"), using=Live(handlers)))
        assert (result.status, result.output, result.usage.input_tokens) == (Status.OK, "Done.", 5)
        (step,) = result.steps
        assert "Found." in step.content
        below = [one for one in seen if isinstance(one, ChildSeen)]
        assert [(one.run_id, one.agent, type(one.seen)) for one in below] == [
            ("1/0", "helper", CallBegun),
            ("1/0", "helper", CallSeen),
        ]
        assert [type(one) for one in seen if not isinstance(one, ChildSeen)] == [CallBegun, CallSeen]

    def test_a_cancel_reaches_it_and_it_comes_to_its_own_end(self) -> None:
        ended: list[str] = []

        async def cleanup() -> None:
            await asyncio.sleep(3)  # Longer than an abandoned task is given.
            ended.append("cleaned up")

        async def session(_: object) -> SessionTools:
            return SessionTools(cleanup=cleanup)

        async def main() -> RunResult:
            live = Live(self.handlers(hang, session=session))
            running = asyncio.create_task(execute(self.BOSS, "Hi", using=live))
            await asyncio.sleep(2)
            live.cancel()
            return await running

        assert virtual.run(main()).status is Status.CANCELLED
        assert ended == ["cleaned up", "cleaned up"]

    def test_a_shutdown_reaches_it(self) -> None:
        async def main() -> RunResult:
            live = Live(self.handlers(hang))
            running = asyncio.create_task(execute(self.BOSS, "Hi", using=live))
            await asyncio.sleep(2)
            live.shut_down()
            return await running

        assert virtual.run(main()).status is Status.CANCELLED


def _usage(tokens: int) -> Any:
    from executus.values import Usage

    return Usage(input_tokens=tokens)


def _now(palette: Any) -> Any:
    """A palette whose plain function is async: threads are no part of virtual time."""

    class Later:
        async def resolve(self, *asked: str) -> Any:
            return palette.resolve(*asked)

    return Later()


class TestLateAnswers:
    def test_an_unsafe_call_that_ends_late_settles_what_became_of_it(self) -> None:
        @tool(name="work", timeout="1s")
        async def stubborn() -> str:
            try:
                await asyncio.sleep(3)
            except asyncio.CancelledError:
                await asyncio.sleep(2)
            return "paid"

        async def slowly() -> object:
            await asyncio.sleep(5)
            return ModelReply("Done.")

        agent = Agent(low_level_tools=("work",), max_runtime="1m")
        handlers = Handlers(models=model(calling("work"), slowly, "Really done."), tools=[stubborn])
        result = virtual.run(execute(agent, "Go.", using=Live(handlers)))
        assert result.status is Status.OK
        (unknown,) = result.unknown_outcomes
        assert "happened" in unknown.settled

    def test_after_the_end_the_audit_is_told(self) -> None:
        noted: list[Any] = []

        @tool(name="work")
        async def stubborn() -> ToolResult:
            try:
                return ToolResult(str(await asyncio.Future()))
            except asyncio.CancelledError:
                await asyncio.sleep(0.5)
                return ToolResult("paid")

        class Notes(Host):
            def __getattr__(self, name: str) -> Any:
                async def event(seen: Any) -> None:
                    noted.append(seen)

                return event if name == "event" else super().__getattr__(name)

        slots = {**Notes().slots(), "tools": [stubborn], "models": model(calling("work"))}
        agent = Agent(low_level_tools=("work",), max_runtime="10s")
        result = virtual.run(execute(agent, "Go.", using=Live(Handlers(**slots))))
        assert result.status is Status.TIMEOUT
        assert noted[-1].name == "late_result"
        assert ("content", "paid") in noted[-1].facts


def test_steps_have_the_same_numbers_everywhere() -> None:
    seen: list[StepSeen] = []

    async def step(one: StepSeen) -> None:
        seen.append(one)

    class Steps(Host):
        def __getattr__(self, name: str) -> Any:
            return step if name == "step" else super().__getattr__(name)

    virtual.run(execute(AGENT, ASKED, using=Live(Handlers(**Steps().slots()))))
    assert sorted({one.step for one in seen}) == [1, 2]
