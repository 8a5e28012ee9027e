"""Every ending: all states that a run can come to, whatever the outside does, in every order up to a depth.

A move is one thing that may happen; what is bound to happen when all goes well (a port does what it is there for,
a tool gives its result, a wait is over) is none, and free. Law: every state within `depth` moves is looked at,
every transition out of it is judged, and every run is brought to its end; docs/proof/exploration.md says how.
"""

from collections.abc import Callable, Iterable, Mapping

from executus.account import cause_of
from executus.agent import Agent, ModelChoice
from executus.events import Event
from executus.frontier import Example, Found, Search
from executus.invocation import Invocation
from executus.laws import broken
from executus.moves import WALL_TIME
from executus.nodes import Seed
from executus.offers import Outside
from executus.rules.status import Status, status_of
from executus.started import RunStarted, Wiring
from executus.transcript import Recorder, Transcript
from executus.values import Record, ToolSpec

DEPTH = 3
"""So many moves are seconds for most agents."""

TASK = Invocation(prompt="Go.")
NO_PORTS = Wiring()
ONE_MODEL = (ModelChoice("model"),)

Tick = Callable[[Search], None]
"""Is called now and then while a search goes on."""


class Ground(Record, frozen=True, kw_only=True):
    """What is explored: how the run begins, what there is around it, and how many moves are made."""

    started: RunStarted
    outside: Outside
    depth: int = DEPTH


class Violation(Record, frozen=True):
    """The laws that are broken, and the events that lead there, the last of which breaks them."""

    laws: tuple[str, ...]
    events: tuple[Event, ...]

    @property
    def transcript(self) -> Transcript:
        """The recording of it; without the last event, where the core itself broke at that."""
        return recording(self.events)


class Ending(Record, frozen=True):
    """A way to end: its name and status, in how many different states, and the shortest way there."""

    name: str
    status: Status
    states: int
    moves: int
    events: tuple[Event, ...]

    @property
    def transcript(self) -> Transcript:
        """The shortest run that ends so."""
        return recording(self.events)


class Exploration(Record, frozen=True, kw_only=True):
    """What was found. Counted is what differs: a state that two processes have looked at is one.

    `runs` were judged from their beginning to their end, `checks` is how often a law was asked, `waits` are states
    in which a run waits for people, or for a lane, for as long as it takes.
    """

    depth: int
    states: int
    transitions: int
    runs: int
    checks: int
    waits: int
    endings: tuple[Ending, ...]
    violation: Violation | None = None


class Part(Record, frozen=True, kw_only=True):
    """What one search has found, as another process can add it up."""

    costs: Mapping[bytes, int]
    edges: Mapping[bytes, int]
    ends: Mapping[bytes, str]
    examples: Mapping[str, Example]
    waits: frozenset[bytes]
    runs: int
    checks: int
    left: tuple[Seed, ...] = ()
    violation: Violation | None = None


def silent(search: Search) -> None:
    """Nobody watches."""


def explore(
    agent: Agent,
    *,
    tools: Iterable[ToolSpec] = (),
    models: Iterable[ModelChoice] = ONE_MODEL,
    wiring: Wiring = NO_PORTS,
    invocation: Invocation = TASK,
    depth: int = DEPTH,
    tick: Tick = silent,
) -> Exploration:
    """Look at everything that may become of a run of this agent, within so many moves.

    `tools` are what its names stand for, in the order in which a toolbox is built; `wiring` says which ports there
    are. It stops at the first law that is broken, which is reached by as few moves as any.
    """
    started = RunStarted(0, invocation.run_id or "explored", agent, invocation, wiring, WALL_TIME)
    ground = Ground(started=started, outside=Outside(tools=tuple(tools), models=tuple(models)), depth=depth)
    return gathered(ground, [look(ground, tick=tick)])


def look(
    ground: Ground,
    *,
    seeds: Iterable[Seed] | None = None,
    known: Mapping[bytes, int] | None = None,
    until: int | None = None,
    tick: Tick = silent,
) -> Part:
    """One search: from the beginning, or from what another has left; to its end, or until so much is left."""
    search = Search(ground.outside, ground.depth, tick)
    search.costs.update(known or {})
    violation = None
    try:
        if seeds is None:
            search.begin(ground.started)
        else:
            search.plant(seeds)
        search.go() if until is None else search.go(until)
    except Found as found:
        violation = Violation(found.laws, found.events)
    return Part(
        costs={key: search.costs[key] for key in search.edges},
        edges=search.edges,
        ends=search.ends,
        examples=search.examples,
        waits=frozenset(search.waits),
        runs=search.runs,
        checks=search.checks,
        left=tuple(search.seeds()),
        violation=violation,
    )


def gathered(ground: Ground, parts: Iterable[Part]) -> Exploration:
    """The parts as one; and every example judged by all laws at once, as any recording is."""
    costs: dict[bytes, int] = {}
    edges: dict[bytes, int] = {}
    ends: dict[bytes, str] = {}
    examples: dict[str, Example] = {}
    waits: set[bytes] = set()
    runs = checks = 0
    found: list[Violation] = []
    for part in parts:
        for key, cost in part.costs.items():
            if cost < costs.get(key, cost + 1):
                costs[key], edges[key] = cost, part.edges[key]
        ends.update(part.ends)
        waits |= part.waits
        for name, example in part.examples.items():
            examples[name] = min(example, examples.get(name, example), key=_order)
        runs, checks = runs + part.runs, checks + part.checks
        found += [] if part.violation is None else [part.violation]
    endings = [_ending(name, example, ends) for name, example in sorted(examples.items())]
    found += [Violation(broken(one.transcript), one.events) for one in endings if broken(one.transcript)]
    return Exploration(
        depth=ground.depth,
        states=len(costs),
        transitions=sum(edges.values()),
        runs=runs,
        checks=checks,
        waits=len(waits),
        endings=tuple(endings),
        violation=min(found, key=lambda one: len(one.events), default=None),
    )


def recording(events: Iterable[Event]) -> Transcript:
    """What today's code makes of these events, as far as it gets with them."""
    first, *others = events
    if not isinstance(first, RunStarted):
        raise ValueError("a run begins with RunStarted")
    recorder = Recorder(first)
    for event in others:
        try:
            recorder.feed(event)
        except Exception:
            break  # That is what was found.
    return recorder.transcript


def _ending(name: str, example: Example, ends: Mapping[bytes, str]) -> Ending:
    moves, _, events = example
    status = status_of(cause_of(recording(events).at(-1)))
    return Ending(name, status, sum(end == name for end in ends.values()), moves, events)


def _order(example: Example) -> tuple[int, int, int]:
    """By moves, then by how soon it ends."""
    return example[0], example[1], len(example[2])
