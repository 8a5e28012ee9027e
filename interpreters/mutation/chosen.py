"""How mutmut's runner runs the tests of one mutant: the files they stand in are collected, then they are picked.

Stock mutmut names each test on pytest's command line, and pytest doesn't find some of them: in a second session of
one process a backslash in a parameter is spelled in another way. That is an error, an error is a failed test, and
every mutant of the function counts as killed.
"""

import re
import traceback
from collections.abc import Iterable
from typing import Any

import pytest
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd

SUSPICIOUS = 35
"""mutmut's code for an outcome that says nothing about the mutant."""


class Chosen:
    """A plugin of pytest: only these tests, in this order."""

    def __init__(self, names: Iterable[str]) -> None:
        self._places = {_plain(name): place for place, name in enumerate(names)}
        self.missing: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out all others; note those that aren't there."""
        found = [(self._places.get(_plain(item.nodeid)), item) for item in items]
        items[:] = [item for _, item in sorted(((at, one) for at, one in found if at is not None), key=_first)]
        self.missing = self._places.keys() - {_plain(item.nodeid) for item in items}


def run_tests(self: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """The exit code of pytest for these tests, for all that are configured if there are none."""
    names = list(tests)
    chosen = Chosen(names)
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    selection: list[str] = list(files) or vars(self)["_pytest_add_cli_args_test_selection"]
    plugins: list[Any] = [chosen] if names else []
    try:
        with change_cwd("mutants"):
            code = int(self.execute_pytest(["-x", "-q", "-p", "no:randomly", *selection], plugins=plugins))
    except Exception:  # mutmut's own loop would catch it in this process, which is the mutant's, and go on.
        traceback.print_exc()
        return SUSPICIOUS
    return SUSPICIOUS if chosen.missing else code


def _plain(name: str) -> str:
    return re.sub(r"\\+", r"\\", name)


def _first(pair: tuple[int, pytest.Item]) -> int:
    return pair[0]
