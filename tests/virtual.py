"""An event loop on a virtual clock: nothing comes from outside, and time jumps to the next timer.

Law: the same program runs the same way every time, hours take milliseconds, and what could only hang or spin
raises instead. The clock counts whole microseconds, as the core does. Timers of one instant fire in one turn
of the loop, in an order that `seed` draws: nothing may hang on it.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from random import Random
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MOST_TURNS = 200_000
"""A loop that has turned so often is spinning."""


class Stuck(RuntimeError):
    """Nothing is ready and no timer is armed, or the loop spins: on a real clock, the program would hang."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop without sockets and threads. `stall` lets time pass while nobody gets to run."""

    def __init__(self, seed: int = 0) -> None:
        self._micros = 1_000_000_000  # Not zero: an instant of a run is no time of a loop.
        self._ties = Random(seed)
        self._turns = 0
        super().__init__(_NoSockets(self))
        self._clock_resolution = 0.5e-6  # So all timers of one microsecond are due together.

    def time(self) -> float:
        return self._micros / 1_000_000

    def stall(self, seconds: float) -> None:
        """Time passes while the loop is held up, as by a handler that blocks."""
        self._micros += round(seconds * 1_000_000)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Arm a timer; far less than the clock can tell is added, to shuffle those of one instant."""
        return super().call_at(when + self._ties.random() * 1e-7, callback, *args, context=context)

    def run_in_executor(self, *_: object) -> Any:
        raise RuntimeError("threads are not deterministic: use a real loop")

    def jump(self, timeout: float) -> None:
        """Go on to the next timer."""
        self._micros = round((self.time() + timeout) * 1_000_000)

    def _run_once(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            self._turns = 0  # What is left may still be cleared away.
            raise Stuck(f"the loop has turned {MOST_TURNS} times")
        super()._run_once()  # Private; the one place to see every turn of the loop.


class _NoSockets(selectors.BaseSelector):
    """Waiting for a socket is letting time pass."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("nothing is ready and no timer is armed")
        if timeout > 0:
            self._loop.jump(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def close(self) -> None:
        """There is nothing to close."""


def run(main: Coroutine[Any, Any, T], *, seed: int = 0) -> T:
    """Run `main` in virtual time; an AssertionError if it leaves a task behind."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seed)) as runner:
        result = runner.run(main)
        left = asyncio.all_tasks(runner.get_loop())
        assert not left, f"left behind: {sorted(map(repr, left))}"
        return result


def clock() -> VirtualLoop:
    """The running loop, for what only a virtual one can do."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop
