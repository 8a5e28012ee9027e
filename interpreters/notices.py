"""What a run tells its host, carried out in order and held up by nobody but itself.

What can be done at once is done at once; as soon as one handler has to be awaited, all that comes after it waits
in line, in a task of its own. A port that fails is told of once; one that hangs is told nothing more.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TypeAlias

from executus.effects import Notice, TellAudit, TellCritic
from executus.events import PortFailed
from executus.spans import say
from executus.values import Duration, FaultKind
from interpreters.desk import Desk
from interpreters.faults import fault_of, settled
from interpreters.seen import Observed

Item: TypeAlias = Notice | Observed


class Notices:
    """The line of one run, which hears of each port that fails, once. Most runs never have anything in it."""

    __slots__ = ("_closed", "_desk", "_line", "_patience", "_reported", "_silenced", "_task")

    def __init__(self, desk: Desk, patience: Duration) -> None:
        self._desk = desk
        self._patience = patience
        self._line: deque[Item] | None = None
        self._task: asyncio.Task[None] | None = None
        self._reported: tuple[str, ...] = ()
        self._silenced: tuple[str, ...] = ()
        self._closed = False

    def put(self, item: Item) -> None:
        """Carry it out, after all that came before it."""
        if self._closed:
            return
        if self._task is not None:
            if self._line is None:
                self._line = deque()
            self._line.append(item)
            return
        left = self._begun(item)
        if left is not None:
            self._task = asyncio.get_running_loop().create_task(self._work(item, left))

    async def drained(self) -> None:
        """Until all that is in line now, and what joins it meanwhile, is done."""
        while self._task is not None:
            await asyncio.wait((self._task,))

    def close(self) -> asyncio.Task[None] | None:
        """Nothing more is taken; what is still in line is dropped. The task to wait for, if there is one."""
        self._closed = True
        self._line = None
        return self._task

    async def _work(self, item: Item, left: Awaitable[object]) -> None:
        try:
            while True:
                await self._finish(item, left)
                found = self._next()
                if found is None:
                    return
                item, left = found
        finally:
            self._task = None

    def _next(self) -> tuple[Item, Awaitable[object]] | None:
        """The next in line that has to be awaited; those before it are done."""
        while self._line:
            item = self._line.popleft()
            left = self._begun(item)
            if left is not None:
                return item, left
        return None

    def _begun(self, item: Item) -> Awaitable[object] | None:
        port = _port(item)
        if port in self._silenced:
            return None
        try:
            if isinstance(item, Notice):
                return self._desk.hand(item)
            return self._desk.observe(item)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._report(port, fault_of(FaultKind.PORT, error).message)
            return None

    async def _finish(self, item: Item, left: Awaitable[object]) -> None:
        port = _port(item)
        task = asyncio.current_task()
        timer = asyncio.timeout(self._patience / 1_000_000)
        try:
            async with timer:
                await settled(left)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # The run is over, and nobody waits any longer.
            if timer.expired():
                self._silenced += (port,)
                self._report(port, f"it did not return within {say(self._patience)}, and is told nothing more")
                return
            self._report(port, fault_of(FaultKind.PORT, error).message)

    def _report(self, port: str, message: str) -> None:
        if port not in self._reported:
            self._reported += (port,)
            self._desk.book.world.post(PortFailed(0, port, message))


def _port(item: Item) -> str:
    match item:
        case TellAudit():
            return "audit"
        case TellCritic():
            return "critic"
        case _:
            return "on_step"
