"""What a run amounts to, read off its state: its facts, its output, its error, its roll-up."""

from collections.abc import Iterator

from executus.bounds import tier_of
from executus.facts import CallSeen, RollUp, RunFacts, Seen, Spent, StepSeen
from executus.failures import (
    BudgetExceeded,
    CancelledBy,
    KilledByCritic,
    RunError,
    ShutDownByHost,
    TimedOut,
)
from executus.rules import limits
from executus.rules.status import (
    Cancelled,
    Cause,
    DryRan,
    Expired,
    Failed,
    Finished,
    Killed,
    Overspent,
    Refused,
    ShutDown,
    status_of,
)
from executus.slices import Door, Segment
from executus.state import Run
from executus.values import Fault, FaultKind, Message, ToolCall, ToolResult


def error_of(cause: Cause) -> RunError | None:
    """The error that an end by `cause` is reported with; None for an answer."""
    match cause:
        case Finished() | DryRan():
            return None
        case Failed(failure=failure):
            return failure
        case Refused(reason=reason):
            return BudgetExceeded("", 0, 0, reason)
        case Overspent(what=what, used=used, limit=limit):
            return BudgetExceeded(what, used, limit)
        case Expired(owner=owner, limit=limit):
            return TimedOut(owner, limit)
        case Killed(reason=reason):
            return KilledByCritic(reason)
        case Cancelled(by=by):
            return CancelledBy(by)
        case ShutDown(durable=durable):
            return ShutDownByHost(durable)


def cause_of(run: Run) -> Cause:
    """Why the run is over, or suspended. Raises ValueError while it is neither."""
    cause = run.cause if run.suspended is None else run.suspended.cause
    if cause is None:
        raise ValueError(f"run {run.run_id} has not ended")
    return cause


def facts_of(run: Run) -> RunFacts:
    """What an audit and a checkpoint are told at their start; the tier is empty where no model was resolved."""
    agent, invocation = run.agent, run.invocation
    return RunFacts(
        run_id=run.run_id,
        subject_id=agent.id,
        name=agent.name,
        caller_id=invocation.caller_id,
        channel_id=invocation.channel_id,
        guild_id=invocation.guild_id,
        parent_run_id=invocation.parent_run_id,
        tier=tier_of(agent, run.wiring.defaults) if run.preflight.chains else "",
        inputs=invocation.inputs,
        started_at=run.started_at,
        max_iterations=run.bounds.max_iterations,
        labels=labels_of(run),
    )


def labels_of(run: Run) -> tuple[str, ...]:
    """The invocation's labels, and those that its tiers have added; each once."""
    return tuple(dict.fromkeys((*run.invocation.labels, *run.preflight.labels)))


def segments(run: Run) -> tuple[Segment, ...]:
    """Every conversation of the run in order: those that are over, and the one that is open."""
    talk = run.talk
    return (*run.pipeline.segments, Segment(talk.conversation, talk.opening, talk.first_step))


def own(segment: Segment) -> tuple[Message, ...]:
    """What was said in this run: prompts and history are nobody's work here."""
    return segment.conversation[segment.opening :]


def output_of(run: Run) -> str:
    """The answer; where a limit or an error came first, the latest text the model had given, or ""."""
    match cause_of(run):
        case Finished(output=output) | DryRan(output=output):
            return output
        case _:
            return latest_text(run)


def latest_text(run: Run) -> str:
    """No step of work is thrown away by a limit."""
    for segment in reversed(segments(run)):
        for message in reversed(own(segment)):
            if message.role == "assistant" and message.text.strip():
                return message.text
    return ""


def error_text(run: Run) -> str:
    """The error as one line, or ""."""
    return str(error_of(cause_of(run)) or "")


def runtime_of(run: Run) -> int:
    """From when the conversation began, without waits that aren't charged; nor is a queue that counts running."""
    if run.began is None:
        return 0
    end = run.now if run.cause is None and run.suspended is None else max(cause_of(run).at, run.began)
    queued = run.clock.queued_before if run.bounds.lane_wait_counts else 0
    return max(end - run.deadlines.base - queued, 0)


def spent_of(run: Run) -> Spent:
    status = status_of(cause_of(run))
    return Spent(runtime_of(run), run.used, status, run.invocation.caller_id, labels_of(run))


def roll_up(run: Run) -> RollUp:
    """The closing record of the audit."""
    return RollUp(
        status=status_of(cause_of(run)),
        output=output_of(run),
        error=error_text(run),
        tool_calls=sum(message.role == "tool" for segment in segments(run) for message in own(segment))
        + len(list(answered_calls(run))),
        runtime=runtime_of(run),
        usage=run.used,
        resumable=run.suspended is not None,
    )


def answered_calls(run: Run) -> Iterator[CallSeen]:
    """The calls of the open step that have their result, in call order; an outcome that nobody knows is none."""
    talk, step, most = run.talk, steps_of(run) + 1, run.bounds.max_tool_output
    for call, slot in zip(talk.conversation.last.calls if talk.slots else (), talk.slots, strict=True):
        match slot:
            case ToolResult(content=content):
                yield CallSeen(step, call, limits.cut(content, most), False)
            case Fault(kind=kind, message=reason) if kind is not FaultKind.UNKNOWN:
                yield CallSeen(step, call, limits.cut(reason, most), True)
            case _:
                pass


def is_observed(run: Run) -> bool:
    """Does anybody want to be told of each step?"""
    return run.wiring.audit or run.wiring.observer or run.ports.critic is Door.OPEN


def steps_of(run: Run) -> int:
    """Completed steps of the whole run, whatever phase it is in and however often it was compacted."""
    return run.pipeline.steps_before + run.talk.steps_done


def untold(run: Run) -> tuple[Seen, ...]:
    """The replies and results that nobody has been told of yet, in order."""
    talk = run.talk
    turns = talk.conversation[talk.told :]
    is_open = bool(talk.slots) or (bool(turns) and turns[-1].role != "tool")
    step = steps_of(run) + (1 if is_open else 0)
    calls, place = _calls_before(run)
    seen: list[Seen] = []
    for said in turns:
        if said.role == "assistant":
            calls, place = said.calls, 0
            seen.append(StepSeen(step, said.text, said.calls, talk.usage))
        elif said.role == "tool" and place < len(calls):
            seen.append(CallSeen(step, calls[place], said.text, said.is_error))
            place += 1
    return tuple(seen)


def _calls_before(run: Run) -> tuple[tuple[ToolCall, ...], int]:
    """The calls that the next results belong to, and how many of those are told already."""
    talk = run.talk
    for told, index in enumerate(range(talk.told - 1, -1, -1)):
        said = talk.conversation[index]
        if said.role != "tool":
            return said.calls, told
    return (), 0
