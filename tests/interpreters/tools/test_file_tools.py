"""What the file tools answer: one shape, bounded, and honest about what is missing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from executus.values import ToolClass
from interpreters.ports import ToolError
from interpreters.tools import file_tools, searching
from interpreters.tools.languages import language_of
from tests.interpreters.tools.asking import ask


def test_there_are_four_pure_tools_that_block(project: Path) -> None:
    tools = file_tools(project)
    assert [tool.spec.name for tool in tools] == ["list_files", "read_file", "search_files", "count_lines"]
    assert all(tool.spec.effect is ToolClass.PURE and tool.blocking for tool in tools)
    assert all(tool.spec.description for tool in tools)
    for tool in tools:
        properties = json.loads(tool.spec.parameters)["properties"]
        assert all(one["description"] for one in properties.values())


def test_a_root_that_is_no_folder_is_refused(project: Path) -> None:
    with pytest.raises(NotADirectoryError, match="the file tools need a folder"):
        file_tools(project / "README.md")
    with pytest.raises(NotADirectoryError, match="the file tools need a folder"):
        file_tools(str(project / "nothing"))


def test_a_folder_is_listed_with_sizes(project: Path) -> None:
    (project / "link").symlink_to("README.md")
    os.mkfifo(project / "pipe")
    assert ask(project, "list_files").text == (
        "path: .\nfiles: 3\nbytes: 38\nshown: 1-6 of 6\n"
        "skipped: .git, node_modules (hidden=true includes them)\n"
        "\n"
        "5\tMakefile\n24\tREADME.md\nlink\tlink\n9\tlogo.png\nspecial\tpipe\ndir\tsrc"
    )


def test_the_largest_files_come_first_when_asked(project: Path) -> None:
    found = ask(project, "list_files", recursive=True, sort="size", limit=2)
    assert found.rows == ["50\tsrc/app.ts", "25\tsrc/main.py"]
    assert found.head["shown"] == "1-2 of 6"
    assert found.head["cut"] == "4 more entries; go on with offset=2"
    assert (found.head["files"], found.head["bytes"]) == ("6", "118")


def test_pages_together_are_the_whole(project: Path) -> None:
    whole = ask(project, "list_files", recursive=True, hidden=True).rows
    pages = [
        ask(project, "list_files", recursive=True, hidden=True, offset=n, limit=1).rows for n in range(len(whole))
    ]
    assert [row for page in pages for row in page] == whole
    assert ask(project, "list_files", offset=99).head["shown"] == "none of 4: offset=99 is past the end"


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ({"path": "src"}, ["src/app.ts", "src/deep", "src/main.py"]),
        ({"path": "src/"}, ["src/app.ts", "src/deep", "src/main.py"]),
        ({"path": "./src/./deep"}, ["src/deep/util.py"]),
        ({"path": "src/main.py"}, ["src/main.py"]),
        ({"pattern": "*.py"}, []),
        ({"pattern": "*.py", "recursive": True}, ["src/deep/util.py", "src/main.py"]),
        ({"pattern": "**/*.py"}, ["src/deep/util.py", "src/main.py"]),
        ({"pattern": "src/*.py"}, ["src/main.py"]),
        ({"path": "src", "pattern": "deep/*"}, ["src/deep/util.py"]),
        ({"path": ".git"}, [".git/config"]),
        ({"pattern": "**/config", "hidden": True}, [".git/config"]),
    ],
    ids=str,
)
def test_what_is_listed_is_what_was_asked_for(project: Path, arguments: dict[str, Any], paths: list[str]) -> None:
    assert [row.split("\t")[1] for row in ask(project, "list_files", **arguments).rows] == paths


def test_a_text_is_found_line_by_line(project: Path) -> None:
    assert ask(project, "search_files", pattern="TODO").text == (
        "path: .\nfiles: 5\nmatching files: 1\nmatching lines: 1\nshown: 1-1 of 1\n"
        "binary files: 1 left out\nskipped: .git, node_modules (hidden=true includes them)\n"
        "\n"
        "README.md:3: Text with TODO"
    )


def test_searching_can_ignore_case_and_choose_files(project: Path) -> None:
    assert ask(project, "search_files", pattern="todo", ignore_case=True).rows == [
        "README.md:3: Text with TODO",
        "src/main.py:3: print('todo')",
    ]
    assert (
        ask(project, "search_files", pattern="todo", ignore_case=True, glob="*.py").head["matching lines"] == "1"
    )
    assert ask(project, "search_files", pattern="TODO", hidden=True).head["matching files"] == "3"
    assert ask(project, "search_files", pattern="o", path="src/main.py").rows[0] == "src/main.py:1: import os"


def test_what_is_searched_for_is_literal(project: Path) -> None:
    (project / "odd").write_text("a.b\naxb\n(a+)+$\n")
    assert ask(project, "search_files", pattern="a.b").rows == ["odd:1: a.b"]
    assert ask(project, "search_files", pattern="(a+)+$").rows == ["odd:3: (a+)+$"]


def test_matches_come_in_pages_with_the_total(project: Path) -> None:
    found = ask(project, "search_files", pattern="let", offset=1, limit=2)
    assert found.rows == ["src/app.ts:2: let a = 1", "src/app.ts:3: let a = 1"]
    assert found.head["cut"] == "2 more matching lines; go on with offset=3"


def test_a_match_in_a_long_line_is_shown_with_what_stands_around_it(project: Path) -> None:
    (project / "wide").write_text("a" * 5000 + "NEEDLE" + "b" * 5000)
    [row] = ask(project, "search_files", pattern="NEEDLE").rows
    assert len(row) < searching.MATCH_WIDTH + 20
    assert "aaaNEEDLEbbb" in row
    assert row.endswith("…")
    [row] = ask(project, "search_files", pattern="needle", ignore_case=True).rows
    assert "aaaNEEDLEbbb" in row


def test_large_files_are_not_searched_and_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MAX_SEARCHED", 30)
    found = ask(project, "search_files", pattern="a")
    assert found.head["large files"] == "1 of more than 30 bytes left out"


@pytest.mark.parametrize("pattern", ["", "a\nb"], ids=repr)
def test_a_pattern_that_no_line_has_is_refused(project: Path, pattern: str) -> None:
    with pytest.raises(ToolError, match=r"^pattern must be a text of one line$"):
        ask(project, "search_files", pattern=pattern)


def test_lines_are_counted_by_language(project: Path) -> None:
    assert ask(project, "count_lines").text == (
        "path: .\nfiles: 5\nlines: 13\nbytes: 109\n"
        "binary files: 1 left out\nskipped: .git, node_modules (hidden=true includes them)\n"
        "\n"
        "5\t1\t50\tTypeScript\n4\t2\t30\tPython\n3\t1\t24\tMarkdown\n1\t1\t5\tMakefile"
    )
    assert ask(project, "count_lines", glob="*.py").head["lines"] == "4"


def test_more_languages_than_anyone_reads_are_cut(project: Path) -> None:
    for number in range(205):
        (project / "src" / f"a.x{number}").write_text("\n")
    found = ask(project, "count_lines", path="src", glob="*.x*")
    assert len(found.rows) == 200
    assert found.head["cut"] == "5 more languages; use glob to choose"
    assert found.head["lines"] == "205"


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.py", "Python"),
        ("A.PY", "Python"),
        ("Makefile", "Makefile"),
        ("x", "(none)"),
        (".env", "(none)"),
        ("a.q", ".q"),
    ],
)
def test_every_name_has_a_language(name: str, language: str) -> None:
    assert language_of(name) == language
