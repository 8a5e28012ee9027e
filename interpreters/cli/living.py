"""One live run under a command: told while it goes, and ended cleanly by the signals people send.

Law: the first Ctrl-C (or SIGTERM, or a closed terminal) cancels the run, which then finalises and can be
recorded; the second one ends the process.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeAlias

from executus.agent import Agent
from executus.events import Event
from executus.execute import execute
from executus.invocation import Invocation
from executus.result import RunResult
from interpreters.cli.terminal import err
from interpreters.handlers import Handlers
from interpreters.live import Live

Listener: TypeAlias = Callable[[Event], None]
"""Hears of every event of the run, the first one too."""

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


async def lived(agent: Agent, invocation: Invocation, handlers: Handlers, hear: Listener) -> RunResult:
    """One run, however it ends; `hear` is told of it while it goes."""
    live = Live(handlers)
    telling = asyncio.create_task(_tell(live, hear))
    await asyncio.sleep(0)  # The listener stands ready before the run begins.
    try:
        with _cancelled_by_signals(live):
            return await execute(agent, invocation, using=live)
    except asyncio.CancelledError:
        if live.result is None:
            raise
        return live.result
    finally:
        if live.result is None:
            telling.cancel()
        # Whoever listens can't harm the run: what goes wrong there is no end of it.
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(live: Live, hear: Listener) -> None:
    async for event in live:
        hear(event)


@contextmanager
def _cancelled_by_signals(live: Live) -> Generator[None]:
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def cancel(number: int) -> None:
        loop.remove_signal_handler(number)
        signal.signal(number, _leave)
        err(f"cancelling ({signal.Signals(number).name}); once more ends it at once")
        live.cancel(signal.Signals(number).name)

    for number in [signal.Signals[name] for name in _SIGNALS if name in signal.Signals.__members__]:
        known = signal.getsignal(number)
        if known in (None, signal.SIG_IGN):
            continue  # Not ours to handle, or ignored on purpose, as under nohup.
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not in this thread, or not on this system.
            loop.add_signal_handler(number, cancel, number)
            before[number] = known
    try:
        yield
    finally:
        for handled, previous in before.items():
            loop.remove_signal_handler(handled)
            signal.signal(handled, previous)


def _leave(number: int, _: FrameType | None) -> None:
    """At once: not even the cursor would be shown again otherwise."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h\n")
        sys.stderr.flush()
    os._exit(128 + number)
