"""Running a coroutine that never really waits, without an event loop: how Memory and Replay stay synchronous."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


def at_once(awaitable: Awaitable[T], suspended: Callable[[], Exception]) -> T:
    """The awaitable's result; raises `suspended()` if it waits for anything, and what it raises itself."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as finished:
        result: T = finished.value
        return result
    close = getattr(steps, "close", None)
    if close is not None:
        close()  # So that it isn't left waiting for ever, with a warning at some later time.
    raise suspended()
