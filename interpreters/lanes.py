"""The lanes of a host: so many runs at once in each, the others wait in the order in which they came.

A lane belongs to one `Handlers` object and serves every loop and thread of the process that uses it.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import cast

from interpreters.doors import in_own_words


class Lanes:
    """Places by the lane's name; raises TypeError or ValueError for a width that is none."""

    @in_own_words
    def __init__(self, widths: Mapping[str, int]) -> None:
        self._lanes: dict[str, _Lane] = {}
        for name, width in cast("Mapping[object, object]", widths).items():
            if not isinstance(name, str) or type(width) is not int:
                raise TypeError(f"lanes are names with a width, got {type(name).__name__}: {type(width).__name__}")
            if width < 1:
                raise ValueError(f"lane {name!r} must be at least 1 wide, got {width}")
            self._lanes[name] = _Lane(width)
        self.names = tuple(self._lanes)

    async def acquire(self, name: str) -> None:
        """Wait for a place. One that is free is taken at once; who stops waiting loses nothing to anybody."""
        lane = self._lanes.get(name)
        if lane is None:
            raise LookupError(f"there is no lane named {name!r}")
        await lane.acquire()

    def release(self, name: str) -> None:
        """The place is free: it goes to whoever has waited longest."""
        self._lanes[name].release()


class _Lane:
    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[_Waiting] = deque()
        self._lock = Lock()

    async def acquire(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            waiting = _Waiting()
            self._waiting.append(waiting)
        try:
            await waiting.turn
        except BaseException:
            with self._lock:
                is_granted = waiting.granted
                if not is_granted:
                    self._waiting.remove(waiting)
            if is_granted:
                self.release()  # The place had come in the very moment.
            raise

    def release(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                next_one = self._waiting.popleft()
                next_one.granted = True
            with suppress(RuntimeError):  # Its loop is closed: nobody waits there any more.
                next_one.loop.call_soon_threadsafe(_wake, next_one.turn)
                return


class _Waiting:
    """Somebody in the queue, with the loop in which they wait."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.turn: asyncio.Future[None] = self.loop.create_future()
        self.granted = False


def _wake(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
