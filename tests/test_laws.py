"""Thousands of random worlds: every law holds in each, and everything that can happen does happen in some.

A failing world prints its number and its narrative: `play(world(4711))` is that run again.
"""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest

from executus.effects import Effect
from executus.events import Event, RunResumed
from executus.failures import Failure
from executus.laws import broken
from executus.lived import Lived, live_through
from executus.reading import decode
from executus.result import RunResult
from executus.rules.status import Expired, Failed, Overspent
from executus.state import Run
from executus.transcript import Recorder, Transcript
from executus.whatif import WhatIf, what_if
from interpreters.replay import Replay
from specs.worlds import world
from tests.judging import judged
from tests.plain import back, plain
from tests.playing import play
from tests.sightings import RARE, SIGHTS_OF_PORTS
from tests.sights import SIGHTS, seen_in
from tests.sights_of_ports import seen_of_ports

pytestmark = pytest.mark.xdist_group("worlds")  # What they share costs too much to be made twice.

FAILURES = {f"Failed {failure.__name__}" for failure in get_args(Failure)}

ENDINGS = FAILURES | {
    "Finished",
    "Expired max_runtime",
    "Expired the critic's backstop",
    "Expired the ceiling",
    "Killed",
    "Refused",
    "DryRan",
    "Cancelled",
    "ShutDown",
    "Overspent tokens",
    "Overspent cost",
    "suspended, then Finished",
    "suspended, then Cancelled",
    "crashed, then Finished",
}


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> "Report":
    report = Report()
    for seed in range(request.config.getoption("--worlds")):
        report.live(seed)
    return report


class Report:
    """What was found in all worlds."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.endings: Counter[str] = Counter()
        self.sights: Counter[str] = Counter()

    def live(self, seed: int) -> None:
        result = play(world(seed))
        past = result.transcript
        wrong = [*broken(past), *_unlike_itself(result)]
        if wrong:
            self.faults.append(f"world {seed} breaks {', '.join(wrong)}:\n{past}")
        lived = live_through(past)
        self.endings[_ending(result)] += 1
        self.endings.update(f"{how}, then {_ending(result)}" for how in _interrupted(lived))
        self.sights.update({*seen_in(lived), *seen_of_ports(lived)})


def test_every_law_holds_in_every_world(played: Report) -> None:
    assert not played.faults, f"{len(played.faults)} worlds, the first: {played.faults[0]}"


@pytest.mark.parametrize("hundred", range(3))
def test_every_state_effect_and_event_survives_being_written_down(hundred: int) -> None:
    for seed in range(100 * hundred, 100 * hundred + 100):
        past = play(world(seed)).transcript
        for entry, (run, asked) in zip(past.entries, past.replay(), strict=True):
            assert back(plain(entry.event), Event) == entry.event
            assert back(plain(run), Run) == run
            assert back(plain(asked), tuple[Effect, ...]) == asked


def test_the_worlds_come_to_every_ending(played: Report) -> None:
    assert ENDINGS - {name for name, count in played.endings.items() if count >= 5} == set(), played.endings


def test_the_worlds_see_everything_that_can_happen(played: Report) -> None:
    assert RARE - played.sights.keys() == set(), played.sights
    assert (SIGHTS | SIGHTS_OF_PORTS) - RARE - {
        name for name, count in played.sights.items() if count >= 5
    } == set(), played.sights


def _unlike_itself(result: RunResult) -> Iterator[str]:
    """What is recorded says the same however it is looked at; and the status follows from the events alone."""
    past = result.transcript
    lines = list(past.lines())
    if Replay(past).run() != result:
        yield "replay gives the same result"
    if list(decode(b"".join(line + b"\n" for line in lines)).unwrap().lines()) != lines:
        yield "what is read is written again byte for byte"
    if _recorded_again(past) != lines[:-1]:
        yield "a recorder writes the lines of its transcript"
    lived = live_through(past)
    ends = [index for index, moment in enumerate(lived.moments) if moment is lived.end]
    if what_if(past) != WhatIf(past.status, past.status, ends[0], False):
        yield "under the same limits everything is decided as it was"
    if judged(lived) != past.status:
        yield f"the status follows from the events ({judged(lived)})"


def _recorded_again(past: Transcript) -> list[bytes]:
    """Written as it goes, where a transcript is written at the end."""
    recorder = Recorder(past.started)
    for entry in past.entries[1:]:
        recorder.lines()
        recorder.feed(entry.event)
    return recorder.lines()


def _ending(result: RunResult) -> str:
    match result.cause:
        case Failed(failure=failure):
            return f"Failed {type(failure).__name__}"
        case Overspent(what=what):
            return f"Overspent {what}"
        case Expired(owner=owner):
            return f"Expired {owner}"
        case cause:
            return type(cause).__name__


def _interrupted(lived: Lived) -> Iterator[str]:
    """How a run ended that somebody had to take up again, or could have."""
    if any(moment.run.suspended is not None for moment in lived.moments):
        yield "suspended"
    if any(isinstance(moment.event, RunResumed) and moment.before.suspended is None for moment in lived.moments):
        yield "crashed"
