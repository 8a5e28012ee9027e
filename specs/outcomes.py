"""What the ports of a random world answer: most do what they are there for, some decline, fail, or never answer.

Part of worlds.py. An answer is drawn for each kind of question, by the name of the question.
"""

from random import Random
from typing import TypeAlias, TypeVar

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
from executus.values import (
    Artifact,
    Duration,
    Fault,
    FaultKind,
    Record,
    ToolResult,
    Usage,
    seconds,
)

T = TypeVar("T")
SECOND = seconds(1)

Port: TypeAlias = (
    Grant
    | Refusal
    | Advice
    | Approved
    | Refused
    | ChildResult
    | NotDone
    | StillUnknown
    | Made
    | ToolResult
    | Fault
    | bool
    | str
)
"""What a port may answer. A compactor's answer is a word for what it does: see `tests/playing.py`."""


class Said(Record, frozen=True):
    """One answer of a port, after it `takes` its time. None = it never comes."""

    outcome: Port | None
    takes: Duration = 0


PREFLIGHT = ("CheckBudget", "AcquireLane", "OpenAudit", "BeginCheckpoint", "StageFile", "StartCritic")
"""Most runs should get past these."""

BROKEN = Fault(FaultKind.PORT, "broken")


def said(draw: Random, name: str) -> tuple[Said, ...]:
    """What the port behind the question `name` answers in turn; the last answer goes on for ever."""
    return tuple([_said(draw, name) for _ in range(draw.choice([1, 1, 2, 3]))])


def _said(draw: Random, name: str) -> Said:
    people = ("AskApproval", "Delegate", "Reconcile")
    takes = draw.choice([0, 5, SECOND, seconds(2), seconds(5)] if name in people else [0, 0, 0, 1, 5, SECOND])
    rarely = 60 if name in PREFLIGHT else 15
    if draw.randrange(rarely) == 0:
        takes = draw.choice([seconds(5), seconds(10), seconds(30), seconds(60)])
    unusual = draw.random() * rarely
    if unusual < 0.9:
        return Said(BROKEN, takes)
    return Said(None if unusual < 1.5 else _outcome(draw, name), takes)


def _outcome(draw: Random, name: str) -> Port:
    match name:
        case "CheckBudget":
            grant = Grant(draw.choice([None, None, None, 50, 300, 2000]), draw.choice([None, None, None, 20]))
            return grant if draw.randrange(25) else Refusal(draw.choice(["", "nothing left"]))
        case "OpenAudit" | "BeginCheckpoint" | "StartCritic":
            return draw.randrange(6) > 0
        case "StageFile":
            return f"file-{draw.randrange(9)}"
        case "Delegate":
            return _child(draw)
        case "AskApproval":
            return draw.choice([Approved("ann"), Approved(), Refused("no", "ben"), Refused()])
        case "Reconcile":
            return draw.choice([ToolResult("it was done"), NotDone(), StillUnknown()])
        case "Compact":
            return draw.choice(["shorter", "shorter", "shorter", "parted", "nothing", "longer"])
        case "ConsultCritic":
            return _advice(draw)
        case "MakeArtifacts":
            return draw.choice([Made(), Made((Artifact("a.txt", "text/plain", b"hi"),), (("k", "v"),))])
        case _:
            return True


def _child(draw: Random) -> ChildResult:
    status = draw.choice(["ok", "ok", "ok", "timeout", "error", "cancelled"])
    usage = draw.choice([Usage(), Usage(input_tokens=40, output_tokens=2)])
    return ChildResult("child", status, draw.choice(["done", ""]), "" if status == "ok" else "why", usage)


def _advice(draw: Random) -> Advice:
    kind = draw.randrange(9)
    if kind == 0:
        return Advice(kill_reason=draw.choice(["", "stuck"]), extend_by=SECOND)
    if kind == 2:
        return Advice()
    return Advice(
        nudges=draw.choice([(), (), ("Hurry.",), ("One.", " ", "Two.")]),
        extend_by=draw.choice([0, 0, -SECOND, SECOND, seconds(10), seconds(60), seconds(100_000)]),
        lift_backstop=kind == 1,
        raise_steps_by=draw.choice([0, 0, -1, 1, 3]),
    )
