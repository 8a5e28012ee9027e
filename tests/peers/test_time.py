"""Servers that take their time: a run ends when its own time is up, and lets go of the connection."""

import asyncio
import signal
import sys
import time

import pytest

from executus import Defaults, RunResult, execute
from executus.failures import ModelFailed
from executus.values import replace
from interpreters.live import Handlers, Live
from interpreters.models import Models, Patience
from interpreters.tools import file_tools
from tests.peers.desk import AGENT, PROMPT, Desk
from tests.peers.relay import Relay, relaying

pytestmark = pytest.mark.peers

ONCE = Defaults(model_attempts=1)
"""Asks no model again: what is looked at here is one call."""

PROMPTLY = 5
"""Seconds that mean "at once" on a machine that is busy with other tests."""


async def watched(desk: Desk, scenario: str, seconds: float, path: str = "/v1") -> tuple[RunResult, Relay]:
    """A run of so many seconds at most, and proof that it hangs up while its models are still open."""
    async with relaying(desk.aimock) as relay, Models({"fast": relay.spec(scenario, path)}) as models:
        handlers = Handlers(models=models, tools=file_tools(desk.folder))
        result = await execute(replace(AGENT, max_runtime=seconds), PROMPT, using=Live(handlers))
        await asyncio.wait_for(relay.hung_up.wait(), PROMPTLY)
        return result, relay


@pytest.mark.parametrize("scenario", ["drips", "silent", "stalls"])
def test_a_run_that_times_out_closes_its_connection(desk: Desk, scenario: str) -> None:
    result, relay = asyncio.run(watched(desk, scenario, 0.5))

    assert (desk.kept(result).status, relay.connections) == ("timeout", 1)
    assert 0.5 <= result.runtime.total_seconds() < PROMPTLY


def test_a_slow_stream_within_the_time_is_a_success(desk: Desk) -> None:
    patience = Patience(first_event=5, idle=5)
    result = desk.lived("dawdles", patience=patience)

    assert (result.status, result.output) == ("ok", "Slow but steady.")
    assert result.runtime.total_seconds() > 0.5


def test_a_stream_that_falls_silent_is_a_fault(desk: Desk) -> None:
    result = desk.lived("stalls", patience=Patience(first_event=30, idle=0.3), defaults=ONCE)

    assert isinstance(result.error, ModelFailed)
    assert result.error.fault.retryable
    assert "nothing more was said within 300ms" in result.error.fault.message


def test_a_comment_is_no_sign_of_life(desk: Desk) -> None:
    """Where aimock plays OpenRouter it sends a comment, then nothing for long."""
    patience = Patience(first_event=0.5, idle=30)
    result = desk.lived("silent", path="/api/v1", patience=patience, defaults=ONCE)

    assert isinstance(result.error, ModelFailed)
    assert "nothing was said within 500ms" in result.error.fault.message
    assert result.runtime.total_seconds() < PROMPTLY


def test_a_run_that_is_cancelled_closes_its_connection(desk: Desk) -> None:
    async def cancelled() -> RunResult:
        async with relaying(desk.aimock) as relay, Models({"fast": relay.spec("drips")}) as models:
            live = Live(Handlers(models=models, tools=file_tools(desk.folder)))
            running = asyncio.create_task(execute(AGENT, PROMPT, using=live))
            await asyncio.wait_for(relay.spoke.wait(), 30)
            live.cancel("a test")
            result = await running
            await asyncio.wait_for(relay.hung_up.wait(), PROMPTLY)
            return result

    result = desk.kept(asyncio.run(cancelled()))
    assert result.status == "cancelled"
    assert "a test" in str(result.error)


@pytest.mark.skipif(sys.platform == "win32", reason="a console of its own would be needed to send Ctrl-C")
def test_ctrl_c_in_the_middle_of_a_stream_is_recorded(desk: Desk) -> None:
    record = desk.place / "cut.xrec"
    with desk.start("drips", record, "--json") as process:
        deadline = time.monotonic() + 30
        while not desk.aimock.asked() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        ran = desk.ended(process, record)

    assert (ran.code, ran.told["status"]) == (12, "cancelled")
    assert ran.told["runtime"] < PROMPTLY
