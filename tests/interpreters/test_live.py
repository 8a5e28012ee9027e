"""Live, beyond what every world does: one world for one run, listeners, a loop that was held up.

Law: a run has one end and one result, whatever its host does meanwhile, and leaves no task behind (`virtual.run`
looks for one).
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import pytest

from executus import Agent, Invocation, RunResult, Status, execute
from executus.events import Event
from executus.values import Image, ModelReply, ToolCall, ToolResult
from interpreters.handlers import Handlers
from interpreters.live import Live, run_sync
from interpreters.ports import ModelRequest
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import AGENT, TALKER, Raw, calling, done, hang, model


class TestALoopThatWasHeldUp:
    def test_what_had_arrived_in_time_stays_in_time_and_the_loser_is_told_by_how_much(self) -> None:
        """One tool returns at 9s, the other holds up the loop from 9s to 14s; the deadline was at 10s."""
        returned = asyncio.Event()
        lives: list[Live] = []

        @tool
        async def quick() -> str:
            await asyncio.sleep(9)
            returned.set()  # The other one is woken before the run is.
            return "in time"

        @tool
        async def blocks() -> str:
            await returned.wait()
            virtual.clock().stall(5)
            lives[0].cancel()
            return "late"

        async def main() -> RunResult:
            agent = Agent(low_level_tools=("quick", "blocks"), max_runtime="10s")
            handlers = Handlers(models=model(calling("quick", "blocks")), tools=[quick, blocks])
            lives.append(Live(handlers))
            return await execute(agent, "Work.", using=lives[0])

        result = virtual.run(main())
        assert (result.status, result.runtime) == ("timeout", timedelta(seconds=10))
        assert [step.content for step in result.steps] == ["in time"]
        assert "lost by 4s: cancelled by caller" in result.why
        assert result.transcript.divergence() is None


class TestListening:
    def test_a_listener_from_the_start_hears_the_whole_record(self) -> None:
        async def main() -> None:
            live = Live(Handlers(models=model(calling("work"), "Done."), tools=[Raw(done)]))
            first, second = (asyncio.create_task(_all(live)) for _ in range(2))
            await asyncio.sleep(0)
            result = await execute(AGENT, "Work.", using=live)
            assert await first == await second == [entry.event for entry in result.transcript.entries]
            assert await _all(live) == []  # The run is over: nothing is left to hear.

        virtual.run(main())

    def test_a_listener_that_comes_later_hears_the_rest(self) -> None:
        async def main() -> None:
            async def slowly() -> ToolResult:
                await asyncio.sleep(2)
                return ToolResult("done")

            live = Live(Handlers(models=model(calling("work"), "Done."), tools=[Raw(slowly)]))
            run = asyncio.create_task(execute(AGENT, "Work.", using=live))
            await asyncio.sleep(1)
            later = asyncio.create_task(_all(live))
            result = await run
            assert await later == [entry.event for entry in result.transcript.entries[-2:]]

        virtual.run(main())

    def test_a_listener_that_leaves_keeps_nobody_waiting(self) -> None:
        async def main() -> None:
            live = Live(Handlers(models=model("Hello!")))
            run = asyncio.create_task(execute(TALKER, "Hi", using=live))
            async for _ in live:
                break
            assert (await run).status == "ok"

        virtual.run(main())


async def _all(live: Live) -> list[Event]:
    return [event async for event in live]


class TestOneWorldForOneRun:
    def test_a_second_run_in_the_same_world_is_refused_and_the_first_result_stays(self) -> None:
        async def main() -> None:
            live = Live(Handlers(models=model("Hello!")))
            first = await execute(TALKER, "Hi", using=live)
            with pytest.raises(RuntimeError, match="a Live is the world of one run"):
                await execute(TALKER, "Hi", using=live)
            assert live.result is first

        virtual.run(main())

    def test_one_set_of_handlers_serves_a_hundred_runs_at_once(self) -> None:
        @tool(effect="pure")
        async def double(number: int) -> int:
            await asyncio.sleep(number % 7)
            return 2 * number

        async def ask(request: ModelRequest) -> ModelReply:
            last = request.messages[-1]
            await asyncio.sleep(len(request.run_id) % 3)
            if last.role == "tool":
                return ModelReply(f"{request.run_id}: {last.text}")
            return ModelReply(calls=(ToolCall("", "double", f'{{"number": {last.text}}}'),))

        async def main() -> list[RunResult]:
            handlers = Handlers(models=ask, tools=[double])
            agent = Agent(low_level_tools=("double",))
            asked = [Invocation(prompt=str(number), run_id=f"run-{number}") for number in range(100)]
            return await asyncio.gather(*[execute(agent, one, using=Live(handlers)) for one in asked])

        results = virtual.run(main())
        assert [result.output for result in results] == [f"run-{n}: {2 * n}" for n in range(100)]

    def test_a_run_is_named_and_dated(self) -> None:
        async def main() -> list[RunResult]:
            handlers = Handlers(models=lambda _: ModelReply("Hello!"), system_header="Be kind.")
            asked = ["Hi", "Hi", Invocation(prompt="Hi", run_id="4711")]
            return [await execute(TALKER, one, using=Live(handlers)) for one in asked]

        first, second, named = virtual.run(main())
        assert first.run_id
        assert first.run_id != second.run_id
        assert named.run_id == "4711"
        started = named.transcript.started
        assert abs(started.wall_time - datetime.now(UTC)) < timedelta(minutes=1)
        assert started.wiring.system_header == "Be kind."

    def test_signals_before_the_run_are_heard_first(self) -> None:
        async def main() -> RunResult:
            live = Live(Handlers(models=model("A cat.")))
            live.steer("Look at this.", Image("image/png", "aGk="))
            return await execute(TALKER, "Hi", using=live)

        result = virtual.run(main())
        assert [message.text for message in result.run.talk.conversation] == ["Hi", "Look at this.", "A cat."]

    def test_signals_after_the_run_change_nothing(self) -> None:
        async def main() -> Live:
            live = Live(Handlers(models=model("Hello!")))
            await execute(TALKER, "Hi", using=live)
            live.cancel()
            return live

        live = virtual.run(main())
        live.cancel()
        live.steer("Too late.")
        live.shut_down()
        assert live.result is not None
        assert live.result.status == "ok"

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
    def test_tasks_that_begin_at_once_are_tasks(self) -> None:
        async def main() -> RunResult:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            handlers = Handlers(models=model(calling("work"), "Done."), tools=[Raw(done)])
            return await execute(AGENT, "Work.", using=Live(handlers))

        assert virtual.run(main()).output == "Done."

    def test_a_loop_that_breaks_leaves_nothing_behind(self) -> None:
        class Broken(Live):
            async def next_event(self, wakeup: int | None) -> Event:
                event = await super().next_event(wakeup)
                if event.at:
                    raise RuntimeError("the loop broke")
                return event

        async def main() -> Live:
            live = Broken(Handlers(models=model(hang)))
            listener = asyncio.create_task(_all(live))
            with pytest.raises(RuntimeError, match="the loop broke"):
                await execute(TALKER, "Hi", using=live)
            assert len(await listener) == 2  # The model was found, and then time passed.
            return live

        assert virtual.run(main()).result is None

    def test_wrong_handlers_are_refused_at_the_door(self) -> None:
        with pytest.raises(TypeError):
            Live(None)


class TestScripts:
    def test_a_script_without_a_loop_runs_one(self) -> None:
        result = run_sync(TALKER, "Hi", Handlers(models=model("Hello!")))
        assert (result.status, result.output) == (Status.OK, "Hello!")

    def test_inside_a_running_loop_it_says_to_await(self) -> None:
        async def main() -> None:
            with pytest.raises(RuntimeError, match=r"await execute\(agent, prompt, using=Live\(handlers\)\)"):
                run_sync(TALKER, "Hi", Handlers(models=model("Hello!")))

        virtual.run(main())
