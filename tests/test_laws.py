"""Thousands of random worlds: every law holds in each, and everything that can happen does happen in some.

A failing world prints its number and its narrative: `play(world(4711))` is that run again.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from executus.answers import ModelReplied
from executus.effects import Effect
from executus.events import CancelRequested, Event, ShutdownRequested
from executus.laws import broken
from executus.lived import Lived, live_through
from executus.reading import decode
from executus.result import RunResult
from executus.rules.status import Failed, Overspent, Status
from executus.state import Run
from executus.transcript import Recorder, Transcript
from executus.values import Fault, ModelReply
from executus.whatif import WhatIf, what_if
from interpreters.replay import Replay
from specs.worlds import world
from tests.plain import back, plain
from tests.playing import play
from tests.sights import SIGHTS, seen_in

ENDINGS = {
    "Finished",
    "Expired",
    "Cancelled",
    "ShutDown",
    "Overspent tokens",
    "Overspent cost",
    "Failed ModelUnresolved",
    "Failed ToolboxInvalid",
    "Failed PreflightTimedOut",
    "Failed ModelFailed",
    "Failed StepLimitReached",
    "Failed ToolErrorsExceeded",
    "Failed ToolCallRepeated",
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
        self.endings[_ending(result)] += 1
        self.sights.update(set(seen_in(live_through(past))))


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
    assert SIGHTS - {name for name, count in played.sights.items() if count >= 5} == set(), played.sights


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
    if what_if(past) != WhatIf(past.status, past.status, len(past.entries) - 1, False):
        yield "under the same limits everything is decided as it was"
    if _judged(live_through(past)) != past.status:
        yield f"the status follows from the events ({_judged(live_through(past))})"


def _recorded_again(past: Transcript) -> list[bytes]:
    """Written as it goes, where a transcript is written at the end."""
    recorder = Recorder(past.started)
    for entry in past.entries[1:]:
        recorder.lines()
        recorder.feed(entry.event)
    return recorder.lines()


def _judged(lived: Lived) -> Status:
    """The status, found from the last event alone: an independent oracle."""
    last = lived.moments[-1]
    event = last.event
    if last.is_late:
        return Status.ERROR if last.before.began is None else Status.TIMEOUT
    if isinstance(event, CancelRequested | ShutdownRequested):
        return Status.CANCELLED
    if not isinstance(event, ModelReplied) or isinstance(event.outcome, Fault):
        return Status.ERROR
    if event.outcome.text.strip() and not event.outcome.calls:
        return Status.OK
    return Status.BUDGET_EXCEEDED if _is_overspent(lived) else Status.ERROR


def _is_overspent(lived: Lived) -> bool:
    limits = lived.last.agent.limits
    replies = [
        moment.event.outcome
        for moment in lived.moments
        if isinstance(moment.event, ModelReplied) and moment.answers
    ]
    usages = [reply.usage for reply in replies if isinstance(reply, ModelReply)]
    tokens = sum((usage.input_tokens or 0) + (usage.output_tokens or 0) for usage in usages)
    cost = sum(usage.cost or 0 for usage in usages)
    return (limits.tokens is not None and tokens > limits.tokens) or (
        limits.cost is not None and cost > limits.cost
    )


def _ending(result: RunResult) -> str:
    match result.cause:
        case Failed(failure=failure):
            return f"Failed {type(failure).__name__}"
        case Overspent(what=what):
            return f"Overspent {what}"
        case cause:
            return type(cause).__name__
