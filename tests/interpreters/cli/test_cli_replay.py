"""`executus replay`: one line a file, and the exit code of the worst."""

import json
from pathlib import Path

import pytest

from executus.rules.status import Status
from executus.transcript import Transcript
from executus.values import replace
from interpreters.files import load, save
from tests.interpreters.cli.commanding import Command, played, recorded


def diverging(path: Path) -> Path:
    """A recording whose agent may do less than it did."""
    past = load(recorded(path)).unwrap()
    started = replace(past.started, agent=replace(past.started.agent, max_iterations=1))
    entries = (replace(past.entries[0], event=started), *past.entries[1:])
    return save(replace(past, entries=entries), path).unwrap()


def cut(path: Path) -> Path:
    path.write_bytes(recorded(path).read_bytes()[:-100])
    return path


def newer(path: Path) -> Path:
    header, _, rest = recorded(path).read_bytes().partition(b"\n")
    fields = {**json.loads(header), "format": 99, "novelty": True}
    path.write_bytes(json.dumps(fields).encode() + b"\n" + rest)
    return path


def test_a_good_recording_is_ok(command: Command) -> None:
    ran = command("replay", recorded(Path("a.xrec")))
    assert (ran.code, ran.out, ran.err) == (0, "ok          a.xrec  8 entries, ok\n", "")


def test_a_recording_that_diverges_is_named_with_the_first_place(command: Command) -> None:
    ran = command("replay", diverging(Path("a.xrec")))
    assert (ran.code, ran.err) == (3, "")
    assert ran.out.startswith("diverged    a.xrec  at entry 5 (model #5 replied add(")
    assert "recorded RunTool#6, asked now nothing; differs in count" in ran.out
    assert ran.out.count("\n") == 1


def test_another_status_than_recorded_is_a_divergence(command: Command) -> None:
    past = replace(played().transcript, status=Status.ERROR)
    ran = command("replay", save(past, Path("a.xrec")).unwrap())
    assert ran.code == 3
    assert ran.out.startswith("diverged    a.xrec  at entry ")
    assert ran.out.endswith("recorded as error, now ok; differs in status\n")


def test_a_recording_of_a_run_that_has_not_ended_is_ok(command: Command) -> None:
    past: Transcript = played().transcript.fork(4)
    ran = command("replay", save(past, Path("a.xrec")).unwrap())
    assert (ran.code, ran.out) == (0, "ok          a.xrec  5 entries, not ended\n")
    ended = replace(past, status=Status.OK)
    ran = command("replay", save(ended, Path("b.xrec")).unwrap())
    assert ran.code == 3
    assert "recorded as ok, now not ended; differs in status" in ran.out


def test_a_cut_file_is_corrupt(command: Command) -> None:
    ran = command("replay", cut(Path("a.xrec")))
    assert ran.code == 4
    assert ran.out.startswith("corrupt     a.xrec  ")
    assert "the file was cut" in ran.out


def test_a_newer_format_is_unsupported(command: Command) -> None:
    ran = command("replay", newer(Path("a.xrec")))
    assert ran.code == 5
    assert ran.out.startswith("unsupported a.xrec  line 1: format 99 is newer")


def test_a_folder_means_every_recording_in_it_and_the_worst_counts(command: Command, here: Path) -> None:
    (here / "sub").mkdir()
    recorded(Path("a.xrec"))
    diverging(Path("b.xrec"))
    newer(Path("sub/c.xrec"))
    cut(Path("sub/d.xrec"))
    Path("notes.txt").touch()
    ran = command("replay", ".")
    assert ran.code == 5
    assert [line.split()[:2] for line in ran.out.splitlines()] == [
        ["ok", "a.xrec"],
        ["diverged", "b.xrec"],
        ["unsupported", "sub/c.xrec"],
        ["corrupt", "sub/d.xrec"],
    ]
    Path("sub/c.xrec").unlink()
    assert command("replay", ".").code == 4
    Path("sub/d.xrec").unlink()
    assert command("replay", "a.xrec", "b.xrec").code == 3


@pytest.mark.parametrize("verb", ["show", "why", "replay"])
def test_every_reading_verb_has_the_same_codes(command: Command, verb: str) -> None:
    assert command(verb, cut(Path("a.xrec"))).code == 4
    assert command(verb, newer(Path("b.xrec"))).code == 5
    assert command(verb, Path("none.xrec")).is_mistake("none.xrec")


def test_what_there_is_nothing_to_replay_of_is_a_mistake(command: Command) -> None:
    assert command("replay").is_mistake("give an .xrec file, or a folder of them")
    assert command("replay", "none.xrec").is_mistake("there is no none.xrec")
    Path("empty").mkdir()
    assert command("replay", "empty").is_mistake("there is no .xrec file in empty")
