"""The hello of docs/faces.md, as it is printed there; only the server's address is another one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import lawful
from tests.peers.aimock import ROOT, Aimock
from tests.peers.desk import environment

pytestmark = pytest.mark.peers

PRINTED = "http://localhost:11434/v1"


def hello() -> str:
    """The first program of the section."""
    section = (ROOT / "docs" / "faces.md").read_text(encoding="utf-8").partition("\n## 1. ")[2]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found, "docs/faces.md has no hello"
    return found[1]


def test_the_hello_of_the_faces_runs_as_printed(aimock: Aimock, tmp_path: Path) -> None:
    program = hello()
    assert program.count(PRINTED) == 1
    script = tmp_path / "hello.py"
    script.write_text(program.replace(PRINTED, f"{aimock.origin}/v1"), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )

    assert (ran.stdout, ran.stderr, ran.returncode) == ("ok 5\n", "", 0)
    bodies = aimock.bodies()
    assert lawful.faults(bodies) == []
    assert [message["role"] for message in bodies[-1]["messages"]] == ["system", "user", "assistant", "tool"]
    assert bodies[-1]["messages"][-1]["content"] == "5"


def test_the_tool_of_the_hello_is_told_as_it_is_documented(aimock: Aimock, tmp_path: Path) -> None:
    test_the_hello_of_the_faces_runs_as_printed(aimock, tmp_path)

    function = aimock.bodies()[0]["tools"][0]["function"]
    assert (function["name"], function["description"]) == ("add", "Add two numbers.")
    assert function["parameters"]["properties"]["a"] == {"type": "integer", "description": "the first summand"}
    assert function["parameters"]["required"] == ["a", "b"]
