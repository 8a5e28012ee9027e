"""What mutmut has made and found, read from its own files: each mutant, its difference, and what became of it.

Law: nothing is left out. mutmut's summary has no word for mutants it didn't check or that only a type checker
caught, and it makes none at all of a decorated function; all of them are told here.
"""

import ast
import difflib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("mutants")

_VERDICTS: dict[int | None, str] = {
    None: "not_checked",
    0: "survived",
    1: "killed",
    2: "interrupted",
    3: "killed",
    5: "no_tests",
    33: "no_tests",
    34: "skipped",
    35: "suspicious",
    36: "timeout",
    37: "caught_by_type_check",
    **dict.fromkeys((24, -24, 152, 255, -9), "timeout"),
    -11: "segfault",
}
_SEPARATOR = "ǁ"
"""What mutmut puts between a class and its method."""


@dataclass(frozen=True)
class Mutant:
    """One mutant. `key` names function and difference, so it stays the same when other mutants come and go.

    `kind` is "control" if nothing is changed, "wording" if only the text of a string is, else "semantic".
    """

    name: str
    key: str
    function: str
    kind: str
    verdict: str
    difference: str


def mutants(folder: Path = FOLDER) -> list[Mutant]:
    """All mutants that mutmut has made in this folder, file by file."""
    found: list[Mutant] = []
    for meta in sorted(folder.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        sources = _functions(meta.with_name(meta.name.removesuffix(".meta")))
        found += [_mutant(name, code, sources) for name, code in codes.items()]
    return _numbered(found)


def unseen(file: Path, module: str) -> Iterator[str]:
    """The functions of a mutated file of which mutmut makes no mutants: it leaves out whatever is decorated."""
    for prefix, node in _definitions(ast.parse(file.read_bytes())):
        plain = [ast.unparse(one) for one in node.decorator_list] in ([], ["staticmethod"], ["classmethod"])
        if not plain and not _is_idle(node):
            yield f"{module}.{prefix}{node.name}"


def _mutant(name: str, code: int | None, sources: dict[str, str]) -> Mutant:
    mangled = name.rpartition(".")[2]
    before = sources[f"{mangled.partition('__mutmut_')[0]}__mutmut_orig"]
    after = sources[mangled]
    changed = difflib.unified_diff(_lines(before), _lines(after), n=0, lineterm="")
    difference = "\n".join([line for line in changed if line[:3] not in ("+++", "---") and line[:1] in "+-"])
    kind = "control" if before == after else "wording" if _plain(before) == _plain(after) else "semantic"
    function = _readable(name)
    digest = hashlib.sha256(difference.encode()).hexdigest()[:10]
    verdict = _VERDICTS.get(code, f"exit_{code}")
    return Mutant(name, f"{function}:{digest}", function, kind, verdict, difference)


def _numbered(found: list[Mutant]) -> list[Mutant]:
    """Equal differences of one function are told apart by their order."""
    times: Counter[str] = Counter()
    numbered: list[Mutant] = []
    for one in found:
        times[one.key] += 1
        key = one.key if times[one.key] == 1 else f"{one.key}~{times[one.key]}"
        numbered.append(Mutant(one.name, key, one.function, one.kind, one.verdict, one.difference))
    return numbered


def _functions(file: Path) -> dict[str, str]:
    """The source of each function in a mutated file, by its mangled name, and under the name it had."""
    text = file.read_text("utf-8")
    lines = text.splitlines()
    found: dict[str, str] = {}
    for _, node in _definitions(ast.parse(text)):
        source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        found[node.name] = source.replace(node.name, _short(node.name), 1)
    return found


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions, and methods with their class before them."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.", one


def _is_idle(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(
        isinstance(one, ast.Pass) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )


def _lines(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines()]


def _plain(source: str) -> str:
    """The function without its wording."""
    tree = ast.parse("\n".join(["if True:", *[f" {line}" for line in source.splitlines()]]))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def _readable(name: str) -> str:
    """`a.b.x_f__mutmut_3` is `a.b.f`, and a method has its class before it."""
    module, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
    if _SEPARATOR in mangled:
        return ".".join([module, *mangled.split(_SEPARATOR)[1:]])
    return f"{module}.{mangled.removeprefix('x_')}"


def _short(mangled: str) -> str:
    """The name the function had."""
    plain = mangled.partition("__mutmut_")[0]
    return plain.rpartition(_SEPARATOR)[2] if _SEPARATOR in plain else plain.removeprefix("x_")
