"""Every ending: all states that a run can come to, whatever the outside does, in every order up to a depth.

A move is one thing that may happen; what is bound to happen when all goes well (a port that does what it is there for,
a tool that gives its result, a wait that is over) is none and free. Law: every state within `depth` moves is looked
at, every transition out of it is judged, and every run is brought to its end; `docs/proof/exploration.md` says how.
"""

from collections.abc import Callable
from executus.agent import Agent, ModelChoice
from executus.events import Event
from executus.frontier import Found, Search
from executus.invocation import Invocation
from executus.moves import WALL_TIME
from executus.offers import Outside
from executus.started import RunStarted, Wiring
from executus.transcript import Recorder, Transcript
from executus.values import Record, ToolSpec

DEPTH = 3


class Violation(Record, frozen=True):
    """A law that is broken, and the events that lead there."""

    laws: tuple[str, ...]
    events: tuple[Event, ...]


class Ending(Record, frozen=True):
    """A way to end: what it is called, in how many different states, and the shortest way there."""

    name: str
    states: int
    moves: int
    events: tuple[Event, ...]


class Exploration(Record, frozen=True):
    """What was found."""

    depth: int
    states: int
    transitions: int
    runs: int
    checks: int
    waits: int
    endings: tuple[Ending, ...]
    violation: Violation | None = None


def explore(agent, *, tools=(), models=(ModelChoice("model"),), wiring=Wiring(), invocation=Invocation(prompt="Go."), depth=DEPTH, tick=lambda s: None):
    started = RunStarted(0, "explored", agent, invocation, wiring, WALL_TIME)
    search = Search(Outside(tools=tools, models=models), depth, tick)
    violation = None
    try:
        search.begin(started)
        search.go()
    except Found as found:
        violation = Violation(found.laws, found.events)
    counts = {}
    for name in search.ends.values():
        counts[name] = counts.get(name, 0) + 1
    endings = [Ending(name, counts[name], cost, events) for name, (cost, events) in sorted(search.examples.items())]
    return Exploration(depth, len(search.costs), sum(search.edges.values()), search.runs, search.checks, len(search.waits), tuple(endings), violation)
