"""The gate on projects of its own: each way it may fail is a failure, and each pass is one of today."""

import json
from pathlib import Path

import pytest

from interpreters.mutation import gate
from interpreters.mutation.__main__ import main
from interpreters.mutation.accepted import entry
from tests.interpreters.mutation.small import POLICY, SETTINGS, WEAK, Project


def test_every_mutant_is_killed_and_a_test_that_is_weakened_afterwards_is_no_pass(tmp_path: Path) -> None:
    project = Project(tmp_path)
    strong = project.gate()
    assert strong.code == 0, strong.out + strong.err
    assert strong.findings == []
    assert strong.line["score"] == strong.line["effective"] == 100.0
    assert strong.line["killed"] == strong.line["total"] == strong.line["semantic"] > 10
    assert "100.00 % effective" in strong.out
    score = json.loads((tmp_path / "report.json").read_text("utf-8"))["score"]
    assert score.items() <= strong.line.items()

    project.write("test_policy.py", WEAK)
    weak = project.gate()
    assert weak.code == 1
    survivors = weak.keys("survived")
    assert len(survivors) == weak.line["verdicts"]["survived"] > 3
    assert any("-return Status.KILLED\n+return Status.TIMEOUT" in one["text"] for one in weak.findings)
    assert weak.line["score"] < 100.0

    project.write("mutation-accepted.toml", "\n".join(entry(key, "a test of a gate") for key in survivors))
    listed = project.gate("--cached")
    assert listed.code == 0, listed.out + listed.err
    assert listed.line["effective"] == 100.0 > listed.line["score"]
    assert listed.line["accepted"] == len(survivors)

    project.write("mutation-accepted.toml", "\n".join(entry(key, "a test of a gate") for key in survivors[1:]))
    assert project.gate("--cached").keys("survived") == survivors[:1]

    more = [*survivors, "policy.status:0000000000"]
    project.write("mutation-accepted.toml", "\n".join(entry(key, "a test of a gate") for key in more))
    stale = project.gate("--cached")
    assert (stale.code, stale.keys("stale"), len(stale.findings)) == (1, more[-1:], 1)

    project.write("mutation-accepted.toml", "\n".join(entry(key) for key in survivors))
    unreasoned = project.gate("--cached")
    assert unreasoned.code == 2
    assert "has no reason" in unreasoned.err

    project.write("policy.py", POLICY.replace("> 2", "> 1"))
    refused = project.gate("--cached")
    assert (refused.code, refused.out) == (2, "")
    assert "stale" in refused.err


TROUBLED = """
import functools

def counted(left: int) -> int:
    steps = 0
    while left > 0:
        left -= 1
        steps += 1
    return steps

def untested(number: int) -> int:
    return number + 1

@functools.cache
def unseen(number: int) -> int:
    return number + 1

def doubled(number: int) -> int:
    return number * 2

def spelled(text: str) -> str:
    return text
"""
TESTS_OF_IT = """
import os
import pytest
from policy import counted, doubled, spelled, unseen

def test_as_many_steps_as_there_are():
    assert [counted(0), counted(1), counted(3)] == [0, 1, 3]

def test_what_is_decorated_is_tested_in_vain():
    assert unseen(1) == 2

def test_that_fails_by_itself():
    assert doubled(3) == 6
    assert "doubled" not in os.environ.get("MUTANT_UNDER_TEST", "")

@pytest.mark.parametrize("text", ["a\\\\b", "c::d", "[e]"], ids=str)
def test_texts_that_are_hard_to_name(text):
    assert spelled(text) == text
"""


def test_whatever_is_not_a_kill_is_a_failure_of_its_own(tmp_path: Path) -> None:
    said = Project(tmp_path, TROUBLED, TESTS_OF_IT).gate()
    assert said.code == 1
    assert {one["why"] for one in said.findings} == {"no_tests", "timeout", "unreliable", "unseen"}
    assert said.keys("no_tests") == ["policy.untested"]
    assert said.keys("unreliable") == ["policy.doubled"]
    assert said.keys("unseen") == ["policy.unseen:unseen"]
    assert {key.partition(":")[0] for key in said.keys("timeout")} == {"policy.counted"}

    part = Project(tmp_path, TROUBLED, TESTS_OF_IT).gate("--only", "spelled")
    assert (part.code, part.findings) == (0, []), part.out


def test_where_a_test_may_compute_only_so_long_a_loop_without_an_end_is_noticed_by_it(tmp_path: Path) -> None:
    project = Project(tmp_path, TROUBLED, TESTS_OF_IT)
    patient = SETTINGS.replace("timeout_multiplier = 1.0", "timeout_multiplier = 30.0")
    project.write(
        "pyproject.toml", patient + '[tool.executus.mutation]\nenvironment = { EXECUTUS_TEST_CPU = "1" }\n'
    )
    said = project.gate("--only", "counted")
    assert (said.code, said.findings) == (0, []), said.out
    assert said.line["killed"] == said.line["total"] > 5


def test_a_gate_with_a_name_mutates_what_its_own_table_says(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("second.py", POLICY.replace("def status", "def second"))
    project.write("test_second.py", "from second import second\n\ndef test_it():\n    assert second(1) == 'ok'\n")
    table = (
        '[tool.executus.mutation.second]\nonly_mutate = ["second.py"]\nsource_paths = ["second.py", "policy.py"]\n'
    )
    selection = 'pytest_add_cli_args_test_selection = ["test_second.py"]\n'
    project.write("pyproject.toml", f"{SETTINGS}\n{table}{selection}")
    survivors = project.gate("--config", "second").keys("survived")
    assert survivors
    assert {key.partition(":")[0] for key in survivors} == {"second.second"}


def test_a_gate_of_another_name_is_another_gate(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("other.py", "def twice(number):\n    return number * 2\n")
    project.write("test_other.py", "from other import twice\n\ndef test_twice():\n    assert twice(3) == 6\n")
    own = """
[tool.executus.mutation]
least = 5

[tool.executus.mutation.other]
source_paths = ["policy.py", "other.py"]
only_mutate = ["other.py"]
pytest_add_cli_args_test_selection = ["test_other.py"]
least = 2
accepted = "other.toml"
"""
    project.write("pyproject.toml", f"{SETTINGS}{own}")
    other = project.gate("--config", "other")
    assert (other.code, other.line["functions"], other.line["total"]) == (0, 1, 4), other.out + other.err


@pytest.mark.parametrize(
    ("policy", "tests", "complaint"),
    [
        ("LIMIT = 3\n", "from policy import LIMIT\ndef test_it():\n    assert LIMIT == 3\n", "mutmut failed"),
        (POLICY, "def test_nothing():\n    pass\n", "could not find any test case for any mutant"),
        (POLICY, "from policy import status\ndef test_it():\n    assert status(3) == 'ok'\n", "mutmut failed"),
        (POLICY, "def test_it(:\n", "mutmut failed"),
    ],
    ids=["no mutants", "no test calls it", "tests that fail", "tests that can't be read"],
)
def test_where_there_is_nothing_to_judge_there_is_no_pass(
    tmp_path: Path, policy: str, tests: str, complaint: str
) -> None:
    said = Project(tmp_path, policy, tests).gate()
    assert (said.code, said.out) == (2, "")
    assert complaint in said.err


def test_a_folder_that_is_not_mutmuts_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mutants").mkdir()
    (tmp_path / "mutants" / "wolverine.txt").write_text("mine", "utf-8")
    assert main([]) == 2
    assert (tmp_path / "mutants" / "wolverine.txt").read_text("utf-8") == "mine"


def test_without_its_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gate.importlib.util, "find_spec", lambda name: None)
    assert main([]) == 2
    assert capsys.readouterr().err.endswith("pip install 'executus[mutation]'\n")


@pytest.mark.parametrize(
    ("settings", "arguments", "complaint"),
    [
        ("", [], "has no [tool.mutmut]"),
        ("[tool", [], "pyproject.toml"),
        (f"{SETTINGS}[tool.executus.mutation]\nleast = 'many'", [], "least must be int"),
        (f"{SETTINGS}[tool.executus.mutation]\nleast = true", [], "least must be int"),
        (f"{SETTINGS}[tool.executus.mutation]\nleats = 5", [], "has no leats"),
        (f"{SETTINGS}[tool.executus.mutation.kernel]\nleast = 5", ["--config", "core"], "there is kernel"),
        (SETTINGS, ["--cached"], "no finished run"),
    ],
)
def test_settings_that_make_no_sense_are_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    arguments: list[str],
    complaint: str,
) -> None:
    Project(tmp_path).write("pyproject.toml", settings)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert complaint in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_no_settings_at_all_are_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "init" in capsys.readouterr().err
