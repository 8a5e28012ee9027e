"""pytest tests as expectations: collected once, then each asked in a child whether it still passes."""

import io
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from interpreters.policy.expectations import Expectation, Unmet

_OPTIONS = ("-q", "--no-header", "-s", "-p", "no:cacheprovider", "-p", "no:randomly")
_LAST = 12
"""Lines of what pytest says that are passed on."""


def with_tests(paths: Iterable[Path], then: Callable[[list[Expectation]], None]) -> None:
    """Call `then` with the tests in these files and folders, while pytest has them collected. Raises Unmet."""
    if not find_spec("pytest"):
        raise Unmet("the tests need pytest: pip install 'executus[mutation]'")
    import pytest

    judge = _Judge(then)
    spread = ("-n0",) if find_spec("xdist") else ()  # Other processes would not have the change.
    said = io.StringIO()
    with redirect_stdout(said):
        code = pytest.main([*_OPTIONS, *spread, *map(str, paths)], plugins=[judge])
    if judge.error is not None:
        raise judge.error
    if not judge.was_asked:
        last = " ".join(" ".join(said.getvalue().split("\n")[-_LAST:]).split())
        raise Unmet(f"pytest can't collect the tests (exit code {int(code)}): {last}")


class _Judge:
    """A plugin of pytest that asks in its own way, instead of running the tests."""

    def __init__(self, then: Callable[[list[Expectation]], None]) -> None:
        self._then = then
        self.was_asked = False
        self.error: BaseException | None = None

    def pytest_runtestloop(self, session: Any) -> bool | None:
        """pytest's own loop isn't entered: an answer ends the search for one."""
        if session.testsfailed or not session.items:
            return None
        self.was_asked = True
        try:
            self._then([_passes(session, item) for item in session.items])
        except BaseException as error:  # pytest would print it, and go on.
            self.error = error
        return True


def _passes(session: Any, item: Any) -> Expectation:
    def holds() -> bool:
        before: int = session.testsfailed
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return bool(session.testsfailed == before)

    return Expectation(item.nodeid, holds)
