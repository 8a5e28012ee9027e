"""Every mistake in using the command is one line that says what to do, and exit code 2."""

from pathlib import Path

import pytest

from tests.interpreters.cli.commanding import Command, typed

MODEL = ("--model", "fast=openai:m@http://127.0.0.1:1/v1")


@pytest.fixture(autouse=True)
def agent(here: Path) -> Path:
    path = here / "a.toml"
    path.write_text('name = "a"\n')
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], 'Unknown command "nonsense"'),
        (["run"], "executus run --help"),
        (["run", "a.toml", "x", "--nonsense"], "--nonsense"),
        (["run", "a.toml", "x", "more", *MODEL], "unexpected 'more'"),
        (["run", "a.toml", "x", "--model"], "--model"),
        (["demo", "--output"], "--output"),
        (["doctor", "x"], "unexpected 'x'"),
        (["run", "none.toml", "x", *MODEL], "none.toml: No such file"),
        (["run", ".", "x", *MODEL], "skill folders are not available yet, give a TOML file"),
        (["run", "a.toml", "x"], "no model for 'fast': give --model fast=openai:MODEL"),
        (["run", "a.toml", "x", "--model", "openai:m"], "--model openai:m: write TIER=PROVIDER:MODEL"),
        (["run", "a.toml", "x", "--model", "fast=m"], "'m' is no model spec"),
        (["run", "a.toml", "x", "--model", "fast=nobody:m"], "provider 'nobody' is unknown"),
        (["run", "a.toml", "x", "--model", "smart=openai:m"], "unknown tier 'fast'; known: smart; give --model"),
        (["run", "a.toml", "x", *MODEL, "--max-runtime", "soon"], "--max-runtime: max_runtime must look like"),
        (["run", "a.toml", "x", *MODEL, "--max-runtime=-5s"], "must not be negative"),
        (["run", "a.toml", "x", *MODEL, "--root", "none"], "--root none: there is no such folder"),
        (["run", "a.toml", "x", *MODEL, "--record", "none/r.xrec"], "there is no folder none"),
        (["run", "a.toml", "x", *MODEL, "--record", "."], "--record . is a folder"),
        (["run", "a.toml", "x", *MODEL, "--image", "none.png"], "--image none.png: No such file"),
        (["run", "a.toml", "x", *MODEL, "--image", "a.toml"], "not a PNG, JPEG, GIF or WebP picture"),
        (["run", "a.toml", " ", *MODEL], "the prompt is empty"),
        (["run", "a.toml", "\udcff", *MODEL], "the prompt is not UTF-8"),
        (["run", "a.toml", "x", *MODEL, "--run-id", "\udcff"], "--run-id is not UTF-8"),
    ],
)
def test_a_wrong_command_line_is_one_line(command: Command, arguments: list[str], words: str) -> None:
    assert command(*arguments).is_mistake(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "not valid TOML: Invalid value (at "),
        ("nmae = 'x'", "unknown key 'nmae'; known are id, name, system_prompt"),
        ("max_iterations = '12'", "max_iterations: expected a whole number, got '12'"),
        ("max_iterations = -1", "max_iterations must not be negative, got -1"),
        ("max_runtime = 'soon'", 'max_runtime must look like "90s"'),
        ("[critic]\nenabled = 1", "critic.enabled: expected true or false, got 1"),
        ("[[phases]]\nname = '1'", "a phase is named like a variable"),
        ("low_level_tools = ['shell']", "low_level_tools: there is no tool 'shell'; there are list_files"),
        ("low_level_tools = ['read_file', 'read_file']", "two tools are named 'read_file'"),
        ("low_level_tools = ['no_such_module:f']", "no_such_module can't be imported"),
        ("low_level_tools = ['json:nothing']", "json has no nothing"),
        ("low_level_tools = ['json:JSONEncoder']", "is no tool"),
        ("low_level_tools = ['1:2']", "write module:function"),
        ("low_level_tools = ['leaves:f']", "leaves can't be imported (SystemExit: 0)"),
        ("model_tier = 'openai:'", "names no model"),
    ],
)
def test_a_wrong_agent_file_is_one_line(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (here / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (here / "wrong.toml").write_text(text)
    ran = command("run", "wrong.toml", "x", *MODEL)
    assert ran.is_mistake(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[models", "executus.toml: "),
        ("x = 1", "executus.toml: there is no [models] table"),
        ("[models]\nfast = 3", "executus.toml: models.fast must be a model spec"),
        ("[models]\nfast = 'x'", "executus.toml: tier 'fast': 'x' is no model spec"),
    ],
)
def test_wrong_tiers_are_one_line(command: Command, here: Path, text: str, words: str) -> None:
    (here / "executus.toml").write_text(text)
    assert command("run", "a.toml", "x").is_mistake(words)


def test_a_prompt_that_cannot_be_read_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"\xff\xfe")
    assert command("run", "a.toml", *MODEL).is_mistake("stdin is not UTF-8")
    typed(monkeypatch, b"\n")
    assert command("run", "a.toml", *MODEL).is_mistake("the prompt is empty")


def test_a_person_is_not_left_waiting_at_a_terminal(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert command("run", "a.toml", *MODEL).is_mistake("no prompt: give one as an argument or on stdin")


def test_a_wrong_environment_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "two words")
    ran = command("run", "a.toml", "x", *MODEL)
    assert ran.is_mistake("the key for openai")
    assert "two words" not in ran.err


def test_an_unexpected_error_is_one_line_too(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a\nbug")

    monkeypatch.setattr("interpreters.cli.doctor.doctor", broken)
    ran = command("doctor")
    assert ran.code == 70
    assert ran.err == ("executus: unexpected RuntimeError: a bug (a bug; EXECUTUS_TRACEBACK=1 shows where)\n")
    monkeypatch.setenv("EXECUTUS_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="bug"):
        command("doctor")


def test_help_and_version_are_no_mistakes(command: Command) -> None:
    assert command("--version").out.startswith("executus 0.")
    for arguments in ([], ["--help"], ["run", "--help"], ["what-if", "-h"]):
        ran = command(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("Usage: executus")
