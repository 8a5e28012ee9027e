"""Defects planted by hand into functions, where a patch of the text (tests/bank) would not reach all its users."""

from collections.abc import Callable
from typing import Any

import pytest

from executus import transition as kernel
from executus.answers import Answered
from executus.buffer import View
from executus.events import Event
from executus.state import Run
from executus.values import replace

Plant = Callable[[pytest.MonkeyPatch], None]

_evolve = kernel.evolve


def swapped(target: Any, name: str, other: Any) -> Plant:
    """Something in the kernel does something else."""
    return lambda patch: patch.setattr(target, name, other)


def lets_answers_beat_time(run: Run, event: Event) -> Run:
    if isinstance(event, Answered) and run.deadlines.end is not None:
        later = replace(run.deadlines, end=run.deadlines.end + 1)
        return replace(_evolve(replace(run, deadlines=later), event), deadlines=run.deadlines)
    return _evolve(run, event)


def appends_in_place(self: View[Any], item: Any) -> View[Any]:
    self._items.append(item)
    return View(self._items, len(self) + 1, self._sums)
