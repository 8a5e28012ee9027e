"""The members of the enums that a module names, read from source; nothing is imported.

Importing would load the very code that is to be mutated. A name is followed through imports and re-exports, in the
project first, then wherever Python finds modules, so that a policy of one's own may name the statuses of executus.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

_BASES = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_DEEPEST = 12
"""Imports that are followed one after another: more is a circle."""


@dataclass(frozen=True)
class _Imported:
    """A name that stands for a module, or for something in one."""

    module: str
    name: str | None


_Scope: TypeAlias = dict[str, ast.ClassDef | _Imported]


class Enums:
    """What enums there are; `roots` are the folders where modules are looked for before Python's own."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(roots)

    def members(self, path: Path, dotted: str) -> tuple[str, ...]:
        """The members of the enum that the module at `path` calls `dotted`; empty if it is no enum."""
        return self._members(path, dotted.split("."), _DEEPEST)

    def _members(self, path: Path, parts: list[str], depth: int) -> tuple[str, ...]:
        found = _scope(path).get(parts[0])
        if found is None or not depth:
            return ()
        if isinstance(found, ast.ClassDef):
            return _named(found) if len(parts) == 1 and self._is_enum(path, found, depth) else ()
        for module, rest in _readings(found, parts[1:]):
            file = self._file(module)
            if file is not None and rest:
                return self._members(file, rest, depth - 1)
        return ()

    def _is_enum(self, path: Path, node: ast.ClassDef, depth: int) -> bool:
        """Also a class whose base is one: that one has no members, or Python would refuse it."""
        for base in map(ast.unparse, node.bases):
            if base.rpartition(".")[2] in _BASES:
                return True
            own = _scope(path).get(base)
            if isinstance(own, ast.ClassDef) and own is not node and depth and self._is_enum(path, own, depth - 1):
                return True
        return False

    def _file(self, module: str) -> Path | None:
        inner = Path(*module.split("."))
        for root in (*self._roots, *map(Path, sys.path)):
            for file in (root / inner.with_suffix(".py"), root / inner / "__init__.py"):
                if file.is_file():
                    return file
        return None


def _readings(found: _Imported, rest: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each way to take it: how much of the dotted name is the module, and what is looked for in there."""
    if found.name is None:
        for count in range(len(rest) - 1, -1, -1):
            yield ".".join([found.module, *rest[:count]]), rest[count:]
    else:
        yield f"{found.module}.{found.name}", rest
        yield found.module, [found.name, *rest]


@cache
def _scope(path: Path) -> _Scope:
    """The classes a module defines, and all it imports, by the names it has for them."""
    scope: _Scope = {}
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return scope
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.partition(".")[0]
                scope[name.asname or first] = _Imported(name.name if name.asname else first, None)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            scope.update({name.asname or name.name: _Imported(module, name.name) for name in node.names})
    scope.update({node.name: node for node in tree.body if isinstance(node, ast.ClassDef)})
    return scope


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """The module's full name; for a relative import, packages are counted upwards from its file."""
    if not node.level:
        return node.module or ""
    folder = path.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    parts: list[str] = []
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join([*parts, *([node.module] if node.module else [])])


def _named(node: ast.ClassDef) -> tuple[str, ...]:
    """Its members, without those that are only another name for an earlier one."""
    values: dict[str, str] = {}
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if not isinstance(line, ast.Assign | ast.AnnAssign) or not isinstance(target, ast.Name) or not line.value:
            continue
        value = ast.dump(line.value)
        is_alias = not isinstance(line.value, ast.Call) and (
            value in values.values() or ast.unparse(line.value) in values
        )
        if not target.id.startswith("_") and not is_alias:
            values[target.id] = value
    return tuple(values)
