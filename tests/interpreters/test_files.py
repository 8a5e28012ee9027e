"""Transcripts on disk. Law: a file is whole and true, or a value says what is wrong with it; nothing raises."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from returns.result import Failure, Success

from executus import Agent, Invocation, RunResult, Transcript
from executus.events import CancelRequested
from executus.reading import FaultyBecause, TranscriptFault
from executus.values import ModelReply, ToolCall, ToolResult
from interpreters import files
from interpreters.files import load, save
from interpreters.memory import Memory, calls, fails, hangs, says, scripted, steer
from interpreters.ports import ToolError
from tests.interpreters.hosts import Raw


@pytest.fixture
def past() -> Transcript:
    world = Memory(model=[calls("work", n=1), says("Done.")], tools=[scripted("work", returns=ToolResult("ö"))])
    return world.run(Agent(low_level_tools=("work",)), "Work.").transcript


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.xrec"


def fault(result: object) -> TranscriptFault:
    match result:
        case Failure(TranscriptFault() as found):
            return found
        case other:
            raise AssertionError(f"expected a failure, got {other!r}")


def test_what_is_saved_is_what_is_loaded(past: Transcript, path: Path) -> None:
    assert save(past, path) == Success(path)
    stored = load(path).unwrap()
    assert (stored.status, str(stored), stored.divergence()) == ("ok", str(past), None)
    assert [entry.event for entry in stored.entries] == [entry.event for entry in past.entries]


def test_a_path_may_be_text(past: Transcript, path: Path) -> None:
    assert save(past, str(path)) == Success(path)
    assert load(str(path)).unwrap().status == "ok"


def test_saving_again_gives_the_same_bytes(past: Transcript, path: Path) -> None:
    save(past, path).unwrap()
    before = path.read_bytes()
    save(load(path).unwrap(), path).unwrap()
    assert path.read_bytes() == before


def test_a_run_that_has_not_ended_is_kept_as_such(past: Transcript, path: Path) -> None:
    save(past.fork(3), path).unwrap()
    stored = load(path).unwrap()
    assert (stored.status, stored.forked_from) == (None, past.fork(3).forked_from)


def test_an_older_file_is_replaced_whole(past: Transcript, path: Path) -> None:
    longer = Memory(model=[hangs()]).run(Agent(), "x" * 100_000).transcript
    save(longer, path).unwrap()
    save(past, path).unwrap()
    assert str(load(path).unwrap()) == str(past)
    assert os.listdir(path.parent) == ["run.xrec"]


def test_a_file_that_can_not_be_written_leaves_the_old_one_and_nothing_else(
    past: Transcript, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("the old one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(files.os, step, full)
            found = fault(save(past, path))
        assert (found.because, found.message) == ("unreadable", f"{path}: No space left on device")
        assert path.read_text() == "the old one"
        assert os.listdir(path.parent) == ["run.xrec"]


def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(
    past: Transcript, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("the old one")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(past, path)
    assert path.read_text() == "the old one"
    assert os.listdir(path.parent) == ["run.xrec"]


def test_a_folder_that_is_missing_or_none_is_a_value(past: Transcript, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "missing" / "run.xrec", tmp_path / "file" / "run.xrec", tmp_path):
        found = fault(save(past, bad))
        assert found.because is FaultyBecause.UNREADABLE
        assert str(bad) in found.message


@pytest.mark.parametrize("do", ["save", "load"])
def test_what_is_not_permitted_is_a_value(
    do: str, past: Transcript, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by hand: whoever runs the tests may be allowed everything."""

    def refused(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    if do == "save":
        monkeypatch.setattr(files.os, "open", refused)
        found = fault(save(past, path))
        monkeypatch.undo()
    else:
        monkeypatch.setattr("builtins.open", refused)
        found = fault(load(path))
        monkeypatch.undo()
    assert (found.because, found.message) == ("unreadable", f"{path}: Permission denied")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_is_a_value(past: Transcript, path: Path) -> None:
    path.parent.chmod(0o555)
    try:
        assert fault(save(past, path)).because is FaultyBecause.UNREADABLE
        assert os.listdir(path.parent) == []
    finally:
        path.parent.chmod(0o755)


@pytest.mark.parametrize("name", ["missing.xrec", ".", "no\0name"])
def test_what_can_not_be_read_is_a_value(name: str, tmp_path: Path) -> None:
    found = fault(load(f"{tmp_path}/{name}"))
    assert (found.because, found.line) == (FaultyBecause.UNREADABLE, 0)
    assert str(found).startswith("unreadable: ")


def test_a_file_with_a_name_that_can_not_be_is_a_value(past: Transcript, tmp_path: Path) -> None:
    assert fault(save(past, f"{tmp_path}/no\0name")).because is FaultyBecause.UNREADABLE


def test_a_file_that_was_cut_anywhere_is_corrupt(past: Transcript, path: Path) -> None:
    save(past, path).unwrap()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert fault(load(path)).because is FaultyBecause.CORRUPT, length


def test_a_file_that_was_edited_anywhere_is_no_transcript(past: Transcript, path: Path) -> None:
    save(past, path).unwrap()
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert fault(load(path)).because is not FaultyBecause.UNREADABLE, place


@pytest.mark.parametrize("junk", [b"", b"\n", b"{}\n", b"\xff\xfe\n\n\n", b"[" * 100_000 + b"\n\n\n"], ids=len)
def test_what_never_was_a_transcript_is_corrupt(junk: bytes, path: Path) -> None:
    path.write_bytes(junk)
    assert fault(load(path)).because is FaultyBecause.CORRUPT


def test_a_newer_format_is_unsupported(past: Transcript, path: Path) -> None:
    save(past, path).unwrap()
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2', 1))
    found = fault(load(path))
    assert (found.because, found.line) == (FaultyBecause.UNSUPPORTED, 1)


def fail(text: str) -> ToolResult:
    raise ToolError(text)


def asked(call: ToolCall) -> RunResult:
    """A run whose model, a host's function, makes this call."""
    replies = [ModelReply(calls=(call,)), ModelReply("Done.")]
    return Memory(model=lambda _: replies.pop(0), tools=[scripted("work")]).run(WORKER)


WORKER = Agent(low_level_tools=("work",))
WORKS = [calls("work"), says("Done.")]
LIVES: dict[str, Callable[[str], RunResult]] = {
    "steering": lambda text: Memory(model=[hangs()], happens=[(1, steer(text))]).run(Agent()),
    "canceller": lambda text: Memory(model=[hangs()], happens=[CancelRequested(1, text)]).run(Agent()),
    "reply": lambda text: Memory(model=lambda _: ModelReply(text)).run(Agent()),
    "failure": lambda text: Memory(model=[fails(text)]).run(Agent()),
    "arguments": lambda text: asked(ToolCall("", "work", f'{{"a": "{text}"}}')),
    "call id": lambda text: asked(ToolCall(text, "work")),
    "tool name": lambda text: asked(ToolCall("", text)),
    "result": lambda text: Memory(model=WORKS, tools=[Raw(lambda: ToolResult(text))]).run(WORKER),
    "tool error": lambda text: Memory(model=WORKS, tools=[Raw(lambda: fail(text))]).run(WORKER),
}
"""Where the outside can put a text into a run."""


@pytest.mark.parametrize("place", LIVES)
@pytest.mark.parametrize("text", ["caf\udce9", "\0\x1b[31m\u2028\ufeff"], ids=ascii)
def test_whatever_texts_a_run_holds_its_record_can_be_kept(place: str, text: str, path: Path) -> None:
    """Half a surrogate is what Python makes of a file name or an argument that isn't UTF-8."""
    result = LIVES[place](text)
    save(result.transcript, path).unwrap()
    stored = load(path).unwrap()
    assert stored.divergence() is None
    assert b"\n".join(stored.lines()) == b"\n".join(result.transcript.lines())


@pytest.mark.parametrize(
    "live",
    [
        lambda text: Memory(model=[says("Hi")]).run(Agent(), text),
        lambda text: Memory(model=[says("Hi")]).run(Agent(), Invocation(run_id=text)),
        lambda text: Memory(model=[says("Hi")]).run(Agent(system_prompt=text)),
        lambda text: Memory(model=[says("Hi")], system_header=text).run(Agent()),
    ],
    ids=["prompt", "run id", "system prompt", "header"],
)
def test_a_text_that_no_record_can_keep_is_refused_at_once(live: Callable[[str], RunResult], path: Path) -> None:
    try:
        result = live("caf\udce9")
    except ValueError:
        return  # Where it was written, in words; or else it is kept.
    save(result.transcript, path).unwrap()


def test_a_file_may_be_read_by_whom_the_umask_lets(past: Transcript, path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(past, path).unwrap()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert os.umask(0o027) == 0o027  # Reading it changed nothing.
    finally:
        os.umask(before)
