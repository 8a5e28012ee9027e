"""The explorer finds what is wrong, by the shortest way, whatever it is; and on an honest kernel nothing.

The standard exploration of all grounds is in tests/test_exploration.py.
"""

from typing import Any

import pytest

from executus import frontier, lived, reception
from executus import transition as kernel
from executus.agent import Agent
from executus.answers import BudgetCommitted
from executus.events import CancelRequested, Event, RunResumed
from executus.explore import Exploration, Ground, explore, gathered, look, recording
from executus.identity import GIVEN, identity
from executus.laws import LAWS, broken
from executus.machines import finalize, losses, suspend
from executus.moves import WALL_TIME, moves
from executus.rules import deadlines
from executus.rules.recovery import Meaning
from executus.rules.status import Cancelled, Cause
from executus.started import Wiring
from executus.state import Run, Stage, stop
from executus.transition import start
from executus.values import replace
from specs.worlds import world
from tests.grounds import GROUNDS, LOOK
from tests.plants import Plant, appends_in_place, lets_answers_beat_time, swapped
from tests.playing import play
from tests.test_laws import Report


def explored(ground: Ground) -> Exploration:
    return gathered(ground, [look(ground)])


def renames_the_end(run: Run, cause: Cause) -> Run:
    return replace(run, cause=cause) if run.stage is Stage.FINALIZING else stop(run, cause)


def with_no_ceiling(armed: Any) -> Any:
    """The backstop counts, wherever it stands."""
    backstop, base = armed.backstop, armed.base
    if armed.ceiling is None or backstop is None:
        return armed
    return replace(armed, end=backstop, owner=deadlines.Owner.BACKSTOP, limit=backstop - base)


def beats_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kernel, "evolve", lets_answers_beat_time)
    patch.setattr(frontier, "evolve", lets_answers_beat_time)
    patch.setattr(lived, "evolve", lets_answers_beat_time)


def knows_no_ceiling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deadlines, "_with_end", with_no_ceiling)
    patch.setattr(deadlines, "_cut", lambda instant, ceiling: instant)


FIVE: dict[str, tuple[Plant, str, str]] = {
    "a cancel renames an end": (
        swapped(suspend, "stop", renames_the_end), "budget", "the_first_cause_is_kept"
    ),
    "an extension goes past the ceiling": (knows_no_ceiling, "critic", "a_run_ends_by_its_deadline"),
    "an answer beats the deadline": (beats_time, "plain", "a_run_ends_by_its_deadline"),
    "the grant is committed twice": (
        swapped(finalize, "PARTS", (*finalize.PARTS[:2], *finalize.PARTS[1:])),
        "budget",
        "the_parts_of_the_end_come_once_and_in_order",
    ),
    "an unsafe tool is run again": (
        swapped(losses, "meaning", lambda *_: Meaning.AGAIN),
        "lost outcomes",
        "an_unsafe_call_is_never_run_again_silently",
    ),
}  # fmt: skip
"""The rules that must be caught by two independent checks each: this is one, the random worlds another."""

ENOUGH_WORLDS = 100


@pytest.mark.parametrize("defect", FIVE)
def test_each_of_the_five_is_found_by_its_law(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, name, law = FIVE[defect]
    plant(monkeypatch)
    found = explored(replace(GROUNDS[name], depth=2)).violation
    assert found is not None
    assert law in found.laws


@pytest.mark.parametrize("defect", FIVE)
def test_each_of_the_five_is_found_by_the_random_worlds_as_well(
    defect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, _, law = FIVE[defect]
    plant(monkeypatch)
    report = Report()
    for seed in range(ENOUGH_WORLDS):
        report.live(seed)
        if report.faults:
            break
    assert law in report.faults[0]


@pytest.mark.parametrize("name", sorted({name for _, name, _ in FIVE.values()}))
def test_without_a_defect_nothing_is_found_there(name: str) -> None:
    assert explored(replace(GROUNDS[name], depth=1)).violation is None


def test_a_run_without_an_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """No law of single moments sees it: each wakeup lies ahead, and none of them is the last."""
    plain = replace(GROUNDS["plain"], depth=0)
    monkeypatch.setattr(kernel.deadlines, "has_expired", lambda armed, now: False)
    monkeypatch.setattr(frontier, "next_wakeup", lambda run: run.now + 1)
    monkeypatch.setattr(frontier, "broken_by", lambda before, moment: [])
    found = explored(plain).violation
    assert found is not None
    assert found.laws == (frontier.ENDLESS,)


def test_a_part_of_the_end_that_is_asked_for_ever_is_a_run_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reception.FACTS, BudgetCommitted, lambda run, event: run)
    monkeypatch.setattr(frontier, "broken_in", lambda moments: [])  # Which would be the first to say so.
    for depth in (0, 1):
        found = explored(replace(GROUNDS["budget"], depth=depth)).violation
        assert found is not None
        assert frontier.ENDLESS in found.laws


def test_a_core_that_breaks_is_found_with_the_event_that_broke_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(run: Run, event: CancelRequested) -> Run:
        if run.epoch:
            raise ZeroDivisionError("never after a crash")
        return suspend.on_cancel(run, event)

    monkeypatch.setitem(reception.FACTS, CancelRequested, breaks)
    found = explored(replace(GROUNDS["budget"], depth=2)).violation
    assert found is not None
    assert found.laws == ("raises ZeroDivisionError: never after a crash",)
    assert isinstance(found.events[-1], CancelRequested)
    assert len(found.transcript.entries) == len(found.events) - 1
    assert found.transcript.at(-1).epoch == 1


def test_a_state_that_is_changed_by_what_comes_of_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers are shared by all that comes of a state: none of it may show in another."""
    monkeypatch.setattr("executus.buffer.View.append", appends_in_place)
    assert explored(replace(GROUNDS["plain"], depth=2)).violation is not None


def test_what_is_found_is_found_by_few_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way of one move is found before any of two: here the shortest is a single cancel."""
    monkeypatch.setitem(
        reception.FACTS, CancelRequested, lambda run, event: replace(run, cause=Cancelled(0, "x"), epoch=9)
    )
    found = explored(replace(GROUNDS["plain"], depth=3)).violation
    assert found is not None
    assert len(found.events) == 2
    assert isinstance(found.events[-1], CancelRequested)


def test_two_searches_find_what_one_finds() -> None:
    whole = replace(GROUNDS["lane"], depth=2)
    first = look(whole, until=10)
    assert len(first.left) >= 10
    shares = [look(whole, seeds=first.left[share::2], known=first.costs) for share in (0, 1)]
    one, both = explored(whole), gathered(whole, [first, *shares])
    assert (both.states, both.transitions, both.waits) == (one.states, one.transitions, one.waits)
    assert [(end.name, end.states, end.moves) for end in both.endings] == [
        (end.name, end.states, end.moves) for end in one.endings
    ]


def test_an_example_is_a_whole_run_that_keeps_every_law() -> None:
    found = explored(replace(GROUNDS["budget"], depth=1))
    assert len(found.endings) >= 8
    for ending in found.endings:
        past = ending.transcript
        assert broken(past) == ()
        assert past.status == ending.status or "to be resumed" in ending.name
        assert len(past.entries) == len(ending.events)
        assert ending.moves <= 1 < ending.states + 1


def test_deeper_is_never_less() -> None:
    counts = [explored(replace(GROUNDS["plain"], depth=depth)) for depth in (0, 1, 2)]
    assert counts[0].states < counts[1].states < counts[2].states
    names = [{ending.name for ending in one.endings} for one in counts]
    assert names[0] <= names[1] <= names[2]
    assert {"Finished", "Cancelled", "ShutDown"} <= names[1]


def test_the_door_takes_an_agent_and_its_tools() -> None:
    found = explore(Agent(low_level_tools=("look",)), tools=[LOOK], wiring=Wiring(budget=True), depth=1)
    assert found.violation is None
    assert {ending.status for ending in found.endings} >= {
        "ok",
        "timeout",
        "cancelled",
        "budget_exceeded",
        "error",
    }


def test_an_identity_holds_every_field_but_what_was_given() -> None:
    """Two states with one identity are equal: whatever differs shows."""
    past = play(world(7)).transcript
    runs = [run for run, _ in past.replay()]
    assert len({identity(run) for run in runs}) == len({repr(run) for run in runs})
    run, other = runs[-1], replace(runs[0], run_id=runs[-1].run_id)
    for name in Run.__struct_fields__:
        if name in GIVEN or getattr(run, name) == getattr(other, name):
            continue
        assert identity(replace(run, **{name: getattr(other, name)})) != identity(run), name
    assert identity(run, 1) != identity(run)


def test_every_move_is_one_that_an_honest_world_could_make() -> None:
    """Nothing before its time, nothing to a run that is over but to take it up, and every epoch in its turn."""
    for ground in GROUNDS.values():
        run, _ = start(ground.started)
        for event, cost in moves(run, run.now, ground.outside, 1):
            assert isinstance(event, Event)
            assert event.at >= run.now
            assert cost in (0, 1)
            if isinstance(event, RunResumed):
                assert event.epoch == run.epoch + 1


def test_nothing_happens_to_a_run_that_is_done() -> None:
    found = explored(replace(GROUNDS["plain"], depth=0))
    done = found.endings[0].transcript.at(-1)
    assert list(moves(done, done.now, GROUNDS["plain"].outside, 9)) == []


def test_a_recording_begins_at_the_beginning() -> None:
    with pytest.raises(ValueError, match="begins with RunStarted"):
        recording([RunResumed(0, 1, WALL_TIME)])


def test_the_laws_asked_are_all_there_are() -> None:
    assert len(LAWS) >= 78
