"""How a run unfolds in virtual time: the interpreter behind Memory, for a run and for those it delegates to.

Every question is a coroutine that is driven by hand and may let virtual time pass; what it gives is due then. A
child is such a coroutine, too: it goes on when the world above it gets there.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from executus.agent import Agent
from executus.effects import (
    Abandon,
    CallModel,
    Delegate,
    Effect,
    Question,
    ReleaseLane,
    RunTool,
    TellAudit,
    TellCritic,
    TellObserver,
)
from executus.events import (
    CancelRequested,
    Event,
    RunResumed,
    ShutdownRequested,
    Signal,
    TimePassed,
)
from executus.execute import execute
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import Duration, EffectId, Fault, Instant, replace
from interpreters.agenda import ANSWER, REPORT, SIGNAL, Agenda, Task, Turn, driven
from interpreters.answering import Answering
from interpreters.casting import Cast
from interpreters.children import Above
from interpreters.desk import Desk
from interpreters.scripts import ScriptError
from interpreters.seen import Observed

T = TypeVar("T")

_PORTS = {TellAudit: "audit", TellCritic: "critic", TellObserver: "on_step", ReleaseLane: "lanes"}
"""Who is told by each notice."""


class Unfolding:
    """The world of one run in virtual time; `above` is that of the run which delegated to it by a question."""

    def __init__(
        self, cast: Cast, happens: Sequence[Event] = (), above: "tuple[Unfolding, Delegate] | None" = None
    ) -> None:
        self._cast = cast
        self._happens = happens
        self._above = None if above is None else Above(above[0].report, above[1].id)
        self._agenda = Agenda(cast.clock)
        self._below: dict[EffectId, Unfolding] = {}
        self._zero: Instant = 0
        self._is_going_down = False
        self._work: Answering | None = None
        self.has_ended = False

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        if self._work is not None:
            raise RuntimeError("a Memory is the world of one run: make a new one")
        cast, now = self._cast, self._cast.clock.now
        run_id = (invocation.run_id or "memory") if past is None else past.started.run_id
        cast.enter(run_id, agent)
        desk = Desk(cast.handlers, self, run_id, agent, invocation, (ScriptError, KeyboardInterrupt))
        self._work = Answering(cast, desk, self._agenda, self.land, self.post)
        last = past.entries[-1].event.at if past is not None else 0
        self._zero = now - last
        for order, event in enumerate(self._happens):
            self._put(now + event.at, SIGNAL, event, order)
        if past is not None:
            epoch = 1 + sum(isinstance(entry.event, RunResumed) for entry in past.entries)
            return RunResumed(last, epoch, cast.wall_time)
        return RunStarted(0, run_id, *desk.recorded, desk.wiring(), cast.wall_time)

    async def record(self, entry: Entry) -> Fault | None:
        saving = self._at_work().save(entry)
        fault = driven(saving, self._cast.clock) if self._above is None else await saving
        self._agenda.held_up = self._cast.clock.now
        return fault

    def see(self, run: Run) -> None:
        if self._work is not None:
            self._work.desk.book.run = run
        if self._above is not None:
            self._above.see(run)

    def perform(self, effect: Effect) -> None:
        work = self._at_work()
        match effect:
            case CallModel():
                work.ask_model(effect)
            case RunTool():
                self._tell_begun(effect)
                work.ask_tool(effect)
            case Delegate():
                self._tell_begun(effect)
                work.ask(effect)
            case Abandon(question=id):
                self._abandon(id)
            case TellAudit() | TellCritic() | TellObserver() | ReleaseLane():
                work.tell(_PORTS[type(effect)], work.desk.tell(effect))
            case question:
                work.ask(question)

    async def next_event(self, wakeup: Instant | None) -> Event:
        agenda, clock = self._agenda, self._cast.clock
        agenda.wakeup = None if wakeup is None else wakeup + self._zero
        while True:
            if self._above is not None:
                await Turn(agenda)
            elif (early := agenda.next_alone()) is not None:
                return early
            place = agenda.place()
            if place is None:
                raise ScriptError("nothing is left to happen, and the run waits for no deadline")
            due = agenda.take(place)
            if isinstance(due, Task):
                self._at_work().go_on(due)
                continue
            clock.now = max(place[0], agenda.held_up)
            event = TimePassed(place[0] - self._zero) if due is None else due
            if isinstance(event, ShutdownRequested):
                self._go_down()
            return event

    async def end(self, result: RunResult | None) -> None:
        work = self._at_work()
        self.has_ended = True
        work.desk.release_lane()
        for below in self._below.values():
            if not below.has_ended and not self._is_going_down:
                below.post(CancelRequested(0, "the run above"))
        if result is not None:
            finishing = work.finish()
            await finishing if self._above is not None else driven(finishing, self._cast.clock)
        work.let_go()
        if self._above is None and result is not None:
            self._cast.leave(result)

    def now(self) -> Instant:
        return self._cast.clock.now - self._zero

    def post(self, signal: Signal) -> None:
        self._put(self._cast.clock.now, SIGNAL, signal)

    def report(self, signal: Signal) -> None:
        """What a child says of itself: heard before all else at that instant."""
        self._put(self._cast.clock.now, REPORT, signal)

    def land(self, question: Question, outcome: object, wait: Duration) -> None:
        """The answer to a question is there after this wait."""
        at = self._cast.clock.now + wait
        self._agenda.put(at, ANSWER, Desk.event_for(question, at - self._zero, outcome), question.id)

    def _tell_begun(self, question: RunTool | Delegate) -> None:
        begun = self._at_work().desk.begun(question)
        if begun is not None:
            self.observe(begun)

    def observe(self, seen: Observed) -> None:
        work = self._at_work()
        work.tell("on_step", work.observed(seen))

    async def aside(self, work: Callable[[], T], name: str) -> T:
        return work()

    async def child(self, agent: Agent, invocation: Invocation, question: Delegate) -> RunResult:
        """Run another agent in a world below this one, in the same virtual time."""
        below = self._below[question.id] = Unfolding(self._cast, (), (self, question))
        if self._is_going_down:
            below.post(ShutdownRequested(0))
        place = self._cast.reserve()
        result = await execute(agent, invocation, using=below)
        self._cast.runs[place] = result
        return result

    def _abandon(self, id: EffectId) -> None:
        """Nobody waits for question `id`; a run that was delegated to is told so, and comes to its own end."""
        below, work = self._below.get(id), self._at_work()
        if below is None or below.has_ended:
            work.drop(id)
            return
        if not self._is_going_down:
            below.post(CancelRequested(0, "the run above"))
        task, clock = work.disown(id), self._cast.clock
        while task is not None and (place := task.place()) is not None and place[0] <= clock.now:
            work.go_on(task)
            task = self._agenda.tasks.get(id)

    def _go_down(self) -> None:
        """The host shuts down, and with it the runs below this one."""
        self._is_going_down = True
        for below in self._below.values():
            if not below.has_ended:
                below.post(ShutdownRequested(0))

    def _put(self, at: Instant, rank: int, event: Event, order: int | None = None) -> None:
        self._agenda.put(at, rank, replace(event, at=at - self._zero), order)

    def _at_work(self) -> Answering:
        if self._work is None:
            raise RuntimeError("the run has not begun")
        return self._work
