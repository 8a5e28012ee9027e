"""Odd names and odd files: listed so that a line stays a line, read if they are files."""

import os
import socket
from pathlib import Path

import pytest

from interpreters.ports import ToolError
from interpreters.tools.confined import Confined
from tests.interpreters.tools.asking import text_of


def test_a_socket_and_a_device_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # The path of a socket must be short.
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        with pytest.raises(ToolError, match=r"^sock is not a regular file$"):
            text_of(tmp_path, "read_file", path="sock")
    with pytest.raises(ToolError, match=r"^null is not a regular file$"):
        text_of(Path("/dev"), "read_file", path="null")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "secret").touch(mode=0)
    with pytest.raises(ToolError, match=r"^secret can't be read: Permission denied$"):
        text_of(tmp_path, "read_file", path="secret")
    found = text_of(tmp_path, "search_files", pattern="a")
    assert "unreadable: 1 left out, the first closed" in found
    assert "unreadable files: 1 left out" in found


ODD_NAMES = [
    "with space",
    "日本語.txt",
    "e\u0301",
    "a:b",
    "-rf",
    "*",
    "[x]",
    "#1",
    "quote'\"",
    "emoji\U0001f469\u200d\U0001f52c",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_can_be_listed_and_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x\n")
    assert f"2\t{name}" in text_of(tmp_path, "list_files")
    assert "1\tx" in text_of(tmp_path, "read_file", path=name)


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        (b"new\nline", "new\\nline"),
        (b"\x1b[2J", "\\x1b[2J"),
        ("\u202egpj.exe".encode(), "\\u202egpj.exe"),
        (b"back\\slash", "back\\\\slash"),
        (b"latin\xe9", "latin\\udce9"),
    ],
    ids=repr,
)
def test_names_that_would_break_or_disguise_a_line_are_escaped(tmp_path: Path, name: bytes, listed: str) -> None:
    try:
        with open(os.fsencode(tmp_path) + b"/" + name, "w") as file:
            file.write("x\n")
    except OSError:
        pytest.skip("this file system refuses the name")
    assert text_of(tmp_path, "list_files").endswith(f"\n2\t{listed}")
    assert text_of(tmp_path, "search_files", pattern="x").endswith(f"\n{listed}:1: x")


def test_a_name_no_file_could_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="can't be the name of a file"), Confined(tmp_path).file(("\ud800",)):
        pass
