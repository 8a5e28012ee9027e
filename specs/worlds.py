"""Random worlds, as data: `world(seed)` says what is run, what the outside answers and what happens meanwhile.

The same seed is the same world on every Python. Instants are drawn close to where something turns: zero, the
deadline and one microsecond around it, the moment of another event. Everything is small, so that much happens.
"""

from random import Random
from typing import TypeAlias, TypeVar

from executus.agent import Agent, ModelChoice
from executus.events import Event
from executus.invocation import Invocation
from executus.spans import span
from executus.started import Wiring
from executus.values import (
    Duration,
    Fault,
    FaultKind,
    Finish,
    ModelReply,
    Record,
    ToolCall,
    ToolClass,
    ToolResult,
    ToolSpec,
    Usage,
    microseconds,
    replace,
    seconds,
)
from specs.outcomes import Said, said
from specs.people import PORTS, agent_of, defaults_of, happening, invocation_of, picture, wired

T = TypeVar("T")

SECOND, RUNTIME = seconds(1), seconds(60)

Given: TypeAlias = ModelReply | ToolResult | tuple[ModelChoice, ...] | tuple[ToolSpec, ...] | Fault


class Played(Record, frozen=True):
    """One answer of the outside, after it `takes` its time. None = it never comes; `again` = it comes twice."""

    outcome: Given | None
    takes: Duration = 0
    again: Duration | None = None


class PlayedTool(Record, frozen=True):
    """A tool, and what its calls answer in turn; the last answer goes on for ever."""

    spec: ToolSpec
    answers: tuple[Played, ...]


class World(Record, frozen=True, kw_only=True):
    """Everything about one run that isn't the kernel."""

    seed: int
    agent: Agent
    invocation: Invocation
    wiring: Wiring
    resolving: Played
    building: Played
    replies: tuple[Played, ...]
    """What the model answers, call by call; the last goes on for ever."""
    tools: tuple[PlayedTool, ...]
    ports: tuple[tuple[str, tuple[Said, ...]], ...]
    """What every other port answers, by the name of the question."""
    loses: int | None
    """Which entry the store can't keep any more."""
    meddling: str
    """What somebody does whenever there is an occasion for it: see `tests/playing.py`."""
    crashes: tuple[int, ...]
    """At which events the process goes down, where a record stays to go on from."""
    happens: tuple[Event, ...]
    lag: Duration
    """How long after a deadline the world notices it: other events may come in between."""


def world(seed: int) -> World:
    """The world of this number."""
    draw = Random(seed)
    tools = tuple([_tool(draw, f"tool{number}") for number in range(draw.choice([0, 1, 2, 2, 2, 3, 3, 3, 3]))])
    names = tuple([tool.spec.name for tool in tools])
    is_plain = draw.random() < 0.25
    """Without ports the loop itself is seen best."""
    agent, resolving, building = agent_of(draw, names, is_plain), _resolving(draw), _building(draw, tools)
    if agent.output_type:
        names = (*names, "submit")
    deadline = resolving.takes + (building.takes if tools else 0) + microseconds(span(agent.max_runtime))
    wiring = Wiring(system_header=draw.choice(["", "", "Be brief."]), defaults=defaults_of(draw))
    return World(
        seed=seed,
        agent=agent,
        invocation=invocation_of(draw, is_plain),
        wiring=wiring if is_plain else wired(draw, wiring),
        resolving=resolving,
        building=building,
        replies=_replies(draw, names),
        tools=tools,
        ports=tuple([(name, said(draw, name)) for name in PORTS]),
        loses=_rarely(draw, [0, 3, 9, 10, 12, 15], 6),
        happens=tuple([happening(draw, deadline) for _ in range(draw.choice([0, 0, 0, 1, 2, 8]))]),
        lag=draw.choice([0, 0, 0, 1, SECOND]),
        meddling=draw.choice(
            ["", "", "a child waits", "settles", "settles late", "stops", "steers", "overspends", "repeats"]
        ),
        crashes=tuple([draw.randrange(4, 24) for _ in range(draw.choice([0, 0, 0, 1, 2]))]),
    )


def _tool(draw: Random, name: str) -> PlayedTool:
    spec = ToolSpec(
        name,
        effect=draw.choice(list(ToolClass)),
        serial=draw.random() < 0.3,
        repeatable=draw.random() < 0.2,
        timeout=draw.choice([None, None, None, SECOND]),
        needs_approval=draw.random() < 0.25,
        reconcile=draw.random() < 0.6,
        verifier=draw.choice(["", "", "tool0"]),
        delegate=draw.choice([""] * 6 + ["agent"]),
        subject=draw.choice(["agent:other", "agent:other", "agent:worker"]),
    )
    temper = draw.random()
    outcomes: list[Given | None] = [ToolResult("fine"), ToolResult("something longer")]
    if temper < 0.2:
        outcomes = [Fault(FaultKind.TOOL, "broken"), Fault(FaultKind.TOOL, "broken in another way")]
    elif temper < 0.55:
        outcomes = [
            Fault(FaultKind.UNKNOWN, "it can't tell"),
            Fault(FaultKind.UNKNOWN, "nor now"),
            *outcomes,
            None,
        ]
    elif temper < 0.65:
        outcomes += [
            Fault(FaultKind.TOOL, "broken"),
            ToolResult("seen", (picture(),)),
            draw.choice([None, ToolResult()]),
        ]
    answers = [_played(draw, draw.choice(outcomes)) for _ in range(draw.choice([1, 1, 2, 4]))]
    if draw.random() < 0.35:  # Tools that take their time, so that something happens meanwhile.
        answers = [replace(played, takes=draw.choice([SECOND, seconds(2), seconds(5)])) for played in answers]
    return PlayedTool(spec, tuple(answers))


def _resolving(draw: Random) -> Played:
    second = (ModelChoice("second", 300),) if draw.random() < 0.4 else ()
    chain: Given = (ModelChoice("model", draw.choice([None, 100, 8000])), *second)
    others: list[Given | None] = [Fault(FaultKind.MODEL, "no such tier"), (), None]
    outcome = chain if draw.randrange(60) else draw.choice(others)
    return _preparing(draw, outcome)


def _building(draw: Random, tools: tuple[PlayedTool, ...]) -> Played:
    specs = tuple([tool.spec for tool in tools])
    others: list[Given | None] = [Fault(FaultKind.PORT, "no such tool"), specs[:-1], None]
    outcome = specs if draw.randrange(30) else draw.choice(others)
    return _preparing(draw, outcome)


def _preparing(draw: Random, outcome: Given | None) -> Played:
    takes = _mostly(draw, draw.choice([0, 0, 5]), [SECOND - 1, SECOND, SECOND + 1, seconds(30)], 40)
    return Played(outcome, takes, _rarely(draw, [0, 1, SECOND], 10))


def _replies(draw: Random, names: tuple[str, ...]) -> tuple[Played, ...]:
    """A few replies, then for ever the last one: most worlds come to an answer, some never would."""
    habit = draw.random()
    same = _calls(draw, names)
    replies = [_played(draw, _reply(draw, names, same, habit)) for _ in range(draw.choice([0, 1, 2, 3, 6, 12]))]
    last = ModelReply("The answer.", usage=_usage(draw)) if draw.random() < 0.7 else _calls(draw, names)
    return (*replies, Played(last, draw.choice([0, 5, SECOND])))


def _reply(draw: Random, names: tuple[str, ...], same: ModelReply, habit: float) -> Given | None:
    if habit < 0.3:
        return same
    kind = draw.random()
    if kind < 0.76:
        return _calls(draw, names)
    if kind < 0.84:
        return ModelReply(draw.choice(["", " \n"]), (), _usage(draw))
    if kind < 0.94:
        finish = draw.choice([Finish.STOP, Finish.LENGTH, Finish.FILTERED, Finish.REFUSED, Finish.UNKNOWN])
        return ModelReply("Some text.", (), _usage(draw), finish, "so I thought")
    return _model_fault(draw) if kind < 0.995 else None


def _model_fault(draw: Random) -> Fault:
    status = draw.choice([0, 400, 401, 413, 429, 500, 503])
    is_again = status in (0, 429, 500, 503) and draw.random() < 0.6
    wait = draw.choice([None, None, SECOND, seconds(100)])
    return Fault(FaultKind.MODEL, "no reply", "maker", status, is_again, wait, draw.random() < 0.3)


def _calls(draw: Random, names: tuple[str, ...]) -> ModelReply:
    calls = tuple([_call(draw, names) for _ in range(draw.choice([1, 1, 2, 2, 3, 5]))])
    finish = Finish.LENGTH if draw.random() < 0.05 else Finish.TOOL_CALLS
    return ModelReply(draw.choice(["", "I look."]), calls, _usage(draw), finish)


def _call(draw: Random, names: tuple[str, ...]) -> ToolCall:
    name = draw.choice(names) if names and draw.random() < 0.95 else "no_such_tool"
    arguments = _mostly(draw, draw.choice(["{}", '{"a":1,"b":2}', '{"b": 2, "a": 1}']), ["", "[]", "{", "1"], 40)
    return ToolCall(draw.choice(["", "call", "call-2", f"call-{draw.randrange(100)}"]), name, arguments)


def _usage(draw: Random) -> Usage:
    return Usage(
        input_tokens=draw.choice([None, 0, 1, 10, 50]),
        output_tokens=draw.choice([None, 0, 5]),
        thinking_tokens=draw.choice([None, 1]),
        cached_tokens=draw.choice([None, 1]),
        cost=draw.choice([None, 1, 4]),
    )


def _played(draw: Random, outcome: Given | None) -> Played:
    """Most answers come soon; some as late as a deadline, or never."""
    takes = draw.choice([0, 1, 5, SECOND, SECOND])
    if draw.randrange(12) == 0:
        takes = draw.choice([seconds(5), seconds(10), RUNTIME - 1, RUNTIME])
    return Played(outcome, takes, _rarely(draw, [0, 1, SECOND], 10))


def _mostly(draw: Random, usual: T, others: list[T], one_in: int) -> T:
    return draw.choice(others) if draw.randrange(one_in) == 0 else usual


def _rarely(draw: Random, values: list[int], one_in: int) -> int | None:
    return draw.choice(values) if draw.randrange(one_in) == 0 else None
