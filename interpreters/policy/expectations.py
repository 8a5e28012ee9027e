"""What somebody expects, as things that hold or don't, and a process for each question whether they still do.

Law: every question is asked in a child of its own, which ends: what is changed there, and what a test leaves
behind, reaches no other. A child that never answers has noticed something, too.
"""

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

_Reached: TypeAlias = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Baseline:
    """How it is without a change: what each expectation comes by, and what all of them take."""

    reached: _Reached
    work: float
    """Seconds of a processor."""
    time: float
    """Seconds by the clock."""


_PATIENCE = 5
"""So many times as much time as all expectations take without a change may a child use, and a little more."""

_MORE_WORK, _MORE_WAITING = 1.0, 30.0
"""Seconds more of a processor, which a loop without an end soon uses up, and by the clock."""

_EVERY = 5.0
"""Seconds between two lines of progress."""


class Unmet(Exception):
    """Something isn't as expected although nothing is changed; one line that says what."""


@dataclass(frozen=True)
class Expectation:
    """A test, or a recording. `holds` is true, false, or raises, which is false as well and says why."""

    name: str
    holds: Callable[[], bool]


@dataclass(frozen=True)
class Question:
    """Does any of these expectations still hold once `make` is done?"""

    make: Callable[[], None]
    expectations: Sequence[Expectation]


def baseline(expectations: Sequence[Expectation], watch: Callable[[Callable[[str], None]], None]) -> Baseline:
    """Which sites each expectation comes by. Raises Unmet if one doesn't hold as it is."""
    began = time.monotonic()
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiving)
        try:
            _silence()
            with os.fdopen(sending, "wb") as stream:
                pickle.dump(_all_reached(expectations, watch), stream)
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        data = pipe.read()
    _, _, used = os.wait4(child, 0)
    if not data:
        raise Unmet("the expectations end the process they are checked in")
    found, unmet = pickle.loads(data)
    if unmet:
        raise Unmet(f"{unmet[0]}, although nothing is changed ({len(unmet)} of {len(expectations)} fail)")
    return Baseline(cast(_Reached, found), used.ru_utime + used.ru_stime, time.monotonic() - began)


def noticed(questions: Sequence[Question], before: Baseline, workers: int) -> Iterator[bool]:
    """For each question, in order: does one of its expectations not hold any more?"""
    answers: dict[int, bool] = {}
    running: dict[int, int] = {}
    asked, told = 0, 0
    last = time.monotonic()
    while told < len(questions):
        while asked < len(questions) and len(running) < workers:
            running[_begin(questions[asked], before)] = asked
            asked += 1
        child, status = os.wait()
        answers[running.pop(child)] = status != 0
        while told in answers:
            yield answers.pop(told)
            told += 1
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            sys.stderr.write(f"mutate-policy: {told} of {len(questions)}\n")


def _begin(question: Question, before: Baseline) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for number, timer, limit in (
            (signal.SIGPROF, signal.ITIMER_PROF, _PATIENCE * before.work + _MORE_WORK),
            (signal.SIGALRM, signal.ITIMER_REAL, _PATIENCE * before.time + _MORE_WAITING),
        ):
            signal.signal(number, signal.SIG_DFL)
            signal.setitimer(timer, limit)
        _silence()
        question.make()
        code = 0 if all(_broken(one) is None for one in question.expectations) else 1
    finally:
        os._exit(code)


def _all_reached(
    expectations: Iterable[Expectation], watch: Callable[[Callable[[str], None]], None]
) -> tuple[_Reached, list[str]]:
    here: set[str] = set()
    watch(here.add)
    found: _Reached = {}
    unmet: list[str] = []
    for one in expectations:
        here.clear()
        why = _broken(one)
        if why is not None:
            unmet.append(f"{one.name} fails{why}")
        found[one.name] = frozenset(here)
    return found, unmet


def _broken(one: Expectation) -> str | None:
    """None if it holds, else why it doesn't, as far as that is known."""
    try:
        return None if one.holds() else ""
    except Exception as error:
        return f" ({type(error).__name__}: {' '.join(str(error).split())[:200]})".replace(": )", ")")


def _silence() -> None:
    """What tests print is for another time."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
