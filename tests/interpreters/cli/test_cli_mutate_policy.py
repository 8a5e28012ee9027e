"""`executus mutate-policy`: pytest tests and recordings are asked, and a mistake is one line."""

import json
from pathlib import Path

import pytest

from executus import Agent
from interpreters.files import save
from interpreters.memory import Memory, says
from tests.interpreters.cli.commanding import Command, in_process

pytestmark = pytest.mark.xdist_group("policy")  # What they share costs too much to be made twice.

AGENT = 'name = "talker"\nmax_runtime = "60s"\n'
TESTS = """
import pytest
from interpreters.agentfile import load_agent
from interpreters.memory import Memory, says

@pytest.fixture(scope="module")
def agent():
    return load_agent("agent.toml").unwrap()

@pytest.mark.parametrize(("takes", "status"), [("59.999999s", "ok"), ("60s", "timeout")])
def test_an_answer_is_late_at_the_deadline(agent, takes, status, capsys):
    print("seen")
    assert Memory(model=[says("Hi", takes=takes)]).run(agent, "x").status == status
    assert capsys.readouterr().out == "seen\\n"

def test_of_something_else():
    assert True
"""


@pytest.fixture
def project(here: Path) -> Path:
    (here / "agent.toml").write_text(AGENT, "utf-8")
    (here / "tests").mkdir()
    (here / "tests" / "test_talker.py").write_text(TESTS, "utf-8")
    return here


def test_the_tests_beside_it_are_asked(project: Path) -> None:
    ran = in_process("mutate-policy", "agent.toml", "--only", "max_runtime", "--only", "preflight_timeout")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "the kernel's defaults",
        "  preflight_timeout 30s may as well be: a microsecond more (30.000001s), a microsecond less "
        "(29.999999s), twice as much (60s), half as much (15s)",
        "4 of 8 changes would not be noticed by 2 expectations",
    ]
    assert "seen" not in ran.err


def test_what_is_all_noticed_or_accepted_is_well(project: Path) -> None:
    assert in_process("mutate-policy", "agent.toml", "--only", "max_runtime").code == 0
    (project / "accepted.toml").write_text('["preflight_timeout"]\nreason = "the host retries"\n', "utf-8")
    arguments = ("mutate-policy", "agent.toml", "--accepted", "accepted.toml", "--only", "preflight_timeout")
    assert in_process(*arguments).code == 0


def test_as_json_it_tells_the_keys(project: Path) -> None:
    ran = in_process("mutate-policy", "agent.toml", "--json", "--only", "preflight_timeout", "--tests", "tests")
    report = json.loads(ran.out)
    assert (report["changes"], report["missed"], report["agent"]) == (4, 4, "agent:talker")
    assert [one["site"]["key"] for one in report["unnoticed"]] == ["preflight_timeout"]


def test_recordings_are_asked(project: Path, command: Command) -> None:
    run = Memory(model=[says("Hi", takes="60s")]).run(Agent(name="talker", max_runtime="60s"), "x")
    save(run.transcript, project / "late.xrec").unwrap()
    ran = command("mutate-policy", "agent.toml", "--recordings", "late.xrec", "--only", "max_runtime")
    assert "max_runtime 60s may as well be: a microsecond less (59.999999s), half as much (30s)" in ran.out
    assert ran.code == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def test_it(:\n", "pytest can't collect the tests"),
        ("def test_it():\n    assert False\n", "test_it fails, although nothing is changed (1 of 1 fail)"),
        ("def test_it():\n    pass\n", "none of 1 expectations begins a run of 'agent:talker'"),
        ("", "pytest can't collect the tests (exit code 5)"),
    ],
)
def test_tests_that_prove_nothing_are_a_mistake(project: Path, text: str, complaint: str) -> None:
    (project / "tests" / "test_talker.py").write_text(text, "utf-8")
    assert in_process("mutate-policy", "agent.toml").is_mistake(complaint)


def test_what_is_not_there_is_a_mistake(here: Path, command: Command) -> None:
    (here / "agent.toml").write_text(AGENT, "utf-8")
    assert command("mutate-policy", "agent.toml").is_mistake(
        "there is no tests/ here: give --tests or --recordings"
    )
    assert command("mutate-policy", "agent.toml", "--tests", "t.py").is_mistake("there is no t.py")
    assert command("mutate-policy", "nobody.toml").is_mistake("nobody.toml")
    assert command("mutate-policy", "agent.toml", "--recordings", ".").is_mistake("there is no .xrec file in .")
