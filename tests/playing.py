"""The interpreter of random worlds: what a `World` says, on a virtual clock. It holds the run to nothing.

At one instant: the deadline (if the world is punctual), then signals, then answers in question order. A run that
is suspended is taken up again in the same world, as often as it takes.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

from executus.agent import Agent
from executus.answers import ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.effects import (
    AskApproval,
    Asked,
    BuildToolbox,
    CallModel,
    Compact,
    ConsultCritic,
    Delegate,
    Effect,
    ResolveModel,
    RunTool,
)
from executus.events import (
    CancelRequested,
    ChildWaiting,
    Event,
    OutcomeSettled,
    RunResumed,
    ShutdownRequested,
    Steered,
    TimePassed,
    UsageSeen,
)
from executus.execute import execute, resume
from executus.invocation import Invocation
from executus.reception import ANSWERS
from executus.result import RunResult
from executus.slices import Door
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import Fault, FaultKind, Instant, Message, ModelReply, ToolCall, ToolResult, Usage, replace
from interpreters.driving import at_once
from specs.outcomes import Said
from specs.worlds import Played, World

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)

_SIGNAL, _ANSWER = 0, 1

MOST_EVENTS = 800
"""No honest run of a world is longer: one that is goes round and round."""


def play(world: World) -> RunResult:
    """Live through one run of this world, to its real end."""
    played = Playing(world)
    result = _lived(execute(world.agent, world.invocation, using=played))
    while result is None or result.resumable:
        past = Transcript(tuple(played.kept)) if result is None else result.transcript
        result = _lived(resume(past, using=played))
    return result


class Crashed(Exception):
    """The process is gone, in the middle of a run."""


def _lived(run: Coroutine[object, object, RunResult]) -> RunResult | None:
    """None: nothing is left of it but the record."""
    try:
        return at_once(run, _suspended)
    except Crashed:
        return None


class Playing:
    """The world of one run; `performed` is everything it was asked, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._now: Instant = 0
        self._due: list[tuple[Instant, int, int, int, Event]] = []
        self._turns: dict[str, int] = {}
        self._told = self._put_so_far = 0
        self._paused = False
        self._is_durable = False
        self._children: list[int] = []
        self._unknown = ""
        self._seen = 0
        self._settled: set[int] = set()
        self._lost: list[ToolCall] = []
        self.kept: list[Entry] = []
        self._ports = dict(world.ports)
        self.performed: list[Effect] = []

    def begin(
        self, agent: Agent, invocation: Invocation, past: Transcript | None = None
    ) -> RunStarted | RunResumed:
        if past is None:
            for event in self._world.happens:
                self._put(_SIGNAL, 0, event)
            return RunStarted(0, invocation.run_id, agent, invocation, self._world.wiring, WALL_TIME)
        self.kept = list(past.entries)
        epochs = sum(isinstance(entry.event, RunResumed) for entry in past.entries)
        return RunResumed(self._now, epochs + 1, WALL_TIME)

    async def record(self, entry: Entry) -> Fault | None:
        if entry.seq == self._world.loses:
            self._is_durable = False
            return Fault(FaultKind.PORT, "disk full")
        self.kept.append(entry)
        return None

    def see(self, run: Run) -> None:
        self._meddle(run)
        self._paused = run.clock.paused is not None
        self._children = [question.id for question in run.pending if isinstance(question, Delegate)]
        self._unknown = next((one.call.call_id for one in run.unknowns if not one.settled), "")
        self._is_durable = run.ports.checkpoint is Door.OPEN

    def perform(self, effect: Effect) -> None:
        self.performed.append(effect)
        world = self._world
        match effect:
            case ResolveModel(id=id):
                self._answer(world.resolving, ModelResolved, id)
            case BuildToolbox(id=id):
                self._answer(world.building, ToolboxBuilt, id)
            case CallModel(id=id) if self._world.meddling == "repeats" and self._lost:
                again = ModelReply("", (replace(self._lost.pop(), call_id=""),))
                self._answer(Played(again), ModelReplied, id)
            case CallModel(id=id):
                self._answer(self._next("model", world.replies), ModelReplied, id)
            case RunTool(id=id, call=call) if call.name == "submit":
                self._answer(Played(ToolResult(call.arguments)), ToolReturned, id)
            case RunTool(id=id, call=call):
                answers = next(tool.answers for tool in world.tools if tool.spec.name == call.name)
                self._answer(self._next(call.name, answers), ToolReturned, id)
            case Asked():
                self._port(effect)
            case _:
                pass  # What still lands is too late by itself; and nobody listens to what is told.

    async def next_event(self, wakeup: Instant | None) -> Event:
        self._told += 1
        assert self._told <= MOST_EVENTS, "the run goes round and round"
        if self._told in self._world.crashes and self._is_durable and self.kept:
            self._due = [due for due in self._due if due[1] == _SIGNAL]
            heapify(self._due)
            raise Crashed
        notices = None if wakeup is None else max(wakeup + self._world.lag, self._now)
        if self._due and (notices is None or self._due[0][0] < notices):
            event = heappop(self._due)[-1]
            event = self._fitted(replace(event, at=max(event.at, self._now)))
        elif notices is not None:
            event = TimePassed(notices)
        else:  # A queue and people may let a run wait for ever: somebody loses patience then.
            assert self._paused, "the run waits for nothing, and isn't over"
            event = CancelRequested(self._now, "impatience")
        self._now = event.at
        return event

    async def end(self, result: RunResult | None) -> None:
        """Nothing to let go of."""

    def _meddle(self, run: Run) -> None:
        """Somebody uses the occasion: a question that is open, a call that nobody knows about."""
        meddling, at = self._world.meddling, self._now
        fresh = [question for question in run.pending if question.id > self._seen]
        self._seen = run.next_id - 1
        for question in fresh:
            if meddling == "a child waits" and isinstance(question, Delegate):
                self._put(_SIGNAL, 0, ChildWaiting(at + 1, question.id))
            if meddling == "stops" and isinstance(question, AskApproval) and not run.epoch:
                self._put(_SIGNAL, 0, ShutdownRequested(at + 1))
            if meddling == "overspends" and isinstance(question, Delegate):
                self._put(_SIGNAL, 0, UsageSeen(at + 1, Usage(input_tokens=400), "child"))
            if meddling == "steers" and isinstance(question, ConsultCritic | CallModel) and question.id % 4 == 0:
                self._put(_SIGNAL, 0, Steered(at, "A word."))
        unknown = [one.call.call_id for one in run.unknowns if not one.settled and one.number not in self._settled]
        self._lost = [one.call for one in run.unknowns if not one.settled and one.number not in self._settled]
        self._settled |= {one.number for one in run.unknowns}
        if unknown and meddling.startswith("settles"):
            late = 1_000_000 if meddling == "settles late" else 0
            self._put(_SIGNAL, 0, OutcomeSettled(at + late, unknown[0], happened=True, result="it was"))

    def _fitted(self, event: Event) -> Event:
        """What a world couldn't know: which child is open, and which call nobody knows about."""
        match event:
            case ChildWaiting(question=0):
                return replace(event, question=max(self._children, default=0))
            case OutcomeSettled(call_id=""):
                return replace(event, call_id=self._unknown)
            case _:
                return event

    def _next(self, name: str, answers: "tuple[Played, ...]") -> Played:
        number = self._turns.get(name, 0)
        self._turns[name] = number + 1
        return answers[min(number, len(answers) - 1)]

    def _port(self, effect: Asked) -> None:
        name = type(effect).__name__
        answers = self._ports.get(name, (Said(True),))
        number = self._turns.get(name, 0)
        self._turns[name] = number + 1
        said = answers[min(number, len(answers) - 1)]
        outcome: object = said.outcome
        if isinstance(effect, Compact) and isinstance(outcome, str):
            outcome = compacted(tuple(effect.conversation), outcome)
        if outcome is not None:
            answer = ANSWERS[type(effect)]  # type: ignore[index] # every question has its answer
            event = answer(self._now + said.takes, effect.id, outcome)  # type: ignore[arg-type] # the world's word
            self._put(_ANSWER, effect.id, event)

    def _answer(self, played: Played, kind: Callable[..., Event], id: int) -> None:
        if played.outcome is None:
            return
        event = kind(self._now + played.takes, id, played.outcome)
        self._put(_ANSWER, id, event)
        if played.again is not None:
            self._put(_ANSWER, id, replace(event, at=event.at + played.again))

    def _put(self, kind: int, id: int, event: Event) -> None:
        self._put_so_far += 1
        heappush(self._due, (event.at, kind, id, self._put_so_far, event))


def compacted(turns: tuple[Message, ...], how: str) -> tuple[Message, ...]:
    """A compactor's work: `shorter` keeps what must stay and the last whole step, the others do it wrong."""
    if how == "longer":
        return (*turns, Message("user", "And so on."))
    if how == "nothing":
        return ()
    if how == "parted":
        return tuple([said for said in turns if said.role != "tool"])
    starts = [index for index, said in enumerate(turns) if said.calls]
    kept = turns[starts[-1] :] if starts else ()
    first = next((index for index, said in enumerate(turns) if said.role == "assistant"), len(turns))
    return (*turns[:first], *[said for said in kept if said not in turns[:first]])


def _suspended() -> Exception:
    return AssertionError("a world of data must not wait for anything")
