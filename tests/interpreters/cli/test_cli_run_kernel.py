"""`executus run` with what an agent may ask of the kernel: retries, fallbacks, a type, phases, a dry run."""

import json
from pathlib import Path

import pytest

from tests.interpreters.cli.chatting import Turn, chatting
from tests.interpreters.cli.commanding import Command

AGENT = """
low_level_tools = ["list_files", "read_file"]
max_iterations = 3
max_runtime = "20s"
"""


@pytest.fixture
def agent(here: Path) -> Path:
    path = here / "agent.toml"
    path.write_text(AGENT)
    return path


def test_a_server_that_fails_for_a_moment_is_asked_again(command: Command, agent: Path) -> None:
    with chatting(Turn(status=500), Turn("Done.")) as chat:
        ran = command("run", agent, "x", "--model", f"fast={chat.spec}", "--record", "r.xrec")
    assert (ran.code, ran.out) == (0, "Done.\n")
    first, second = chat.requests
    assert first == second
    assert command("replay", "r.xrec").code == 0


def test_a_server_that_goes_on_failing_hands_over_to_the_next(command: Command, here: Path) -> None:
    (here / "a.toml").write_text('max_runtime = "1s"\n')
    with chatting(Turn(status=500)) as broken, chatting(Turn("From the other.")) as other:
        ran = command("run", "a.toml", "x", "--model", f"fast={broken.spec}", "--model", f"fast={other.spec}")
    assert (ran.code, ran.out) == (0, "From the other.\n")


def test_an_answer_with_a_type_is_a_value(command: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path, str(here)])
    (here / "verdicts.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Verdict:\n    good: bool\n    score: int\n"
    )
    (here / "a.toml").write_text('output_type = "verdicts:Verdict"\n')
    submits = Turn("", (("submit", {"good": True, "score": 5}),))
    with chatting(Turn("Good."), submits) as chat:
        ran = command("run", "a.toml", "x", "--model", f"fast={chat.spec}", "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["value"]) == (0, {"good": True, "score": 5})
    assert [tool["function"]["name"] for tool in chat.requests[0]["tools"]] == ["submit"]
    assert chat.requests[1]["messages"][-1]["content"] == "Give your answer by calling the tool submit."


def test_phases_are_run_one_after_the_other(command: Command, here: Path) -> None:
    (here / "a.toml").write_text(
        'low_level_tools = ["list_files", "read_file"]\n'
        '[[phases]]\nname = "draft"\nsystem_prompt = "Draft."\ntools = ["read_file"]\n'
        '[[phases]]\nname = "final"\nmodel_tier = "smart"\nsystem_prompt = "Polish {{.draft}}"\n'
    )
    with chatting(Turn("A draft.")) as first, chatting(Turn("Polished.")) as second:
        models = ("--model", f"fast={first.spec}", "--model", f"smart={second.spec}")
        assert command("run", "a.toml", "x", *models).out == "Polished.\n"
        assert command("run", "a.toml", "x", *models[:2]).is_mistake("unknown tier 'smart'", "--model smart=")
    assert [tool["function"]["name"] for tool in first.requests[0]["tools"]] == ["read_file"]
    assert second.requests[0]["messages"][0]["content"] == "Polish A draft."


def test_what_is_not_wired_here_is_said(command: Command, here: Path) -> None:
    (here / "a.toml").write_text('sub_agent_palette = ["helper"]\n[critic]\nenabled = true\n')
    with chatting(Turn("Done.")) as chat:
        ran = command("run", "a.toml", "x", "--model", f"fast={chat.spec}")
    assert (ran.code, ran.out) == (0, "Done.\n")
    assert "note: no critic is wired here: max_runtime ends the run\n" in ran.err
    assert "note: no palette is wired here" in ran.err


def test_a_dry_run_asks_nothing_and_says_what_it_would(command: Command, agent: Path) -> None:
    with chatting(Turn("never")) as chat:
        arguments = ("run", agent, "--dry-run", "--model", f"fast={chat.spec}", "--record", "r.xrec")
        ran = command(*arguments)
        said = json.loads(command(*arguments, "--json").out)
    assert ran.code == 0
    assert ran.out.startswith(f"would ask {chat.spec} with list_files, read_file, for at most 3 steps and 20s")
    assert ran.err.splitlines()[-1].startswith("dry_run in ")
    assert (said["status"], said["value"]["max_iterations"], said["error"]) == ("dry_run", 3, None)
    assert chat.requests == []
    assert command("replay", "r.xrec").code == 0
