"""The bug bank: defects planted in the kernel, each of which the random worlds and the laws must find.

A law that never finds anything proves nothing. Each defect is one somebody might write.
"""

from collections.abc import Callable
from typing import Any

import pytest

from executus import reception
from executus import transition as kernel
from executus.answers import Answered
from executus.buffer import View
from executus.events import Event, RunResumed, Steered
from executus.machines import (
    calls,
    compaction,
    critic,
    finalize,
    loop,
    losses,
    observing,
    opening,
    phases,
    preflight,
    steps,
    suspend,
)
from executus.rules import deadlines, guards, limits, retry
from executus.rules.recovery import Meaning
from executus.rules.status import Cancelled, Delivered
from executus.state import Run, Stage, stop
from executus.values import Finish, Message, Usage, replace
from tests.test_laws import Report

MOST_WORLDS = 3000

Plant = Callable[[pytest.MonkeyPatch], None]


def swapped(target: Any, name: str, other: Any) -> Plant:
    """Something in the kernel does something else."""
    return lambda patch: patch.setattr(target, name, other)


def told(event: type[Event], other: Any) -> Plant:
    """An event does something else."""
    return lambda patch: patch.setitem(reception.FACTS, event, other)


def decided(stage: Stage, *deciders: Any) -> Plant:
    """Others may speak in a stage."""
    return lambda patch: patch.setitem(kernel.DECIDERS, stage, deciders)


def lets_answers_beat_time(run: Run, event: Event) -> Run:
    if isinstance(event, Answered) and run.deadlines.end is not None:
        later = replace(run.deadlines, end=run.deadlines.end + 1)
        return replace(EVOLVE(replace(run, deadlines=later), event), deadlines=run.deadlines)
    return EVOLVE(run, event)


def hears_the_last_word_first(run: Run, event: Steered) -> Run:
    after = loop.on_steering(replace(run, talk=replace(run.talk, mailbox=VIEW)), event)
    return replace(after, talk=replace(after.talk, mailbox=after.talk.mailbox.extend(run.talk.mailbox)))


def hears_blank_words(run: Run, event: Steered) -> Run:
    said = Message("user", event.text, event.images)
    return replace(run, talk=replace(run.talk, mailbox=run.talk.mailbox.append(said)))


def appends_in_place(self: View[Any], item: Any) -> View[Any]:
    self._items.append(item)
    return View(self._items, len(self) + 1, self._sums)


def forgets_unknowns(used: Usage, more: Usage) -> Usage:
    return Usage(*[(getattr(used, name) or 0) + (getattr(more, name) or 0) for name in Usage.__struct_fields__])


def resumes_as_if_new(run: Run, event: RunResumed) -> Run:
    after = suspend.on_resumed(run, event)
    return replace(after, preflight=replace(after.preflight, grant=None))


EVOLVE, REFUSALS, EXCESS, COUNT = kernel.evolve, calls.refusals, limits.excess, guards.count
VIEW: View[Message] = View([], 0, [])
FINALIZING = Stage.FINALIZING

DEFECTS: dict[str, Plant] = {
    "an instant at the deadline is in time": swapped(
        deadlines, "has_expired", lambda line, now: line.end is not None and now > line.end
    ),
    "an answer beats the deadline by one": swapped(kernel, "evolve", lets_answers_beat_time),
    "a deadline reads cancelled": swapped(reception, "expire", lambda run: stop(run, Cancelled(run.now, "time"))),
    "the end never comes": decided(FINALIZING),
    "the lane is kept": decided(FINALIZING, observing.report, finalize.finish),
    "the end is told nothing": decided(FINALIZING, finalize.give_lane_back, finalize.finish),
    "the end in the wrong order": swapped(finalize, "PARTS", finalize.PARTS[::-1]),
    "the critic is never stopped": swapped(finalize, "PARTS", finalize.PARTS[:4] + finalize.PARTS[5:]),
    "the session is never cleaned up": swapped(finalize, "PARTS", finalize.PARTS[:5] + finalize.PARTS[6:]),
    "errors are not delivered": swapped(finalize, "delivered_of", lambda cause: Delivered.OUTPUT),
    "a suspension lets go of nothing": swapped(suspend, "PARTS", ()),
    "a grant is lost on the way": told(RunResumed, resumes_as_if_new),
    "people are asked no more": swapped(steps, "approval_reason", lambda run, call: ""),
    "all is run again": swapped(losses, "meaning", lambda *_: Meaning.AGAIN),
    "nothing is unknown": swapped(losses, "remember", lambda run, id, index, reason: run),
    "the end forgets what was open": swapped(finalize, "remember_all", lambda run: run),
    "an unknown call is not held": swapped(calls, "_held", lambda run, call: None),
    "retries wait for nothing": swapped(retry, "after_fault", lambda fault, n, b, now, end, key: retry.Again(now)),
    "any compaction is taken": swapped(compaction, "_what_is_wrong", lambda run, turns: ""),
    "waiting is charged": swapped(deadlines, "shift", lambda line, by: line),
    "the critic is asked for ever": swapped(deadlines, "consulted", lambda line, reason: line),
    "a silent critic is asked twice": swapped(critic, "is_consulting", lambda run: False),
    "nudges are lost": swapped(critic, "_nudge", lambda run, advice: run),
    "steps are raised by nobody": swapped(critic, "_raise", lambda run, advice: run),
    "a lifted backstop stays": swapped(critic, "_lift", lambda run, advice: run),
    "who is told first": swapped(observing, "_told", lambda run, seen: TOLD(run, seen)[::-1]),
    "prepares in another order": swapped(preflight, "NEEDS", preflight.NEEDS[::-1]),
    "does without the budget": swapped(preflight, "NEEDS", preflight.NEEDS[1:]),
    "templates stay as they are": swapped(opening, "rendered", lambda template, texts: template),
    "phases begin with old guards": swapped(phases, "Guards", lambda: guards.Guards(1)),
    "hears the last word first": told(Steered, hears_the_last_word_first),
    "hears blank words": told(Steered, hears_blank_words),
    "asks a silent model for ever": swapped(loop, "_take_nothing", lambda run: run),
    "runs cut calls": swapped(loop, "refusals", lambda run, wanted, finish: REFUSALS(run, wanted, Finish.STOP)),
    "lets everything run": swapped(loop, "refusals", lambda run, wanted, finish: (None,) * len(wanted)),
    "keeps the provider's ids": swapped(loop, "identified", lambda wanted, used, most: (wanted, used)),
    "appends in place": swapped(View, "append", appends_in_place),
    "one step too many": swapped(guards, "is_at_step_limit", lambda done, most: done > most),
    "one step too few": swapped(guards, "is_at_step_limit", lambda done, most: done >= most - 1),
    "one error too many": swapped(guards, "has_too_many_errors", lambda seen, most: seen.error_streak > most),
    "one error too few": swapped(guards, "has_too_many_errors", lambda seen, most: seen.error_streak >= most - 1),
    "every call is the same": swapped(
        guards, "goes_in_circles", lambda seen, call, limit: seen.repeat_streak >= limit
    ),
    "never overspends": swapped(limits, "excess", lambda used, tokens, cost: None),
    "counts no usage": swapped(limits, "add", lambda used, more: used),
    "unknown is zero": swapped(limits, "add", forgets_unknowns),
    "cuts nothing": swapped(limits, "cut", lambda text, most: text),
}
TOLD = observing._told


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEFECTS[defect](monkeypatch)
    report = Report()
    for seed in range(MOST_WORLDS):
        try:
            report.live(seed)
        except Exception:
            return  # The defect broke the kernel itself.
        if report.faults:
            return
    pytest.fail(f"{MOST_WORLDS} worlds kept every law")


def test_without_a_defect_nothing_is_found() -> None:
    report = Report()
    for seed in range(50):
        report.live(seed)
    assert report.faults == []
