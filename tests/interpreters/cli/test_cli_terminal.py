"""On a terminal: progress on stderr while it goes, and nothing that a model or a tool said is obeyed by it."""

import os
import pty
import re
import subprocess
import threading
from pathlib import Path

import pytest

from interpreters.cli.terminal import clean, one_line
from tests.interpreters.cli.chatting import Turn, chatting
from tests.interpreters.cli.commanding import recorded, started

EVIL = "\x1b]0;owned\x07 \x9b31m \u202egnp"


def on_terminal(*arguments: str, stream: str) -> tuple[str, str]:
    """What stands on the terminal that `stream` is, and on the other stream, which is none."""
    master, slave = pty.openpty()
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: slave}
    process = started(*arguments, **streams, environment={"TERM": "xterm", "COLUMNS": "100"})
    os.close(slave)
    seen = bytearray()

    def watch() -> None:
        try:
            while data := os.read(master, 65536):
                seen.extend(data)
        except OSError:
            pass  # How Linux says that the other end is closed.

    watcher = threading.Thread(target=watch)
    watcher.start()
    with process:
        out, err = process.communicate(timeout=60)
    watcher.join(30)
    os.close(master)
    return seen.decode().replace("\r\n", "\n"), out or err or ""


def without_style(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_run_is_told_while_it_goes(here: Path) -> None:
    (here / "a.toml").write_text('name = "a"\nlow_level_tools = ["list_files", "read_file"]\n')
    (here / "evil.txt").write_text(EVIL)
    calls = (("list_files", {}), ("read_file", {"path": "evil.txt"}), ("read_file", {"path": "none"}))
    with chatting(Turn(f"I look. {EVIL}", calls), Turn("Done.")) as chat:
        seen, out = on_terminal("run", "a.toml", "x", "--model", f"fast={chat.spec}", stream="stderr")
    assert out == "Done.\n"
    told = without_style(seen)
    assert 'of a: "x"\n' in told
    assert '    1  "I look.' in told
    assert '    1  read_file({"path": "evil.txt"})\n' in told
    assert re.search(r"       list_files done in .*s: \"path: \.", told)
    assert re.search(r"       read_file failed in .*s: \"there is no none\"", told)
    assert re.search(r"ok in .*s, 1 step, 3 tool calls, 200 tokens in, 14 out\n$", told)
    assert not set("\x07\x9b\u202e") & set(seen)
    assert "\x1b]" not in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "the cursor is shown again"


def test_a_model_that_is_asked_again_is_told_while_it_goes(here: Path) -> None:
    (here / "a.toml").touch()
    with chatting(Turn(status=503), Turn("Done.")) as chat:
        seen, out = on_terminal("run", "a.toml", "x", "--model", f"fast={chat.spec}", stream="stderr")
    told = without_style(seen)
    assert out == "Done.\n"
    assert re.search(r"model #\d failed: \"no\"\n", told)
    assert re.search(r"       asked again in .*s, attempt 2 of 3\n", told)


def test_an_answer_cannot_move_the_cursor_but_reaches_programs_unchanged(here: Path) -> None:
    (here / "a.toml").touch()
    with chatting(Turn(EVIL)) as chat:
        arguments = ("run", "a.toml", "x", "--model", f"fast={chat.spec}")
        assert on_terminal(*arguments, stream="stdout")[0] == f"{clean(EVIL)}\n"
        assert on_terminal(*arguments, stream="stderr")[1] == f"{EVIL}\n"


def test_the_narrative_is_wrapped_below_its_events(here: Path) -> None:
    recorded(here / "a.xrec")
    seen, _ = on_terminal("show", "a.xrec", "--at", "-1", stream="stdout")
    assert all(len(line) <= 100 for line in seen.splitlines())


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\rb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp", "\\u202egnp"),
        ("Übung “ok” 👩\u200d🔬", "Übung “ok” 👩\u200d🔬"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    assert "\n" not in one_line(text)


def test_many_files_have_a_bar_that_takes_nothing_from_stdout(here: Path) -> None:
    for number in range(25):
        recorded(here / f"{number}.xrec")
    seen, out = on_terminal("replay", ".", stream="stderr")
    assert out.count("ok  ") == 25
    assert "100%" in without_style(seen)
    seen, _ = on_terminal("replay", ".", stream="stdout")
    assert seen.count("ok  ") == 25
