"""What the command must not do to the files of those who use it."""

import os
from pathlib import Path
from typing import TypeAlias

import pytest

from interpreters.cli import main
from interpreters.cli.recordings import writable
from interpreters.cli.surveyor import _headings

Captured: TypeAlias = pytest.CaptureFixture[str]

BLANKS = " " * 100_000
"""So many that a pattern which tries them all would never come to an end."""


def test_a_recording_is_written_over_nothing_but_a_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = tmp_path / "agent.toml"
    agent.write_text('name = "a"\n')
    model = "fast=openai:m@http://127.0.0.1:9/v1"
    assert main(["run", str(agent), "hi", "--model", model, "--record", str(agent)]) == 2
    assert agent.read_text() == 'name = "a"\n'
    assert capsys.readouterr().err.count("\n") == 1


def test_an_empty_file_and_an_older_recording_may_be_written_over(tmp_path: Path) -> None:
    empty, older = tmp_path / "empty", tmp_path / "older.xrec"
    empty.touch()
    older.write_text('{"forked_from":null,"format":1}\n')
    assert writable(empty, "-o") == empty
    assert writable(older, "-o") == older


def test_a_pipe_named_like_a_recording_holds_up_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "x.xrec")
    assert main(["replay", str(tmp_path)]) == 2
    assert "there is no .xrec file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# Title", "Title"),
        ("## Title ##", "Title"),
        ("# C#", "C#"),
        (f"# a{BLANKS}b", f"a{BLANKS}b"),
    ],
)
def test_a_heading_is_found_without_its_closing_marks(line: str, heading: str) -> None:
    assert [found for _, found in _headings([f"1\t{line}"])] == [heading]
