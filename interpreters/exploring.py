"""Every ending, explored by several processes at once: each takes a share of what a first search has left.

Law: it finds what one process finds. A state that two have looked at is counted once, as it was reached by the
fewest moves.
"""

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from ctypes import c_int64
from multiprocessing import get_context
from typing import Any, TypeAlias

from executus.explore import Exploration, Ground, Part, gathered, look
from executus.frontier import Search
from executus.nodes import Seed

Counter: TypeAlias = Any
"""A number that processes share."""

Watcher: TypeAlias = Callable[[int], None]
"""Is told how many transitions were made so far."""

SHARES = 200
"""So many states a first search leaves to each process."""

PAUSE = 0.2
"""Seconds between two looks at how far they are."""


def explored(ground: Ground, *, processes: int, watcher: Watcher) -> Exploration:
    """Look at everything that may become of a run, with so many processes."""
    if processes < 2:
        return gathered(ground, [look(ground, tick=lambda search: watcher(search.made))])
    first = look(ground, until=SHARES * processes, tick=lambda search: watcher(search.made))
    if first.violation is not None or not first.left:
        return gathered(ground, [first])
    return gathered(ground, [first, *_shared(ground, first, processes, watcher)])


def _shared(ground: Ground, first: Part, processes: int, watcher: Watcher) -> list[Part]:
    context = get_context("spawn")  # A fork would copy whatever threads the host has.
    counter = context.Value(c_int64, sum(first.edges.values()))
    with ProcessPoolExecutor(processes, context, _adopt, (counter,)) as pool:
        known = dict(first.costs)
        shares = [first.left[index::processes] for index in range(processes)]
        futures: list[Future[Part]] = [pool.submit(_look, ground, share, known) for share in shares]
        open_ones = set(futures)
        while open_ones:
            open_ones = wait(open_ones, timeout=PAUSE).not_done
            watcher(counter.value)
        return [future.result() for future in futures]


_counter: Counter = None


def _adopt(counter: Counter) -> None:
    """In a new process: where the transitions are counted."""
    global _counter  # Only so a shared number reaches a process of a pool.
    _counter = counter


def _look(ground: Ground, seeds: tuple[Seed, ...], known: dict[bytes, int]) -> Part:
    told = 0

    def tick(search: Search) -> None:
        nonlocal told
        if search.made - told > 500:
            with _counter.get_lock():
                _counter.value += search.made - told
            told = search.made

    return look(ground, seeds=seeds, known=known, tick=tick)
