"""Everything a run knows, as one frozen value, with a slice for each machine.

Only facts stop a run: `stop` is called while a fact lands, never by a decider. What a run may ask goes
through `ask`, which numbers the question and remembers that it is open.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from executus.agent import Agent
from executus.bounds import Bounds
from executus.effects import CallModel, Compact, Effect, Notice, Question
from executus.facts import Noted, Seen, Unknown
from executus.invocation import Invocation
from executus.rules.deadlines import Deadlines
from executus.rules.guards import Guards
from executus.rules.status import Cause, latch
from executus.slices import (
    NO_PORTS,
    NO_WATCH,
    Clock,
    Door,
    Ending,
    Pipeline,
    Ports,
    Preflight,
    Slot,
    Suspension,
    Talk,
    Timeout,
    Watch,
)
from executus.started import Wiring
from executus.values import (
    NO_USAGE,
    EffectId,
    Fault,
    Instant,
    Record,
    ToolResult,
    Usage,
    replace,
)


class Stage(StrEnum):
    """Where a run is in its life. It only ever moves down this list."""

    PREPARING = "preparing"
    CONVERSING = "conversing"
    FINALIZING = "finalizing"
    DONE = "done"

    __hash__ = str.__hash__  # Enum's own is Python code, and every event looks its stage up.


class Run(Record, frozen=True, kw_only=True):
    """One run at one instant."""

    run_id: str
    agent: Agent
    invocation: Invocation
    wiring: Wiring
    bounds: Bounds
    started_at: datetime
    """When the run was accepted, by the wall clock."""
    now: Instant
    deadlines: Deadlines
    stage: Stage = Stage.PREPARING
    cause: Cause | None = None
    losers: tuple[Cause, ...] = ()
    """Later causes: they are on record, and change nothing."""
    next_id: EffectId = 1
    pending: tuple[Question, ...] = ()
    """Questions the world hasn't answered yet, in the order they were asked."""
    timeouts: tuple[Timeout, ...] = ()
    """Until when some of them are waited for, the earliest first."""
    lapsed: tuple[EffectId, ...] = ()
    """Questions nobody waits for any more, of which the world is not yet told."""
    preflight: Preflight = Preflight()
    ports: Ports = NO_PORTS
    clock: Clock = Clock()
    is_plain: bool = False
    """Whether it converses, unwatched, and nothing in it can stand still or lapse: then fewer are to be heard."""
    began: Instant | None = None
    """When the conversation began, and with it the run's own clock."""
    talk: Talk
    guards: Guards = Guards()
    watch: Watch = NO_WATCH
    pipeline: Pipeline = Pipeline()
    unknowns: tuple[Unknown, ...] = ()
    """Tool calls of which nobody knew whether they happened, also those settled since."""
    used: Usage = NO_USAGE
    """What this run used, and the runs it delegated to."""
    warnings: tuple[str, ...] = ()
    notes: tuple[Seen, ...] = ()
    """What the audit is to be told next, beside the steps."""
    value: str = ""
    """The structured output, as JSON text."""
    ending: Ending = Ending()
    stale: bool = False
    """Whether the store has failed: what must be known to have been asked is not asked any more."""
    suspended: Suspension | None = None
    epoch: int = 0
    """How often the run was taken up again."""


Transition: TypeAlias = tuple[Run, tuple[Effect, ...]]
"""A run, and what it asks of the world."""

Decider: TypeAlias = Callable[[Run], Transition]

MOST_LOSERS = 16
"""Causes that came too late are kept up to here: a caller who cancels for ever must not fill a record."""

MOST_WARNINGS = 50
"""More would hide the first ones."""


def ask(run: Run, *questions: Question, talk: Talk | None = None) -> Transition:
    """Put questions to the world, numbered by the caller from `run.next_id`, and remember them as open.

    `talk` is the conversation as it is once they are asked, where asking changes it.
    """
    pending, next_id = run.pending + questions, run.next_id + len(questions)
    return replace(run, pending=pending, next_id=next_id, talk=talk or run.talk), questions


def ask_within(run: Run, question: Question, timeout: int) -> Transition:
    """Ask, and wait no longer than `timeout` for the answer (0: for ever)."""
    run, asked = ask(run, question)
    return (wait_until(run, question.id, run.now + timeout), asked) if timeout else (run, asked)


def wait_until(run: Run, question: EffectId, at: Instant) -> Run:
    """Nobody waits for this question past `at`."""
    timeouts = sorted((*run.timeouts, Timeout(at, question)), key=_instant)
    return replace(run, timeouts=tuple(timeouts))


def _instant(timeout: Timeout) -> tuple[Instant, EffectId]:
    return timeout.at, timeout.question


def tell(run: Run, *notices: Notice) -> Transition:
    """Let the world know; nobody answers."""
    return run, notices


def stop(run: Run, cause: Cause) -> Run:
    """End the run for this cause, unless it is ending already: then the cause is a loser, on record.

    A suspended run is ended by nothing but a cancel, which takes the suspension away first.
    """
    if run.suspended is not None:
        return run
    kept = latch(run.cause, cause)
    if kept is not run.cause:
        return replace(run, cause=kept, is_plain=False)
    if len(run.losers) >= MOST_LOSERS:
        return run
    return replace(run, losers=(*run.losers, cause))


def warn(run: Run, warning: str) -> Run:
    """Something the caller should read beside the result; the same is said once."""
    if warning in run.warnings or len(run.warnings) >= MOST_WARNINGS:
        return run
    return note(replace(run, warnings=(*run.warnings, warning)), Noted("warning", (("text", warning),)))


def note(run: Run, seen: Seen) -> Run:
    """Something the audit should have; kept until it is told, if there is one."""
    return replace(run, notes=(*run.notes, seen)) if run.wiring.audit else run


def is_models_turn(run: Run) -> bool:
    """Is a model call what the conversation needs next, and may it be asked now?"""
    talk = run.talk
    if talk.slots or talk.asking.at > run.now:
        return False
    for question in run.pending:
        if type(question) is CallModel or type(question) is Compact:
            return False
    return not run.wiring.lanes or run.ports.lane is not Door.CLOSED


def fill(run: Run, id: EffectId, slot: Slot) -> Run:
    """What came of question `id` belongs in the slot of its call."""
    talk = run.talk
    slots = tuple([slot if before == id else before for before in talk.slots])
    is_final = isinstance(slot, (ToolResult, Fault))
    waiting = talk.waiting - 1 if is_final and id in talk.slots else talk.waiting
    return replace(run, talk=replace(talk, slots=slots, waiting=waiting))


def drop(run: Run, id: EffectId) -> Run:
    """Nobody waits for this question any more; the world is told with the next decision."""
    pending = tuple([question for question in run.pending if question.id != id])
    timeouts = tuple([timeout for timeout in run.timeouts if timeout.question != id])
    return replace(run, pending=pending, timeouts=timeouts, lapsed=(*run.lapsed, id))


def without(pending: tuple[Question, ...], id: EffectId, kind: type[object]) -> tuple[Question, ...]:
    """The open questions but the one of this id and kind; all of them if there is none."""
    if len(pending) == 1 and pending[0].id == id and type(pending[0]) is kind:
        return ()
    return tuple([question for question in pending if question.id != id or type(question) is not kind])
