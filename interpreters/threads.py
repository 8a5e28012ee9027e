"""Plain functions in threads of their own: a thread can't be stopped, but nothing has to wait for it.

The threads are daemons: a tool that hangs keeps neither a run nor the end of the process waiting, which a
pool's worker would. What one gives when nobody waits any more is handed on as late.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from threading import Lock, Thread
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Ended: TypeAlias = tuple[T, None] | tuple[None, BaseException]
"""What a function gave, or what it raised."""

_lock = Lock()
_left_behind: set[Thread] = set()


def left_behind() -> int:
    """How many threads are still at work for which nobody waits any more."""
    with _lock:
        _left_behind.difference_update([thread for thread in _left_behind if not thread.is_alive()])
        return len(_left_behind)


async def in_thread(work: Callable[[], T], name: str, late: Callable[[Ended[T]], None] | None = None) -> T:
    """What `work` gives in a new thread, or the exception it raises there.

    When the wait for it is cancelled, `late` hears of its end, in the loop and as long as that lives.
    """
    loop = asyncio.get_running_loop()
    done: Future[Ended[T]] = Future()

    def body() -> None:
        ended: Ended[T]
        try:
            ended = work(), None
        except BaseException as error:  # Also SystemExit: the end of a tool is not the end of the process.
            ended = None, error
        done.set_result(ended)

    context = copy_context()  # What the host keeps in context variables holds in its functions as well.
    thread = Thread(target=context.run, args=(body,), name=f"executus {name}", daemon=True)
    thread.start()
    waiting: asyncio.Future[None] = loop.create_future()
    done.add_done_callback(lambda _: _in_loop(loop, _wake, waiting))
    try:
        await waiting
    except asyncio.CancelledError:
        with _lock:
            _left_behind.add(thread)
        if late is not None:
            hear = late
            done.add_done_callback(lambda future: _in_loop(loop, hear, future.result()))
        raise
    match done.result():
        case (None, BaseException() as error):
            raise error
        case (value, _):
            return value


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[..., object], argument: object) -> None:
    with suppress(RuntimeError):  # The loop is closed: nobody is left to hear it.
        loop.call_soon_threadsafe(call, argument)


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
