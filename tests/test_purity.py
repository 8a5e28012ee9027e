"""The core is pure: nothing in it can do I/O, know the time, roll dice or wait; and it is cheap to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_layers import ROOT, imports, modules

IMPURE = {
    "aiohttp",
    "asyncio",
    "builtins",
    "concurrent",
    "ctypes",
    "http",
    "importlib",
    "interpreters",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "pickle",
    "random",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}
BUILTINS = {"__import__", "breakpoint", "compile", "eval", "exec", "globals", "id", "input", "open", "print"}
LAZY = ("aiohttp", "asyncio", "beartype", "cattrs", "logging.handlers", "random", "socket", "ssl", "interpreters")
"""What `import executus` must not bring along."""


@pytest.mark.parametrize("path", modules("executus"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_nothing_that_acts(path: Path) -> None:
    assert not {module.partition(".")[0] for module in imports(path)} & IMPURE


@pytest.mark.parametrize("path", modules("executus"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_calls_nothing_that_knows_the_time_or_acts(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_bytes())):
        assert not isinstance(node, ast.Global | ast.Nonlocal), f"{path}:{node.lineno} changes what others see"
        assert not isinstance(node, ast.Await) or path.name == "execute.py", f"{path} waits"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCKS, f"{path}:{node.lineno} asks a clock"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in BUILTINS, f"{path}:{node.lineno} calls {node.func.id}"


def loaded_by(statement: str) -> set[str]:
    """What a fresh process has loaded after this statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_core_loads_nothing_that_acts_or_is_slow() -> None:
    assert not {module for module in loaded_by("import executus") if module in LAZY}


def test_importing_every_room_of_the_core_loads_nothing_that_acts_or_is_slow() -> None:
    rooms = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules("executus")]
    statement = f"import {', '.join(room.removesuffix('.__init__') for room in rooms)}"
    assert not {module for module in loaded_by(statement) if module in LAZY}
