"""An oracle for the status: what a run's recording must be called, from what happened and what was asked alone.

It sees events and the questions that were asked, and not one value of the kernel's state. It is written backwards:
first it finds the entry at which the run gave up (after it, only the end is asked for), then it says what that
must be called. A deadline that should have come before that entry is its verdict, whatever the run did.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from executus.answers import (
    Advised,
    BudgetChecked,
    CheckpointBegun,
    Delegated,
    ModelReplied,
    ModelResolved,
    ToolboxBuilt,
    ToolReturned,
)
from executus.effects import (
    Abandon,
    Asked,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    Effect,
    MakeArtifacts,
    OpenAudit,
    ReleaseBudget,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
)
from executus.events import (
    CancelRequested,
    Event,
    PortFailed,
    RunResumed,
    ShutdownRequested,
    UsageSeen,
)
from executus.facts import Advice, ChildResult, Refusal
from executus.lived import Lived
from executus.values import Fault, ModelReply, ToolResult
from tests.simulate.ledger import Ledger

Line: TypeAlias = tuple[Event, tuple[Effect, ...]]

_LAST_THINGS = (
    MakeArtifacts,
    CommitBudget,
    ReleaseBudget,
    Deliver,
    CloseAudit,
    StopCritic,
    CleanUp,
    RunFinalizers,
    SettleCheckpoint,
)


def oracle(lived: Lived) -> str:
    """What a run that has ended must be called."""
    lines = _lines(lived)
    end = _gave_up(lines)
    ledger = Ledger(lived.transcript.started)
    for index, (event, asked) in enumerate(lines[: end + 1]):
        in_time = ledger.is_answer(event, asked)
        late = ledger.time_is_up(event)
        if late:
            return late
        if index == end:
            return _called(ledger, event, in_time)
        ledger.read(event, in_time)
        ledger.write(asked, event.at)
    raise AssertionError("a run has an end")


def bounds_kept(lived: Lived) -> bool:
    """Has it ended by its own deadline, and each part of the end in its own time? A store may hold it up once."""
    lines = _lines(lived)
    end = _gave_up(lines)
    ledger = Ledger(lived.transcript.started)
    for event, asked in lines[:end]:
        in_time = ledger.is_answer(event, asked)
        ledger.time_is_up(event)
        ledger.read(event, in_time)
        ledger.write(asked, event.at)
    ledger.time_is_up(lines[end][0])
    cleanup = ledger.cleanup
    parts = sum(isinstance(effect, (*_LAST_THINGS, OpenAudit)) for _, asked in lines[end:] for effect in asked)
    took = lines[-1][0].at - lines[end][0].at
    return ledger.overdue() <= cleanup // 2 and took <= parts * cleanup + cleanup // 2


def _lines(lived: Lived) -> list[Line]:
    """Of each moment, what happened and what was asked: nothing else is looked at."""
    return [(moment.event, moment.asked) for moment in lived.moments]


def _gave_up(lines: Sequence[Line]) -> int:
    """The entry after which nothing but the end is asked for."""
    is_durable = is_suspended = False
    for index, (event, asked) in enumerate(lines):
        match event:
            case CheckpointBegun(outcome=True):
                is_durable = True
            case PortFailed(port="checkpoints"):
                if is_suspended:
                    return index
                is_durable = False
            case ShutdownRequested() if is_durable:
                is_suspended = True
            case RunResumed():
                is_suspended = False
            case CancelRequested() if is_suspended:
                return index
            case _:
                pass
        if not is_suspended and _is_end(lines[index + 1 :], asked):
            return index
    return len(lines) - 1


def _is_end(rest: Sequence[Line], asked: tuple[Effect, ...]) -> bool:
    """Is this the end, or an audit that is opened only to be closed?"""
    if any(isinstance(effect, _LAST_THINGS) for effect in asked):
        return True
    if not any(isinstance(effect, OpenAudit) for effect in asked):
        return False
    for event, later in rest:
        questions = [effect for effect in later if isinstance(effect, Asked)]
        if isinstance(event, RunResumed):  # Whoever goes on with an end asks for no model first.
            return bool(questions) and isinstance(questions[0], (*_LAST_THINGS, OpenAudit))
        if isinstance(event, ShutdownRequested) and any(isinstance(effect, Abandon) for effect in later):
            return False  # It suspends a run that was only preparing.
        if questions:
            return isinstance(questions[0], _LAST_THINGS)
    return True


def _called(ledger: Ledger, event: Event, in_time: bool) -> str:
    """The name of an end that came with this event."""
    ledger.read(event, in_time)
    over = ledger.time_was_cut(event)
    if over:
        return over
    if ledger.has_lost(event.at):
        return "error"
    word = _by_word(ledger, event, in_time)
    if word:
        return word
    outcome: Any = getattr(event, "outcome", None) if in_time else None
    if isinstance(event, BudgetChecked) and isinstance(outcome, Refusal):
        return "budget_exceeded"
    if ledger.started.invocation.dry_run:
        return _rehearsed(ledger, event, outcome)
    if ledger.phase is None and ledger.began is None:
        return "error"
    return _by_talk(ledger, event, outcome)


def _by_word(ledger: Ledger, event: Event, in_time: bool) -> str:
    match event:
        case CancelRequested() | ShutdownRequested():
            return "cancelled"
        case PortFailed(port="checkpoints") if ledger.suspended:
            return "cancelled"  # There is nothing left to go on from.
        case Advised(outcome=Advice(kill_reason=str())) if in_time:
            return "killed"
        case _:
            return ""


def _rehearsed(ledger: Ledger, event: Event, outcome: Any) -> str:
    """A dry run came as far as its model and its tools, or not even there."""
    if not isinstance(event, ModelResolved | ToolboxBuilt) or not isinstance(outcome, tuple):
        return "error"
    if isinstance(event, ModelResolved) and not outcome:
        return "error"
    return "dry_run" if set(ledger.started.agent.low_level_tools) <= ledger.tools.keys() else "error"


def _by_talk(ledger: Ledger, event: Event, outcome: Any) -> str:
    """The conversation came to its answer, used too much, or failed."""
    agent = ledger.started.agent
    is_last = not agent.phases or ledger.phase == len(agent.phases) - 1
    wants_value = bool(agent.output_type) and is_last
    if isinstance(event, ModelReplied) and isinstance(outcome, ModelReply):
        if not outcome.calls and outcome.text.strip() and not wants_value:
            return _concluded(ledger, outcome.text)
        return "budget_exceeded" if ledger.is_overspent() else _failed(ledger)
    if isinstance(event, ToolReturned) and isinstance(outcome, ToolResult) and wants_value and ledger.submits():
        return "ok"
    is_use = isinstance(event, UsageSeen) or (isinstance(event, Delegated) and isinstance(outcome, ChildResult))
    if is_use and ledger.is_overspent():
        return "budget_exceeded"
    return "error" if isinstance(outcome, Fault) and ledger.regaining else _failed(ledger)


def _concluded(ledger: Ledger, text: str) -> str:
    if not ledger.goes_on(text):
        return "ok"
    return "budget_exceeded" if ledger.is_overspent() else "error"


def _failed(ledger: Ledger) -> str:
    """The open conversation failed: the run with it, unless its phase was optional."""
    phases = ledger.started.agent.phases
    if not phases or ledger.phase is None or ledger.regaining or not phases[ledger.phase].optional:
        return "error"
    return _concluded(ledger, "")
