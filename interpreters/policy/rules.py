"""Every cell and every boundary of the rules that applies to an agent, as something else.

A cell is the member of an enum that a rule answers with, a boundary a comparison or a number. The rules are plain
functions: one gets another body, and all who call it have the changed rule.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeAlias, cast

from executus.agent import Agent
from executus.rules import deadlines, guards, limits, recovery, retry, status
from interpreters.policy.changes import Change, Site
from interpreters.policy.limits import acts, watched

_Applies: TypeAlias = Callable[[Agent], bool]
_Variant: TypeAlias = tuple[str, Callable[[ast.AST], None]]
"""What a node becomes, as text, and how."""


def _always(agent: Agent) -> bool:
    return True


def _counted(agent: Agent) -> bool:
    return agent.limits.tokens is not None or agent.limits.cost is not None


_RULES: tuple[tuple[ModuleType, str, _Applies], ...] = (
    (status, "latch status_of fate_of delivered_of", _always),
    (deadlines, "arm_preflight arm_running has_expired has_come", _always),
    (deadlines, "arm_critic _backstop _with_end due extend is_cut", watched),
    (guards, "count has_too_many_errors goes_in_circles is_at_step_limit", acts),
    (limits, "excess", _counted),
    (limits, "cut", acts),
    (retry, "after_fault _is_ours", _always),
    (recovery, "meaning", acts),
)
"""The functions that decide something a user may have an expectation of."""

_CASES: dict[str, _Applies] = {"Killed()": watched, "Overspent()": _counted}
"""Ends that only some agents can come to."""

_BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.GtE: ast.Gt,
    ast.Gt: ast.GtE,
    ast.LtE: ast.Lt,
    ast.Lt: ast.LtE,
}
_OTHER = {"min": "max", "max": "min"}
REACHED = "__executus_reached__"


@dataclass(frozen=True)
class _Place:
    """One node that can be changed, in the statement at a place in its block."""

    statement: int
    node: int
    variants: tuple[_Variant, ...]


def rule_changes(agent: Agent) -> Iterator[Change]:
    """Each cell and boundary that applies to this agent, changed to each of its neighbours."""
    for module, names, applies in _RULES:
        for name in names.split() if applies(agent) else ():
            rule = _Rule(module, name)
            for place in rule.places():
                if rule.applies(place, agent):
                    for becomes, _ in place.variants:
                        yield Change(rule.site(place), becomes, rule.changing(place, becomes))


def watch_rules(reached: Callable[[str], None]) -> None:
    """From now on `reached` hears the key of each site in the rules whose statement is executed."""
    for module, names, _ in _RULES:
        for name in names.split():
            _Rule(module, name).watch(reached)


class _Rule:
    """A function of the rules, and its source."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self._module, self._name = module, name
        self._tree = ast.parse(inspect.getsource(module))
        self._cases = {
            id(statement): ast.unparse(case.pattern)
            for case in ast.walk(self._function(self._tree))
            if isinstance(case, ast.match_case)
            for statement in case.body
        }

    def places(self) -> Iterator[_Place]:
        """In the order of the source."""
        for number, (block, index) in enumerate(_statements(self._function(self._tree))):
            for position, node in enumerate(_nodes(block[index])):
                variants = tuple(_variants(node, vars(self._module)))
                if variants:
                    yield _Place(number, position, variants)

    def applies(self, place: _Place, agent: Agent) -> bool:
        """Is it, in an end by a cause, one that the agent can come to?"""
        return _CASES.get(self._case(place), _always)(agent)

    def site(self, place: _Place) -> Site:
        case = self._case(place)
        text = _short(self._node(self._tree, place), self._statement(self._tree, place))
        name = f"{self._module.__name__.removeprefix('executus.')}.{self._name}"
        line = self._statement(self._tree, place).lineno
        where = f"{name} (line {line})" if not case else f"{name}, case {case} (line {line})"
        return Site(f"{name}:{case}{':' if case else ''}{text}", where, text)

    def changing(self, place: _Place, becomes: str) -> Callable[[], None]:
        """What makes the change: the function gets the code of a changed source."""

        def make() -> None:
            tree = deepcopy(self._tree)
            node = self._node(tree, place)
            next(change for words, change in place.variants if words == becomes)(node)
            self._install(tree)

        return make

    def watch(self, reached: Callable[[str], None]) -> None:
        """Each statement that can be changed says, before it is executed, that it is."""
        tree = deepcopy(self._tree)
        sites: dict[int, list[str]] = {}
        for place in self.places():
            sites.setdefault(place.statement, []).append(self.site(place).key)
        spots = list(_statements(self._function(tree)))
        for number in sorted(sites, reverse=True):  # From behind: what is inserted moves the rest of its block.
            block, index = spots[number]
            calls = ast.parse("; ".join(f"{REACHED}({key!r})" for key in sites[number])).body
            block[index:index] = [ast.copy_location(call, block[index]) for call in calls]
        vars(self._module)[REACHED] = reached
        self._install(tree)

    def _install(self, tree: ast.Module) -> None:
        whole = compile(ast.fix_missing_locations(tree), str(self._module.__file__), "exec")
        found = [one for one in whole.co_consts if isinstance(one, CodeType) and one.co_name == self._name]
        function = cast(FunctionType, inspect.unwrap(vars(self._module)[self._name]))
        function.__code__ = found[0]

    def _function(self, tree: ast.Module) -> ast.FunctionDef:
        return next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == self._name)

    def _statement(self, tree: ast.Module, place: _Place) -> ast.stmt:
        block, index = list(_statements(self._function(tree)))[place.statement]
        return block[index]

    def _node(self, tree: ast.Module, place: _Place) -> ast.AST:
        return list(_nodes(self._statement(tree, place)))[place.node]

    def _case(self, place: _Place) -> str:
        return self._cases.get(id(self._statement(self._tree, place)), "")


def _statements(function: ast.FunctionDef) -> Iterator[tuple[list[ast.stmt], int]]:
    """Every statement of the function: its block, and its place in there."""
    for node in ast.walk(function):
        for name in () if isinstance(node, ast.IfExp | ast.Lambda) else ("body", "orelse", "finalbody"):
            block: list[ast.stmt] = getattr(node, name, [])
            yield from ((block, index) for index in range(len(block)))


def _nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """What stands in the statement itself, without the statements and patterns inside.

    Nor what stands in for something that is missing, as in `used.cost or 0`: that is no bound.
    """
    for child in ast.iter_child_nodes(statement):
        found = child.guard if isinstance(child, ast.match_case) else child
        if isinstance(found, ast.expr):
            every = list(ast.walk(found))
            stand_ins = {id(value) for node in every if isinstance(node, ast.BoolOp) for value in node.values}
            yield from (node for node in every if not (isinstance(node, ast.Constant) and id(node) in stand_ins))


def _variants(node: ast.AST, known: dict[str, Any]) -> Iterator[_Variant]:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=member):
            enum = known.get(name)
            if isinstance(enum, type) and issubclass(enum, Enum) and member in enum.__members__:
                others = [other for other in enum.__members__ if other != member]
                yield from ((f"{name}.{other}", _set("attr", other)) for other in others)
        case ast.Compare(ops=operators):
            for index, operator in enumerate(operators):
                other = _BOUNDARY.get(type(operator))
                if other is not None:
                    yield _compared(node, index, other), _operator(index, other)
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            near = (value + 1, value - 1) if value > 0 else (value + 1,)
            yield from ((str(other), _set("value", other)) for other in near)
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER:
            yield f"{_OTHER[name]}(…)", _called(_OTHER[name])
        case _:
            return


def _set(field: str, value: object) -> Callable[[ast.AST], None]:
    return lambda node: setattr(node, field, value)


def _operator(index: int, other: type[ast.cmpop]) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        cast(ast.Compare, node).ops[index] = other()

    return change


def _called(name: str) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        cast(ast.Name, cast(ast.Call, node).func).id = name

    return change


def _compared(node: ast.Compare, index: int, other: type[ast.cmpop]) -> str:
    copy = deepcopy(node)
    copy.ops[index] = other()
    return ast.unparse(copy)


def _short(node: ast.AST, statement: ast.stmt) -> str:
    """The node as it is written; a number alone says too little, so its statement stands around it."""
    text = ast.unparse(node)
    if isinstance(node, ast.Constant):
        return f"{text} in {ast.unparse(statement).splitlines()[0]}"
    return text
