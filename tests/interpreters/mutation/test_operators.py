"""Each operator on a line it changes and on one it leaves alone; and that mutmut really uses them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from interpreters.mutation import operators as op
from interpreters.mutation.members import Enums
from tests.test_layers import ROOT


def changed(operator: Callable[[Any], Iterator[cst.CSTNode]], kind: type[cst.CSTNode], text: str) -> list[str]:
    """What the operator makes of this text, at each node of its kind."""
    module = cst.parse_module(text)
    found = [one for one in _nodes(module) if isinstance(one, kind)]
    return [module.deep_replace(one, other).code for one in found for other in operator(one)]  # type: ignore[attr-defined]  # It is a module.


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


MATCH = """match x:
    case A() | B() | C():
        a()
    case D():
        b()
    case _:
        b()
"""


@pytest.mark.parametrize(
    ("operator", "kind", "text", "becomes"),
    [
        (op.turned_condition, cst.If, "if a: b", ["if not (a): b"]),
        (op.turned_condition, cst.If, "if(a or b): c", ["if not (a or b): c"]),
        (op.turned_condition, cst.If, "if a < b: c", ["if not (a < b): c"]),
        (op.turned_condition, cst.If, "if a < b < c: d", ["if not (a < b < c): d"]),
        (op.turned_condition, cst.If, "if not a: b", []),
        (op.turned_condition, cst.If, "if a is b: c", []),
        (op.turned_condition, cst.If, "if a == b: c", []),
        (op.returned_none, cst.Return, "return(a)", ["return None"]),
        (op.returned_none, cst.Return, "return True", ["return None"]),
        (op.returned_none, cst.Return, "return", []),
        (op.returned_none, cst.Return, "return None", []),
        (op.returned_none, cst.Return, "return False", []),
        (op.turned_comparison, cst.ComparisonTarget, "a < b", ["a > b"]),
        (op.turned_comparison, cst.ComparisonTarget, "a >= b", ["a <= b"]),
        (op.turned_comparison, cst.ComparisonTarget, "a == b", []),
        (op.one_side, cst.BooleanOperation, "x = a and b", ["x = a", "x = b"]),
        (op.one_side, cst.BooleanOperation, "x = (a or\n b)", ["x = (a)", "x = (b)"]),
        (op.one_less, cst.Integer, "x = 3", ["x = 2"]),
        (op.one_less, cst.Integer, "x = 0", []),
        (op.the_other_of_two, cst.Call, "min(a, b)", ["max(a, b)"]),
        (op.the_other_of_two, cst.Call, "any(a)", ["all(a)"]),
        (op.the_other_of_two, cst.Call, "a.min(b)", []),
        (op.deleted, cst.SimpleStatementLine, "a.append(b)", ["pass"]),
        (op.deleted, cst.SimpleStatementLine, "a.b = c", ["pass"]),
        (op.deleted, cst.SimpleStatementLine, "a += c", ["pass"]),
        (op.deleted, cst.SimpleStatementLine, "raise a", ["pass"]),
        (op.deleted, cst.SimpleStatementLine, "a = c", []),
        (op.deleted, cst.SimpleStatementLine, '"""words"""', []),
        (op.unchanged, cst.FunctionDef, "def f():\n    a()\n", ["def f():\n    a()\n"]),
        (op.unchanged, cst.FunctionDef, 'def f():\n    """Words."""\n', []),
        (op.unchanged, cst.FunctionDef, "def f(): ...\n", []),
        (
            op.without_an_alternative,
            cst.MatchOr,
            MATCH,
            [MATCH.replace("A() | B() | C()", rest) for rest in ("B() | C()", "A() | C()", "A() | B()")],
        ),
        (
            op.without_an_alternative,
            cst.MatchOr,
            MATCH.replace(" | C()", ""),
            [MATCH.replace("A() | B() | C()", rest) for rest in ("B()", "A()")],
        ),
        (
            op.with_bodies_swapped,
            cst.Match,
            MATCH,
            [MATCH.replace("a()", "x()", 1).replace("b()", "a()", 1).replace("x()", "b()", 1)],
        ),
    ],
)
def test_it_changes_this_and_nothing_else(
    operator: Callable[[Any], Iterator[cst.CSTNode]], kind: type[cst.CSTNode], text: str, becomes: list[str]
) -> None:
    assert changed(operator, kind, text) == becomes
    for one in becomes:
        cst.parse_module(one)


def test_every_operator_is_tried_here() -> None:
    listed = {
        operator.__name__ for _, operator in op.operators(op.EnumSwap(Enums([]))) if hasattr(operator, "__name__")
    }
    tried = {case[0].__name__ for case in test_it_changes_this_and_nothing_else.pytestmark[0].args[1]}  # type: ignore[attr-defined]  # pytest adds it.
    assert tried == listed


def test_a_status_becomes_every_other_one(tmp_path: Path) -> None:
    (tmp_path / "policy.py").write_text("from executus import Status\nimport executus.rules.deadlines as rule\n")
    swap = op.EnumSwap(Enums([ROOT]))
    swap.enter(tmp_path / "policy.py")
    names = ["OK", "DRY_RUN", "ERROR", "BUDGET_EXCEEDED", "TIMEOUT", "KILLED", "CANCELLED"]
    others = {f"Status.{name}" for name in names if name != "KILLED"}
    assert set(changed(swap, cst.Attribute, "Status.KILLED")) == others
    assert len(changed(swap, cst.Attribute, "rule.Owner.CEILING")) == 3
    assert changed(swap, cst.Attribute, "Status.NOTHING") == []
    assert changed(swap, cst.Attribute, "other.KILLED") == []
    assert changed(swap, cst.Attribute, "f(x).KILLED") == []


def test_of_a_large_enum_only_some_members_are_tried(tmp_path: Path) -> None:
    members = "\n".join(f"    M{number} = {number}" for number in range(30))
    (tmp_path / "many.py").write_text(f"from enum import Enum\nclass Many(Enum):\n{members}\n", "utf-8")
    swap = op.EnumSwap(Enums([]))
    swap.enter(tmp_path / "many.py")
    found = changed(swap, cst.Attribute, "Many.M28")
    assert found == ["Many.M29", *[f"Many.M{number}" for number in range(9)]]


IN_MUTMUT = """
import sys
from pathlib import Path
from interpreters.mutation import patched
patched.install()
patched._forget()
from mutmut.mutation.file_mutation import mutate_file_contents
path = Path("executus/rules/status.py")
made = mutate_file_contents(str(path), path.read_text("utf-8")).code
assert "case Killed():\\n            return Status.TIMEOUT" in made
assert "return Fate.KEEP if not" not in made
assert "executus.rules.status" not in sys.modules
assert "interpreters" not in sys.modules
patched.EFFECTS["nothing at all"] = "there is no such text"
print(patched.without_effect())
"""


def test_mutmut_calls_a_kill_a_timeout_in_the_rules_and_the_rules_are_not_loaded_for_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_MUTMUT], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ)
    )
    assert (done.stdout, done.stderr) == ("['nothing at all']\n", "")


def test_an_operator_without_effect_is_a_failure_of_the_gate() -> None:
    code = (
        "from interpreters.mutation import operators, patched\n"
        "operators.turned_condition.__code__ = (lambda node: (yield from ())).__code__\n"
        "patched.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 1
    assert done.stderr == "this mutmut doesn't make: a turned condition\n"
