"""The live world of a scenario, on a loop of virtual time: what takes its time sleeps."""

import asyncio
from datetime import timedelta

from executus import Agent, Invocation, RunResult
from executus.effects import BuildToolbox, Question
from executus.events import RunResumed
from executus.started import RunStarted
from executus.transcript import Transcript
from executus.values import EffectId
from interpreters.handlers import Handlers
from interpreters.live import Live
from tests.hosting import Host
from tests.wiring import has_session


class Sleeping(Live):
    """Live, with a toolbox that may be slow, and a memory for the runs that were delegated to."""

    def __init__(self, handlers: Handlers, host: Host) -> None:
        super().__init__(handlers)
        self._host = host
        self._lives: list[Live] = []
        self._below = Noted(self._lives)

    @property
    def runs(self) -> list[RunResult]:
        """What came of the runs that were delegated to, also by each other, in the order of asking."""
        return [live.result for live in self._lives if live.result is not None]

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        started = super().begin(agent, invocation, past)
        answer = self._desk.answer

        async def slow(question: Question) -> object:
            if isinstance(question, BuildToolbox) and not has_session(self._host.scenario):
                trouble = self._host.trouble("BuildToolbox")
                await self._host.pause(None if trouble.hangs else trouble.takes)
            return await answer(question)

        self._desk.answer = slow  # type: ignore[method-assign] # what no handler could do
        return started


class Noted(dict[EffectId, Live]):
    """The worlds below one; all of them are noted, however deep."""

    def __init__(self, lives: list[Live]) -> None:
        super().__init__()
        self._lives = lives

    def __setitem__(self, question: EffectId, live: Live) -> None:
        super().__setitem__(question, live)
        self._lives.append(live)
        live._below = Noted(self._lives)


async def what_is_left() -> None:
    """Wait for what goes on after the end, for an hour at most."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=3600)


async def begun() -> None:
    """What was asked for has begun: all that is ready has had its turn."""
    for _ in range(10):
        await asyncio.sleep(0)


async def sleep(span: timedelta | None) -> None:
    """As long as it takes; None = for ever."""
    if span is None:
        await asyncio.Future()
    elif span:
        await asyncio.sleep(span.total_seconds())


async def sleep_on(span: timedelta | None) -> None:
    """The same, and nobody can stop it."""
    loop = asyncio.get_running_loop()
    end = None if span is None else loop.time() + span.total_seconds()
    while end is None or loop.time() < end:
        try:
            await sleep(None if span is None or end is None else timedelta(seconds=end - loop.time()))
        except asyncio.CancelledError:
            continue
