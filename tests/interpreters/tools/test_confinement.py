"""Nothing outside the root is read, whatever a path says and whatever lies in the folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from interpreters.ports import ToolContext, ToolError
from interpreters.tools import collect, file_tools
from interpreters.tools.confined import Confined, parts_of, shown
from tests.interpreters.tools.asking import text_of

CANARY = "CANARY-7f3a"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every trap in it, beside what must never be read."""
    above = tmp_path_factory.mktemp("above")
    outside = above / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(CANARY)
    (above / "secret.txt").write_text(CANARY)
    root = above / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "in.txt").write_text("inside\n")
    (root / "a" / "b" / "deep.txt").write_text("deep\n")
    (root / "out").symlink_to(outside)
    (root / "up").symlink_to("..")
    (root / "a" / "file").symlink_to(outside / "secret.txt")
    (root / "a" / "round").symlink_to("round")
    (root / "a" / "near").symlink_to("in.txt")
    (root / "slash").symlink_to("/")
    os.mkfifo(root / "pipe")
    return root


REFUSED = [
    ("..", ".. contains ..; give a path below the root, like src/main.py"),
    (
        "../outside/secret.txt",
        "../outside/secret.txt contains ..; give a path below the root, like src/main.py",
    ),
    ("a/../../secret.txt", "a/../../secret.txt contains ..; give a path below the root, like src/main.py"),
    ("a/../a/in.txt", "a/../a/in.txt contains ..; give a path below the root, like src/main.py"),
    ("/etc/passwd", "/etc/passwd is absolute; give a path below the root, like src/main.py"),
    ("//etc/passwd", "//etc/passwd is absolute; give a path below the root, like src/main.py"),
    ("C:/x", "C:/x is absolute; give a path below the root, like src/main.py"),
    ("C:", "C: is absolute; give a path below the root, like src/main.py"),
    ("C:\\x", "C:\\\\x contains a backslash; write / between the parts of a path"),
    (
        "..\\..\\secret.txt",
        "..\\\\..\\\\secret.txt contains a backslash; write / between the parts of a path",
    ),
    ("\\\\host\\share", "\\\\\\\\host\\\\share contains a backslash; write / between the parts of a path"),
    ("a/in.txt\0.png", "the path contains a NUL character"),
    ("\0", "the path contains a NUL character"),
    ("x" * 5000, "the path is too long: 5000 characters"),
    ("x" * 300, "x" * 200 + "… can't be read: File name too long"),
    ("out", "out is a symbolic link, and links are not followed"),
    ("out/secret.txt", "out is a symbolic link, and links are not followed"),
    ("up/secret.txt", "up is a symbolic link, and links are not followed"),
    ("slash/etc/passwd", "slash is a symbolic link, and links are not followed"),
    ("a/file", "a/file is a symbolic link, and links are not followed"),
    ("a/file/x", "a/file is a symbolic link, and links are not followed"),
    ("a/near", "a/near is a symbolic link, and links are not followed"),
    ("a/round", "a/round is a symbolic link, and links are not followed"),
    ("a/round/x", "a/round is a symbolic link, and links are not followed"),
    ("pipe", "pipe is not a regular file"),
    ("pipe/x", "pipe is not a folder"),
    ("a/in.txt/x", "a/in.txt is not a folder"),
    ("a/none", "there is no a/none"),
    ("~/x", "there is no ~"),
    ("%2e%2e/secret.txt", "there is no %2e%2e"),
    ("\uff0e\uff0e/secret.txt", "there is no \uff0e\uff0e"),
    ("..\u2215secret.txt", "there is no ..\u2215secret.txt"),
    ("... /x", "there is no ... "),
    ("line\nbreak\x1b[2J", "there is no line\\nbreak\\x1b[2J"),
]


@pytest.mark.parametrize(("path", "said"), REFUSED, ids=[repr(path)[:30] for path, _ in REFUSED])
def test_paths_that_lead_out_or_nowhere_are_refused(root: Path, path: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        text_of(root, "read_file", path=path)
    assert str(caught.value) == said
    for name in ("list_files", "count_lines"):
        with pytest.raises(ToolError):
            text_of(root, name, path=path)
    with pytest.raises(ToolError):
        text_of(root, "search_files", path=path, pattern="a")


@pytest.mark.parametrize("path", ["", ".", "a", "a/", "./a/./b//"])
def test_a_folder_is_no_file(root: Path, path: str) -> None:
    with pytest.raises(ToolError, match=r"is a folder, not a file$"):
        text_of(root, "read_file", path=path)


def test_links_are_listed_and_never_followed(root: Path) -> None:
    listed = text_of(root, "list_files", recursive=True, hidden=True)
    assert "link\tout" in listed
    assert "link\ta/file" in listed
    assert "secret" not in listed
    assert CANARY not in text_of(root, "search_files", pattern="CANARY", hidden=True).partition("\n\n")[2]
    assert "matching lines: 0" in text_of(root, "search_files", pattern="CANARY", hidden=True)
    assert "files: 2\nlines: 2\n" in text_of(root, "count_lines", hidden=True)


def test_errors_do_not_say_where_the_root_is(root: Path) -> None:
    for path, _ in REFUSED:
        with pytest.raises(ToolError) as caught:
            text_of(root, "read_file", path=path)
        assert root.parent.name not in str(caught.value)


def test_the_root_itself_may_be_reached_through_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert "1\tinside" in text_of(tmp_path / "link", "read_file", path="a/in.txt")


def test_a_root_that_goes_away_is_said(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    tools = collect(file_tools(tmp_path / "root"))
    (tmp_path / "root").rmdir()
    with pytest.raises(ToolError, match=r"^there is no \.$"):
        tools["list_files"].call("{}", ToolContext(run_id="", call_id=""))


def test_a_folder_that_becomes_a_link_after_the_check_is_not_followed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    (tmp_path / "root" / "a" / "secret.txt").write_text("mine")
    original = os.stat

    def swapping(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        status = original(path, *args, **kwargs)
        if path == "a" and (tmp_path / "root" / "a").is_dir() and not (tmp_path / "root" / "a").is_symlink():
            (tmp_path / "root" / "a").rename(tmp_path / "moved")
            (tmp_path / "root" / "a").symlink_to(root.parent / "outside")
        return status

    confined = Confined(tmp_path / "root")
    monkeypatch.setattr(os, "stat", swapping)
    with pytest.raises(ToolError, match="can't be read"), confined.file(("a", "secret.txt")):
        pass


@pytest.mark.parametrize("swap", ["link", "pipe"])
def test_a_file_that_is_swapped_after_the_check_is_not_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: str
) -> None:
    target = tmp_path / "file"
    target.write_text("mine")
    original = os.stat

    def swapping(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        status = original(path, *args, **kwargs)
        if path == "file":
            target.unlink()
            if swap == "link":
                target.symlink_to(root.parent / "secret.txt")
            else:
                os.mkfifo(target)
        return status

    confined = Confined(tmp_path)
    monkeypatch.setattr(os, "stat", swapping)
    with pytest.raises(ToolError), confined.file(("file",)):
        pass


def test_no_descriptor_stays_open(root: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system doesn't list open descriptors")
    before = len(list(descriptors.iterdir()))
    for path, _ in REFUSED:
        with pytest.raises(ToolError):
            text_of(root, "read_file", path=path)
    text_of(root, "search_files", pattern="a", hidden=True)
    assert len(list(descriptors.iterdir())) == before


NAMES = "a b in.txt out up slash file round pipe secret.txt outside root etc proc self cwd ~ C: %2e%2e"
PIECES = st.sampled_from([*NAMES.split(), "..", ".", "", "\\", "..\\", "\0", "\uff0e\uff0e", " ..", ".. "])
PATHS = st.lists(PIECES | st.text(max_size=4), max_size=6).map("/".join) | st.text(max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=PATHS)
@example(path="a/in.txt")
@example(path="up/root/a/in.txt")
def test_no_path_reads_outside_the_root(root: Path, path: str) -> None:
    for name, more in (("read_file", {}), ("list_files", {}), ("search_files", {"pattern": "CANARY"})):
        for text in answers(root, name, path=path, **more):
            body = text.partition("\n\n")[2]
            assert CANARY not in body
            assert "secret.txt" not in body


@given(path=PATHS)
def test_parts_never_lead_up(path: str) -> None:
    try:
        parts = parts_of(path)
    except ToolError:
        return
    assert not any(part in ("", ".", "..") or "/" in part or "\0" in part or "\\" in part for part in parts)
    assert "\n" not in shown(parts)


def answers(root: Path, name: str, **arguments: Any) -> Iterator[str]:
    try:
        yield text_of(root, name, **arguments)
    except ToolError:
        return
