"""The recorded run: each event with the effects it led to. Replay is a fold, so is every question about it.

A transcript in memory holds the effects themselves, one that was read from a file their fingerprints; both
compare alike with what today's code asks.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from executus.codec import (
    Chain,
    Fingerprint,
    Header,
    Origin,
    end_line,
    entry_line,
    fields_of,
    fingerprint,
    header_line,
)
from executus.effects import Effect
from executus.events import Event
from executus.narrative import called, line, told
from executus.rules.status import Status, status_of
from executus.started import RunStarted
from executus.state import Run, Transition
from executus.transition import is_over, start, transition
from executus.values import Record

Asking: TypeAlias = Effect | Fingerprint
"""What an entry led to: the effect where it is at hand, else its fingerprint."""


class Entry(Record, frozen=True):
    """What happened, as number `seq` of the run, and what was asked because of it."""

    seq: int
    event: Event
    asked: tuple[Asking, ...] = ()

    def __str__(self) -> str:
        return line(self.seq, self.event, self.asked)


class Divergence(Record, frozen=True):
    """The first entry at which today's code asks for something else than was recorded."""

    index: int
    event: Event
    recorded: tuple[Asking, ...]
    asked: tuple[Effect, ...]
    ended: tuple[Status | None, Status | None] = (None, None)
    """What the end was called when it was recorded, and what it is called now, where that alone differs."""

    @property
    def field(self) -> str:
        """What differs: "status", "count", "kind", "id", or the name of the first field that does."""
        then, now = self.ended
        return _differing(self.recorded, self.asked) if then is now else "status"

    def __str__(self) -> str:
        then, now = self.ended
        if then is not now:
            end = f"recorded as {then or 'not ended'}, now {now or 'not ended'}"
            return f"diverged at entry {self.index} ({told(self.event)}): {end}; differs in status"
        recorded = " ".join(map(called, self.recorded)) or "nothing"
        asked = " ".join(map(called, self.asked)) or "nothing"
        return (
            f"diverged at entry {self.index} ({told(self.event)}): recorded {recorded}, "
            f"asked now {asked}; differs in {self.field}"
        )


class Transcript(Record, frozen=True):
    """The append-only record of one run: audit source, checkpoint and replay tape at once.

    `entries[0]` is RunStarted. `status` is None where the run hasn't ended; `forked_from` says from which
    run and entry a fork was taken. Loading and saving: `interpreters.files`.
    """

    entries: tuple[Entry, ...]
    status: Status | None = None
    forked_from: Origin | None = None

    @property
    def started(self) -> RunStarted:
        """Entry 0: what was to be run; raises ValueError if the transcript doesn't begin with it."""
        event = self.entries[0].event if self.entries else None
        if not isinstance(event, RunStarted):
            raise ValueError("a transcript begins with RunStarted")
        return event

    def replay(self) -> Iterator[Transition]:
        """Run today's code over the recorded events: after each entry the run, and what it asked."""
        run, asked = start(self.started)
        yield run, asked
        for entry in self.entries[1:]:
            run, asked = transition(run, entry.event)
            yield run, asked

    def at(self, index: int) -> Run:
        """The whole state after entry `index`; negative ones count from the end. Raises IndexError."""
        wanted = range(len(self.entries))[index]
        run, _ = start(self.started)
        for entry in self.entries[1 : wanted + 1]:
            run, _ = transition(run, entry.event)
        return run

    def first(self, holds: Callable[[Run], bool]) -> int | None:
        """The index of the first entry after which `holds(run)`, or None."""
        for index, (run, _) in enumerate(self.replay()):
            if holds(run):
                return index
        return None

    def divergence(self) -> Divergence | None:
        """None when today's code asks exactly what was recorded, else where it first does not."""
        status = None
        for entry, (run, asked) in zip(self.entries, self.replay(), strict=True):
            if prints(entry.asked) != prints(asked):
                return Divergence(entry.seq, entry.event, entry.asked, asked)
            status = ended_as(run)
        if status is self.status:
            return None
        last = self.entries[-1]  # A last decision asks for nothing: only its name can tell that it changed.
        return Divergence(last.seq, last.event, last.asked, (), (self.status, status))

    def fork(self, index: int) -> "Transcript":
        """A transcript that stops after entry `index`. Raises IndexError."""
        last = range(len(self.entries))[index]
        status = self.status if last == len(self.entries) - 1 else None
        return Transcript(self.entries[: last + 1], status, Origin(self.started.run_id, last))

    def lines(self) -> Iterator[bytes]:
        """The file, line by line; what was recorded is written, never what would be asked today."""
        header = header_line(Header(self.started.run_id, self.forked_from))
        chain = Chain(header)
        yield header
        for entry in self.entries:
            yield entry_line(chain, entry.event, prints(entry.asked))
        yield end_line(chain, self.status)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))

    def __repr__(self) -> str:
        run_id = self.started.run_id if self.entries else ""
        return f"<transcript of {run_id}: {len(self.entries)} entries, {self.status or 'not ended'}>"


def ended_as(run: Run) -> Status | None:
    """The status of a run that has ended; None for one that goes on, or will."""
    return status_of(run.cause) if run.cause is not None and is_over(run) else None


class Recorder:
    """The only mutable thing in the core: it moves a run on, and keeps how.

    Entries never change, so a line says the same whenever it is written: each is encoded and chained once,
    when somebody first wants the bytes.
    """

    __slots__ = ("_chain", "_entries", "_kept", "_lines", "asked", "run")

    def __init__(self, event: RunStarted) -> None:
        self.run, self.asked = start(event)
        self._entries = [Entry(0, event, self.asked)]
        self._lines: list[bytes] = []
        self._chain: Chain | None = None
        self._kept = 0

    @classmethod
    def over(cls, past: Transcript) -> "Recorder":
        """A recorder that goes on where a transcript stops; what that holds is kept already."""
        recorder = cls(past.started)
        for entry in past.entries[1:]:
            recorder.feed(entry.event)
        recorder._entries = list(past.entries)
        recorder._kept = len(past.entries)
        return recorder

    def unkept(self) -> Iterator[Entry]:
        """The entries that no store has yet; each counts as kept once it was handed out."""
        while self._kept < len(self._entries):
            self._kept += 1
            yield self._entries[self._kept - 1]

    def feed(self, event: Event) -> None:
        """One event: the run moves on, the entry is kept."""
        self.run, self.asked = transition(self.run, event)
        self._entries.append(Entry(len(self._entries), event, self.asked))

    def lines(self) -> list[bytes]:
        """Header and entries so far, as they stand in a file."""
        lines, chain = self._lines, self._chain
        if chain is None:
            lines.append(header_line(Header(self.run.run_id)))
            self._chain = chain = Chain(lines[0])
        for entry in self._entries[chain.count :]:
            lines.append(entry_line(chain, entry.event, prints(entry.asked)))
        return lines

    @property
    def transcript(self) -> Transcript:
        """The record so far."""
        return Transcript(tuple(self._entries), ended_as(self.run))


def prints(asked: tuple[Asking, ...]) -> tuple[Fingerprint, ...]:
    """The fingerprints of what was asked, wherever it comes from."""
    return tuple([effect if isinstance(effect, str) else fingerprint(effect) for effect in asked])


def _differing(recorded: tuple[Asking, ...], asked: tuple[Asking, ...]) -> str:
    for then, now in zip(prints(recorded), prints(asked), strict=False):
        if then != now:
            return _field(then, now)
    return "count"


def _field(then: Fingerprint, now: Fingerprint) -> str:
    name_then, _, checks_then = then.partition(":")
    name_now, _, checks_now = now.partition(":")
    if name_then != name_now:
        return "kind" if name_then.partition("#")[0] != name_now.partition("#")[0] else "id"
    for index, field in enumerate(fields_of(name_now.partition("#")[0])):
        six = slice(6 * index, 6 * index + 6)
        if checks_then[six] != checks_now[six]:
            return field
    return "content"
