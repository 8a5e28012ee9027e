"""What a server that fails looks like to a run: the fault, how often it was asked, and never a success."""

import asyncio

import pytest

from executus import Defaults, RunResult
from executus.failures import ModelFailed
from executus.values import Fault, replace, seconds
from tests.peers.desk import AGENT, Desk, asked
from tests.peers.relay import relaying

pytestmark = pytest.mark.peers

QUICK = Defaults(retry_base="5ms", retry_cap="10ms")
"""Asks again at once, but as often as ever."""

ATTEMPTS = QUICK.model_attempts
IN_A_HURRY = replace(AGENT, max_runtime="5s")
"""Has no time for a wait of seven seconds."""


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
    result = desk.lived(scenario, defaults=QUICK)

    fault = fault_of(result)
    assert (fault.status, fault.retryable) == (status, retryable)
    assert said in fault.message
    assert asked(result.transcript, "CallModel") == (ATTEMPTS if retryable else 1)
    assert ("after 3 attempts" in str(result.error)) is retryable


def test_the_wait_that_a_busy_server_asks_for_is_in_the_fault(desk: Desk) -> None:
    result = desk.lived("busy", agent=IN_A_HURRY)

    fault = fault_of(result)
    assert (fault.status, fault.retryable, fault.retry_after) == (429, True, seconds(7))
    assert "slow down" in fault.message
    assert len(desk.aimock.bodies()) == 1, "a wait beyond the deadline is no wait worth"


@pytest.mark.parametrize("scenario", ["cut-text", "cut-call", "cut-by-time"])
def test_a_stream_that_breaks_is_a_fault(desk: Desk, scenario: str) -> None:
    result = desk.lived(scenario, defaults=QUICK)

    assert fault_of(result).retryable
    assert "ended early" in fault_of(result).message
    assert asked(result.transcript, "RunTool") == 0


@pytest.mark.parametrize("is_clean", [True, False])
@pytest.mark.parametrize("cut_at", [b'"content":"Nothing', b'"finish_reason":"stop"', b'"usage"', b"data: [DONE]"])
def test_a_stream_without_its_end_marker_is_a_fault(desk: Desk, cut_at: bytes, is_clean: bool) -> None:
    async def cut() -> RunResult:
        async with relaying(desk.aimock, cut_at, is_clean=is_clean) as relay:
            result = await desk.living(relay.spec("says"), defaults=QUICK)
            assert relay.said.count(cut_at) == ATTEMPTS
            return result

    fault = fault_of(desk.kept(asyncio.run(cut())))
    assert fault.retryable
    assert "ended early" in fault.message


def test_a_server_that_is_not_there_is_a_fault(desk: Desk) -> None:
    async def knock() -> RunResult:
        async with relaying(desk.aimock) as relay:
            pass
        return await desk.living(relay.spec("says"), defaults=QUICK)

    fault = fault_of(asyncio.run(knock()))
    assert (fault.status, fault.retryable) == (0, True)
