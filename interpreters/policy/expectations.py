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

_PATIENCE = 5
"""So many times as long as all expectations take without a change, and two seconds more, may a child take."""

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


def reached(expectations: Sequence[Expectation], watch: Callable[[Callable[[str], None]], None]) -> _Reached:
    """Which sites each expectation comes by. Raises Unmet if one doesn't hold as it is."""
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
    os.waitpid(child, 0)
    if not data:
        raise Unmet("the expectations end the process they are checked in")
    found, unmet = pickle.loads(data)
    if unmet:
        raise Unmet(f"{unmet[0]}, although nothing is changed ({len(unmet)} of {len(expectations)} fail)")
    return cast(_Reached, found)


def noticed(questions: Sequence[Question], seconds: float, workers: int) -> Iterator[bool]:
    """For each question, in order: does one of its expectations not hold any more?

    `seconds` is how long all expectations take without a change.
    """
    limit = _PATIENCE * seconds + 2
    answers: dict[int, bool] = {}
    running: dict[int, int] = {}
    asked, told = 0, 0
    last = time.monotonic()
    while told < len(questions):
        while asked < len(questions) and len(running) < workers:
            running[_begin(questions[asked], limit)] = asked
            asked += 1
        child, status = os.wait()
        answers[running.pop(child)] = status != 0
        while told in answers:
            yield answers.pop(told)
            told += 1
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            sys.stderr.write(f"mutate-policy: {told} of {len(questions)}\n")


def _begin(question: Question, limit: float) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit)
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
