"""A record that is taken up again is adopted by its facts, in every world, by a handler that is plain or async.

Law: a port that can `adopt` is given the RunFacts, as it was when it began the record, and is not asked to begin
it again.
"""

import asyncio
from typing import Any

import pytest

from executus import Agent, Invocation
from executus.execute import execute, resume
from executus.facts import RunFacts
from executus.transcript import Entry
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory, hangs, says
from interpreters.ports import ModelRequest
from tests import virtual


class Record:
    """The record of one run."""

    def __init__(self, verbs: list[str]) -> None:
        self._verbs = verbs

    def save(self, entry: Entry) -> None:
        self._verbs.append("save")

    def complete(self) -> None:
        self._verbs.append("complete")

    def fail(self, error: str) -> None:
        self._verbs.append("fail")

    def leave(self) -> None:
        self._verbs.append("leave")


class Checkpoints:
    """Notes by what a record was begun, and by what it was adopted."""

    def __init__(self) -> None:
        self.verbs: list[str] = []
        self.facts: list[Any] = []

    async def begin(self, facts: RunFacts) -> Record:
        self.verbs.append("begin")
        self.facts.append(facts)
        return Record(self.verbs)

    async def adopt(self, facts: RunFacts) -> Record:
        self.verbs.append("adopt")
        self.facts.append(facts)
        return Record(self.verbs)


AGENT, PROMPT = Agent(name="worker"), Invocation(prompt="Go.", run_id="kept")


def in_memory(checkpoints: Checkpoints) -> None:
    first = Memory(model=[hangs()], happens=[("1s", "shutdown")], checkpoints=checkpoints)
    past = first.run(AGENT, PROMPT).transcript
    Memory(model=[says("Done.")], checkpoints=checkpoints).resume(past)


def live(checkpoints: Checkpoints) -> None:
    async def model(request: ModelRequest) -> Any:
        await asyncio.sleep(5)
        return says("Done.").outcome

    async def main() -> None:
        handlers = Handlers(models=model, checkpoints=AsyncCheckpoints(checkpoints))
        first = Live(handlers)
        asyncio.get_running_loop().call_later(1, first.shut_down)
        past = (await execute(AGENT, PROMPT, using=first)).transcript
        await resume(past, using=Live(handlers))

    virtual.run(main())


class AsyncCheckpoints:
    """The same without threads, which a virtual clock knows nothing of."""

    def __init__(self, inner: Checkpoints) -> None:
        self._inner = inner

    async def begin(self, facts: RunFacts) -> "AllAsync":
        await self._inner.begin(facts)
        return AllAsync(self._inner.verbs)

    async def adopt(self, facts: RunFacts) -> "AllAsync":
        await self._inner.adopt(facts)
        return AllAsync(self._inner.verbs)


class AllAsync:
    """A record whose verbs are all async."""

    def __init__(self, verbs: list[str]) -> None:
        self._record = Record(verbs)

    async def save(self, entry: Entry) -> None:
        self._record.save(entry)

    async def complete(self) -> None:
        self._record.complete()

    async def fail(self, error: str) -> None:
        self._record.fail(error)

    async def leave(self) -> None:
        self._record.leave()


@pytest.mark.parametrize("world", [in_memory, live])
def test_a_record_is_adopted_by_its_facts(world: Any) -> None:
    checkpoints = Checkpoints()
    world(checkpoints)
    verbs = [verb for verb in checkpoints.verbs if verb != "save"]
    assert verbs == ["begin", "leave", "adopt", "complete"]
    began, adopted = checkpoints.facts
    assert isinstance(adopted, RunFacts)
    assert (adopted.run_id, adopted.name, adopted.started_at) == (began.run_id, began.name, began.started_at)
