"""`executus show` and `executus why`: what happened in a recorded run, what it knew, and why it ended.

Law: everything is told from the file alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from executus.events import Event
from executus.explain import who_asked, why
from executus.narrative import called, kind, told
from executus.reading import TranscriptFault
from executus.transcript import Entry, Transcript
from interpreters.cli import states
from interpreters.cli.exits import Exit, Mistake, exit_for
from interpreters.cli.recordings import opened, said
from interpreters.cli.terminal import err, one_line, out, out_entry, out_json


def show(path: Path, at: int | None, kinds: tuple[str, ...], *, as_json: bool) -> Exit:
    """The narrative, or the state after entry `at`."""
    _check_kinds(kinds, at)
    past = _opened(path)
    if isinstance(past, Exit):
        return past
    if at is not None:
        return _show_state(past, at, as_json=as_json)
    for entry in past.entries:
        if kinds and kind(entry.event) not in kinds:
            continue
        if as_json:
            out_json(_as_json(entry))
        else:
            out_entry(str(entry))
    return Exit.OK


def explain(path: Path, entry: int | None) -> Exit:
    """Why the run ended, a line a fact; or why it asked what it did after an entry."""
    past = _opened(path)
    if isinstance(past, Exit):
        return past
    for line in why(past) if entry is None else who_asked(past, _index(past, entry, str(entry))):
        out(one_line(line))
    return Exit.OK


def _opened(path: Path) -> Transcript | Exit:
    if path.is_dir():
        raise Mistake(f"{path} is a folder: give one .xrec file")
    if not path.exists():
        raise Mistake(f"there is no {path}: give an .xrec file")
    past = opened(path)
    if isinstance(past, TranscriptFault):
        err(f"executus: {said(path, past)}")
        return exit_for(past)
    return past


def _check_kinds(kinds: Iterable[str], at: int | None) -> None:
    known = [str(event.__struct_config__.tag) for event in get_args(Event)]
    for wanted in kinds:
        if wanted not in known:
            raise Mistake(f"--kind {wanted}: there is no such kind of event; known are {', '.join(known)}")
        if at is not None:
            raise Mistake("give --at or --kind, not both: a state has no kind")


def _show_state(past: Transcript, at: int, *, as_json: bool) -> Exit:
    index = _index(past, at, f"--at {at}")
    run = past.at(index)
    if as_json:
        out_json(states.plain(run), indent=2)
        return Exit.OK
    for line in states.told(run, index):
        out_entry(line)
    return Exit.OK


def _index(past: Transcript, at: int, given: str) -> int:
    count = len(past.entries)
    if not -count <= at < count:
        raise Mistake(f"{given}: there is no such entry; the recording has 0 to {count - 1}")
    return range(count)[at]


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.event.at,
        "kind": kind(entry.event),
        "told": told(entry.event),
        "event": states.plain(entry.event),
        "asked": [called(effect) for effect in entry.asked],
    }
