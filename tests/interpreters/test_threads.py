"""Threads, on a real loop: tools that are plain functions, and signals from elsewhere.

Law: a plain function holds up neither the loop nor the run nor the end of the process, and what is called from
another thread is heard like anything else.
"""

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from executus import Agent, RunResult, execute
from executus.values import ToolResult
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.ports import ToolContext
from interpreters.tools import tool
from tests.interpreters.hosts import AGENT, TALKER, Raw, calling, hang, model


async def work(*tools: object, agent: Agent = AGENT) -> RunResult:
    """One run that calls its tools once, and says nothing of them."""
    names = agent.low_level_tools
    result = await execute(
        agent, "Work.", using=Live(Handlers(models=model(calling(*names), "Done."), tools=tools))
    )
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left
    return result


def blocking(function: Callable[[], object]) -> Raw:
    """A plain function as a tool, with nothing around it."""
    raw = Raw(function)
    raw.blocking = True
    return raw


def test_a_plain_function_does_not_hold_up_the_loop() -> None:
    beats: list[float] = []

    @tool(name="work")
    def slow() -> str:
        until = time.monotonic() + 5
        while len(beats) < 3 and time.monotonic() < until:
            time.sleep(0.005)
        return f"{len(beats)} beats"

    async def heart() -> None:
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def main() -> RunResult:
        beating = asyncio.create_task(heart())
        await asyncio.sleep(0)
        result = await execute(
            AGENT, "Work.", using=Live(Handlers(models=model(calling("work"), "Done."), tools=[slow]))
        )
        beating.cancel()
        return result

    (step,) = asyncio.run(main()).steps
    assert step.content == "3 beats"


def test_plain_functions_of_one_reply_run_side_by_side() -> None:
    both = threading.Barrier(2)

    @tool
    def left() -> str:
        both.wait(5)
        return threading.current_thread().name

    @tool
    def right() -> str:
        both.wait(5)
        return threading.current_thread().name

    result = asyncio.run(work(left, right, agent=Agent(low_level_tools=("left", "right"))))
    assert [step.content for step in result.steps] == ["executus tool left", "executus tool right"]


def test_a_plain_function_sees_the_callers_context_and_its_own_call() -> None:
    user: ContextVar[str] = ContextVar("user", default="nobody")

    @tool(name="work")
    def who(context: ToolContext) -> str:
        return f"{user.get()} {context.call_id}"

    async def main() -> RunResult:
        user.set("alice")
        return await work(who)

    (step,) = asyncio.run(main()).steps
    assert step.content == "alice call-1"


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), SystemExit(3), asyncio.CancelledError(), GeneratorExit(), StopIteration(1)],
    ids=repr,
)
def test_whatever_a_plain_function_raises_is_an_error_result(error: BaseException) -> None:
    def raises() -> ToolResult:
        raise error

    (step,) = asyncio.run(work(blocking(raises), agent=Agent(low_level_tools=("work",), max_runtime="2s"))).steps
    assert step.is_error
    assert type(error).__name__ in step.content


def test_what_a_plain_function_gives_to_wait_for_is_awaited_on_the_loop() -> None:
    async def later() -> ToolResult:
        await asyncio.sleep(0)
        return ToolResult(threading.current_thread().name)

    (step,) = asyncio.run(work(blocking(lambda: later()))).steps
    assert (step.content, step.is_error) == (threading.main_thread().name, False)


def test_a_plain_function_that_hangs_costs_the_run_its_time_and_its_late_end_changes_nothing() -> None:
    hold, threads = threading.Event(), []

    @tool(name="work")
    def hangs() -> str:
        threads.append(threading.current_thread())
        hold.wait(30)
        return "too late"

    result = asyncio.run(work(hangs, agent=Agent(low_level_tools=("work",), max_runtime="100ms")))
    assert (result.status, result.steps) == ("timeout", ())
    hold.set()
    threads[0].join(5)  # An exception in it, as it finds the loop closed, would be a warning: an error here.
    assert not threads[0].is_alive()
    assert result.steps == ()


HUNG = """
    import threading
    from executus import Agent
    from executus.values import ModelReply, ToolCall
    from interpreters.handlers import Handlers
    from interpreters.live import run_sync

    def hang() -> str:
        threading.Event().wait()
        return "never"

    reply = ModelReply(calls=(ToolCall("", "hang"),))
    agent = Agent(low_level_tools=("hang",), max_runtime="200ms")
    print(run_sync(agent, "Hi", Handlers(models=lambda request: reply, tools=[hang])).status)
"""


def test_a_plain_function_that_hangs_keeps_no_process_from_ending() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(HUNG)], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "timeout\n", "")


SIGNALS: list[tuple[Callable[[Live], None], str]] = [
    (lambda live: live.cancel("a thread"), "cancelled by a thread"),
    (lambda live: live.shut_down(), "shut down by the host"),
]


@pytest.mark.parametrize(("signal", "error"), SIGNALS)
def test_a_signal_from_another_thread_is_heard_at_once(signal: Callable[[Live], None], error: str) -> None:
    async def main() -> RunResult:
        live = Live(Handlers(models=model(hang)))
        threading.Timer(0.02, signal, [live]).start()
        return await execute(TALKER, "Hi", using=live)

    began = time.monotonic()
    result = asyncio.run(main())
    assert str(result.error) == error
    assert time.monotonic() - began < 5  # Not when the loop would have woken anyway.


@pytest.mark.parametrize(("signal", "error"), SIGNALS)
def test_a_signal_from_another_thread_may_come_before_the_run(signal: Callable[[Live], None], error: str) -> None:
    async def main() -> RunResult:
        live = Live(Handlers(models=model(hang)))
        thread = threading.Thread(target=signal, args=[live])
        thread.start()
        thread.join()
        return await execute(TALKER, "Hi", using=live)

    assert str(asyncio.run(main()).error) == error


def test_a_tool_may_steer_its_own_run_from_its_thread() -> None:
    lives: list[Live] = []

    @tool(name="work")
    def steers() -> str:
        lives[0].steer("Look here.")
        return "done"

    async def main() -> RunResult:
        lives.append(Live(Handlers(models=model(calling("work"), "I looked."), tools=[steers])))
        return await execute(AGENT, "Work.", using=lives[0])

    result = asyncio.run(main())
    assert [message.text for message in result.run.talk.conversation] == [
        "Work.",
        "",
        "done",
        "Look here.",
        "I looked.",
    ]
