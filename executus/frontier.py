"""The search itself: one state after the other, each with everything that may happen to it next.

Law: states are taken in the order of the moves they cost, so whatever is found first is found by the shortest way;
each transition is judged when it is made, and each whole run when nothing is left to happen to it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from executus.effects import AcquireLane, AskApproval, Delegate
from executus.events import Event, TimePassed
from executus.identity import identity
from executus.lived import Moment
from executus.moves import failing_store, moves
from executus.nodes import Node, Seed, ending_of, relived, root_of
from executus.offers import Outside
from executus.started import RunStarted
from executus.state import Stage
from executus.transition import decide, evolve, is_over, next_wakeup
from executus.values import Instant
from executus.verdicts import (
    OF_A_RUN,
    OF_A_STATE,
    OF_A_TRANSITION,
    broken_by,
    broken_in,
    broken_since,
    fingerprinted,
    seen,
)

MOST_FREE = 200
"""So many things at most are bound to happen without a move, all going well or all silent: more have no end."""

NEVER = 1 << 30
"""More moves than any depth."""


Example: TypeAlias = tuple[int, Instant, tuple[Event, ...]]
"""A way to end: by how many moves, when, and by which events."""


class Found(Exception):
    """A law is broken: which, and by which events."""

    def __init__(self, laws: list[str], events: list[Event]) -> None:
        super().__init__(", ".join(laws))
        self.laws, self.events = tuple(laws), tuple(events)


class Search:
    """What is known so far, and what is still to be looked at."""

    def __init__(self, outside: Outside, depth: int, tick: Callable[["Search"], None]) -> None:
        self.outside, self.depth, self.tick = outside, depth, tick
        self.costs: dict[bytes, int] = {}
        """Every state that was reached, and by how few moves."""
        self.edges: dict[bytes, int] = {}
        """Of each state how many things may happen to it, its silence among them."""
        self.ends: dict[bytes, str] = {}
        self.examples: dict[str, Example] = {}
        self.waits: set[bytes] = set()
        self.checks = self.runs = self.made = 0
        self.queues: list[deque[Node]] = [deque() for _ in range(depth)]
        self.last: deque[Node] = deque()
        """States at the end of the search, which only what is bound to happen goes on from."""

    def begin(self, started: RunStarted) -> None:
        """The first state of all."""
        root = root_of(started)
        wrong = broken_by(None, root.moment)
        if wrong:
            raise Found(wrong, root.events())
        self._put(root)

    def plant(self, seeds: Iterable[Seed]) -> None:
        """Take up what another search has left."""
        for seed in seeds:
            node = relived(seed)
            self.costs[node.key] = seed.cost
            self.queues[seed.cost].append(node)  # Never the last: those are looked at where they are found.

    def seeds(self) -> Iterator[Seed]:
        """What is left to be looked at."""
        for queue in self.queues:
            for node in queue:
                if self.costs[node.key] == node.cost:
                    yield Seed(tuple(node.events()), node.cost, node.at)

    def go(self, until: int = NEVER) -> None:
        """Look at all that is left, or at as much as leaves so many states to others. Raises Found."""
        for queue in (self.last, *self.queues):
            while queue and sum(map(len, self.queues)) < until:
                node = queue.popleft()
                if self.costs[node.key] == node.cost:  # Else it was reached by fewer moves since.
                    self._expand(node)
                while self.last:  # The end of the search is not kept: most states are there.
                    self._expand(self.last.pop())
                self.tick(self)

    def _expand(self, node: Node) -> None:
        """Everything that may happen to this state."""
        run, room = node.moment.run, self.depth - node.cost
        count = has_more = 0
        if node.free > MOST_FREE:
            raise Found([ENDLESS], node.events())
        if room and not is_over(run) and next_wakeup(run) is None:
            self._stay(node)
        for event, cost in moves(run, node.at, self.outside, room):
            count += 1
            has_more += self._take(node, event, node.cost + cost)
        if room and node.at == run.now:
            store = failing_store(run, _asked_first(node.moment))
            if store is not None:
                count += 1
                has_more += self._take(node, store, node.cost + 1)
            self._wait(node)
        last = node
        if not room and node.at == run.now:
            last, steps = self._silenced(node)
            count += steps
        if not has_more and node.at == run.now:  # Else only the clock went on since.
            self._judge_run(last)
        self.edges[node.key] = count
        self._leave(node)

    def _take(self, node: Node, event: Event, cost: int) -> bool:
        """One transition; whether it led to a state that is new, or reached by fewer moves than ever."""
        moment = self._made(node, event)
        key = identity(moment.run, 0)
        if self.costs.get(key, NEVER) <= cost:
            return False
        self._put(Node(node, fingerprinted(moment), cost, event.at, key))
        return True

    def _wait(self, node: Node) -> None:
        """The clock goes on until just before the run must be woken, and nothing happens."""
        run = node.moment.run
        wakeup = next_wakeup(run)
        if wakeup is None or is_over(run) or wakeup - 1 <= node.at:
            return
        key = identity(run, wakeup - 1 - run.now)
        if self.costs.get(key, NEVER) > node.cost + 1:
            self._put(Node(node, node.moment, node.cost + 1, wakeup - 1, key))

    def _made(self, node: Node, event: Event) -> Moment:
        """The transition, judged by itself."""
        before = node.moment.run
        self.made += 1
        try:
            landed = evolve(before, event)
            run, asked = decide(landed)
            moment = seen(Moment(event, before, landed, run, asked, ()))
            wrong = broken_by(node.moment, moment)
        except Exception as error:
            raise Found([f"raises {type(error).__name__}: {error}"], [*node.events(), event]) from error
        self.checks += len(OF_A_TRANSITION)
        if wrong:
            raise Found([*wrong, *_besides([*node.path(), moment])], [*node.events(), event])
        return moment

    def _put(self, node: Node) -> None:
        self.costs[node.key] = node.cost
        if node.moment.run.stage is Stage.DONE:
            self.edges[node.key] = 0
            self._end(node)
            self._judge_run(node)
        elif node.cost == self.depth:
            self.last.append(node)
        else:
            self.queues[node.cost].append(node)

    def _silenced(self, node: Node) -> tuple[Node, int]:
        """Nobody says anything any more: time alone must bring the run to its end, or leave it to people."""
        for count in range(MOST_FREE):
            run = node.moment.run
            wakeup = next_wakeup(run)
            if is_over(run):
                self._end(node)
                return node, count
            if wakeup is None:
                self._stay(node)
                return node, count
            node = Node(node, self._made(node, TimePassed(wakeup)), node.cost, wakeup, b"")
        raise Found([ENDLESS], node.events())

    def _stay(self, node: Node) -> None:
        """It waits as long as it takes: that is right only for people, a lane, or a child that waits itself."""
        run = node.moment.run
        if run.clock.paused is None or not any(isinstance(one, _PATIENT) for one in run.pending):
            raise Found([ENDLESS], node.events())
        self.waits.add(node.key or identity(run, 0))

    def _end(self, node: Node) -> None:
        """The run is over: one of the ways to end."""
        name = ending_of(node.moment.run)
        self.ends[node.key or identity(node.moment.run, 0)] = name
        best = self.examples.get(name)
        if best is None or (node.cost, node.at) < best[:2]:
            self.examples[name] = (node.cost, node.at, tuple(node.events()))

    def _judge_run(self, node: Node) -> None:
        self.runs += 1
        self.checks += len(OF_A_RUN)
        moments = node.path()
        if broken_in(moments):
            raise Found(broken_in(moments), node.events())

    def _leave(self, node: Node) -> None:
        """All that comes of a state was made, in the buffers it shares: it must still be what it was."""
        self.checks += len(OF_A_STATE)
        wrong = broken_since(node.moment)
        if wrong or identity(node.moment.run, node.at - node.moment.run.now) != node.key:
            raise Found(wrong or ["a state stays as it was"], node.events())


ENDLESS = "a run that is answered well, or by nobody, comes to its end"


def _besides(moments: list[Moment]) -> list[str]:
    """What the laws of whole runs say of a run in which something is wrong already."""
    try:
        return broken_in(moments)
    except Exception:
        return []  # Of such a run not every law can even be asked.


_PATIENT = (AskApproval, AcquireLane, Delegate)


def _asked_first(moment: Moment) -> int:
    """The first question of this entry: from it on nothing is performed when the entry can't be kept."""
    return min([question.id for question in moment.questions()], default=moment.run.next_id)
