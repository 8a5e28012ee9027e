"""Plants a defect in the running code: a patch of source text, compiled, and put in place of what it changes.

Law: a patch changes exactly what its text changes, everywhere it is used, and is gone without a trace
afterwards. A text that isn't there, or stands there twice, is an `Unplantable` that says so: a refactoring must
keep the bank alive.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


class Unplantable(Exception):
    """The patch does not apply to the code of today, or changes what can't be changed in place."""


@contextmanager
def planted(texts: dict[str, list[tuple[str, str]]]) -> Iterator[None]:
    """The code of files (paths from the root) with each text replaced by the one beside it. Raises Unplantable."""
    with ExitStack() as undone:
        for file, patches in texts.items():
            source = patched = (ROOT / file).read_text("utf-8")
            for before, after in patches:
                patched = replaced(patched, before, after, file)
            module = importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
            for change in _changes(source, patched, file):
                _put(module, change, _codes(patched, file), undone, file)
        yield


def replaced(source: str, before: str, after: str, file: str) -> str:
    """The source with the one place that reads `before` reading `after` instead. Raises Unplantable."""
    count = source.count(before)
    if count != 1:
        times = "isn't there any more" if count == 0 else f"stands there {count} times"
        raise Unplantable(f"{file}: the patch no longer applies, its text {times}: {before!r}")
    if before == after:
        raise Unplantable(f"{file}: the patch changes nothing: {before!r}")
    return source.replace(before, after)


def _changes(source: str, patched: str, file: str) -> list[ast.stmt | tuple[str, ...]]:
    """What differs: names of functions, from the module down, and whole statements of the module."""
    try:
        old, new = ast.parse(source), ast.parse(patched)
    except SyntaxError as error:
        raise Unplantable(f"{file}: with the patch it is no Python: {error}") from None
    before, after = _without_imports(old), _without_imports(new)
    if len(before) != len(after):
        raise Unplantable(f"{file}: a patch may change statements of the module, but not add or drop any")
    known = {ast.dump(one) for one in old.body}
    found: list[ast.stmt | tuple[str, ...]] = [
        one for one in new.body if isinstance(one, ast.ImportFrom) and ast.dump(one) not in known
    ]
    for left, right in zip(before, after, strict=True):
        found += _different(left, right, (), file)
    if not found:
        raise Unplantable(f"{file}: the patch changes nothing that is run")
    return found


def _without_imports(tree: ast.Module) -> list[ast.stmt]:
    return [one for one in tree.body if not isinstance(one, ast.ImportFrom)]


def _different(left: Any, right: Any, above: tuple[str, ...], file: str) -> list[ast.stmt | tuple[str, ...]]:
    if ast.dump(left) == ast.dump(right):
        return []
    is_function = isinstance(left, ast.FunctionDef | ast.AsyncFunctionDef) and type(left) is type(right)
    if is_function and left.name == right.name and ast.dump(left.args) == ast.dump(right.args):
        return [(*above, left.name)]
    if isinstance(left, ast.ClassDef) and isinstance(right, ast.ClassDef) and len(left.body) == len(right.body):
        pairs = zip(left.body, right.body, strict=True)
        return [one for old, new in pairs for one in _different(old, new, (*above, left.name), file)]
    if not above and isinstance(right, ast.Assign | ast.AnnAssign) and type(left) is type(right):
        return [right]
    raise Unplantable(f"{file}:{left.lineno}: only bodies of functions and values of the module can be changed")


def _codes(source: str, file: str) -> dict[str, CodeType]:
    """The code of every function, by its qualified name."""
    todo, found = [compile(source, file, "exec")], dict[str, CodeType]()
    while todo:
        code = todo.pop()
        found.setdefault(code.co_qualname, code)
        todo += [one for one in code.co_consts if isinstance(one, CodeType)]
    return found


def _put(module: ModuleType, change: Any, codes: dict[str, CodeType], undone: ExitStack, file: str) -> None:
    if isinstance(change, tuple):
        function = _function(module, change, file)
        code = codes[".".join(change)]
        if len(code.co_freevars) != len(function.__code__.co_freevars):
            raise Unplantable(f"{file}: {'.'.join(change)} sees other variables around it with the patch")
        undone.callback(setattr, function, "__code__", function.__code__)
        function.__code__ = code
        return
    if isinstance(change, ast.ImportFrom):
        _import(module, change, undone)
        return
    target = change.targets[0] if isinstance(change, ast.Assign) else change.target
    space = dict(vars(module))
    exec(compile(ast.Module([change], []), file, "exec"), space)  # The bank's own text, in a copy of the module.
    _set_everywhere(target.id, getattr(module, target.id), space[target.id], undone)


def _import(module: ModuleType, change: ast.ImportFrom, undone: ExitStack) -> None:
    """More names for the module to see."""
    for name in change.names:
        if name.name not in vars(module):
            found = getattr(importlib.import_module(change.module or ""), name.name)
            undone.callback(delattr, module, name.name)
            setattr(module, name.name, found)


def _function(module: ModuleType, names: tuple[str, ...], file: str) -> FunctionType:
    """The function itself, below whatever it is wrapped in: others hold the wrapper already."""
    found: Any = module
    for name in names:
        found = vars(found)[name]
        found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        if not hasattr(found, "__wrapped__"):
            raise Unplantable(f"{file}: {'.'.join(names)} is no function that can be changed: {found!r}")
        found = found.__wrapped__
    return found


def _set_everywhere(name: str, old: object, new: object, undone: ExitStack) -> None:
    """In the module and wherever it was imported by this name."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] not in ("executus", "interpreters", "specs", "tests"):
            continue
        if vars(module).get(name, undone) is old:
            undone.callback(setattr, module, name, old)
            setattr(module, name, new)
