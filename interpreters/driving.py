"""Running coroutines by hand, without an event loop: how Memory and Replay stay synchronous.

A coroutine here may wait for one thing alone: that virtual time passes (`pause`). `at_once` is for those that must
not even wait for that.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Pause:
    """What a paused coroutine yields: for how many microseconds, or None for ever."""

    duration: int | None

    def __await__(self) -> "Generator[Pause, None, None]":
        yield self


class Dropped(CancelledError):
    """What is thrown into a coroutine of virtual time for which nobody waits any more."""


def at_once(awaitable: Awaitable[T], suspended: Callable[[], Exception]) -> T:
    """The awaitable's result; raises `suspended()` if it waits for anything, and what it raises itself."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as finished:
        result: T = finished.value
        return result
    let_go(steps)  # So that it isn't left waiting for ever, with a warning at some later time.
    raise suspended()


def let_go(steps: Generator[Any, Any, Any]) -> None:
    """Nobody goes on with it: what it holds is let go of."""
    close = getattr(steps, "close", None)
    if close is not None:
        close()
