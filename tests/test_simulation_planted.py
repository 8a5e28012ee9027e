"""The simulation can fail: defects planted in the interpreters and the kernel, each found within a few storms.

Law: an interpreter that breaks its contract, or a kernel that breaks one of its five first rules, is found in a
run of Memory or of Live; and what is printed then plays it again.
"""

import asyncio
from collections.abc import Callable
from heapq import heappush
from pathlib import Path
from typing import Any

import pytest

from executus import reception
from executus import transition as kernel
from executus.answers import Answered
from executus.events import CancelRequested, RunResumed, Steered
from executus.laws import broken
from executus.machines import finalize, losses, suspend
from executus.rules import deadlines
from executus.rules.recovery import Meaning
from executus.rules.status import Cancelled
from executus.slices import Ending
from executus.state import Run, ask
from executus.transcript import Entry, Recorder
from executus.values import replace
from interpreters import agenda, answering, unfolding
from interpreters.desk import Desk
from interpreters.errands import Errands
from interpreters.files import load
from interpreters.inbox import Inbox
from interpreters.notices import Notices
from specs.faults import Cell
from specs.storms import CELLS, mode_of, storm
from tests.plants import Plant, lets_answers_beat_time, swapped
from tests.simulate.__main__ import main
from tests.simulate.report import Failure, told
from tests.simulate.shrinking import parts, smallest, thinned, without
from tests.simulate.verdict import lived_through
from tests.simulate.worlds import WORLDS, WorldName, in_memory

MOST_STORMS = 40
"""Within so many storms each is found: of the first ones, or of those that aim at the cell where it shows."""


def inbox_post(rank: Callable[[bool], int], times: int = 1, late: int = 0) -> Plant:
    """An inbox with another order, or that takes an event more than once."""

    def post(self: Any, event: Any) -> None:
        for _ in range(times):
            self._order += 1
            is_answer = isinstance(event, Answered)
            order = event.id if is_answer else self._order
            heappush(self._events, (event.at + late, rank(is_answer), order, event))
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    return swapped(Inbox, "post", post)


def goes_on(self: Any, question: int, stop: Any = None) -> None:
    """Nobody waits for it any more, and nobody tells it."""
    task = self._tasks.pop(question, None)
    if task is not None:
        self._desk.drop(question)
        self._abandoned += (task,)


def stays_open(self: Any, question: int, stop: Any = None) -> None:
    """What was opened in the last moment is forgotten, and never closed."""
    self._opened.pop(question, None)
    ABANDON(self, question, stop)


def is_lost(self: Any, error: asyncio.CancelledError) -> None:
    """The caller gives up, and nobody hears of it."""


def told_last_first(self: Any, item: Any) -> None:
    """Who waits in line is served last come first."""
    if self._closed:
        return
    if self._task is not None and self._line:
        self._line.appendleft(item)
        return
    PUT(self, item)


def rings_late(self: Any, wakeup: int) -> None:
    SET_TIMER(self, wakeup + 1)


def wakes_early(self: Any, wakeup: int | None) -> Any:
    return NEXT(self, None if wakeup is None else max(0, wakeup - 1))


async def keeps_nothing(self: Any, entry: Entry) -> None:
    """The store is never asked, and nobody notices."""


async def keeps_the_lane(self: Any, result: Any) -> None:
    self._work.desk.release_lane = lambda: None
    await END(self, result)


def in_reverse(self: Any, at: int, rank: int, event: Any, order: int | None = None) -> None:
    """At one instant, the last answer first."""
    AGENDA_PUT(self, at, rank, event, None if order is None else -order)


def takes_in_reverse(self: Any) -> Any:
    """Of tasks that are due at one instant, the last."""
    places = list(self._places())
    return min(places, key=lambda place: (place[0], place[1], -place[2]), default=None)


def renames(run: Run, event: CancelRequested) -> Run:
    """A later cause takes the place of the first."""
    after = ON_CANCEL(run, event)
    return replace(after, cause=Cancelled(after.now, event.by)) if run.cause is not None else after


def forgets_the_ceiling(line: Any) -> Any:
    after = WITH_END(line)
    if line.ceiling is None or line.backstop is None:
        return after
    return replace(after, end=line.backstop + 1, owner=deadlines.Owner.BACKSTOP)


def ends_again(run: Run, event: RunResumed) -> Run:
    """Whoever takes up a run that was ending begins its end anew."""
    return replace(ON_RESUMED(run, event), ending=Ending())


ABANDON, PUT, SET_TIMER, NEXT, END = (
    Errands.abandon,
    Notices.put,
    Inbox._set_timer,
    Inbox.next,
    unfolding.Unfolding.end,
)
AGENDA_PUT, ON_CANCEL, ON_RESUMED = agenda.Agenda.put, suspend.on_cancel, suspend.on_resumed
WITH_END, ASK_WITHIN = deadlines._with_end, finalize.ask_within

LIVE: dict[str, Plant] = {
    "an abandoned task goes on": swapped(Errands, "abandon", goes_on),
    "what was opened too late stays open": swapped(Errands, "abandon", stays_open),
    "an answer is posted twice": inbox_post(int, times=2),
    "answers come before signals": inbox_post(lambda is_answer: int(not is_answer)),
    "the last of the audit is told first": swapped(Notices, "put", told_last_first),
    "a timer rings a microsecond late": swapped(Inbox, "_set_timer", rings_late),
    "a run is woken a microsecond early": swapped(Inbox, "next", wakes_early),
    "the caller's cancellation is lost": swapped(Inbox, "cancel", is_lost),
    "nothing is kept": swapped(Desk, "save", keeps_nothing),
}
MEMORY: dict[str, Plant] = {
    "the last answer of an instant comes first": swapped(agenda.Agenda, "put", in_reverse),
    "the last task of an instant goes on first": swapped(agenda.Agenda, "place", takes_in_reverse),
    "signals come before the deadline": swapped(agenda, "DEADLINE", agenda.SIGNAL + 0.5),
    "the lane is kept": swapped(unfolding.Unfolding, "end", keeps_the_lane),
    "nothing that was opened too late is closed": swapped(answering, "OPENING", frozenset()),
}
KERNEL: dict[str, Plant] = {
    "the first cause is not kept": lambda patch: patch.setitem(reception.FACTS, CancelRequested, renames),
    "the ceiling is no ceiling": swapped(deadlines, "_with_end", forgets_the_ceiling),
    "time does not go first": swapped(kernel, "evolve", lets_answers_beat_time),
    "the end comes twice": lambda patch: patch.setitem(reception.FACTS, RunResumed, ends_again),
    "the end waits for ever": swapped(finalize, "ask_within", lambda run, question, timeout: ask(run, question)),
    "the end takes its time": swapped(
        finalize, "ask_within", lambda run, one, most: ASK_WITHIN(run, one, 3 * most)
    ),
    "what was cut is run again": swapped(losses, "meaning", lambda *_: Meaning.AGAIN),
}

AIMS: dict[str, Cell] = {
    "what was opened too late stays open": ("outside.shutdown", "preparing"),
    "nothing that was opened too late is closed": ("outside.shutdown", "preparing"),
    "the lane is kept": ("outside.deadline", "preparing"),
    "the end comes twice": ("outside.crash", "finalizing"),
    "the end waits for ever": ("delivery.hangs", "finalizing"),
    "the end takes its time": ("delivery.hangs", "finalizing"),
}
"""Defects that show in few places only."""

DEFECTS: list[tuple[str, WorldName]] = [
    *[(name, "live") for name in LIVE],
    *[(name, "memory") for name in MEMORY],
    *[(name, world) for name in KERNEL for world in WORLDS],
]


def found(name: str, world: WorldName) -> Failure | None:
    """The first storm that finds something, by this world."""
    aim = AIMS.get(name)
    seeds = range(MOST_STORMS) if aim is None else range(CELLS.index(aim), len(CELLS) * MOST_STORMS, len(CELLS))
    for seed in seeds:
        mode = mode_of(seed)
        complaints = lived_through(storm(seed, mode), world)[1]
        if complaints:
            return Failure(seed, mode, world, tuple(complaints))
    return None


@pytest.mark.parametrize(("name", "world"), DEFECTS)
def test_a_planted_defect_is_found(name: str, world: WorldName, monkeypatch: pytest.MonkeyPatch) -> None:
    (LIVE | MEMORY | KERNEL)[name](monkeypatch)
    assert found(name, world) is not None, f"{MOST_STORMS} storms found nothing wrong with it"


def test_what_is_found_is_told_in_short_and_can_be_played_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    KERNEL["what was cut is run again"](monkeypatch)
    failure = found("what was cut is run again", "memory")
    assert failure is not None
    said = told(failure)
    *_, kept, again = said.splitlines()
    assert "law: " in said
    assert load(kept.removeprefix("kept in ")).unwrap().entries
    assert main(again.partition("tests.simulate ")[2].split()) == 1
    assert failure.complaints[0] in capsys.readouterr().out


def test_a_storm_is_made_as_small_as_its_failure_allows() -> None:
    given = storm(17, "safety")
    gone = smallest(given, lambda other: len(other.strikes) > 0)
    left = without(given, gone)
    assert len(left.strikes) == 1
    assert (left.world.tools, len(left.world.replies), left.world.wiring.audit) == ((), 1, False)
    assert set(parts(left)) <= {"strike0", "strike1", "strike2", "strike3", "strike4"}


def test_a_recording_is_thinned_out_to_what_breaks_the_law() -> None:
    past = in_memory(storm(17, "safety")).record
    recorder = Recorder(past.started)
    for entry in past.entries[1:]:
        recorder.feed(entry.event)
        if entry.seq == 5:
            recorder.feed(Steered(0, "From the past."))
    assert recorder.transcript.entries[5].event.at > 0
    short = thinned(recorder.transcript, "time_never_goes_back")
    assert "time_never_goes_back" in broken(short)
    assert [type(entry.event) for entry in short.entries[2:]] == [Steered]
