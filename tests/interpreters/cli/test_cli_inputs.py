"""Files that come with the prompt: staged for the run's tools, under a name that is the same everywhere."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from interpreters.cli import attached
from interpreters.files import load
from tests.interpreters.cli.chatting import Turn, chatting
from tests.interpreters.cli.commanding import Command

MODEL = ("--model", "fast=openai:m@http://127.0.0.1:1/v1")
READS = Turn(
    "",
    (
        ("read_file", {"path": "input-files/notes.txt"}),
        ("read_file", {"path": "./input-files/notes-2.txt"}),
        ("read_file", {"path": "own.txt"}),
        ("list_files", {"path": "input-files"}),
        ("read_file", {"path": "input-files/../../own.txt"}),
    ),
)


@pytest.fixture(autouse=True)
def files(here: Path) -> Path:
    (here / "a.toml").write_text('low_level_tools = ["list_files", "read_file"]\n')
    (here / "one").mkdir()
    (here / "root").mkdir()
    (here / "notes.txt").write_text("alpha\n")
    (here / "one" / "notes.txt").write_text("beta\n")
    (here / "root" / "own.txt").write_text("gamma\n")
    return here


def test_the_tools_see_the_files_beside_their_root(command: Command) -> None:
    with chatting(READS, Turn("Done.")) as chat:
        arguments = ("run", "a.toml", "Read.", "--root", "root", "--model", f"fast={chat.spec}", "--json")
        ran = command(
            *arguments, "--input-file", "notes.txt", "--input-file", "one/notes.txt", "--record", "r.xrec"
        )
    assert ran.code == 0
    prompt = chat.requests[0]["messages"][-1]["content"]
    assert prompt.startswith("Read.\n\n[ATTACHED FILES]\n- notes.txt (text/plain, 6 bytes): file id input-files/")
    assert "notes.txt (text/plain, 5 bytes): file id input-files/notes-2.txt" in prompt
    steps = json.loads(ran.out)["steps"]
    assert [step["content"].splitlines()[-1] for step in steps[:3]] == ["1\talpha", "1\tbeta", "1\tgamma"]
    assert "notes-2.txt" in steps[3]["content"]
    assert steps[4]["is_error"]
    assert os.listdir(tempfile.gettempdir()) == []
    assert tempfile.gettempdir() not in str(load("r.xrec").unwrap())
    assert command("replay", "r.xrec").code == 0


def test_a_function_of_ones_own_finds_the_folder(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (here / "own_reader.py").write_text(
        "import os, pathlib\n"
        'def look() -> str:\n    """Look."""\n'
        f"    return pathlib.Path(os.environ['{attached.VARIABLE}'], 'notes.txt').read_text()\n"
    )
    (here / "own.toml").write_text('low_level_tools = ["own_reader:look"]\n')
    with chatting(Turn("", (("look", {}),)), Turn("Done.")) as chat:
        ran = command("run", "own.toml", "x", "--model", f"fast={chat.spec}", "--input-file", "notes.txt")
    assert ran.code == 0
    assert chat.requests[1]["messages"][-1]["content"] == "alpha\n"
    assert attached.VARIABLE not in os.environ


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.toml", "--input-file", "none.txt"], "--input-file none.txt: No such file or directory"),
        (["a.toml", "--input-file", "one"], "--input-file one: is no regular file"),
        (["bare.toml", "--input-file", "notes.txt"], "add read_file to low_level_tools"),
        (["a.toml", "--input-file", "notes.txt", "--root", "taken"], "taken has an input-files of its own"),
    ],
)
def test_files_that_nobody_could_read_are_a_mistake(
    command: Command, here: Path, arguments: list[str], words: str
) -> None:
    (here / "bare.toml").touch()
    (here / "taken" / "input-files").mkdir(parents=True)
    assert command("run", *arguments, *MODEL).is_mistake(words)


def test_more_than_a_recording_can_hold_is_a_mistake(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interpreters.cli.inputs.MOST_BYTES", 8)
    files = ("--input-file", "notes.txt", "--input-file", "one/notes.txt")
    assert command("run", "a.toml", "x", *MODEL, *files).is_mistake("larger than the 8 bytes a run may have")


def test_a_dry_run_stages_nothing(command: Command) -> None:
    ran = command("run", "a.toml", "--dry-run", *MODEL, "--input-file", "notes.txt")
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert os.listdir(tempfile.gettempdir()) == []
