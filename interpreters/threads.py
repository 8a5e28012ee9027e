"""Plain functions in threads of their own: a thread can't be stopped, but nothing has to wait for it.

The threads are daemons: a tool that hangs keeps neither a run nor the end of the process waiting, which a
pool's worker would.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import Any, TypeVar

from interpreters.driving import at_once

T = TypeVar("T")


async def in_thread(work: Callable[[], Coroutine[Any, Any, T]], name: str) -> T:
    """Drive `work`, which never really waits, to its end in a new thread, and give its result."""
    future: Future[T] = Future()

    def body() -> None:
        try:
            result = at_once(work(), _waits)
        except BaseException as error:  # Also SystemExit: a tool's end is not the process's.
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(result)

    context = copy_context()  # What the host keeps in context variables holds in its tools as well.
    Thread(target=context.run, args=(body,), name=f"executus tool {name}", daemon=True).start()
    return await asyncio.wrap_future(future)


def _waits() -> Exception:
    return RuntimeError("a plain function's tool must not give something to wait for")
