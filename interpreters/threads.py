"""Plain functions in threads of their own: a thread can't be stopped, but nothing has to wait for it.

The threads are daemons: a tool that hangs keeps neither a run nor the end of the process waiting, which a
pool's worker would.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], name: str) -> T:
    """What `work` gives in a new thread, or the exception it raises there."""
    future: Future[tuple[T, None] | tuple[None, BaseException]] = Future()

    def body() -> None:
        ended: tuple[T, None] | tuple[None, BaseException]
        try:
            ended = work(), None
        except BaseException as error:  # Also SystemExit: the end of a tool is not the end of the process.
            ended = None, error
        if future.set_running_or_notify_cancel():  # Otherwise nobody waits any more.
            future.set_result(ended)

    context = copy_context()  # What the host keeps in context variables holds in its functions as well.
    Thread(target=context.run, args=(body,), name=f"executus {name}", daemon=True).start()
    match await asyncio.wrap_future(future):
        case (None, BaseException() as error):
            raise error
        case (value, _):
            return value
