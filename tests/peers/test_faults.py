"""What a server that fails looks like to a run: the facts of the fault, one request, and never a success."""

import asyncio

import pytest

from executus import RunResult
from executus.failures import ModelFailed
from executus.values import Fault, seconds
from tests.peers.desk import Desk, asked
from tests.peers.relay import relaying

pytestmark = pytest.mark.peers


def fault_of(result: RunResult) -> Fault:
    assert (result.status, result.output) == ("error", "")
    assert isinstance(result.error, ModelFailed)
    assert result.error.fault.provider == "openai"
    return result.error.fault


@pytest.mark.parametrize(
    ("scenario", "status", "retryable", "said"),
    [
        ("fails-500", 500, True, "the backend is on fire"),
        ("drops", 500, True, "request dropped"),
        ("busy", 429, True, "slow down"),
        ("broke", 429, False, "out of credit"),
        ("unknown-key", 401, False, "no such key"),
        ("too-long", 400, False, "context_length_exceeded"),
        ("garbles", 200, True, "the reply ended early"),
        ("hangs-up", 0, True, "no reply from 127.0.0.1"),
        ("no-such-scenario", 503, True, "no fixture matched"),
    ],
)
def test_a_fault_says_whether_asking_again_may_help(
    desk: Desk, scenario: str, status: int, retryable: bool, said: str
) -> None:
    fault = fault_of(desk.lived(scenario))

    assert (fault.status, fault.retryable) == (status, retryable)
    assert said in fault.message


def test_the_wait_that_a_busy_server_asks_for_is_in_the_fault(desk: Desk) -> None:
    assert fault_of(desk.lived("busy")).retry_after == seconds(7)


@pytest.mark.parametrize("scenario", ["cut-text", "cut-call", "cut-by-time"])
def test_a_stream_that_breaks_is_a_fault(desk: Desk, scenario: str) -> None:
    result = desk.lived(scenario)

    assert fault_of(result).retryable
    assert "ended early" in fault_of(result).message
    assert asked(result.transcript, "RunTool") == 0


@pytest.mark.parametrize("is_clean", [True, False])
@pytest.mark.parametrize("cut_at", [b'"content":"Nothing', b'"finish_reason":"stop"', b'"usage"', b"data: [DONE]"])
def test_a_stream_without_its_end_marker_is_a_fault(desk: Desk, cut_at: bytes, is_clean: bool) -> None:
    async def cut() -> RunResult:
        async with relaying(desk.aimock, cut_at, is_clean=is_clean) as relay:
            result = await desk.living(relay.spec("says"))
            assert cut_at in relay.said
            return result

    fault = fault_of(desk.kept(asyncio.run(cut())))
    assert fault.retryable
    assert "ended early" in fault.message


def test_a_server_that_is_not_there_is_a_fault(desk: Desk) -> None:
    async def knock() -> RunResult:
        async with relaying(desk.aimock) as relay:
            pass
        return await desk.living(relay.spec("says"))

    fault = fault_of(asyncio.run(knock()))
    assert (fault.status, fault.retryable) == (0, True)
