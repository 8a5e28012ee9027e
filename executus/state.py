"""Everything a run knows, as one frozen value, with a slice for each machine.

Only facts stop a run: `stop` is called while a fact lands, never by a decider. What a run may ask goes
through `ask`, which numbers the question and remembers that it is open.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from executus.agent import Agent, Bounds, Invocation
from executus.buffer import Names, View
from executus.effects import Effect, Notice, Question
from executus.events import Answered, Wiring
from executus.rules.deadlines import Deadlines
from executus.rules.guards import Guards
from executus.rules.status import Cause, latch
from executus.toolbox import Setup, Toolbox
from executus.values import (
    NO_USAGE,
    EffectId,
    Fault,
    Instant,
    Message,
    ModelChoice,
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


class Preflight(Record, frozen=True):
    """What is settled before the first model call."""

    chain: tuple[ModelChoice, ...] = ()
    toolbox: Toolbox | None = None


Slot: TypeAlias = EffectId | ToolResult | Fault | None
"""A call of the open step: not asked yet, asked under this id, or answered."""


class Talk(Record, frozen=True, kw_only=True):
    """The conversation, the step that is open in it, and what waits to enter it."""

    conversation: View[Message]
    setup: Setup
    opening: int = 0
    """How many turns stood before the run's own: prompts, history, the first turn."""
    slots: tuple[Slot, ...] = ()
    """The calls of the open step, in call order; empty when no step is open."""
    waiting: int = 0
    """How many of them have no result yet."""
    steps_done: int = 0
    mailbox: View[Message]
    empty_replies: int = 0
    """How many replies in a row said nothing at all."""
    call_ids: Names


class Run(Record, frozen=True, kw_only=True):
    """One run at one instant."""

    run_id: str
    agent: Agent
    invocation: Invocation
    wiring: Wiring
    bounds: Bounds
    now: Instant
    deadlines: Deadlines
    stage: Stage = Stage.PREPARING
    cause: Cause | None = None
    losers: tuple[Cause, ...] = ()
    """Later causes: they are on record, and change nothing."""
    next_id: EffectId = 1
    pending: tuple[Question, ...] = ()
    """Questions the world hasn't answered yet, in the order they were asked."""
    preflight: Preflight = Preflight()
    began: Instant | None = None
    """When the conversation began, and with it the run's own clock."""
    talk: Talk
    guards: Guards = Guards()
    used: Usage = NO_USAGE
    warnings: tuple[str, ...] = ()


Transition: TypeAlias = tuple[Run, tuple[Effect, ...]]
"""A run, and what it asks of the world."""

Decider: TypeAlias = Callable[[Run], Transition]

MOST_LOSERS = 16
"""Causes that came too late are kept up to here: a caller who cancels for ever must not fill a record."""


def ask(run: Run, *questions: Question, talk: Talk | None = None) -> Transition:
    """Put questions to the world, numbered by the caller from `run.next_id`, and remember them as open.

    `talk` is the conversation as it is once they are asked, where asking changes it.
    """
    pending, next_id = run.pending + questions, run.next_id + len(questions)
    return replace(run, pending=pending, next_id=next_id, talk=talk or run.talk), questions


def tell(run: Run, *notices: Notice) -> Transition:
    """Let the world know; nobody answers."""
    return run, notices


def stop(run: Run, cause: Cause) -> Run:
    """End the run for this cause, unless it is ending already: then the cause is a loser, on record."""
    kept = latch(run.cause, cause)
    if run.cause is None:
        return replace(run, cause=kept)
    if len(run.losers) >= MOST_LOSERS:
        return run
    return replace(run, losers=(*run.losers, cause))


def warn(run: Run, warning: str) -> Run:
    """Something the caller should read beside the result."""
    return replace(run, warnings=(*run.warnings, warning))


def without(pending: tuple[Question, ...], answer: Answered) -> tuple[Question, ...]:
    """The open questions but the one that was answered; all of them if it answers none."""
    id, kind = answer.id, answer.answers
    if len(pending) == 1 and pending[0].id == id and type(pending[0]) is kind:
        return ()
    return tuple([question for question in pending if question.id != id or type(question) is not kind])
