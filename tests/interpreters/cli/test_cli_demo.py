"""The demo: what it says is true of the folder, and of nothing else."""

import re
from pathlib import Path

from interpreters.cli.surveyor import surveyor
from interpreters.files import load
from interpreters.ports import ModelRequest
from tests.interpreters.cli.commanding import Command, Ran


def folder_of(path: Path, **files: bytes) -> Path:
    for name, data in files.items():
        place = path / name.replace("__", "/").replace("_dot_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return path


def answer_of(ran: Ran) -> str:
    """What stands between the answer's heading and where the recording is said to be."""
    found = re.search(r"^The answer \(.*?\)\n\n(.*?)\n\nrecorded ", ran.out, re.M | re.S)
    assert found, ran
    return "\n".join(line.removeprefix("  ") for line in found[1].split("\n"))


def recording_of(ran: Ran) -> Path:
    found = re.search(r"^recorded  (.*) \(\d+ entries, \d+ bytes\)$", ran.out, re.M)
    assert found, ran
    return Path(found[1])


def test_the_answer_is_true_of_the_folder(command: Command, tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "project",
        big_dot_bin=b"\0" * 5000,
        src__main_dot_py=b"import os\nprint(os)\n",
        src__util_dot_py=b"x = 1\n",
        README_dot_md=b"\n# The Title #\n\ntext\n",
    )
    ran = command("demo", folder)
    assert (ran.code, ran.err) == (0, "")
    assert answer_of(ran) == (
        "The largest of 4 files (5047 bytes in all):\n"
        "  5000 bytes  big.bin\n"
        "    21 bytes  README.md\n"
        "    20 bytes  src/main.py\n"
        "     6 bytes  src/util.py\n"
        "  The first of them is binary.\n"
        "\n"
        "Lines by language (7 lines in 3 text files):\n"
        "  4  Markdown (1 file)\n"
        "  3  Python (2 files)\n"
        "\n"
        "A heading, line 2 of README.md:\n"
        "  “The Title”\n"
        "\n"
        "Left out:\n"
        "  binary files: 1 left out"
    )


def test_a_new_file_changes_the_answer(command: Command, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "project", a_dot_py=b"1\n2\n")
    before = answer_of(command("demo", folder))
    assert "The largest of 1 file (4 bytes in all):\n  4 bytes  a.py\n  The first of them has 2 lines." in before
    (folder / "b.py").write_bytes(b"1\n" * 100)
    after = answer_of(command("demo", folder))
    assert "The largest of 2 files (204 bytes in all):\n  200 bytes  b.py\n    4 bytes  a.py\n" in after
    assert "Lines by language (102 lines in 2 text files):\n  102  Python (2 files)" in after


def test_the_demo_says_that_its_model_is_scripted_and_tells_the_run(command: Command, tmp_path: Path) -> None:
    ran = command("demo", folder_of(tmp_path / "project", a_dot_md=b"# A\n"))
    assert "The model in this demo is scripted" in ran.out
    assert "-> RunTool#4 RunTool#5 RunTool#6\n" in ran.out, "three tools run at once"
    assert "replayed  from that file alone: every decision is the same" in ran.out
    path = recording_of(ran)
    for verb in ("show {}", "replay {}", "why {}", "what-if {} --set max_iterations=1"):
        assert f"  executus {verb.format(path)}\n" in ran.out
    told = command("show", path).out
    assert told in ran.out, "the narrative is the recording's"


def test_what_it_suggests_works(command: Command, tmp_path: Path) -> None:
    path = recording_of(command("demo", folder_of(tmp_path / "project", a_dot_md=b"# A\n")))
    assert command("show", path, "--at", "4").code == 0
    assert command("replay", path).code == 0
    assert command("why", path).out.split()[0].rstrip(":") in ("ok", "status")
    assert "-> error" in command("what-if", path, "--set", "max_iterations=1").out


def test_a_second_run_in_the_same_folder_counts_the_same(command: Command, here: Path) -> None:
    folder_of(here, a_dot_py=b"1\n")
    assert answer_of(command("demo")) == answer_of(command("demo"))
    assert [path.name for path in here.iterdir()] == ["a.py"]


def test_a_folder_around_the_recordings_counts_the_same(command: Command, tmp_path: Path) -> None:
    def counted() -> str:
        return answer_of(command("demo", tmp_path)).partition("Left out")[0]

    folder_of(tmp_path, a_dot_py=b"1\n")
    assert counted() == counted()


def test_the_recording_goes_where_it_is_told(command: Command, here: Path) -> None:
    ran = command("demo", ".", "-o", "mine.xrec")
    assert (ran.code, recording_of(ran)) == (0, Path("mine.xrec"))
    assert load(here / "mine.xrec").unwrap().status == "ok"


def test_an_empty_folder_has_an_honest_answer(command: Command, here: Path) -> None:
    ran = command("demo")
    assert ran.code == 0
    assert answer_of(ran) == (
        "There are no files.\n\nThere are no lines to count.\n\nNo heading to quote: there is no markdown file."
    )


def test_markdown_without_a_heading_is_not_quoted(command: Command, here: Path) -> None:
    folder_of(here, a_dot_md=b"text\n```\n# a comment\n```\n#!no\n", docs__b_dot_md=b"")
    assert "No heading to quote: none in a.md, docs/b.md." in answer_of(command("demo"))


def test_the_readme_is_quoted_before_others(command: Command, here: Path) -> None:
    folder_of(here, a_dot_md=b"# A\n", readme_dot_MD=b"Underlined\n==========\n", docs__README_dot_md=b"# D\n")
    assert "A heading, line 1 of readme.MD:\n  “Underlined”" in answer_of(command("demo"))


def test_hostile_names_and_texts_stay_text(command: Command, here: Path) -> None:
    (here / "we\x1b[2Jird.md").write_bytes("# Red \x1b[31mtitle \u202egnp\n".encode())
    ran = command("demo")
    assert ran.code == 0
    assert not set("\x1b\u202e") & set(ran.out)
    assert "we\\x1b[2Jird.md" in ran.out


def test_nothing_in_the_folder_is_changed(command: Command, here: Path) -> None:
    folder_of(here, a_dot_py=b"1\n", sub__b_dot_md=b"# B\n")
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    here.chmod(0o555)
    try:
        assert command("demo").code == 0
    finally:
        here.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before


def test_a_folder_that_is_not_there_is_a_mistake(command: Command, here: Path) -> None:
    assert command("demo", "nowhere").is_mistake("nowhere is not there", "give a folder")
    (here / "file").touch()
    assert command("demo", "file").is_mistake("file is no folder")
    assert command("demo", ".", "-o", "no/where.xrec").is_mistake("--output", "there is no folder no")
    assert command("demo", ".", "-o", ".").is_mistake("--output", "is a folder")


def test_the_scripted_model_looks_around_first() -> None:
    reply = surveyor(ModelRequest(model="scripted", messages=()))
    assert [call.name for call in reply.calls] == ["list_files", "count_lines", "list_files"]
