"""The real world of one run, on asyncio and the event loop's own clock.

Every question is a task that posts one event into the run's inbox; a signal is posted by whoever has one. A
plain function runs in a thread of its own: it can't be stopped, so the run goes on without it. An abandoned
task is cancelled, and gets a moment to let go of what it holds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import RLock
from typing import Any
from uuid import uuid4

from executus.agent import Agent
from executus.answers import Answer, ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.effects import (
    Abandon,
    BuildToolbox,
    CallModel,
    Effect,
    Question,
    ResolveModel,
    RunTool,
)
from executus.events import CancelRequested, Event, ShutdownRequested, Signal, Steered
from executus.execute import execute
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted, Wiring
from executus.values import EffectId, FaultKind, Image, Instant, ModelReply, Outcome, ToolResult, sound
from interpreters.doors import door
from interpreters.handlers import (
    Handlers,
    build_toolbox,
    fault_of,
    is_blocking,
    reply_of,
    request_of,
    resolve_model,
    result_of,
)
from interpreters.inbox import Inbox
from interpreters.listeners import Listeners
from interpreters.loops import driven
from interpreters.ports import ToolContext
from interpreters.threads import in_thread

__all__ = ["Handlers", "Live", "run_sync"]

_ANSWERS: dict[type[Question], tuple[Callable[..., Answer], FaultKind]] = {
    CallModel: (ModelReplied, FaultKind.MODEL),
    RunTool: (ToolReturned, FaultKind.TOOL),
    ResolveModel: (ModelResolved, FaultKind.MODEL),
    BuildToolbox: (ToolboxBuilt, FaultKind.PORT),
}
"""The event that answers each question, and whose fault it is when its handler breaks."""

_GRACE = 1.0
"""Seconds that tasks of an ended run get to let go of what they hold, once they were cancelled."""


class Live:
    """The world of one run with real models and tools: `await execute(agent, prompt, using=Live(handlers))`.

    While it goes, `cancel`, `steer` and `shut_down` may be called from any thread, and `async for event in live`
    gives the run's events. Cancelling the task that awaits `execute` cancels the run: it finalises, then the
    CancelledError goes on to the caller, and `result` has the finished RunResult.
    """

    @door
    def __init__(self, handlers: Handlers) -> None:
        self.result: RunResult | None = None
        """The finished run; None until then."""
        self._handlers = handlers
        self._run_id = ""
        self._inbox: Inbox | None = None
        self._tasks: dict[EffectId, asyncio.Task[None] | None] = {}
        self._abandoned: list[asyncio.Task[None]] = []
        self._early: list[Signal] = []
        self._lock = RLock()
        self._listeners = Listeners()
        self._performers: dict[type[Question], Callable[..., Coroutine[Any, Any, object]]] = {
            CallModel: self._call_model,
            RunTool: self._run_tool,
            ResolveModel: partial(resolve_model, handlers),
            BuildToolbox: partial(build_toolbox, handlers),
        }

    def cancel(self, by: str = "caller") -> None:
        """Ask the run to end as cancelled; may be called before it began and from any thread."""
        self._signal(CancelRequested(0, sound(by)))

    @door
    def steer(self, text: str = "", *images: Image) -> None:
        """Put in a word: it enters the conversation as a user's turn, before the next model call."""
        self._signal(Steered(0, sound(text), images))

    def shut_down(self) -> None:
        """The host is going down: end the run, or leave it to be resumed where a durable record is kept."""
        self._signal(ShutdownRequested(0))

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The run's events from now on, until it has ended."""
        if self.result is None:
            async for event in self._listeners.events():
                yield event

    def begin(self, agent: Agent, invocation: Invocation) -> RunStarted:
        if self._inbox is not None:
            raise RuntimeError("a Live is the world of one run: make a new one with the same handlers")
        with self._lock:
            self._inbox = inbox = Inbox()
        self._run_id = invocation.run_id or uuid4().hex
        wiring = Wiring(system_header=self._handlers.system_header, defaults=self._handlers.defaults)
        started = RunStarted(0, self._run_id, agent, invocation, wiring, datetime.now(UTC))
        self._listeners.tell(started)
        for signal in self._early:
            inbox.arrive(signal)
        return started

    def perform(self, effect: Effect) -> None:
        match effect:
            case Abandon(question=question):
                task = self._tasks.pop(question, None)
                if task is not None:
                    task.cancel()
                    self._abandoned.append(task)
            case question:
                self._tasks[question.id] = None  # Known before it begins: a task may begin, and end, at once.
                task = self._opened().loop.create_task(self._answer(question))
                if question.id in self._tasks:
                    self._tasks[question.id] = task

    async def next_event(self, wakeup: Instant | None) -> Event:
        event = await self._opened().next(wakeup)
        self._listeners.tell(event)
        return event

    async def end(self, result: RunResult | None) -> None:
        self.result = result
        left = [*self._abandoned, *[task for task in self._tasks.values() if task is not None]]
        self._tasks.clear()
        for task in left:
            task.cancel()
        await self._let_go(left)
        self._listeners.tell(None)
        if (cancelled := self._opened().cancelled) is not None:
            raise cancelled

    async def _let_go(self, tasks: list[asyncio.Task[None]]) -> None:
        """Cancelled tasks may have something to close; one that will not end can't hold the run."""
        inbox = self._opened()
        deadline = inbox.loop.time() + _GRACE
        for task in tasks:
            while not task.done() and (left := deadline - inbox.loop.time()) > 0:
                try:
                    await asyncio.wait((task,), timeout=left)
                except asyncio.CancelledError as error:
                    inbox.cancelled = inbox.cancelled or error

    async def _answer(self, effect: Question) -> None:
        """Perform one question; whatever comes of it is one event in the inbox."""
        answer, kind = _ANSWERS[type(effect)]
        outcome: object
        try:
            outcome = await self._performers[type(effect)](effect)
        except asyncio.CancelledError as error:
            await asyncio.sleep(0)  # Where all tasks are cancelled at once, the run must hear of its own first.
            if effect.id not in self._tasks:
                raise  # Abandoned: by the run, or because it is over.
            outcome = fault_of(kind, error)  # A handler that cancels itself has failed, no more.
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # Nor may it end the process, or leave the run without an answer.
            outcome = fault_of(kind, error)
        if effect.id in self._tasks:
            del self._tasks[effect.id]
            inbox = self._opened()
            inbox.post(answer(inbox.now(), effect.id, outcome))

    async def _call_model(self, effect: CallModel) -> Outcome[ModelReply]:
        handlers = self._handlers
        request = request_of(effect, self._run_id)
        if is_blocking(handlers.models):
            return await reply_of(lambda: in_thread(lambda: handlers.models(request), "model"))
        return await reply_of(lambda: handlers.models(request))

    async def _run_tool(self, effect: RunTool) -> Outcome[ToolResult]:
        call = effect.call
        tool = self._handlers.tools[call.name]
        context = ToolContext(run_id=self._run_id, call_id=call.call_id)
        if tool.blocking:
            return await result_of(
                lambda: in_thread(lambda: tool.call(call.arguments, context), f"tool {call.name}")
            )
        return await result_of(lambda: tool.call(call.arguments, context))

    def _signal(self, signal: Signal) -> None:
        """From any thread, and before the run begins."""
        with self._lock:
            inbox = self._inbox
            if inbox is None:
                self._early.append(signal)
                return
        with suppress(RuntimeError):  # The loop is closed, so the run is long over.
            if inbox.is_here():
                inbox.arrive(signal)
                inbox.loop.call_soon_threadsafe(int)  # From a signal handler, too, the loop must wake.
            else:
                inbox.loop.call_soon_threadsafe(inbox.arrive, signal)

    def _opened(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the run has not begun")
        return self._inbox


def run_sync(agent: Agent, prompt: Invocation | str, handlers: Handlers) -> RunResult:
    """One run from a script without a loop of its own. Raises RuntimeError inside a running loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return driven(execute(agent, prompt, using=Live(handlers)))
    raise RuntimeError("an event loop is running: await execute(agent, prompt, using=Live(handlers)) instead")
