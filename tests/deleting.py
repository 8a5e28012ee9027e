"""Takes every single statement out of the rules, one at a time: the rules' tests must fail each time.

`python -m tests.deleting` does it for all of executus/rules and prints so many of so many; `--tests` says which
tests must notice. Docstrings are no statements here. Law: with nothing taken out the same tests, run in the same
way, pass.
"""

import argparse
import ast
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).parents[1]
RULES = ROOT / "executus" / "rules"
TESTS = ROOT / "tests" / "executus" / "rules"

LONGEST = 120
"""Seconds for one child; a deletion that makes the rules run for ever is not noticed by a test."""

_LOADED_ONCE = (
    "hypothesis",
    "hypothesis.strategies",
    "hypothesis.internal.conjecture.engine",
    "msgspec",
    "returns",
)
"""What every child needs and no deletion can change."""

_OPTIONS = (
    "-x", "-q", "-n0", "-p", "no:cacheprovider", "--hypothesis-profile=mutation",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip

_UNREAD = 20
"""A test file that can't be imported any more: the statement was needed for that."""

_NOTICED = {1: "a test fails", _UNREAD: "the tests can't be imported"}


@dataclass(frozen=True)
class Deletion:
    """A statement, and its file without it. `line` 0 takes nothing out."""

    path: Path
    line: int
    text: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.text}"


def deletions(path: Path) -> Iterator[Deletion]:
    """The file as it is, then each statement taken out, from top to bottom."""
    source = path.read_text("utf-8")
    yield Deletion(path, 0, "nothing", compile(source, str(path), "exec"))
    for number in range(len(list(_statements(ast.parse(source))))):
        tree = ast.parse(source)
        block, index = list(_statements(tree))[number]
        (taken,) = block[index : index + 1]
        block[index : index + 1] = [] if len(block) > 1 else [ast.copy_location(ast.Pass(), taken)]
        text = ast.unparse(taken).splitlines()[0]
        yield Deletion(path, taken.lineno, text, compile(tree, str(path), "exec"))


def _statements(tree: ast.AST) -> Iterator[tuple[list[ast.stmt], int]]:
    """Where each statement stands: its block, and its place in there."""
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield from ((block, index) for index, one in enumerate(block) if not _is_words(one))


def _is_words(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


class _Without(importlib.machinery.SourceFileLoader):
    """Loads what is left of a module."""

    def __init__(self, name: str, deletion: Deletion) -> None:
        super().__init__(name, str(deletion.path))
        self._code = deletion.code

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    @classmethod
    def installed(cls, deletion: Deletion) -> None:
        """From now on an import of that module gets what is left of it."""
        name = ".".join(deletion.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

        class Finder(importlib.machinery.PathFinder):
            @classmethod
            def find_spec(cls, fullname, path=None, target=None):  # type: ignore[no-untyped-def,override]  # As its base.
                if fullname == name:
                    return importlib.util.spec_from_file_location(
                        name, deletion.path, loader=_Without(name, deletion)
                    )
                return None

        sys.meta_path.insert(0, Finder)


class _Unread:
    """A plugin of pytest: was there a file that could not be imported?"""

    found = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.found |= report.failed


def begin(deletion: Deletion, tests: Sequence[str]) -> int:
    """A child that runs the tests without that statement; its process id."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        signal.alarm(LONGEST)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        assert not [name for name in sys.modules if name.partition(".")[0] == "executus"], "loaded too early"
        _Without.installed(deletion)
        unread = _Unread()
        code = int(pytest.main([*_OPTIONS, *tests], plugins=[unread]))
        code = _UNREAD if unread.found else code
    finally:
        os._exit(code)


def results(every: Sequence[Deletion], tests: Sequence[str], workers: int) -> Iterator[tuple[Deletion, int]]:
    """Each deletion with the exit code of its tests, as they come; progress goes to stderr."""
    waiting, running, told = list(reversed(every)), dict[int, Deletion](), time.monotonic()
    while waiting or running:
        while waiting and len(running) < workers:
            deletion = waiting.pop()
            running[begin(deletion, _nearest_first(deletion, tests))] = deletion
        child, status = os.wait()
        yield running.pop(child), os.waitstatus_to_exitcode(status)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            sys.stderr.write(f"deleting: {len(every) - len(waiting) - len(running)} of {len(every)}\n")


def _nearest_first(deletion: Deletion, tests: Sequence[str]) -> list[str]:
    """The tests of the file itself before all others, so that most are noticed at once."""
    return sorted(tests, key=lambda test: not test.endswith(f"test_{deletion.path.stem}.py"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: every deletion was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.deleting", description=str(__doc__))
    parser.add_argument("files", nargs="*", type=Path, help="files of executus; default: all of executus/rules")
    parser.add_argument("--tests", nargs="*", type=Path, help="test files; default: all of tests/executus/rules")
    parser.add_argument("--workers", type=int, default=2, help="processes at work at once; default 2")
    given = parser.parse_args(arguments)
    os.environ["EXECUTUS_CLAW"] = "0"  # A type check that fails is no test that does.
    os.chdir(ROOT)
    for name in _LOADED_ONCE:
        importlib.import_module(name)
    files = given.files or sorted(RULES.glob("*.py"))
    tests = [str(test) for test in given.tests or sorted(TESTS.glob("test_*.py"))]
    every = [one for file in files for one in deletions(file.resolve())]
    return _told(results(every, tests, given.workers))


def _told(found: Iterator[tuple[Deletion, int]]) -> int:
    noticed: Counter[str] = Counter()
    wrong: list[str] = []
    count = 0
    for deletion, code in found:
        count += deletion.line > 0
        if not deletion.line:
            wrong += [f"{deletion.path.relative_to(ROOT)}: the tests fail as it is ({code})"] if code else []
        elif code in _NOTICED:
            noticed[_NOTICED[code]] += 1
        else:
            wrong.append(f"{deletion}: {'nothing fails' if not code else f'exit code {code}'}")
    print(*sorted(wrong), sep="\n", end="\n" if wrong else "")
    how = ", ".join(f"{times} times {what}" for what, times in sorted(noticed.items()))
    print(f"{noticed.total()} of {count} deleted statements are noticed ({how})")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
