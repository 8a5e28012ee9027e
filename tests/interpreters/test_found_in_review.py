"""What once went wrong at the doors, each with the smallest case that showed it."""

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from executus import Agent, Invocation, ModelSettings, Status, execute, what_if
from executus.values import Fault, FaultKind, ModelReply, ToolResult
from interpreters.faults import MOST_CONTENT
from interpreters.files import load, save
from interpreters.handlers import Handlers
from interpreters.live import Live, run_sync
from interpreters.memory import Memory, calls, says, scripted
from interpreters.ports import ModelError, ModelRequest
from interpreters.tools import file_tools, tool
from interpreters.tools.registry import collect

WORKER = Agent(low_level_tools=("work",))


async def slow(request: ModelRequest) -> ModelReply:
    await asyncio.sleep(50)
    return ModelReply("too late")


@pytest.mark.parametrize("_", range(10))
def test_a_run_whose_whole_loop_is_torn_down_is_cancelled_and_no_error(_: int) -> None:
    live = Live(Handlers(models=slow))

    async def main() -> None:
        task = asyncio.create_task(execute(Agent(), "x", using=live))
        await asyncio.sleep(0.003)
        assert not task.done()

    asyncio.run(main())
    assert live.result is not None
    assert live.result.status is Status.CANCELLED


@pytest.mark.parametrize("images", [[], None])
def test_what_a_tool_gives_is_in_memory_what_it_is_in_a_file(images: Any, tmp_path: Path) -> None:
    @tool(name="work")
    def careless() -> ToolResult:
        return ToolResult("hi", images)

    result = Memory(model=[calls("work"), says("x")], tools=[careless]).run(WORKER)
    past = load(save(result.transcript, tmp_path / "a.xrec").unwrap()).unwrap()
    assert past.divergence() is None


@pytest.mark.parametrize("fields", [{"retry_after": 1.5}, {"provider": None}, {"status": "429"}])
def test_a_fault_with_a_mistaken_field_is_still_a_fault_that_a_file_can_hold(fields: Any, tmp_path: Path) -> None:
    def fails(request: ModelRequest) -> ModelReply:
        raise ModelError(Fault(FaultKind.MODEL, "overloaded", **fields))

    result = run_sync(Agent(), "x", Handlers(models=fails))
    assert "overloaded" in str(result.error)
    assert load(save(result.transcript, tmp_path / "a.xrec").unwrap()).unwrap().status is Status.ERROR


@pytest.mark.parametrize(
    "make",
    [
        lambda: Agent(limits=None),
        lambda: Agent(limits={"tokens": -5}),
        lambda: Agent(model_settings=None),
        lambda: ModelSettings(reasoning=5),
        lambda: Invocation(history=[{"role": "human", "text": "hi"}]),
        lambda: Invocation(images=["a.png"]),
    ],
)
def test_what_is_nested_is_judged_when_it_is_made(make: Any) -> None:
    with pytest.raises(ValueError, match=r"^(limits|model_settings|reasoning|history|images) "):
        make()


def test_a_history_may_be_written_as_plain_tables() -> None:
    history: Any = [{"role": "user", "text": "hi"}]
    assert Invocation(history=history).history[0].text == "hi"


def test_a_result_of_any_size_can_be_saved_and_read_again(tmp_path: Path) -> None:
    huge = scripted("work", returns="x" * (MOST_CONTENT + 1000))
    result = Memory(model=[calls("work"), says("x")], tools=[huge]).run(WORKER)
    past = load(save(result.transcript, tmp_path / "a.xrec").unwrap()).unwrap()
    assert past.divergence() is None


def test_a_cancel_from_a_signal_handler_wakes_the_loop() -> None:
    live = Live(Handlers(models=slow))

    async def main() -> None:
        before = signal.signal(signal.SIGTERM, lambda *_: live.cancel("SIGTERM"))
        try:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
            await asyncio.wait_for(execute(Agent(), "x", using=live), 20)
        finally:
            signal.signal(signal.SIGTERM, before)

    asyncio.run(main())
    assert live.result is not None
    assert str(live.result.error) == "cancelled by SIGTERM"


def test_a_question_that_was_never_recorded_is_no_timeout() -> None:
    past = Memory(model=[calls("work"), says("x")], tools=[scripted("work", takes="40s")]).run(WORKER).transcript
    lost = what_if(past, fallback_tier="smart")
    assert (lost.would_be, lost.ended_before) == (None, True)
    assert what_if(past, max_runtime="30s").would_be is Status.TIMEOUT
    assert what_if(past, max_runtime="50s").would_be is Status.OK


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(3), GeneratorExit()], ids=repr)
def test_whatever_a_model_raises_in_memory_is_a_fault(error: BaseException) -> None:
    async def raises(request: ModelRequest) -> ModelReply:
        raise error

    assert Memory(model=raises).run(Agent(), "x").status is Status.ERROR


def test_saving_keeps_a_mode_and_follows_a_link(tmp_path: Path) -> None:
    past = Memory(model=[says("x")]).run(Agent()).transcript
    real, link = tmp_path / "real.xrec", tmp_path / "link.xrec"
    real.touch(mode=0o600)
    link.symlink_to(real)
    save(past, link).unwrap()
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert load(real).unwrap() == load(link).unwrap()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.xrec", "real.xrec"]


def test_a_name_as_long_as_a_name_may_be_can_be_saved(tmp_path: Path) -> None:
    past = Memory(model=[says("x")]).run(Agent()).transcript
    assert save(past, tmp_path / ("r" * 250 + ".xrec")).unwrap().exists()


def test_a_file_name_can_forge_no_line_of_a_count(tmp_path: Path) -> None:
    (tmp_path / "x.a\n99999\t1\t1\tCOBOL").write_text("hi\n")
    result = Memory(model=[calls("count_lines"), says("x")], tools=collect([file_tools(tmp_path)]).values()).run(
        Agent(low_level_tools=("count_lines",))
    )
    (step,) = result.steps
    assert not step.is_error
    assert all(not line.startswith("99999") for line in step.content.splitlines())
