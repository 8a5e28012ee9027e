"""How the tests of one mutant are run: all tests are collected once, and each mutant's process picks its own.

Stock mutmut starts pytest anew for each mutant, with each test named on its command line. That is slow, and pytest
doesn't find some of them: in a second session of one process a backslash in a parameter is spelled in another way.
That is an error, an error is a failed test, and every mutant of the function counts as killed. A plain function
needs no pytest at all: it is called.
"""

import inspect
import io
import os
import re
import signal
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any

import pytest
from _pytest.config import Config, _prepareconfig  # pyright: ignore[reportPrivateUsage]  # As below.
from mutmut.mutation import trampoline
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkRunner

PASSED, FAILED, SUSPICIOUS = 0, 1, 35
"""mutmut's codes; the last is for an outcome that says nothing about the mutant."""

LIMIT = "EXECUTUS_TEST_CPU"
"""The environment variable that says how many seconds of its own a test may compute before it has failed.

For code that goes round until it is told to stop: where a change keeps it from that, every test of it would hang.
None by default, and never by the wall's clock: a machine that is slow must not kill a mutant.
"""

_OPTIONS = ("--rootdir=.", "--tb=native", "-x", "-q", "-s", "-p", "no:randomly")


class _Collected:
    """The tests of this process and its children, once they are collected."""

    items: dict[str, pytest.Item] | None = None


def startup(self: ForkRunner) -> None:
    """Before the first mutant is tried: collect what all of them need."""
    runner = vars(self.test_runner)
    selection: list[str] = runner["_pytest_add_cli_args_test_selection"]
    with change_cwd("mutants"), redirect_stdout(io.StringIO()):
        config = _prepareconfig([*_OPTIONS, *selection, *runner["_pytest_add_cli_args"]])
        _Collected.items = {_plain(item.nodeid): item for item in _session(config).items}
    _STOCK_STARTUP(self)


_STOCK_STARTUP = ForkRunner.startup


def run_tests(self: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """0 if these tests pass, 1 if one fails; of all that are configured if there are none."""
    names = list(tests)
    if mutant_name:  # Each call of a mutated function asks, and the environment answers slowly.
        trampoline.get_mutant_under_test = partial(str, mutant_name)
    try:
        with change_cwd("mutants"):
            if _Collected.items is None or not names:
                return int(self.execute_pytest(["-x", "-q", "-p", "no:randomly", *(names or _configured(self))]))
            return _picked([_Collected.items.get(_plain(name)) for name in names])
    except Exception:  # mutmut's own loop would catch it in this process, which is the mutant's, and go on.
        traceback.print_exc()
        return SUSPICIOUS


def _picked(items: list[pytest.Item | None]) -> int:
    """Run them one after the other, up to the first that fails; those that take pytest come last."""
    found = [item for item in items if item is not None]
    if len(found) < len(items):
        return SUSPICIOUS
    left: list[pytest.Item] = []
    for item in found:
        test = _plain_function(item)
        if test is None:
            left.append(item)
        elif not _passes(test):
            return FAILED
    return _by_pytest(left) if left else PASSED


def _plain_function(item: pytest.Item) -> Callable[[], object] | None:
    """The test, if it is a function that takes nothing but its parameters."""
    if type(item) is not pytest.Function or inspect.iscoroutinefunction(item.obj):
        return None
    given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    marks = {mark.name for mark in item.iter_markers()} - {"parametrize", "filterwarnings", "xdist_group"}
    if marks or not given.keys() >= set(item.fixturenames):
        return None
    return partial(item.obj if item.cls is None else getattr(item.cls(), item.originalname), **given)


def _passes(test: Callable[[], object]) -> bool:
    try:
        with _limited():
            test()
    except pytest.skip.Exception:
        return True
    except KeyboardInterrupt:
        raise
    except BaseException:  # What a failed test raises is no Exception: pytest.fail, or a mutant that exits.
        return False
    return True


@contextmanager
def _limited() -> Generator[None, None, None]:
    signal.signal(signal.SIGVTALRM, _endless)
    signal.setitimer(signal.ITIMER_VIRTUAL, float(os.environ.get(LIMIT, "0")))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _endless(*_: object) -> None:
    raise BaseException("this test has no end")


def _by_pytest(items: list[pytest.Item]) -> int:
    session = items[0].session
    for item, following in zip(items, [*items[1:], None], strict=True):
        with _limited():
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return FAILED
    return PASSED


def _session(config: Config) -> pytest.Session:
    """A session in which everything is collected and nothing has run."""
    configure: Any = config._do_configure  # pyright: ignore[reportPrivateUsage]  # Nothing public keeps one open.
    configure()
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    config.hook.pytest_collection(session=session)
    if session.testsfailed:
        raise RuntimeError("the tests can't be collected a second time")
    return session


def _configured(runner: PytestRunner) -> list[str]:
    selection: list[str] = vars(runner)["_pytest_add_cli_args_test_selection"]
    return selection


def _plain(name: str) -> str:
    return re.sub(r"\\+", r"\\", name)
