"""A file is read in parts, whatever it holds, and the answer says what is missing."""

from pathlib import Path

import pytest

from interpreters.tools import reading
from tests.interpreters.tools.asking import ask


def test_a_file_is_read_with_numbered_lines(project: Path) -> None:
    assert ask(project, "read_file", path="src/main.py").text == (
        "path: src/main.py\nbytes: 25\nlines: 3\nshown: 1-3 of 3\n\n1\timport os\n2\t\n3\tprint('todo')"
    )


def test_a_long_file_is_read_in_parts(project: Path) -> None:
    (project / "long").write_text("".join(f"line {n}\n" for n in range(1, 1001)))
    found = ask(project, "read_file", path="long", offset=700, limit=100)
    assert found.rows[0] == "701\tline 701"
    assert found.rows[-1] == "800\tline 800"
    assert found.head["lines"] == "1000"
    assert found.head["cut"] == "200 more lines; go on with offset=800"
    assert ask(project, "read_file", path="long").head["shown"] == "1-500 of 1000"


CONTENTS = [
    (b"", "0", []),
    (b"\n", "1", ["1\t"]),
    (b"a", "1", ["1\ta"]),
    (b"a\nb", "2", ["1\ta", "2\tb"]),
    (b"a\r\nb\r\n", "2", ["1\ta", "2\tb"]),
    (b"a\rb\n", "1", ["1\ta\rb"]),
    (b"a\n\n\n", "3", ["1\ta", "2\t", "3\t"]),
    ("é\n𝄞\n".encode(), "2", ["1\té", "2\t𝄞"]),
]


@pytest.mark.parametrize(("content", "lines", "rows"), CONTENTS, ids=[repr(content) for content, _, _ in CONTENTS])
def test_lines_are_counted_alike_everywhere(project: Path, content: bytes, lines: str, rows: list[str]) -> None:
    (project / "file.txt").write_bytes(content)
    read = ask(project, "read_file", path="file.txt")
    assert (read.head["lines"], read.rows) == (lines, rows)
    assert ask(project, "count_lines", path="file.txt").head["lines"] == lines


def test_binary_and_broken_text_are_said_and_never_raise(project: Path) -> None:
    (project / "latin").write_bytes(b"caf\xe9\nok\n")
    binary = ask(project, "read_file", path="logo.png")
    assert binary.head["binary"] == "not text, so it is not shown"
    assert binary.rows == []
    latin = ask(project, "read_file", path="latin")
    assert latin.rows == ["1\tcaf\ufffd", "2\tok"]
    assert latin.head["encoding"] == "1 lines are not UTF-8; what can't be read is shown as \ufffd"


@pytest.mark.parametrize(
    "content",
    ["x" * 3_000_000, "é" * 1_000_000, "a" + "é" * 9000, "𝄞" * 2001, "a" * 2001],
    ids=["x", "two bytes", "cut in a character", "four bytes", "one over"],
)
def test_a_long_line_is_cut_between_characters(project: Path, content: str) -> None:
    (project / "wide").write_text(content + "\nnext\n")
    found = ask(project, "read_file", path="wide")
    assert found.rows == [f"1\t{content[:2000]}…", "2\tnext"]
    assert found.head["long lines"] == "1 cut after 2000 characters, marked with …"
    assert "encoding" not in found.head


def test_an_answer_is_bounded_and_the_rest_can_be_read(project: Path) -> None:
    (project / "big").write_text(("é" * 1000 + "\n") * 500)
    seen: list[str] = []
    while True:
        found = ask(project, "read_file", path="big", offset=len(seen), limit=2000)
        assert len("\n".join(found.rows).encode()) <= reading.MAX_OUTPUT
        seen += found.rows
        if "cut" not in found.head:
            break
    assert [int(row.split("\t")[0]) for row in seen] == list(range(1, 501))


def test_a_page_has_a_line_even_if_it_is_too_large(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_OUTPUT", 3)
    assert len(ask(project, "list_files").rows) == 1


def test_reading_stops_somewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_SCAN", 100)
    (project / "long").write_text("12345678\n" * 100)
    found = ask(project, "read_file", path="long", limit=2)
    assert found.rows == ["1\t12345678", "2\t12345678"]
    assert found.head["incomplete"] == "only the first 100 bytes were read"
    assert (
        ask(project, "count_lines").head["incomplete"] == "stopped after 100 bytes; give a smaller folder as path"
    )
    assert ask(project, "search_files", pattern="1").head["incomplete"].startswith("stopped after 100 bytes")
