"""`executus run` against a server on this machine: the answer, the recording, and how it ended."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from interpreters.files import load
from tests.interpreters.cli.chatting import Turn, chatting
from tests.interpreters.cli.commanding import Command, typed

AGENT = """
name = "reviewer"
system_prompt = "You review."
low_level_tools = ["list_files", "read_file"]
max_iterations = 3
max_runtime = "20s"
"""

LOOKS = Turn("I look.", (("list_files", {}), ("read_file", {"path": "none"})))
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def agent(here: Path) -> Path:
    path = here / "agent.toml"
    path.write_text(AGENT)
    return path


def test_the_answer_is_on_stdout_and_nothing_else(command: Command, agent: Path) -> None:
    with chatting(LOOKS, Turn("Two\nlines.")) as chat:
        ran = command("run", agent, "Review.", "--model", f"fast={chat.spec}")
    assert (ran.code, ran.out) == (0, "Two\nlines.\n")
    assert ran.err.startswith("ok in ")
    assert ran.err.endswith(", 1 step, 2 tool calls, 200 tokens in, 14 out\n")
    assert ran.err.count("\n") == 1
    first, second = chat.requests
    assert [message["content"] for message in first["messages"]] == ["You review.", "Review."]
    assert [tool["function"]["name"] for tool in first["tools"]] == ["list_files", "read_file"]
    listed, failed = second["messages"][-2:]
    assert "agent.toml" in listed["content"]
    assert "there is no none" in failed["content"]


def test_the_file_tools_see_their_root_alone(command: Command, agent: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "found.txt").touch()
    with chatting(LOOKS, Turn("Done.")) as chat:
        command("run", agent, "Review.", "--model", f"fast={chat.spec}", "--root", tmp_path / "other")
    content = chat.requests[1]["messages"][-2]["content"]
    assert "found.txt" in content
    assert "agent.toml" not in content


def test_a_recording_is_written_and_replays(command: Command, agent: Path) -> None:
    with chatting(LOOKS, Turn("Done.")) as chat:
        arguments = ("--model", f"fast={chat.spec}", "--record", "r.xrec", "--run-id", "4711")
        ran = command("run", agent, "Review.", *arguments)
    assert ran.code == 0
    assert "recorded in r.xrec (7 entries)\n" in ran.err
    past = load("r.xrec").unwrap()
    assert (past.started.run_id, past.status) == ("4711", "ok")
    assert command("replay", "r.xrec").code == 0


def test_json_is_one_object_with_the_facts(command: Command, agent: Path) -> None:
    with chatting(LOOKS, Turn("Done \x1b[0m.")) as chat:
        ran = command("run", agent, "Review.", "--model", f"fast={chat.spec}", "--json", "--run-id", "r")
    assert ran.out.count("\n") == 1
    assert "\x1b" not in ran.out
    said = json.loads(ran.out)
    assert list(said) == [
        "run_id",
        "status",
        "output",
        "value",
        "error",
        "steps",
        "usage",
        "queued",
        "preparing",
        "runtime",
        "waiting",
        "artifacts",
        "metadata",
        "unknown_outcomes",
        "durable",
        "resumable",
        "warnings",
        "why",
    ]
    assert (said["run_id"], said["status"], said["output"], said["error"]) == ("r", "ok", "Done \x1b[0m.", None)
    assert [(step["step"], step["name"], step["is_error"]) for step in said["steps"]] == [
        (1, "list_files", False),
        (1, "read_file", True),
    ]
    assert said["usage"]["input_tokens"] == 200
    assert said["usage"]["cost"] is None
    assert 0 < said["runtime"] < 20
    empty = ("queued", "waiting", "value", "artifacts", "metadata", "unknown_outcomes", "durable", "resumable")
    assert not any(said[name] for name in empty)


def test_the_prompt_comes_from_stdin(command: Command, agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chatting(Turn("Done.")) as chat:
        typed(monkeypatch, "Review «this».\n".encode())
        assert command("run", agent, "--model", f"fast={chat.spec}").code == 0
    assert chat.requests[0]["messages"][-1]["content"] == "Review «this»."


def test_tiers_come_from_executus_toml_and_are_overridden(command: Command, agent: Path, here: Path) -> None:
    with chatting(Turn("from the file")) as first, chatting(Turn("from the line")) as second:
        (here / "executus.toml").write_text(f'[models]\nfast = "{first.spec}"\n')
        assert command("run", agent, "x").out == "from the file\n"
        assert command("run", agent, "x", "--model", f"fast={second.spec}").out == "from the line\n"
        assert command("run", agent, "x", "--model", f"smart={second.spec}").out == "from the file\n"


def test_an_agent_may_name_a_model_itself(command: Command, here: Path) -> None:
    with chatting(Turn("hello")) as chat:
        (here / "a.toml").write_text(f'model_tier = "{chat.spec}"\n')
        assert command("run", "a.toml", "x").out == "hello\n"


def test_pictures_go_with_the_prompt(command: Command, agent: Path, here: Path) -> None:
    (here / "p.png").write_bytes(PNG)
    with chatting(Turn("a dot")) as chat:
        assert command("run", agent, "What?", "--image", "p.png", "--model", f"fast={chat.spec}").code == 0
    parts = chat.requests[0]["messages"][-1]["content"]
    assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


def test_a_function_of_a_module_here_is_a_tool(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (here / "tools_for_this_test.py").write_text(
        'def shout(text: str) -> str:\n    """Loud.\n    """\n    return text.upper()\n'
    )
    (here / "a.toml").write_text('low_level_tools = ["tools_for_this_test:shout"]\n')
    with chatting(Turn("", (("shout", {"text": "hi"}),)), Turn("Done.")) as chat:
        assert command("run", "a.toml", "x", "--model", f"fast={chat.spec}").code == 0
    assert chat.requests[1]["messages"][-1]["content"] == "HI"


def test_an_error_is_one_line_and_exit_code_one(command: Command, agent: Path) -> None:
    with chatting(Turn(status=401)) as chat:
        ran = command("run", agent, "x", "--model", f"fast={chat.spec}", "--record", "r.xrec")
    assert (ran.code, ran.out) == (1, "")
    assert "executus: call model openai: " in ran.err
    assert "(HTTP 401)" in ran.err
    assert "Traceback" not in ran.err
    assert load("r.xrec").unwrap().status == "error"


def test_a_server_that_is_not_there_is_an_error_of_the_run(command: Command, agent: Path) -> None:
    ran = command("run", agent, "x", "--model", "fast=openai:m@http://127.0.0.1:1/v1", "--max-runtime", "1s")
    assert (ran.code, ran.out) == (1, "")
    assert "executus: call model openai: no " in ran.err
    assert "127.0.0.1:1" in ran.err


def test_a_timeout_is_exit_code_ten_and_recorded(command: Command, agent: Path) -> None:
    with chatting(Turn("late", takes=1)) as chat:
        arguments = ("--model", f"fast={chat.spec}", "--max-runtime", "200ms", "--record", "r.xrec")
        ran = command("run", agent, "x", *arguments)
    assert ran.code == 10
    assert "executus: timeout: max_runtime of 200ms was reached\n" in ran.err
    assert load("r.xrec").unwrap().status == "timeout"


def test_a_budget_that_is_spent_is_exit_code_eleven(command: Command, here: Path) -> None:
    (here / "a.toml").write_text('low_level_tools = ["list_files"]\n[limits]\ntokens = 50\n')
    with chatting(Turn("So far.", (("list_files", {}),))) as chat:
        ran = command("run", "a.toml", "x", "--model", f"fast={chat.spec}")
    assert (ran.code, ran.out) == (11, "So far.\n")
    assert "executus: budget: used 107 tokens of 50 granted\n" in ran.err


def test_a_run_into_its_step_limit_is_an_error(command: Command, agent: Path) -> None:
    with chatting(LOOKS) as chat:
        ran = command("run", agent, "x", "--model", f"fast={chat.spec}", "--json")
    said = json.loads(ran.out)
    assert ran.code == 1
    assert said["status"] == "error"
    assert said["error"]


def test_a_recording_that_cannot_be_written_at_the_end_is_said(
    command: Command, agent: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    with chatting(Turn("Done.")) as chat:
        monkeypatch.setattr("os.replace", full)
        ran = command("run", agent, "x", "--model", f"fast={chat.spec}", "--record", "r.xrec")
    assert (ran.code, ran.out) == (1, "Done.\n")
    assert "executus: the recording can't be written: " in ran.err
    assert "No space left" in ran.err
