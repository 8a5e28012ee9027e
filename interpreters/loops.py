"""Running one coroutine in a loop of its own, without waiting for ever for what it has left behind."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def driven(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, but that it doesn't wait for ever for what a run has left behind: tools that will not end."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_GRACE))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.set_exception_handler(_unheard)
        loop.close()


_GRACE = 1.0
"""Seconds for whatever else goes on when a run is over."""


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Of tasks that are dropped with the loop, nobody needs to hear."""
