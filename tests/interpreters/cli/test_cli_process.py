"""The command as a process: signals, pipes, a missing extra, and how little it imports for that."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import interpreters
from executus.invocation import Invocation
from executus.transcript import Entry, Transcript
from executus.values import replace
from interpreters.files import load, save
from tests.interpreters.cli.chatting import Turn, chatting
from tests.interpreters.cli.commanding import CODE, in_process, played, recorded, started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_the_run_and_the_recording_is_written(here: Path, number: signal.Signals) -> None:
    (here / "a.toml").write_text('name = "a"\n')
    with chatting(Turn("late", takes=5)) as chat:
        arguments = ("--model", f"fast={chat.spec}", "--record", "r.xrec")
        with started("run", "a.toml", "x", *arguments) as process:
            assert chat.asked.wait(30)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (12, "")
    assert f"cancelling ({number.name}); once more ends it at once\n" in err
    assert f"executus: cancelled by {number.name}\n" in err
    assert "Traceback" not in err
    assert load("r.xrec").unwrap().status == "cancelled"


@pytest.mark.parametrize(("times", "code"), [(1, 12), (2, 130)])
def test_a_tool_that_will_not_end_holds_neither_run_nor_process(here: Path, times: int, code: int) -> None:
    arguments = ("run", "a.toml", "x", "--record", "r.xrec", "--model")
    (here / "stubborn.py").write_text(
        "import asyncio, sys\n"
        "async def wait() -> str:\n"
        '    """Wait."""\n'
        "    print('waiting', file=sys.stderr, flush=True)\n"
        "    while True:\n"
        "        try:\n"
        "            await asyncio.sleep(60)\n"
        "        except asyncio.CancelledError:\n"
        "            pass\n"
    )
    (here / "a.toml").write_text('low_level_tools = ["stubborn:wait"]\n')
    with chatting(Turn("", (("wait", {}),))) as chat, started(*arguments, f"fast={chat.spec}") as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("waiting" in line for line in lines)
        process.send_signal(signal.SIGINT)
        assert any("cancelling (SIGINT)" in line for line in lines)
        if times == 2:
            process.send_signal(signal.SIGINT)
        rest = "".join(lines)
        process.wait(30)
    assert process.returncode == code
    assert "Traceback" not in rest
    assert (here / "r.xrec").exists() is (times == 1)


def test_a_reader_who_leaves_is_no_error(here: Path) -> None:
    recorded(here / "a.xrec")
    for arguments in (("show", "a.xrec", "--at", "-1", "--json"), ("demo", "."), ("--help",)):
        reading, writing = os.pipe()
        os.close(reading)
        process = started(*arguments)
        assert process.stdout is not None
        assert process.stderr is not None
        with process:
            process.stdout.close()
            err = process.stderr.read()
        os.close(writing)
        assert err == ""


def test_a_closed_pipe_is_silent_and_the_code_stays(here: Path) -> None:
    for number in range(300):
        recorded(here / f"{number}.xrec")
    root = str(Path(interpreters.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": root}
    shell = f'{sys.executable} -c "{CODE}" replay . | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=env, timeout=60, check=False)
    first, code = done.stdout.splitlines()
    assert (code, done.stderr) == ("0", "")
    assert first.startswith("ok ")


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "w") as full, started("doctor", stdout=full.fileno()) as process:
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "executus: output: No space left on device\n")


def test_without_its_extra_the_command_says_what_to_install() -> None:
    for name in ("cyclopts", "rich"):
        ran = in_process("demo", code=f"import sys; sys.modules['{name}'] = None; {CODE}")
        assert ran.code == 2
        assert ran.err == "executus: the command needs its extra: pip install 'executus[cli]'\n"
        assert ran.out == ""


def test_a_terminal_that_knows_ascii_alone_is_no_error(here: Path) -> None:
    (here / "ü.md").write_text("# Übung\n", encoding="utf-8")
    ran = in_process("demo", ".", environment={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.err) == (0, "")
    assert "\\xdcbung" in ran.out


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(here: Path, closed: str) -> None:
    recorded(here / "a.xrec")
    shell = f'"{sys.executable}" -W error -c "{CODE}" replay a.xrec {closed}; echo "$?"'
    env = {**os.environ, "PYTHONPATH": str(Path(interpreters.__file__).parents[1])}
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_json_is_json_in_every_encoding(here: Path) -> None:
    past = replace(played().transcript.started, invocation=Invocation(prompt="Ü 👩 \x9b"))
    save(Transcript((Entry(0, past),)), here / "a.xrec").unwrap()
    for encoding in ("ascii", "utf-8"):
        ran = in_process("show", "a.xrec", "--json", environment={"PYTHONIOENCODING": encoding})
        assert json.loads(ran.out)["event"]["invocation"]["prompt"] == "Ü 👩 \x9b"


def test_the_demo_runs_as_a_process(here: Path) -> None:
    (here / "a.md").write_text("# A\n")
    ran = in_process("demo")
    assert (ran.code, ran.err) == (0, "")
    assert "“A”" in ran.out


def test_looking_at_a_recording_needs_no_http_library(here: Path) -> None:
    recorded(here / "a.xrec")
    code = (
        "import sys; from interpreters.cli import main; code = main()\n"
        "print(sorted({'aiohttp', 'asyncio', 'cattrs'} & set(sys.modules)))\nsys.exit(code)"
    )
    assert in_process("show", "a.xrec", code=code).out.splitlines()[-1] == "[]"
