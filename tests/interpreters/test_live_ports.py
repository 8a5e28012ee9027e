"""Live with every port wired.

Law: whatever a port gives, raises or withholds, the run has one end and one result, and leaves no task behind.
"""

import asyncio
from typing import Any

import pytest

from executus import Status, execute
from executus.facts import Refusal
from interpreters.handlers import Handlers
from interpreters.live import Live
from tests import virtual
from tests.interpreters.desks import THING
from tests.interpreters.hosts import hang
from tests.interpreters.whole import AGENT, ASKED, Host, Odd, oddly, timed


def test_every_port_is_asked_in_its_turn() -> None:
    host = Host()
    result = virtual.run(execute(AGENT, ASKED, using=Live(Handlers(**host.slots()))))
    assert (result.status, result.output, result.warnings) == (Status.OK, "Done.", ())
    told = [name for name in host.told if name not in ("save", "event")]
    assert told == [
        *("check", "start", "begin", "session", "stage", "monitor"),
        *("step", "step", "approver"),
        *("on_step", "tool", "on_step", "tool", "step", "step"),
        *("post_run", "commit", "deliver", "close", "stop", "cleanup", "finalizer", "complete"),
    ]
    assert host.told.count("save") == len(result.transcript.entries) - 1  # The last is settled, not saved.
    assert result.transcript.divergence() is None


METHODS = (
    *("check", "commit", "start", "step", "tool", "close", "begin", "save", "complete", "monitor", "stop"),
    *("deliver", "stage", "approver", "session", "post_run", "cleanup", "on_step", "finalizer"),
)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("wrong", [5, "text", {"a": THING}, [None]], ids=repr)
def test_nothing_that_a_port_gives_comes_out_of_execute(name: str, wrong: Any) -> None:
    async def gives(*_: object) -> Any:
        return wrong

    result = oddly(name, gives)
    assert result.status in (Status.OK, Status.ERROR)
    assert result.transcript.divergence() is None


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "error",
    [ValueError("no"), SystemExit(3), GeneratorExit(), asyncio.CancelledError(), TimeoutError(), LookupError()],
    ids=lambda error: type(error).__name__,
)
def test_nothing_that_a_port_raises_comes_out_of_execute(name: str, error: BaseException) -> None:
    async def raises(*_: object) -> Any:
        raise error

    result = oddly(name, raises)
    assert result.status is (Status.ERROR if name in ("check", "session") else Status.OK)
    assert bool(result.warnings) is (result.status is Status.OK and name != "approver")
    assert result.transcript.divergence() is None


@pytest.mark.parametrize("name", METHODS)
def test_a_port_that_hangs_holds_nobody_for_ever(name: str) -> None:
    async def hangs(*_: object) -> Any:
        await hang()

    began = 1000.0
    result, ended = virtual.run(timed(Odd(name, hangs)))
    assert result.status in (Status.OK, Status.ERROR, Status.TIMEOUT)
    assert ended - began < 120
    assert result.transcript.divergence() is None


class TestBudget:
    def test_a_refusal_calls_no_model(self) -> None:
        async def check(_: object) -> Refusal:
            return Refusal("enough")

        assert oddly("check", check).status is Status.BUDGET_EXCEEDED
