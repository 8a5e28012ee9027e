"""An oracle for the status of a run: found from what happened at its end, in another style than the kernel's.

It asks in turn whether time, a word from outside, a port or the talk has ended the run.
"""

from collections.abc import Callable

from executus.answers import Advised, BudgetChecked, Delegated, ModelReplied, ToolboxBuilt, ToolReturned
from executus.effects import AcquireLane
from executus.events import CancelRequested, LimitsChanged, PortFailed, RunResumed, ShutdownRequested, UsageSeen
from executus.facts import Advice, ChildResult, Refusal
from executus.lived import Lived, Moment
from executus.rules.status import Status
from executus.values import ModelReply, ToolResult, Usage


def judged(lived: Lived) -> Status | None:
    """What the end must be called; None for a run that goes on."""
    end = lived.end
    if end is None:
        return None
    for judge in JUDGES:
        status = judge(lived, end)
        if status is not None:
            return status
    return Status.ERROR


def _by_time(lived: Lived, end: Moment) -> Status | None:
    if end.is_late:
        return Status.ERROR if end.before.began is None else Status.TIMEOUT
    queued = [one.id for one in end.before.pending if isinstance(one, AcquireLane)]
    if any(one.question in queued and end.event.at >= one.at and _counts(end) for one in end.before.timeouts):
        return Status.TIMEOUT
    return Status.TIMEOUT if isinstance(end.event, LimitsChanged) or _is_taken_up_late(end) else None


def _is_taken_up_late(end: Moment) -> bool:
    """Was its time cut while it was suspended, so that it has none when it is taken up again?"""
    return isinstance(end.event, RunResumed) and end.before.suspended is not None


def _counts(end: Moment) -> bool:
    return end.run.bounds.lane_wait_counts


def _by_word(lived: Lived, end: Moment) -> Status | None:
    match end.event:
        case CancelRequested() | ShutdownRequested():
            return Status.CANCELLED
        case PortFailed(port="checkpoints") if end.before.suspended is not None:
            return Status.CANCELLED
        case Advised(outcome=Advice(kill_reason=str())) if end.answers:
            return Status.KILLED
        case _:
            return None


def _by_ports(lived: Lived, end: Moment) -> Status | None:
    if isinstance(end.event, BudgetChecked) and isinstance(end.event.outcome, Refusal):
        return Status.BUDGET_EXCEEDED
    if not lived.last.invocation.dry_run:
        return None
    outcome = getattr(end.event, "outcome", ())
    is_good = isinstance(outcome, tuple) and (bool(outcome) or isinstance(end.event, ToolboxBuilt))
    named = {spec.name for spec in end.run.preflight.toolbox.specs} if end.run.preflight.toolbox else set()
    is_good = is_good and set(end.run.agent.low_level_tools) <= named and end is not lived.moments[0]
    return Status.DRY_RUN if is_good and end.answers else Status.ERROR


def _by_talk(lived: Lived, end: Moment) -> Status | None:
    phases, done = end.run.agent.phases, end.run.pipeline.done
    if phases and len(done) == len(phases):
        return Status.OK
    if not phases and (_answers(end) or _submits(end)):
        return Status.OK
    is_judged = isinstance(end.event, UsageSeen) or _is_taken(end)
    goes_on = bool(phases) and phases[end.before.pipeline.index].optional
    return Status.BUDGET_EXCEEDED if (is_judged or goes_on) and _is_overspent(lived, end) else None


def _answers(end: Moment) -> bool:
    reply = end.event.outcome if isinstance(end.event, ModelReplied) and end.answers else None
    return (
        isinstance(reply, ModelReply)
        and not reply.calls
        and bool(reply.text.strip())
        and not end.run.agent.output_type
    )


def _submits(end: Moment) -> bool:
    """Was the last thing the result of a lone submit?"""
    last = end.run.talk.conversation.last if end.run.talk.conversation else None
    names = [call.name for said in tuple(end.run.talk.conversation)[-2:] for call in said.calls]
    is_result = isinstance(end.event, ToolReturned) and isinstance(end.event.outcome, ToolResult)
    return bool(end.run.agent.output_type) and is_result and names == ["submit"] and not (last and last.is_error)


def _is_taken(end: Moment) -> bool:
    """Was something used just now?"""
    if not end.answers or not isinstance(end.event, ModelReplied | Delegated):
        return False
    return isinstance(end.event.outcome, ModelReply | ChildResult)


def _is_overspent(lived: Lived, end: Moment) -> bool:
    used: list[Usage] = []
    for moment in lived.moments[: lived.moments.index(end) + 1]:
        match moment.event:
            case UsageSeen(usage=usage):
                used.append(usage)
            case ModelReplied(outcome=ModelReply(usage=usage)) | Delegated(outcome=ChildResult(usage=usage)) if (
                moment.answers
            ):
                used.append(usage)
            case _:
                pass
    tokens = sum((usage.input_tokens or 0) + (usage.output_tokens or 0) for usage in used)
    cost = sum(usage.cost or 0 for usage in used)
    bounds = end.run.bounds
    over_tokens = bounds.tokens is not None and tokens > bounds.tokens
    return over_tokens or (bounds.cost is not None and cost > bounds.cost)


JUDGES: tuple[Callable[[Lived, Moment], Status | None], ...] = (_by_time, _by_word, _by_ports, _by_talk)
