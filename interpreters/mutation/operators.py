"""Mutations that stock mutmut doesn't make, each on one node of libcst: how a rule may be wrong and look right.

Stock mutmut never calls a kill a timeout, never turns an `if` round, never changes what is returned: a test that
only asks whether there is a status passes its gate. One mutation that changes nothing is made for each function,
too: the tests must not notice it, or what they notice is not the mutation.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import libcst as cst
import libcst.matchers as m

from interpreters.mutation.members import Enums

Operator: TypeAlias = tuple[type[cst.CSTNode], Callable[[Any], Iterator[cst.CSTNode]]]

_MOST_OTHERS = 10
"""Members tried instead of one: an enum of a hundred is not tried through."""

_TURNED: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.GreaterThan,
    cst.GreaterThan: cst.LessThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.LessThanEqual,
}
_OTHER_CALL = {"min": "max", "max": "min", "any": "all", "all": "any"}
_DONE_BY_STOCK = (cst.Equal, cst.NotEqual, cst.Is, cst.IsNot, cst.In, cst.NotIn)
"""Comparisons that stock mutmut turns into their opposite."""


class EnumSwap:
    """Every other member of the enum: `Status.KILLED` becomes `Status.TIMEOUT`, and so on."""

    def __init__(self, enums: Enums) -> None:
        self._enums = enums
        self._path = Path()

    def enter(self, path: Path) -> None:
        """From now on the nodes are those of this file."""
        self._path = path

    def __call__(self, node: cst.Attribute) -> Iterator[cst.CSTNode]:
        dotted = _dotted(node.value)
        members = self._enums.members(self._path, dotted) if dotted else ()
        if node.attr.value not in members:
            return
        at = members.index(node.attr.value)
        for other in (*members[at + 1 :], *members[:at])[:_MOST_OTHERS]:
            yield node.with_changes(attr=cst.Name(other))


def operators(swap: EnumSwap) -> list[Operator]:
    """All of them; the one that changes nothing comes first."""
    return [
        (cst.FunctionDef, unchanged),
        (cst.Attribute, swap),
        (cst.If, turned_condition),
        (cst.Return, returned_none),
        (cst.MatchOr, without_an_alternative),
        (cst.Match, with_bodies_swapped),
        (cst.ComparisonTarget, turned_comparison),
        (cst.BooleanOperation, one_side),
        (cst.Integer, one_less),
        (cst.Call, the_other_of_two),
        (cst.SimpleStatementLine, deleted),
    ]


def unchanged(node: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """The function as it is, unless there is nothing in it that could be tested."""
    if any(not _is_idle(line) for line in node.body.body):
        yield node


def turned_condition(node: cst.If) -> Iterator[cst.CSTNode]:
    """`if a:` becomes `if not (a):`."""
    match node.test:
        case cst.UnaryOperation(operator=cst.Not()):
            return
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=operator)]):
            if isinstance(operator, _DONE_BY_STOCK):
                return
        case _:
            pass
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    space = cst.SimpleWhitespace(" ")
    negated = cst.UnaryOperation(operator=cst.Not(), expression=test)
    yield node.with_changes(test=negated, whitespace_before_test=space)


def returned_none(node: cst.Return) -> Iterator[cst.CSTNode]:
    """`return a` becomes `return None`; for `return False` that would be no difference."""
    if node.value is not None and not m.matches(node.value, m.Name("None") | m.Name("False")):
        yield node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" "))


def without_an_alternative(node: cst.MatchOr) -> Iterator[cst.CSTNode]:
    """`case A() | B():` becomes `case B():`."""
    for index in range(len(node.patterns)):
        rest = [*node.patterns[:index], *node.patterns[index + 1 :]]
        rest[-1] = rest[-1].with_changes(separator=cst.MaybeSentinel.DEFAULT)
        yield node.with_changes(patterns=rest)


def with_bodies_swapped(node: cst.Match) -> Iterator[cst.CSTNode]:
    """Two cases that stand one after the other do what the other should."""
    for index, (one, two) in enumerate(zip(node.cases, node.cases[1:], strict=False)):
        if not one.body.deep_equals(two.body):
            swapped = [one.with_changes(body=two.body), two.with_changes(body=one.body)]
            yield node.with_changes(cases=[*node.cases[:index], *swapped, *node.cases[index + 2 :]])


def turned_comparison(node: cst.ComparisonTarget) -> Iterator[cst.CSTNode]:
    """`<` becomes `>`, and `<=` becomes `>=`."""
    turned = _TURNED.get(type(node.operator))
    if turned is not None:
        yield node.with_changes(operator=turned())


def one_side(node: cst.BooleanOperation) -> Iterator[cst.CSTNode]:
    """`a and b` becomes `a`, or `b`."""
    yield _in_parens_of(node, node.left)
    yield _in_parens_of(node, node.right)


def one_less(node: cst.Integer) -> Iterator[cst.CSTNode]:
    """Stock mutmut makes every number greater; smaller is another mistake."""
    if node.evaluated_value > 0:
        yield node.with_changes(value=str(node.evaluated_value - 1))


def the_other_of_two(node: cst.Call) -> Iterator[cst.CSTNode]:
    """`min` becomes `max`, `any` becomes `all`."""
    if isinstance(node.func, cst.Name) and node.func.value in _OTHER_CALL:
        yield node.with_changes(func=cst.Name(_OTHER_CALL[node.func.value]))


def deleted(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """A statement that acts becomes `pass`; what is returned or bound has mutations of its own."""
    (*_, line) = node.body
    acts = isinstance(line, cst.Expr | cst.Raise | cst.Assert | cst.Del | cst.AugAssign)
    if isinstance(line, cst.Assign):
        acts = any(not isinstance(target.target, cst.Name) for target in line.targets)
    if acts and not _is_idle(node):
        yield node.with_changes(body=[cst.Pass()])


def _is_idle(line: cst.CSTNode) -> bool:
    """A docstring, `...` or `pass`, also on the line of its `def`."""
    if isinstance(line, cst.SimpleStatementLine):
        return all(map(_is_idle, line.body))
    idle = m.Pass() | m.Expr(m.SimpleString()) | m.Expr(m.ConcatenatedString()) | m.Expr(m.Ellipsis())
    return m.matches(line, idle)


def _in_parens_of(whole: cst.BaseExpression, part: cst.BaseExpression) -> cst.CSTNode:
    """The part where the whole stood, with the parentheses that held the whole together."""
    return part.with_changes(lpar=[*whole.lpar, *part.lpar], rpar=[*part.rpar, *whole.rpar])


def _dotted(node: cst.CSTNode) -> str:
    """`a.b.c` as it is written; empty where it is no plain name."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""
