"""The lines of a scenario: what each answer and each happening looks like there.

Part of scenariofile.py. Law: an answer that took its time says so, and one that never came hangs.
"""

from typing import Any

from executus.agent import ModelChoice
from executus.effects import AskApproval, CallModel, ConsultCritic, RunTool
from executus.events import (
    ActivitySeen,
    CancelRequested,
    Event,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    ShutdownRequested,
    Steered,
)
from executus.facts import Advice, Approved, NotDone, Refused
from executus.spans import say
from executus.values import NO_USAGE, Duration, Fault, FaultKind, Finish, ModelReply, ToolResult
from interpreters.scenariotext import written

Pairs = dict[str, Any]


def chain(outcome: tuple[ModelChoice, ...]) -> Pairs:
    """What a tier stands for."""
    windows = [choice.window or 0 for choice in outcome]
    return {"models": [choice.model for choice in outcome], **({"windows": windows} if any(windows) else {})}


def turn(question: CallModel, outcome: ModelReply | Fault | None, took: Duration) -> Pairs:
    """What a model call gave."""
    takes = {"takes": say(took)} if took else {}
    match outcome:
        case None:
            return {"hangs": True}
        case Fault(message=message, status=status, retryable=retryable, overflow=overflow):
            wait = {} if outcome.retry_after is None else {"retry_after": say(outcome.retry_after)}
            more = {"overflow": True} if overflow else {}
            return {"fails": message, "status": status, "retryable": retryable, **wait, **more, **takes}
        case ModelReply(text=text, calls=calls, finish=finish, usage=usage):
            turn: Pairs = {"says": text} if text or not calls else {}
            if calls:
                turn["calls"] = [f"{call.name}({call.arguments})" for call in calls]
            if finish is not (Finish.TOOL_CALLS if calls else Finish.STOP):
                turn["finish"] = str(finish)
            if usage != NO_USAGE:
                turn["usage"] = written(usage, NO_USAGE)
            return {**turn, **takes}


def answer(question: RunTool, outcome: ToolResult | Fault | None, took: Duration) -> Pairs:
    """What a call of a tool gave."""
    takes = {"takes": say(took)} if took else {}
    match outcome:
        case None:
            return {"hangs": True}
        case ToolResult(content=content):
            return {"returns": content, **takes}
        case Fault(kind=FaultKind.UNKNOWN, message=message):
            return {"unknown": message, **takes}
        case Fault(message=message):
            return {"raises": message, **takes}


def found(outcome: Any) -> str:
    """What a tool found out about a lost call."""
    match outcome:
        case None:
            return "hangs"
        case ToolResult(content=content):
            return f"done: {content}"
        case NotDone():
            return "not done"
        case Fault(message=message):
            return f"raises: {message.removeprefix('RuntimeError: ')}"
        case _:
            return "unknown"


def advice(question: ConsultCritic, outcome: Advice | Fault | None, took: Duration) -> Pairs:
    """What the critic said."""
    takes = {"takes": say(took)} if took else {}
    match outcome:
        case None:
            return {"hangs": True}
        case Fault(message=message):
            return {"raises": message.removeprefix("RuntimeError: "), **takes}
        case Advice():
            told = written(outcome, Advice())
            return {**told, **({"extend_by": say(outcome.extend_by)} if outcome.extend_by else {}), **takes}


def decision(question: AskApproval, outcome: Approved | Refused | Fault | None, took: Duration) -> Pairs:
    """What a person decided."""
    takes = {"takes": say(took)} if took else {}
    match outcome:
        case None:
            return {"hangs": True}
        case Approved(by=by):
            return {"approve": True, "by": by, **takes}
        case Refused(reason=reason, by=by):
            return {"refuse": reason, "by": by, **takes}
        case Fault(message=message):
            return {"raises": message.removeprefix("RuntimeError: "), **takes}


def happening(event: Event) -> Pairs:
    """What came from outside; nothing for what goes without saying."""
    match event:
        case CancelRequested(by=by):
            return {"what": "cancel", "by": by}
        case ShutdownRequested():
            return {"what": "shutdown"}
        case Steered(text=text):
            return {"what": "steer", "text": text}
        case ActivitySeen():
            return {"what": "activity"}
        case PortFailed(port=port, message=message):
            return {"what": "port_failed", "port": port, "message": message}
        case OutcomeSettled():
            told = written(event, OutcomeSettled(event.at, "", True))
            return {"what": "settle", "happened": event.happened, **told}
        case LimitsChanged(max_runtime=max_runtime):
            told = written(event, LimitsChanged(event.at))
            return {"what": "limits", **told, **({"max_runtime": say(max_runtime)} if max_runtime else {})}
        case _:
            return {}
