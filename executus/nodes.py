"""The states of an exploration: each with the way that led to it, so that everything that was found can be told.

Law: a state that was left to another process is the same there: it is reached again by the same events.
"""

from executus.account import cause_of
from executus.events import Event
from executus.identity import identity
from executus.lived import Moment
from executus.rules.status import Expired, Failed, Overspent, ShutDown
from executus.started import RunStarted
from executus.state import Run
from executus.transition import decide, evolve, start
from executus.values import Instant, Record
from executus.verdicts import fingerprinted, seen


class Node:
    """A state, how it was reached, and what the clock shows."""

    __slots__ = ("at", "cost", "free", "key", "moment", "parent")

    def __init__(self, parent: "Node | None", moment: Moment, cost: int, at: Instant, key: bytes) -> None:
        self.parent, self.moment, self.cost, self.at, self.key = parent, moment, cost, at, key
        self.free: int = parent.free + 1 if parent is not None and parent.cost == cost else 0
        """How many things have happened since the last move, none of which cost anything."""

    def path(self) -> list[Moment]:
        """Every moment up to this state; a clock that only went on is none."""
        moments: list[Moment] = []
        node: Node | None = self
        while node is not None:
            if not moments or node.moment is not moments[-1]:
                moments.append(node.moment)
            node = node.parent
        return moments[::-1]

    def events(self) -> list[Event]:
        return [moment.event for moment in self.path()]


class Seed(Record, frozen=True):
    """A state to go on from, as another process can take it up: how it was reached, and what the clock shows."""

    events: tuple[Event, ...]
    cost: int
    at: Instant


def ending_of(run: Run) -> str:
    """What this end is called: its cause, and whose limit or which failure it was."""
    cause = cause_of(run)
    name = type(cause).__name__
    match cause:
        case Failed(failure=failure):
            return f"{name} {type(failure).__name__}"
        case Expired(owner=owner):
            return f"{name} {owner}"
        case Overspent(what=what):
            return f"{name} {what}"
        case ShutDown(durable=durable):
            return f"{name}, to be resumed" if durable else name
        case _:
            return name


def relived(seed: Seed) -> Node:
    """The state that a seed stands for, with all that led to it."""
    first, *others = seed.events
    assert isinstance(first, RunStarted)
    node = root_of(first)
    for event in others:
        before = node.moment.run
        landed = evolve(before, event)
        run, asked = decide(landed)
        moment = fingerprinted(seen(Moment(event, before, landed, run, asked, ())))
        node = Node(node, moment, seed.cost, event.at, b"")
    run = node.moment.run
    node.at, node.key = seed.at, identity(run, seed.at - run.now)
    return node


def root_of(started: RunStarted) -> Node:
    """The state that a run begins in."""
    run, asked = start(started)
    return Node(None, fingerprinted(Moment(started, run, run, run, asked, ())), 0, started.at, identity(run, 0))
