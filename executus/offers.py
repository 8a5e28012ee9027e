"""What the outside may answer to each question, as few letters as tell all kinds of answers apart.

Law: the first offer is the plain one, and free of charge where a port or a tool just does what it is there for;
all others cost a move. What a model says, what people decide and what a critic advises is never plain.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from executus.agent import ModelChoice
from executus.effects import (
    AcquireLane,
    AskApproval,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    Compact,
    ConsultCritic,
    Delegate,
    MakeArtifacts,
    OpenAudit,
    Question,
    Reconcile,
    ResolveModel,
    RunTool,
    StageFile,
    StartCritic,
)
from executus.facts import (
    Advice,
    Approved,
    ChildResult,
    Grant,
    Made,
    NotDone,
    Refusal,
    Refused,
    StillUnknown,
)
from executus.machines.opening import wants_submit
from executus.machines.toolboxes import SUBMIT
from executus.state import Run
from executus.values import (
    Fault,
    FaultKind,
    Finish,
    Message,
    ModelReply,
    Record,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
    replace,
    seconds,
)


class Outside(Record, frozen=True, kw_only=True):
    """What there is around the run: its tools in the order in which they are asked for, and its models."""

    tools: tuple[ToolSpec, ...] = ()
    models: tuple[ModelChoice, ...] = (ModelChoice("model"),)


Offer: TypeAlias = tuple[Any, int]
"""An outcome, and what it costs: 0 for a plain one, else 1."""

BROKEN = Fault(FaultKind.PORT, "broken")


def offers(run: Run, question: Question, outside: Outside) -> Iterator[Offer]:
    """Every answer to this question, the plain one first."""
    plain, cost = _plain(question, outside)
    if plain is not None:
        yield plain, cost
    for other in _OTHERS.get(type(question), _nothing_else)(run, outside):
        yield other, 1
    yield (BROKEN if not isinstance(question, RunTool | CallModel) else _REFUSED_BY[type(question)]), 1


def _plain(question: Question, outside: Outside) -> Offer:
    match question:
        case CheckBudget():
            return Grant(), 0
        case ResolveModel():
            return outside.models, 0
        case BuildToolbox():
            return outside.tools, 0
        case StageFile():
            return "file-1", 0
        case RunTool(call=ToolCall(name="submit")):
            return ToolResult('{"answer":1}'), 0
        case RunTool():
            return ToolResult("fine"), 0
        case Delegate():
            return ChildResult("child", "ok", "done"), 0
        case Compact(conversation=turns):
            return _shorter(tuple(turns)), 0
        case MakeArtifacts():
            return Made(), 0
        case CallModel() | AskApproval() | ConsultCritic() | Reconcile():
            return None, 1
        case _:
            return True, 0


def _shorter(turns: tuple[Message, ...]) -> tuple[Message, ...]:
    """All that stood before the first answer, and the last whole step."""
    starts = [index for index, said in enumerate(turns) if said.calls]
    first = next((index for index, said in enumerate(turns) if said.role == "assistant"), len(turns))
    last = starts[-1] if starts else len(turns)
    return (*turns[:first], *turns[max(first, last) :])


def _nothing_else(run: Run, outside: Outside) -> tuple[Any, ...]:
    return ()


def _budgets(run: Run, outside: Outside) -> tuple[Any, ...]:
    return Grant(tokens=10, cost=10), Refusal("nothing left")


def _doors(run: Run, outside: Outside) -> tuple[Any, ...]:
    return (False,)


def _chains(run: Run, outside: Outside) -> tuple[Any, ...]:
    return ((),)


def _results(run: Run, outside: Outside) -> tuple[Any, ...]:
    return (Fault(FaultKind.UNKNOWN, "it can't tell"), Fault(FaultKind.TIMEOUT, "no answer in time"))


def _decisions(run: Run, outside: Outside) -> tuple[Any, ...]:
    return Approved("ann"), Refused("no", "ann")


def _findings(run: Run, outside: Outside) -> tuple[Any, ...]:
    return ToolResult("it was done"), NotDone(), StillUnknown()


def _children(run: Run, outside: Outside) -> tuple[Any, ...]:
    return ChildResult("child", "timeout", "half", "too slow"), ChildResult(
        "child", "ok", "done", usage=_over(run)
    )


def _advices(run: Run, outside: Outside) -> tuple[Any, ...]:
    return (
        Advice(),
        Advice(kill_reason="stuck"),
        Advice(nudges=("Hurry.",)),
        Advice(extend_by=seconds(1)),
        Advice(extend_by=seconds(10_000_000)),
        Advice(lift_backstop=True),
        Advice(raise_steps_by=1),
    )


def _shortenings(run: Run, outside: Outside) -> tuple[Any, ...]:
    return ((),)


def _replies(run: Run, outside: Outside) -> tuple[Any, ...]:
    """Text, nothing, something cut, failures, a call of each kind of tool, two at once, one of no tool at all."""
    kinds = [_call(spec) for spec in kinds_of(outside.tools)]
    replies = [
        ModelReply("Done."),
        ModelReply(""),
        ModelReply("Cut", finish=Finish.LENGTH),
        Fault(FaultKind.MODEL, "busy", "maker", 503, retryable=True),
        *[ModelReply("", (call,), finish=Finish.TOOL_CALLS) for call in kinds],
        ModelReply("", (ToolCall("", "no_such_tool"),), finish=Finish.TOOL_CALLS),
    ]
    if kinds:
        replies.append(ModelReply("", (kinds[0], kinds[-1]), finish=Finish.TOOL_CALLS))
        replies.append(ModelReply("", tuple(kinds[:1]), finish=Finish.LENGTH))
    if run.bounds.tokens is not None or run.bounds.cost is not None:
        replies.append(ModelReply("Dear.", usage=_over(run)))
        replies.append(ModelReply("", tuple(kinds[:1]) or (ToolCall("", "no_such_tool"),), _over(run)))
    if wants_submit(run):
        replies.append(ModelReply("", (ToolCall("", SUBMIT, '{"answer":1}'),), finish=Finish.TOOL_CALLS))
    if run.wiring.compactor:
        replies.append(Fault(FaultKind.MODEL, "too long", "maker", 400, overflow=True))
    return tuple(replies)


def kinds_of(tools: tuple[ToolSpec, ...]) -> list[ToolSpec]:
    """One tool of each kind: the kernel goes by what is said of a tool, and never by its name."""
    found: dict[ToolSpec, ToolSpec] = {}
    for spec in tools:
        found.setdefault(replace(spec, name="", description="", parameters=""), spec)
    return list(found.values())


def _call(spec: ToolSpec) -> ToolCall:
    return ToolCall("", spec.name)


def _over(run: Run) -> Usage:
    """More than any limit of the run."""
    return Usage(input_tokens=(run.bounds.tokens or 0) + 1, cost=(run.bounds.cost or 0) + 1)


_REFUSED_BY: dict[type[Any], Fault] = {
    RunTool: Fault(FaultKind.TOOL, "it raised"),
    CallModel: Fault(FaultKind.MODEL, "no such key", "maker", 401),
}

_OTHERS: dict[type[Any], Callable[[Run, Outside], tuple[Any, ...]]] = {
    CheckBudget: _budgets,
    AcquireLane: _nothing_else,
    ResolveModel: _chains,
    OpenAudit: _doors,
    BeginCheckpoint: _doors,
    StartCritic: _doors,
    CallModel: _replies,
    RunTool: _results,
    Delegate: _children,
    AskApproval: _decisions,
    Reconcile: _findings,
    Compact: _shortenings,
    ConsultCritic: _advices,
}
