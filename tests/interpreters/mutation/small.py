"""A project of two files under the gate, and the gate's command on it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

POLICY = """
from enum import StrEnum

class Status(StrEnum):
    OK = "ok"
    TIMEOUT = "timeout"
    KILLED = "killed"

def status(kills: int) -> Status:
    if kills > 2:
        return Status.KILLED
    return Status.OK
"""
STRONG = """
import pytest
from policy import Status, status

@pytest.mark.parametrize(("kills", "expected"), [(2, Status.OK), (3, Status.KILLED), (4, Status.KILLED)])
def test_two_are_not_too_many(kills, expected):
    assert status(kills) is expected
"""
WEAK = """
from policy import Status, status

def test_there_is_a_status():
    assert isinstance(status(3), Status)
"""
SETTINGS = """
[tool.mutmut]
source_paths = ["policy.py"]
pytest_add_cli_args_test_selection = ["test_policy.py"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
timeout_multiplier = 1.0
timeout_constant = 2.0
"""


class Project:
    """What is in the folder, and what the gate says of it."""

    def __init__(self, folder: Path, policy: str = POLICY, tests: str = STRONG) -> None:
        self.folder = folder
        self.write("pyproject.toml", SETTINGS)
        self.write("policy.py", policy)
        self.write("test_policy.py", tests)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def gate(self, *arguments: str) -> "Said":
        """The command, in a process of its own as users run it."""
        done = subprocess.run(
            [sys.executable, "-m", "interpreters.mutation", "--report", "report.json", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr, self.folder)


class Said:
    """What the command answered."""

    def __init__(self, code: int, out: str, err: str, folder: Path) -> None:
        self.code, self.out, self.err = code, out, err
        self._folder = folder

    @property
    def line(self) -> dict[str, Any]:
        """The last line, which is JSON."""
        line: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return line

    @property
    def findings(self) -> list[dict[str, str]]:
        report = json.loads((self._folder / "report.json").read_text("utf-8"))
        found: list[dict[str, str]] = report["findings"]
        return found

    def keys(self, why: str) -> list[str]:
        """What was found for this reason."""
        return [one["key"] for one in self.findings if one["why"] == why]
