"""The questions of one run in virtual time, each a task: asked at its desk, gone on with, dropped, and finished.

At the desk nothing is decided, and here neither: a task that is done becomes an event, unless nobody waits for it.
"""

from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from executus.effects import CallModel, CloseAudit, Question, RunTool, StopCritic
from executus.events import PortFailed, Signal
from executus.spans import say, span
from executus.transcript import Entry
from executus.values import (
    Duration,
    EffectId,
    Fault,
    FaultKind,
    ToolClass,
    ToolResult,
    microseconds,
)
from interpreters.agenda import Agenda, Task, Turn, driven, suspended, within
from interpreters.calling import called, unpacked
from interpreters.casting import Cast
from interpreters.desk import Desk
from interpreters.desk_late import OPENING
from interpreters.driving import Pause
from interpreters.faults import fault_of, settled
from interpreters.played import ScriptedTool
from interpreters.seen import Observed
from interpreters.tools import FunctionTool

_MATTERS = (ToolClass.KEYED, ToolClass.UNSAFE)

NOTICES = 0
"""The task that carries out notices, one after the other: no question has this number."""


class Answering:
    """What is at work for one run."""

    def __init__(
        self,
        cast: Cast,
        desk: Desk,
        agenda: Agenda,
        land: Callable[[Question, object, Duration], None],
        post: Callable[[Signal], None],
    ) -> None:
        self.desk = desk
        self._cast = cast
        self._is_prompt = cast.delays.is_none
        self._agenda = agenda
        self._land = land
        self._post = post
        self._asked: dict[EffectId, Question] = {}
        self._dropped: set[EffectId] = set()
        """Questions that nobody waits for any more, though something still works on them."""
        self._held: dict[EffectId, object] = {}
        """Outcomes that are there already, and land later."""
        self._opened: dict[EffectId, tuple[Question, object]] = {}
        """Answers that hold something open: the run may have ceased to wait before it hears of one."""
        self._is_over = False
        self._reported: set[str] = set()
        self._silenced: set[str] = set()
        self._patience = microseconds(span(cast.handlers.defaults.cleanup_timeout))
        self._notices: deque[tuple[str, Coroutine[Any, Any, Fault | None]]] = deque()

    def ask_model(self, question: CallModel) -> None:
        """What a script has ready needs no task."""
        turn = self._cast.ready(self.desk.book.run_id) if self._is_prompt else None
        if turn is None:
            self.ask(question)
        else:
            self._land(question, turn.outcome, turn.takes)

    def ask_tool(self, question: RunTool) -> None:
        """Nor does what a plain function gives."""
        tool = self.desk.book.tools.get(question.call.name)
        if not (self._is_prompt and type(tool) is FunctionTool and tool.blocking):
            return self.ask(question)
        given = called(question, tool, self.desk.book)
        return self._land(question, given, 0) if type(given) is ToolResult else self.ask(question, given)

    def ask(self, question: Question, given: object = None) -> None:
        """Begin to answer a question; `given` is what came of it already."""
        self._asked[question.id] = question
        self.go_on(Task(question.id, self._answered(question, given)))

    def tell(self, port: str, notice: Coroutine[Any, Any, Fault | None]) -> None:
        """Carry out a notice, after those before it."""
        self._notices.append((port, notice))
        if NOTICES not in self._agenda.tasks:
            self.go_on(Task(NOTICES, self._told()))

    def go_on(self, task: Task) -> None:
        """Drive a task to its next pause; if it is done, its answer is due."""
        tasks = self._agenda.tasks
        tasks[task.id] = task
        if not task.go_on(self._agenda.clock):
            return
        del tasks[task.id]
        self._held.pop(task.id, None)
        question = self._asked.pop(task.id, None)
        if question is None:
            return
        if self._is_over or task.id in self._dropped:
            self._hear_late(question, task.result)
        else:
            if type(question) in OPENING:
                self._opened[question.id] = (question, task.result)
            self._land(question, task.result, 0)

    def _hear_late(self, question: Question, outcome: object) -> None:
        """A late outcome: a fact for the run while it goes on, and for its audit afterwards."""
        if not isinstance(question, RunTool) or not isinstance(outcome, ToolResult):
            return
        if self._is_over:
            driven(self.desk.note_late(question, outcome), self._agenda.clock)
        elif self.desk.class_of(question.call.name) in _MATTERS:
            self._land(question, outcome, 0)

    def drop(self, id: EffectId) -> None:
        """Nobody waits for this question any more. What can't be stopped goes on, and comes too late."""
        question, task = self._asked.get(id), self._agenda.tasks.get(id)
        if question is None or task is None:
            self._agenda.forget(id)
            opened = self._opened.pop(id, None)
            if opened is not None:
                self.go_on(Task(id, self.desk.forget(*opened)))
            return
        self._dropped.add(id)
        if self._is_late(question):
            return
        del self._agenda.tasks[id], self._asked[id]
        task.let_go()
        if id in self._held:
            driven(self.desk.forget(question, self._held.pop(id)), self._agenda.clock)

    def disown(self, id: EffectId) -> Task | None:
        """The same, but let it come to its own end."""
        self._dropped.add(id)
        return self._agenda.tasks.get(id)

    async def save(self, entry: Entry) -> Fault | None:
        """Keep an entry of the record, unless that takes too long."""
        patience = self._patience // 2  # What comes next has a time of its own, and it has begun.
        saved = await within(self._saved(entry), self._agenda.clock, patience)
        if saved is None:
            return Fault(FaultKind.PORT, f"save did not return within {say(patience)}")
        return saved[0]

    async def _saved(self, entry: Entry) -> Fault | None:
        delay = self._cast.delays.next("Save")
        if delay != 0:
            await Pause(delay)
        return await self.desk.save(entry)

    async def observed(self, seen: Observed) -> Fault | None:
        """Those who observe the run are told."""
        try:
            await settled(self.desk.observe(seen))
        except Exception as error:
            return fault_of(FaultKind.PORT, error)
        return None

    async def finish(self) -> None:
        """What goes on after the end: notices, children, and calls that can't be stopped. All else is dropped."""
        self._is_over = True
        agenda = self._agenda
        agenda.close()
        for id in list(self._asked):
            if id not in self._dropped:
                self.drop(id)
        while (place := agenda.place()) is not None:
            await Turn(agenda)
            due = agenda.take(place)
            if isinstance(due, Task):
                self.go_on(due)

    def let_go(self) -> None:
        """Nothing of it goes on."""
        self._dropped.update(self._asked)
        for task in self._agenda.tasks.values():
            task.let_go()
        self._agenda.tasks.clear()
        while self._notices:
            self._notices.popleft()[1].close()

    async def _answered(self, question: Question, given: object) -> object:
        """The outcome, when it has taken its time; `given` is what a tool gave that was called already."""
        if isinstance(question, CloseAudit | StopCritic):
            await self._drained()
        outcome = await self._outcome(question, given)
        for wait in (self._takes(question), self._cast.delays.next(type(question).__name__)):
            if wait != 0:
                self._held[question.id] = outcome
                await Pause(wait)
        return outcome

    async def _drained(self) -> None:
        """Nothing is told to what is closed."""
        while (telling := self._agenda.tasks.get(NOTICES)) is not None and (place := telling.place()) is not None:
            await Pause(place[0] - self._agenda.clock.now)

    async def _outcome(self, question: Question, given: object) -> object:
        try:
            outcome = await (self.desk.answer(question) if given is None else self.desk.result(unpacked(given)))
        except CancelledError as error:
            if question.id in self._dropped:
                raise
            outcome = self.desk.broken(question, error)
        if isinstance(outcome, Fault) and "no running event loop" in outcome.message:
            raise suspended()  # The handler really waits, although it was told so in other words.
        return outcome

    def _takes(self, question: Question) -> Duration | None:
        tool = self._tool(question)
        return tool.takes if isinstance(tool, ScriptedTool) else 0

    def _is_late(self, question: Question) -> bool:
        """Is it a call that nobody can stop?"""
        return bool(getattr(self._tool(question), "late", False))

    def _tool(self, question: Question) -> object:
        return self.desk.book.tools.get(question.call.name) if isinstance(question, RunTool) else None

    async def _told(self) -> None:
        while self._notices:
            port, notice = self._notices.popleft()
            if port in self._silenced:
                notice.close()
                continue
            half = self._patience // 2
            done = await within(notice, self._agenda.clock, half)
            if done is None:
                self._silenced.add(port)
                self._report(port, f"it did not return within {say(half)}, and is told nothing more")
            elif done[0] is not None:
                self._report(port, done[0].message)

    def _report(self, port: str, message: str) -> None:
        """A port that fails is told of once."""
        if port not in self._reported:
            self._reported.add(port)
            self._post(PortFailed(0, port, message))
