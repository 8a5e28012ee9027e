"""The questions of one live run that are being worked on: a task for each, which posts one event.

Law: a question is answered once, or abandoned; what is abandoned is cancelled and gets a moment to let go of what
it holds. What still comes of it is late: to a call that may have happened it is a fact all the same.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from executus.effects import CloseAudit, Question, RunTool, StopCritic
from executus.values import EffectId, Fault, FaultKind, ToolClass, ToolResult
from interpreters.desk import Desk
from interpreters.desk_late import OPENING, Unwanted
from interpreters.faults import fault_of, proven
from interpreters.inbox import Inbox
from interpreters.notices import Notices
from interpreters.threads import Ended, in_thread

T = TypeVar("T")

GRACE = 1.0
"""Seconds that tasks of an ended run get to let go of what they hold, once they were cancelled."""

_asked: ContextVar["tuple[Errands, Question] | None"] = ContextVar("asked", default=None)
"""The question that a task works on, and for whom; of those alone whose late end in a thread is of interest."""

_MATTERS = (ToolClass.KEYED, ToolClass.UNSAFE)


class Errands:
    """The open questions of one run, and those that were abandoned and still linger."""

    __slots__ = (
        "_abandoned", "_closing", "_desk", "_inbox", "_is_over", "_late", "_notices", "_opened", "_tasks",
        "_unbounded",
    )  # fmt: skip

    def __init__(self, desk: Desk, inbox: Inbox, notices: Notices) -> None:
        self._desk = desk
        self._inbox = inbox
        self._notices = notices
        self._tasks: dict[EffectId, asyncio.Task[None] | None] = {}
        self._abandoned: tuple[asyncio.Task[None], ...] = ()
        self._unbounded: tuple[asyncio.Task[None], ...] = ()
        self._opened: dict[EffectId, tuple[Question, object]] = {}
        """Answers that hold something open: the run may have ceased to wait before it hears of one."""
        self._closing: tuple[asyncio.Task[None], ...] = ()
        self._late: tuple[asyncio.Task[Any], ...] = ()
        self._is_over = False

    def begin(self, question: Question) -> None:
        self._tasks[question.id] = None  # Known before it begins: a task may begin, and end, at once.
        begun = _at_once if type(question) is RunTool else _in_turn
        task = begun(self._inbox.loop, self._work(question))
        if question.id in self._tasks:
            self._tasks[question.id] = task

    def abandon(self, question: EffectId, stop: Callable[[], None] | None = None) -> None:
        """Nobody waits for it any more. One that knows how to `stop` is let run to its own end."""
        task = self._tasks.pop(question, None)
        if task is None:
            opened = self._opened.pop(question, None)
            if opened is not None:
                self._closing += (self._inbox.loop.create_task(self._desk.forget(*opened)),)
            return
        self._desk.drop(question)
        if stop is not None:
            stop()
            self._unbounded += (task,)
            return
        task.cancel()
        self._abandoned += (task,)

    async def aside(self, work: Callable[[], T], name: str) -> T:
        """A plain function, in a thread; what it gives when nobody waits any more is late."""
        asked = _asked.get()

        def late(ended: Ended[T]) -> None:
            if asked is not None and asked[0] is self:
                self._came_late(asked[1], ended)

        return await in_thread(work, name, late)

    async def end(self) -> None:
        """Let go of everything: children come to their own end, all else gets a moment."""
        self._is_over = True
        if not (self._tasks or self._abandoned or self._unbounded or self._closing):
            return
        left = [task for task in self._tasks.values() if task is not None]
        for question in self._tasks:
            self._desk.drop(question)
        self._tasks.clear()
        for task in left:
            task.cancel()  # Those that were abandoned are told already: twice would cut short what they close.
        await self.let_go([*self._abandoned, *left, *self._closing])
        for task in self._closing:
            task.cancel()
        await self.let_go(self._closing)
        for task in self._unbounded:
            await self.hold(task, None)

    async def let_go(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        """Cancelled tasks may have something to close; one that will not end can't hold the run."""
        deadline = self._inbox.loop.time() + GRACE
        for task in tasks:
            await self.hold(task, deadline)

    async def hold(self, task: "asyncio.Task[Any]", deadline: float | None) -> None:
        """Wait for a task until a time of the loop; the caller's own cancellation is remembered meanwhile."""
        loop, inbox = self._inbox.loop, self._inbox
        while not task.done():
            left = None if deadline is None else deadline - loop.time()
            if left is not None and left <= 0:
                return
            try:
                await asyncio.wait((task,), timeout=left)
            except asyncio.CancelledError as error:
                inbox.cancel(error)

    async def _work(self, question: Question) -> None:
        """Work on one question; whatever comes of it is one event in the inbox."""
        kind = type(question)
        if kind is CloseAudit or kind is StopCritic:
            await self._notices.drained()  # Nothing is told to what is closed.
        elif kind in OPENING or (isinstance(question, RunTool) and self._blocks(question)):
            _asked.set((self, question))
        try:
            outcome = await self._desk.answer(question)
        except asyncio.CancelledError as error:
            await asyncio.sleep(0)  # Where all tasks are cancelled at once, the run must hear of its own first.
            if question.id not in self._tasks:
                raise  # Abandoned: by the run, or because it is over.
            outcome = self._desk.broken(question, error)  # A handler that cancels itself has failed, no more.
        if question.id in self._tasks:
            del self._tasks[question.id]
            if kind in OPENING:
                self._opened[question.id] = (question, outcome)
            self._inbox.post(self._desk.event_for(question, self._inbox.now(), outcome))
        elif isinstance(outcome, ToolResult):  # Of what was cancelled, an error says nothing about what happened.
            await self._hear(question, outcome)
        else:
            await self._desk.forget(question, outcome)

    def _blocks(self, question: RunTool) -> bool:
        tool = self._desk.book.tools.get(question.call.name)
        return tool is not None and tool.blocking

    def _came_late(self, question: Question, ended: Ended[object]) -> None:
        """A thread has ended for which nobody waited any more."""
        value, error = ended
        outcome: object = value
        if isinstance(value, Awaitable):
            close: object = getattr(cast("object", value), "close", None)
            if callable(close):
                close()  # Nobody will await it.
            return
        if isinstance(question, RunTool):
            outcome = _outcome(value, error)
        elif error is None:
            outcome = Unwanted(value)
        else:
            return
        task = self._inbox.loop.create_task(self._hear(question, outcome))
        self._late += (task,)
        task.add_done_callback(self._heard)

    def _heard(self, task: "asyncio.Task[Any]") -> None:
        self._late = tuple([late for late in self._late if late is not task])

    async def _hear(self, question: Question, outcome: object) -> None:
        """A late outcome: a fact for the run while it goes on, and for its audit afterwards."""
        _asked.set(None)
        if not isinstance(question, RunTool):
            await self._desk.forget(question, outcome)
        elif self._is_over:
            await self._desk.note_late(question, outcome)
        elif self._desk.class_of(question.call.name) in _MATTERS:
            self._inbox.post(self._desk.event_for(question, self._inbox.now(), outcome))


def _in_turn(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Whoever else wants to gets a turn first, also where a model answers at once."""
    return loop.create_task(work)


if sys.version_info >= (3, 12):

    def _at_once(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Begun where it is made, and done if nothing in it waits; a host's own way to make tasks comes first."""
        if loop.get_task_factory() is None:
            return asyncio.Task(work, loop=loop, eager_start=True)
        return loop.create_task(work)

else:
    _at_once = _in_turn


def _outcome(value: object, error: BaseException | None) -> ToolResult | Fault:
    try:
        return proven(value) if error is None else fault_of(FaultKind.TOOL, error)
    except TypeError as wrong:
        return fault_of(FaultKind.TOOL, cast(BaseException, wrong))
