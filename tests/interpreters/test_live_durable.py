"""Live under a store.

Law: an entry is kept before what it led to is done, a store that fails or hangs is a warning, and a run that was
shut down goes on in another Live where it stood.
"""

import asyncio
from typing import Any

import pytest

from executus import Agent, RunResult, Status, execute
from executus.events import RunResumed
from executus.execute import resume
from executus.transcript import Entry
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.ports import ModelRequest
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import calling, hang, model

AGENT = Agent(name="worker", low_level_tools=("work",), max_runtime="30s")


class Store:
    """Keeps everything, unless `save` does something else."""

    def __init__(self, save: Any = None) -> None:
        self.entries: list[Entry] = []
        self.verbs: list[str] = []
        self._save = save

    async def begin(self, facts: object) -> "Store":
        return self

    async def save(self, entry: Entry) -> None:
        if self._save is not None:
            await self._save(entry)
        self.entries.append(entry)

    async def complete(self) -> None:
        self.verbs.append("complete")

    async def fail(self, error: str) -> None:
        self.verbs.append(f"fail: {error}")

    async def leave(self) -> None:
        self.verbs.append("leave")


@tool(name="work", effect="idempotent")
async def work() -> str:
    await asyncio.sleep(3)
    return "done"


def test_every_entry_is_kept_before_its_effects() -> None:
    store, kept = Store(), list[int]()

    async def answers(request: ModelRequest) -> ModelReply:
        kept.append(len(store.entries))
        return calling("work") if request.messages[-1].role == "user" else ModelReply("Done.")

    handlers = Handlers(models=answers, tools=[work], checkpoints=store)
    result = virtual.run(execute(AGENT, "Go.", using=Live(handlers)))
    assert store.verbs == ["complete"]
    asks = [
        index + 1
        for index, entry in enumerate(result.transcript.entries)
        if any("CallModel" in type(effect).__name__ for effect in entry.asked)
    ]
    assert kept == asks
    assert [entry.seq for entry in store.entries] == list(range(len(result.transcript.entries) - 1))


def test_a_run_that_fails_says_why() -> None:
    store = Store()
    handlers = Handlers(models=model(calling("work")), tools=[work], checkpoints=store)
    virtual.run(execute(Agent(low_level_tools=("work",), max_runtime="1s"), "Go.", using=Live(handlers)))
    assert store.verbs == ["fail: timeout: max_runtime of 1s was reached"]


async def breaks(_: object) -> None:
    raise OSError("disk full")


async def cancels_itself(_: object) -> None:
    raise asyncio.CancelledError


async def hangs(_: object) -> None:
    await hang()


@pytest.mark.parametrize("save", [breaks, cancels_itself, hangs])
def test_a_store_that_fails_is_a_warning_and_the_run_goes_on(save: Any) -> None:
    handlers = Handlers(models=model(calling("work"), "Done."), tools=[work], checkpoints=Store(save))
    result = virtual.run(execute(AGENT, "Go.", using=Live(handlers)))
    assert (result.status, result.output) == (Status.OK, "Done.")
    assert any(warning.startswith("checkpoints failed: ") for warning in result.warnings)


def test_a_cancellation_while_an_entry_is_kept_is_not_lost() -> None:
    async def slowly(_: object) -> None:
        await asyncio.sleep(2)

    async def main() -> Live:
        live = Live(Handlers(models=model(hang), checkpoints=Store(slowly)))
        running = asyncio.create_task(execute(Agent(), "Hi", using=live))
        await asyncio.sleep(1)
        running.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await running
        return live

    result = virtual.run(main()).result
    assert result is not None
    assert (result.status, str(result.error)) == (Status.CANCELLED, "cancelled by caller")


def test_a_run_that_was_shut_down_goes_on_where_it_stood() -> None:
    store = Store()

    async def main() -> tuple[RunResult, RunResult]:
        live = Live(Handlers(models=model(calling("work")), tools=[work], checkpoints=store))
        running = asyncio.create_task(execute(AGENT, "Go.", using=live))
        await asyncio.sleep(1)
        live.shut_down()
        suspended = await running
        await asyncio.sleep(1000)
        handlers = Handlers(models=model("Done."), tools=[work], checkpoints=store)
        return suspended, await resume(suspended.transcript, using=Live(handlers))

    suspended, resumed = virtual.run(main())
    assert (suspended.status, suspended.resumable) == (Status.CANCELLED, True)
    assert store.verbs == ["leave", "complete"]
    assert (resumed.status, resumed.output) == (Status.OK, "Done.")
    assert resumed.runtime.total_seconds() == 4  # A second before, and the call anew; downtime is never charged.
    (event,) = [entry.event for entry in resumed.transcript.entries if isinstance(entry.event, RunResumed)]
    last = suspended.transcript.entries[-1].event.at
    assert (event.epoch, event.at) == (1, last)
    assert resumed.transcript.divergence() is None
