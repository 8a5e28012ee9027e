"""The gate: run mutmut afresh with our operators, read all it found, judge it.

Law: a pass is never an old one. What an earlier run left is deleted first, or used only if nothing it depends on
has changed since; and whatever keeps mutmut from doing its work is a failure, not a pass with nothing in it.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from interpreters.mutation.accepted import AcceptedError
from interpreters.mutation.accepted import read as read_accepted
from interpreters.mutation.judging import Judgement, judge
from interpreters.mutation.mutants import FOLDER, mutants, unseen
from interpreters.mutation.progress import followed
from interpreters.mutation.settings import Settings

MARK = FOLDER / "executus-gate.json"
"""What the last run that came to an end was about."""

_COPIED = ("tests", "test", "setup.cfg", "pyproject.toml")
"""What mutmut copies beside the sources, whatever it is told."""

_LAST_LINES = 40


class GateError(Exception):
    """The gate could not do its work; the text says why."""


def run(settings: Settings, only: tuple[str, ...] = (), workers: int = 2) -> None:
    """Let mutmut try all mutants, or those of the functions whose names fit `only`. Raises GateError."""
    if not importlib.util.find_spec("mutmut"):
        raise GateError("the mutation gate needs its extra: pip install 'executus[mutation]'")
    _clear()
    of = fingerprint(settings)  # What is changed while mutmut works was not what it tried.
    command = [sys.executable, "-m", "interpreters.mutation.patched", "run", "--max-children", str(workers)]
    names = [_mangled(one) for one in only]
    environment = {
        **os.environ,
        "EXECUTUS_CLAW": "0",  # A type check that fails is no test that does.
        "EXECUTUS_MUTMUT": json.dumps(_in_one_process(settings.mutmut)),
        "PYTHONUNBUFFERED": "1",
        **dict(settings.environment),
    }
    process = subprocess.Popen(
        [*command, *names], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    last = deque(followed(process), maxlen=_LAST_LINES)
    if process.wait():
        raise GateError("\n".join(["mutmut failed:", *last]))
    MARK.write_text(json.dumps({"of": of, "only": only}), "utf-8")


def _in_one_process(mutmut: dict[str, Any]) -> dict[str, Any]:
    """A mutant's tests run where the mutant is, also in a project that spreads its tests over processes."""
    if not importlib.util.find_spec("xdist"):
        return mutmut
    return {**mutmut, "pytest_add_cli_args": [*mutmut.get("pytest_add_cli_args", []), "-n0"]}


def judged(settings: Settings, only: tuple[str, ...] = ()) -> Judgement:
    """What the last run found. Raises GateError if it was about something else, or there is nothing to judge."""
    _must_be_of(settings, only)
    try:
        accepted = read_accepted(settings.accepted)
    except AcceptedError as error:
        raise GateError(str(error)) from None
    found, without = mutants(), list(_unseen(settings))
    if only:  # A part is judged by itself: what isn't in it was not tried.
        fits = [f"*{one}*" for one in only]
        found = [one for one in found if any(fnmatch(one.function, fit) for fit in fits)]
        without = [one for one in without if any(fnmatch(one, fit) for fit in fits)]
        accepted = {key: why for key, why in accepted.items() if key in {one.key for one in found}}
        settings = replace(settings, least=0, floor=0.0)
    if all(one.kind == "control" for one in found):
        raise GateError("there are no mutants: only_mutate fits no file with a plain function in it")
    return judge(found, without, accepted, settings)


def fingerprint(settings: Settings) -> str:
    """Of everything a verdict depends on: sources, tests, settings, this gate and Python."""
    digest = hashlib.sha256(repr([sys.version_info, settings.mutmut, settings.environment]).encode())
    listed = [*settings.mutmut.get("source_paths", []), *settings.mutmut.get("also_copy", []), *_COPIED]
    own = Path(__file__).parent
    for file in sorted({file for one in (*listed, own) for file in _files(Path(one))}):
        if file != settings.accepted:
            digest.update(str(file.name).encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _must_be_of(settings: Settings, only: tuple[str, ...]) -> None:
    try:
        mark: dict[str, Any] = json.loads(MARK.read_text("utf-8"))
    except (OSError, ValueError):
        raise GateError("there is no finished run to judge; run the gate without --cached") from None
    if mark != {"of": fingerprint(settings), "only": list(only)}:
        raise GateError("the last run is stale, something has changed since; run the gate without --cached")


def _clear() -> None:
    """No earlier verdict can be taken for one of today. A folder that isn't mutmut's is left alone."""
    if not FOLDER.exists():
        return
    ours = MARK.exists() or (FOLDER / "mutmut-stats.json").exists() or next(FOLDER.rglob("*.py.meta"), None)
    if not ours and any(FOLDER.iterdir()):
        raise GateError(f"{FOLDER}/ is not what mutmut left there; move it away, mutmut needs the name")
    shutil.rmtree(FOLDER)


def _unseen(settings: Settings) -> Iterator[str]:
    for meta in sorted(FOLDER.rglob("*.py.meta")):
        inner = meta.relative_to(FOLDER)
        file = inner.with_name(inner.name.removesuffix(".meta"))
        module = ".".join(file.with_suffix("").parts).removeprefix("src.").removesuffix(".__init__")
        yield from unseen(file, module)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)


def _mangled(name: str) -> str:
    """A function's name as mutmut's pattern: any mutant of any function in which it stands."""
    return f"*{name.replace('.', '*')}*__mutmut_*"
