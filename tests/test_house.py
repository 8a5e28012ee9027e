"""The shape of the house: small rooms, small functions, and each says what it is for."""

import ast
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from beartype.roar import BeartypeCallHintParamViolation

from executus.narrative import quote
from executus.rules.limits import cut
from executus.transition import transition
from executus.values import microseconds as span_of_core
from tests.test_layers import ROOT, modules

MOST_LINES = 250
MOST_LINES_OF_A_FUNCTION = 40

PRODUCT = [path for package in ("executus", "interpreters", "specs") for path in modules(package)]
RUN_CODE = [*PRODUCT, *modules("tests")]

every_file = pytest.mark.parametrize("path", RUN_CODE, ids=lambda path: str(path.relative_to(ROOT)))
every_room = pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))


@every_file
def test_no_room_has_two_ideas_in_it(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@every_file
def test_every_room_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes())), f"{path} doesn't say what it is for"


@every_room
def test_no_function_is_longer_than_a_thought(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= MOST_LINES_OF_A_FUNCTION, f"{path}:{node.lineno} {node.name} has {lines} lines"


@every_room
def test_what_is_public_says_what_it_does(path: Path) -> None:
    """Functions and classes of the core that others may use; methods of a protocol's implementation need not."""
    if path.parts[len(ROOT.parts)] != "executus":
        return
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or _is_told_by_its_base(node), f"{path}:{node.lineno} {node.name}"


def _is_told_by_its_base(node: ast.ClassDef) -> bool:
    """A variant of a union that its base class or its union describes."""
    return (
        bool(node.bases)
        and isinstance(node.bases[0], ast.Name)
        and node.bases[0].id in ("RunError", "Answered", "Happened", "PartDone")
    )


@every_file
def test_no_line_is_switched_off_without_a_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for word in ("# type: ignore", "# noqa", "# pyright: ignore"):
            if word in line and f'"{word}"' not in line:
                rest = line.split(word, 1)[1]
                assert "#" in rest or rest.startswith("["), f"{path}:{number} says nothing about why"


@pytest.mark.skipif(os.environ.get("EXECUTUS_CLAW") == "0", reason="the type checks are switched off")
@pytest.mark.parametrize(
    "wrong",
    [
        lambda nothing: cut(nothing, 3),
        lambda nothing: span_of_core(nothing),
        lambda nothing: transition(nothing, nothing),
        lambda nothing: quote(nothing),
    ],
)
def test_types_are_checked_while_the_tests_run(wrong: Callable[[Any], object]) -> None:
    with pytest.raises(BeartypeCallHintParamViolation):
        wrong(None)
