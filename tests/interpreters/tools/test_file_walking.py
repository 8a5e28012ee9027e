"""A walk is bounded and in order, and patterns choose from it cheaply."""

import os
from pathlib import Path
from typing import Any

import pytest

from interpreters.ports import ToolError
from interpreters.tools import file_tools, tree
from interpreters.tools.confined import Confined
from interpreters.tools.tree import matches
from tests.interpreters.tools.asking import ask


def test_a_walk_is_bounded_and_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_ENTRIES", 3)
    found = ask(project, "list_files", recursive=True)
    assert found.head["incomplete"] == "only the first 3 entries were looked at; give a smaller folder as path"
    assert [row.split("\t")[1] for row in found.rows] == ["Makefile", "README.md", "logo.png"]


def test_a_walk_that_ends_at_its_bound_is_complete(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_ENTRIES", 4)
    assert "incomplete" not in ask(project, "list_files").head


def test_a_crowded_folder_is_bounded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_NAMES", 2)
    assert "incomplete" in ask(project, "list_files").head


def test_a_deep_tree_is_walked_so_far_and_further_when_asked(project: Path) -> None:
    deep = project / "d" / "/".join("d" * 99)
    deep.mkdir(parents=True)
    (deep / "bottom.txt").write_text("found\n")
    found = ask(project, "search_files", pattern="found", path="d")
    assert found.head["too deep"] == "1 folders more than 64 levels down; give one as path"
    assert found.rows == []
    assert len(ask(project, "search_files", pattern="found", path="d/" * 50).rows) == 1


def failing(monkeypatch: pytest.MonkeyPatch, name: str, error: type[OSError]) -> None:
    """Makes the system refuse one name, which root would otherwise always see."""
    original = os.stat

    def refuse(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        if path == name:
            raise error(1, "Operation not permitted")
        return original(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.open

    def refuse(path: Any, *args: Any, **kwargs: Any) -> int:
        if path == "main.py":
            raise PermissionError(13, "Permission denied")
        return original(path, *args, **kwargs)

    monkeypatch.setattr(os, "supports_dir_fd", {refuse})
    monkeypatch.setattr(os, "open", refuse)
    for found in (ask(project, "search_files", pattern="x"), ask(project, "count_lines")):
        assert found.head["unreadable files"] == "1 left out"
        assert found.head["files"] == "4"
    with pytest.raises(ToolError, match=r"^src/main\.py can't be read: Permission denied$"):
        ask(project, "read_file", path="src/main.py")


def test_a_system_that_cannot_open_below_a_folder_has_no_file_tools(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set[Any]())
    with pytest.raises(NotImplementedError, match="the file tools need Linux or macOS"):
        file_tools(project)


def test_what_cannot_be_looked_at_does_not_hide_the_rest(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "main.py", PermissionError)
    found = ask(project, "list_files", path="src")
    assert found.head["unreadable"] == "1 left out, the first src/main.py"
    assert found.rows == ["50\tsrc/app.ts", "dir\tsrc/deep"]


def test_what_goes_away_while_it_is_listed_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "main.py", FileNotFoundError)
    found = ask(project, "list_files", path="src")
    assert "unreadable" not in found.head
    assert found.rows == ["50\tsrc/app.ts", "dir\tsrc/deep"]


def test_a_folder_that_goes_away_while_it_is_walked_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Confined.folder

    def lose(confined: Confined, parts: tuple[str, ...]) -> Any:
        if parts == ("src", "deep"):
            raise ToolError("gone")
        return original(confined, parts)

    monkeypatch.setattr(Confined, "folder", lose)
    found = ask(project, "list_files", path="src", recursive=True)
    assert found.head["unreadable"] == "1 left out, the first src/deep"
    assert found.rows == ["50\tsrc/app.ts", "25\tsrc/main.py"]


PATTERNS = [
    ("*", "a", True),
    ("", "a/b", True),
    ("*.py", "a/b.py", True),
    ("*.PY", "a/b.py", False),
    ("?.py", "b.py", True),
    ("[ab].py", "b.py", True),
    ("[", "[", True),
    ("**", "a/b", True),
    ("**/*.py", "b.py", True),
    ("**/*.py", "x/y/b.py", True),
    ("a/*.py", "a/b.py", True),
    ("a/*.py", "a/x/b.py", False),
    ("a/**/b.py", "a/b.py", True),
    ("a/**/b.py", "a/x/y/b.py", True),
    ("a/**/b.py", "x/b.py", False),
    ("a/**", "a/x/y", True),
    ("./a/b", "a/b", True),
    ("a/b/c", "a/b", False),
    ("a/b", "a/b/c", False),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), PATTERNS, ids=str)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, tuple(path.split("/"))) is expected


def test_no_pattern_takes_long() -> None:
    for pattern in ("**/a/" * 40 + "b", "*a" * 99 + "b", "[!b]*" * 39 + "/c"):
        assert not matches(pattern, ("a" * 255,) * 64)
        assert not matches(pattern, ("a",) * 64)
