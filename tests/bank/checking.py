"""What catches a defect: a law or the oracle in random worlds, a row of a table, a scenario, a recording, a
test.

Law: a check that catches says from which seed on, or that it does; nothing here is caught by anything but the
check that is named. Run without a defect, every one of them is silent.
"""

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from executus.events import Event
from executus.transcript import Recorder
from interpreters.files import load
from specs.conformance import judge, scenario
from tests.bank.defects import SEARCHED, Check
from tests.bank.searching import searched
from tests.fuzz.targets import CORPUS, TARGETS
from tests.scripted import in_memory, on_a_loop
from tests.tables import TABLES, rows

ROOT = TABLES.parents[1]

MOST_EVENTS = 5000
"""No honest scenario has more."""

ELSEWHERE = {
    "calls": "tests.executus.machines.test_calls",
    "critic": "tests.executus.rules.test_deadlines",
    "defaults": "tests.executus.test_agent",
    "failures": "tests.executus.test_failures",
    "spans": "tests.executus.test_spans",
}
"""Tables that another module reads than the one of their name."""


def catches(check: Check) -> bool:
    """Does a check that looks at one thing find something wrong with it?"""
    return ALONE[check.kind](check.name)


def _scenario(name: str) -> bool:
    return _is_wrong(lambda: _judged(name, in_memory))


def _live(name: str) -> bool:
    return _is_wrong(lambda: _judged(name, lambda one: on_a_loop(one, 0)))


def _judged(name: str, play_it: Callable[[Any], Any]) -> None:
    told = scenario(name)
    with _bounded():
        played = play_it(told)
    assert judge(told, played.result, played.witness, record=not told.race) == []


@contextmanager
def _bounded() -> Iterator[None]:
    """A run that goes round and round is wrong, and comes to an end all the same."""
    feed, events = Recorder.feed, itertools.count()

    def counted(self: Recorder, event: Event) -> None:
        if next(events) > MOST_EVENTS:
            raise AssertionError("the run goes round and round")
        feed(self, event)

    Recorder.feed = counted  # type: ignore[method-assign] # put back below
    try:
        yield
    finally:
        Recorder.feed = feed  # type: ignore[method-assign]


def _row(name: str) -> bool:
    """TABLE: TEXT or TABLE/KIND: TEXT; the text is part of what stands in the row."""
    place, _, text = name.partition(": ")
    table, _, kind = place.partition("/")
    wanted = [row for row in rows(table, kind or "row") if text in written(row)]
    if not wanted:
        raise ValueError(f"no row of {place} has {text!r} in it")
    judges = list(judges_of(table))
    return any(_is_wrong(partial(test, row)) for row in wanted for test, every in judges if row in every)


def written(row: dict[str, Any]) -> str:
    return " ".join(str(row).split())


def judges_of(table: str) -> Iterator[tuple[Callable[[dict[str, Any]], None], list[dict[str, Any]]]]:
    """The tests that read rows of a table, each with the rows it reads."""
    module = importlib.import_module(ELSEWHERE.get(table, f"tests.executus.rules.test_{table}"))
    for test in vars(module).values():
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize" and mark.args[0] == "row":
                yield test, list(mark.args[1])


def _golden(name: str) -> bool:
    past = load(ROOT / "specs" / "transcripts" / f"{name}.xrec").unwrap()
    return _is_wrong(lambda: _agreed(past.divergence()))


def _agreed(divergence: object) -> None:
    assert divergence is None


def _test(name: str) -> bool:
    """PATH::NAME or PATH::CLASS::NAME, with every set of its parameters; fixtures it has none."""
    path, *names = name.split("::")
    test: Any = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    for one in names:
        test = getattr(test() if inspect.isclass(test) else test, one)
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    each = [[_named(mark.args[0], values) for values in mark.args[1]] for mark in marks]
    return any(_is_wrong(partial(test, **_merged(chosen))) for chosen in itertools.product(*each))


def _named(names: Any, values: Any) -> dict[str, Any]:
    values = getattr(values, "values", values) if type(values).__name__ == "ParameterSet" else values
    split = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    return {split[0]: values} if len(split) == 1 else dict(zip(split, values, strict=True))


def _merged(chosen: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {name: value for one in chosen for name, value in one.items()}


def _is_wrong(judge_it: Callable[[], object]) -> bool:
    try:
        found = judge_it()
        if inspect.iscoroutine(found):
            raise TypeError("this test needs a loop of pytest's")
    except (Exception, pytest.fail.Exception):
        return True
    return False


def _corpus(name: str) -> bool:
    """TARGET/CASE of tests/corpus."""
    target, _, case = name.partition("/")
    return _is_wrong(lambda: TARGETS[target]((CORPUS / target / case).read_bytes()))


ALONE: dict[str, Callable[[str], bool]] = {
    "scenario": _scenario,
    "live": _live,
    "row": _row,
    "golden": _golden,
    "test": _test,
    "corpus": _corpus,
}


def caught(checks: list[Check]) -> dict[Check, int]:
    """Those of the checks that catch something: with the worlds that took, 0 for one that needs none."""
    found = searched([check for check in checks if check.kind in SEARCHED])
    alone = [check for check in checks if check.kind not in SEARCHED]
    return found | {check: 0 for check in alone if catches(check)}
