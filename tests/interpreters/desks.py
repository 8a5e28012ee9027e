"""A desk by itself, in a world that does nothing: what each port's answer becomes, without a run around it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from executus import Agent, Invocation, RunResult
from executus.buffer import view
from executus.effects import CallModel, Delegate, Question
from executus.events import Signal
from executus.facts import Consultation, RollUp, RunFacts, Spent
from executus.toolbox import Setup, Toolbox
from executus.values import NO_USAGE, Instant, Message, ModelReply, ToolCall, ToolSpec
from interpreters.desk import Desk
from interpreters.driving import at_once
from interpreters.handlers import Handlers
from interpreters.ports import ModelRequest
from interpreters.seen import Observed

T = TypeVar("T")

FACTS = RunFacts(
    run_id="4711",
    subject_id="7",
    name="worker",
    caller_id="",
    channel_id="",
    guild_id="",
    parent_run_id="",
    tier="fast",
    inputs=(),
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    max_iterations=12,
    labels=(),
)
CONSULTATION = Consultation(
    reason="soft",
    now=5,
    elapsed=5,
    activity=1,
    progress=1,
    steps=1,
    max_iterations=12,
    backstop=15,
    ceiling=20,
)


class Nowhere:
    """A world in which nothing happens; it remembers what it was told."""

    def __init__(self) -> None:
        self.time = 0
        self.posted: list[Signal] = []
        self.observed: list[Observed] = []
        self.children: list[tuple[Agent, Invocation, Delegate]] = []
        self.child_gives: Any = None

    def now(self) -> Instant:
        return self.time

    def post(self, signal: Signal) -> None:
        self.posted.append(signal)

    def observe(self, seen: Observed) -> None:
        self.observed.append(seen)

    async def aside(self, work: Callable[[], T], name: str) -> T:
        return work()

    async def child(self, agent: Agent, invocation: Invocation, question: Delegate) -> RunResult:
        self.children.append((agent, invocation, question))
        result: RunResult = self.child_gives
        return result


def answer(request: ModelRequest) -> ModelReply:
    return ModelReply("Hello!")


def desk_of(
    agent: Agent | None = None, invocation: Invocation | None = None, world: Nowhere | None = None, **slots: Any
) -> Desk:
    """The desk of a run with these handlers."""
    handlers = Handlers(**{"models": answer, **slots})
    return Desk(handlers, world or Nowhere(), "4711", agent or Agent(), invocation or Invocation(prompt="Hi"))


def outcome(desk: Desk, question: Question) -> Any:
    """What becomes of the question, proven to be what its answer may hold."""
    return at_once(desk.answer(question), AssertionError)


def at_the_desk(question: Question, agent: Agent | None = None, **slots: Any) -> Any:
    return outcome(desk_of(agent, **slots), question)


def done(awaitable: Awaitable[T]) -> T:
    return at_once(awaitable, AssertionError)


CALL = ToolCall("call-1", "work", '{"b":1,"a":2}')


class Thing:
    """Something that no port gives; its name is the same in every process, as the names of tests must be."""

    def __repr__(self) -> str:
        return "a thing"


THING = Thing()
WRONG: list[Any] = [5, "text", [], {"text": 5}, THING, b"bytes", True, 1.5, float("nan")]
SPENT = Spent(5, NO_USAGE, "ok")
ROLL_UP = RollUp(status="ok", output="", error="", tool_calls=0, runtime=5, usage=NO_USAGE)


class Port:
    """Every port at once: each handler gives, or raises, the same thing, and remembers how it was asked."""

    def __init__(self, gives: object) -> None:
        self.gives = gives
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def handler(*arguments: Any) -> Any:
            self.asked.append((name, *arguments))
            if isinstance(self.gives, BaseException):
                raise self.gives
            return self.gives

        return handler

    def __call__(self, *arguments: Any) -> Any:
        return self.__getattr__("__call__")(*arguments)


class Later(Port):
    """The same, async."""

    def __getattr__(self, name: str) -> Any:
        given = super().__getattr__(name)

        async def handler(*arguments: Any) -> Any:
            return given(*arguments)

        return handler


def opened(slot: str, port: object, question: Question, **more: Any) -> Desk:
    """A desk at which this port was opened, with a handler that gives `port` itself."""
    desk = desk_of(**{slot: port}, **more)
    assert outcome(desk, question) is True
    return desk


class Opens:
    """A port whose `start`, `begin` or `monitor` gives this object."""

    def __init__(self, gives: Any) -> None:
        self._gives = gives

    def start(self, facts: object) -> Any:
        return self._gives

    begin = monitor = start


TASK = view(Message("user", "Hi"))
CALL_MODEL = CallModel(3, TASK, Setup("small", Toolbox((ToolSpec("add"),))))
