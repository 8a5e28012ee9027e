"""The bug bank: defects planted in the kernel, each of which the random worlds and the laws must find.

A law that never finds anything proves nothing. Each defect is one somebody might write.
"""

from collections.abc import Callable
from typing import Any

import pytest

from executus import transition as kernel
from executus.answers import Answered
from executus.bounds import Bounds
from executus.buffer import Names, View
from executus.effects import CallModel
from executus.events import Event, Steered
from executus.machines import calls, loop
from executus.machines.finalize import wind_up
from executus.machines.opening import open_conversation
from executus.machines.preflight import prepare
from executus.rules import deadlines, guards, limits
from executus.rules.status import Cancelled
from executus.state import Run, Stage, Transition, ask, stop
from executus.toolbox import NO_TOOLS, Toolbox
from executus.values import Finish, Message, ModelReply, ToolCall, Usage, replace
from tests.test_laws import Report

MOST_WORLDS = 1200

Plant = Callable[[pytest.MonkeyPatch], None]
Calls = tuple[ToolCall, ...]


def swapped(target: Any, name: str, other: Any) -> Plant:
    """Something in the kernel does something else."""
    return lambda patch: patch.setattr(target, name, other)


def decided(stage: Stage, *deciders: Callable[[Run], Transition]) -> Plant:
    """Others may speak in a stage."""
    return lambda patch: patch.setitem(kernel.DECIDERS, stage, deciders)


def forgets_to_abandon(run: Run) -> Transition:
    return wind_up(run)[0], ()


def leaves_the_deadline_on(run: Run) -> Transition:
    after, asked = wind_up(run)
    return replace(after, deadlines=run.deadlines), asked


def ends_with_questions_open(run: Run) -> Transition:
    after, _ = wind_up(run)
    return replace(after, pending=run.pending), ()


def asks_whenever_it_is_asked(run: Run) -> Transition:
    if run.talk.slots:
        return loop.converse(run)
    return ask(run, CallModel(run.next_id, run.talk.conversation, run.talk.setup))


def stops_while_deciding(run: Run) -> Transition:
    if run.talk.steps_done > 1:
        return stop(run, Cancelled(run.now, "nobody")), ()
    return loop.converse(run)


def asks_in_the_wrong_order(run: Run) -> Transition:
    after, asked = loop.converse(run)
    return after, asked[::-1]


def forgets_what_it_asked(run: Run) -> Transition:
    after, asked = loop.converse(run)
    return replace(after, pending=run.pending), asked


def keeps_the_mailbox(run: Run) -> Transition:
    after, asked = loop.converse(run)
    return replace(after, talk=replace(after.talk, mailbox=run.talk.mailbox)), asked


def begins_without_tools(run: Run) -> Transition:
    if run.preflight.toolbox is None and run.preflight.chain:
        return replace(run, preflight=replace(run.preflight, toolbox=NO_TOOLS)), ()
    return prepare(run)


def counts_from_acceptance(run: Run) -> Transition:
    after, asked = open_conversation(run)
    if after.began is None:
        return after, asked
    return replace(after, deadlines=deadlines.arm_running(0, run.bounds.max_runtime)), asked


def hears_the_last_word_first(run: Run, event: Steered) -> Run:
    after = ON_STEERING(run, event)
    added = after.talk.mailbox[len(run.talk.mailbox) :]
    return replace(after, talk=replace(after.talk, mailbox=(*added, *run.talk.mailbox)))


def hears_blank_words(run: Run, event: Steered) -> Run:
    mailbox = (*run.talk.mailbox, Message("user", event.text, event.images))
    return replace(run, talk=replace(run.talk, mailbox=mailbox))


def finishes_whoever_speaks(run: Run, reply: ModelReply) -> Run:
    mailbox = run.talk.mailbox
    after = TAKE_ANSWER(replace(run, talk=replace(run.talk, mailbox=())), reply)
    return replace(after, talk=replace(after.talk, mailbox=mailbox))


def mixes_results_up(run: Run, slots: tuple[Any, ...]) -> Run:
    return COMPLETE_STEP(run, slots[::-1])


def lets_everything_run(wanted: Calls, toolbox: Toolbox, bounds: Bounds, finish: Finish) -> Any:
    return (None,) * len(wanted)


def runs_cut_calls(wanted: Calls, toolbox: Toolbox, bounds: Bounds, finish: Finish) -> Any:
    return REFUSALS(wanted, toolbox, bounds, Finish.STOP)


def runs_all_calls(wanted: Calls, toolbox: Toolbox, bounds: Bounds, finish: Finish) -> Any:
    return REFUSALS(wanted, toolbox, replace(bounds, max_calls_per_reply=999), finish)


def keeps_the_providers_ids(wanted: Calls, used: Names) -> tuple[Calls, Names]:
    return wanted, used


def runs_serial_tools_beside(wanted: Calls, slots: tuple[Any, ...], toolbox: Toolbox) -> list[int]:
    return [index for index, slot in enumerate(slots) if slot is None]


def appends_in_place(self: View[Any], item: Any) -> View[Any]:
    self._items.append(item)
    return View(self._items, len(self) + 1, self._sums)


def takes_late_answers(run: Run, event: Event) -> Run:
    if isinstance(event, Answered) and event.id == 0 and run.cause is None:
        return replace(run, used=limits.add(run.used, Usage(1)))
    return EVOLVE(run, event)


def lets_answers_beat_time(run: Run, event: Event) -> Run:
    if isinstance(event, Answered) and run.deadlines.end is not None:
        later = replace(run.deadlines, end=run.deadlines.end + 1)
        return replace(EVOLVE(replace(run, deadlines=later), event), deadlines=run.deadlines)
    return EVOLVE(run, event)


def lets_a_cancel_win(run: Run) -> Run:
    return stop(run, Cancelled(run.now, "time"))


def overspends_by_one(used: Usage, tokens: int | None, cost: int | None) -> limits.Excess | None:
    return EXCESS(used, None if tokens is None else tokens + 5, None if cost is None else cost + 1)


def ends_at_the_limit(used: Usage, tokens: int | None, cost: int | None) -> limits.Excess | None:
    return EXCESS(used, None if tokens is None else tokens - 1, None if cost is None else cost - 1)


def forgets_unknowns(used: Usage, more: Usage) -> Usage:
    return Usage(*[(getattr(used, name) or 0) + (getattr(more, name) or 0) for name in Usage.__struct_fields__])


def never_resets(seen: guards.Guards, call: ToolCall, content: str, is_error: bool) -> guards.Guards:
    return replace(COUNT(seen, call, content, is_error), error_streak=seen.error_streak + 1)


def sees_every_call_as_the_same(seen: guards.Guards, call: ToolCall, limit: int) -> bool:
    return seen.repeat_streak >= limit


EVOLVE, ON_STEERING, TAKE_ANSWER = kernel.evolve, loop.on_steering, loop._take_answer
COMPLETE_STEP, REFUSALS, EXCESS, COUNT = loop._complete_step, calls.refusals, limits.excess, guards.count

CONVERSING, PREPARING = Stage.CONVERSING, Stage.PREPARING
DEFECTS: dict[str, Plant] = {
    "an instant at the deadline is in time": swapped(
        deadlines, "has_expired", lambda line, now: line.end is not None and now > line.end
    ),
    "an answer beats the deadline by one": swapped(kernel, "evolve", lets_answers_beat_time),
    "a deadline reads cancelled": swapped(kernel, "expire", lets_a_cancel_win),
    "nothing is abandoned": decided(CONVERSING, forgets_to_abandon, loop.converse),
    "the deadline stays on": decided(CONVERSING, leaves_the_deadline_on, loop.converse),
    "the end waits for answers": decided(CONVERSING, ends_with_questions_open, loop.converse),
    "the end never comes": decided(Stage.FINALIZING),
    "asks whenever it is asked": decided(CONVERSING, wind_up, asks_whenever_it_is_asked),
    "stops while deciding": decided(CONVERSING, wind_up, stops_while_deciding),
    "asks before it winds up": decided(CONVERSING, loop.converse, wind_up),
    "asks in the wrong order": decided(CONVERSING, wind_up, asks_in_the_wrong_order),
    "forgets what it asked": decided(CONVERSING, wind_up, forgets_what_it_asked),
    "keeps the mailbox": decided(CONVERSING, wind_up, keeps_the_mailbox),
    "begins without tools": decided(PREPARING, wind_up, begins_without_tools, open_conversation),
    "counts from acceptance": decided(PREPARING, wind_up, prepare, counts_from_acceptance),
    "hears the last word first": swapped(kernel, "on_steering", hears_the_last_word_first),
    "hears blank words": swapped(kernel, "on_steering", hears_blank_words),
    "finishes whoever speaks": swapped(loop, "_take_answer", finishes_whoever_speaks),
    "asks a silent model for ever": swapped(loop, "_take_nothing", lambda run: run),
    "mixes results up": swapped(loop, "_complete_step", mixes_results_up),
    "lets everything run": swapped(loop, "refusals", lets_everything_run),
    "runs cut calls": swapped(loop, "refusals", runs_cut_calls),
    "runs all calls": swapped(loop, "refusals", runs_all_calls),
    "keeps the provider's ids": swapped(loop, "identified", keeps_the_providers_ids),
    "runs serial tools beside others": swapped(loop, "next_calls", runs_serial_tools_beside),
    "appends in place": swapped(View, "append", appends_in_place),
    "takes answers to nothing": swapped(kernel, "evolve", takes_late_answers),
    "one step too many": swapped(guards, "is_at_step_limit", lambda done, most: done > most),
    "one step too few": swapped(guards, "is_at_step_limit", lambda done, most: done >= most - 1),
    "one error too many": swapped(guards, "has_too_many_errors", lambda seen, most: seen.error_streak > most),
    "one error too few": swapped(guards, "has_too_many_errors", lambda seen, most: seen.error_streak >= most - 1),
    "success resets nothing": swapped(guards, "count", never_resets),
    "every call is the same": swapped(guards, "goes_in_circles", sees_every_call_as_the_same),
    "overspends a little": swapped(limits, "excess", overspends_by_one),
    "ends at the limit": swapped(limits, "excess", ends_at_the_limit),
    "never overspends": swapped(limits, "excess", lambda used, tokens, cost: None),
    "counts no usage": swapped(limits, "add", lambda used, more: used),
    "unknown is zero": swapped(limits, "add", forgets_unknowns),
    "cuts nothing": swapped(limits, "cut", lambda text, most: text),
}


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
