"""How mutmut's runner runs the tests of one mutant, and without pytest those that need none of it.

Stock mutmut names each test on pytest's command line, and pytest doesn't find some of them: in a second session of
one process a backslash in a parameter is spelled in another way. That is an error, an error is a failed test, and
every mutant of the function counts as killed. So their files are collected, then they are picked; and a plain
function that was collected once, before the first mutant, is only called again: collecting is most of the time.
"""

import inspect
import os
import re
import signal
import traceback
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from mutmut.mutation import trampoline
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd

PASSED, FAILED, SUSPICIOUS = 0, 1, 35
"""mutmut's codes; the last is for an outcome that says nothing about the mutant."""


LIMIT = "EXECUTUS_TEST_CPU"
"""The environment variable that says how many seconds of its own a test may compute before it has failed.

For code that goes round until it is told to stop: where a change keeps it from that, every test of it would hang.
None by default, and never by the wall's clock: a machine that is slow must not kill a mutant.
"""


class Chosen:
    """A plugin of pytest: only these tests, in this order."""

    def __init__(self, names: Iterable[str]) -> None:
        self._places = {_plain(name): place for place, name in enumerate(names)}
        self.missing: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out all others; note those that aren't there."""
        found = [(self._places.get(_plain(item.nodeid)), item) for item in items]
        if self._places:
            items[:] = [item for _, item in sorted(((at, one) for at, one in found if at is not None), key=_first)]
        _collected.update({_plain(item.nodeid): item for item in items})
        self.missing = self._places.keys() - {_plain(item.nodeid) for item in items}


_collected: dict[str, pytest.Item] = {}
"""What the runs before the first mutant have collected."""


def run_tests(self: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """The exit code of pytest for these tests, for all that are configured if there are none."""
    names = list(tests)
    if mutant_name:  # Each call of a mutated function asks, and the environment answers slowly.
        trampoline.get_mutant_under_test = partial(str, mutant_name)
    try:
        with change_cwd("mutants"):
            left = _left(names) if mutant_name else names
            if left is None:
                return FAILED
            return _by_pytest(self, left) if left or not names else PASSED
    except Exception:  # mutmut's own loop would catch it in this process, which is the mutant's, and go on.
        traceback.print_exc()
        return SUSPICIOUS


def _left(names: list[str]) -> list[str] | None:
    """Those that take pytest, after all others have passed; None if one of them has failed."""
    left: list[str] = []
    for name in names:
        test = _plain_function(_collected.get(_plain(name)))
        if test is None:
            left.append(name)
        elif not _passes(test):
            return None
    return left


def _plain_function(item: pytest.Item | None) -> Callable[[], object] | None:
    """The test, if it is a function that takes nothing but its parameters."""
    if type(item) is not pytest.Function or inspect.iscoroutinefunction(item.obj):
        return None
    given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    marks = {mark.name for mark in item.iter_markers()} - {"parametrize", "filterwarnings"}
    if marks or not given.keys() >= set(item.fixturenames):
        return None
    return partial(item.obj if item.cls is None else getattr(item.cls(), item.originalname), **given)


def _passes(test: Callable[[], object]) -> bool:
    signal.signal(signal.SIGVTALRM, _endless)
    signal.setitimer(signal.ITIMER_VIRTUAL, float(os.environ.get(LIMIT, "0")))
    try:
        test()
    except pytest.skip.Exception:
        return True
    except KeyboardInterrupt:
        raise
    except BaseException:  # What a failed test raises is no Exception: pytest.fail, or a mutant that exits.
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return True


def _endless(*_: object) -> None:
    raise BaseException("this test has no end")


def _by_pytest(self: PytestRunner, names: list[str]) -> int:
    chosen = Chosen(names)
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    selection: list[str] = list(files) or vars(self)["_pytest_add_cli_args_test_selection"]
    code = int(self.execute_pytest(["-x", "-q", "-p", "no:randomly", *selection], plugins=[chosen]))
    return SUSPICIOUS if chosen.missing else code


def _plain(name: str) -> str:
    return re.sub(r"\\+", r"\\", name)


def _first(pair: tuple[int, pytest.Item]) -> int:
    return pair[0]
