"""Calling the command as people do, and what they may expect of every mistake."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import interpreters
from executus.agent import Agent
from executus.result import RunResult
from interpreters.files import save
from interpreters.memory import Memory, calls, says, scripted

CODE = "import sys; from interpreters.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    def is_mistake(self, *words: str) -> bool:
        """One line on stderr with these words, exit code 2; fails where it is anything else."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.startswith("executus: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        for word in words:
            assert word in self.err, self.err
        return True


Command = Callable[..., Ran]


def started(
    *arguments: object,
    code: str = CODE,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[str]":
    """`executus` with these arguments, in a process of its own."""
    root = str(Path(interpreters.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": root, "PYTHONUTF8": "1", **(environment or {})},
    )


def in_process(*arguments: object, code: str = CODE, environment: Mapping[str, str] | None = None) -> Ran:
    """The same to its end."""
    with started(*arguments, code=code, environment=environment) as process:
        out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def typed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """This is on stdin, which is no terminal."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def played() -> RunResult:
    """A run of two steps, which ended well."""
    world = Memory(
        model=[calls("add", a=2, b=3), calls("add", a=5, b=1, takes="1s"), says("It is 6.", takes="2s")],
        tools=[scripted("add", in_turn=["5", "6"], takes="1s")],
    )
    return world.run(Agent(name="adder", low_level_tools=("add",)), "What is 2 + 3 + 1?")


def recorded(path: Path) -> Path:
    """The file of such a run."""
    return save(played().transcript, path).unwrap()
