"""The host of a scenario: what each of its ports answers, and which of them are in trouble.

Law: what is not written here isn't wired, and a run never asks it. A port that is wired answers well and at once,
unless a trouble is written for it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from executus.agent import Agent
from executus.values import NO_USAGE, Artifact, Usage
from specs.script import NOW, Turn

Wired = Literal["audit", "checkpoints", "delivery", "input_files", "on_step", "session"]
"""Ports that need no more to be said."""

Declining = Literal["audit", "checkpoints", "critic"]
"""Ports that may leave a run alone."""

PORTS = (
    "CheckBudget", "AcquireLane", "ResolveModel", "OpenAudit", "BeginCheckpoint", "BuildToolbox", "StageFile",
    "StartCritic", "AskApproval", "Reconcile", "Compact", "ConsultCritic", "MakeArtifacts", "CommitBudget",
    "ReleaseBudget", "Deliver", "CloseAudit", "StopCritic", "CleanUp", "RunFinalizers", "SettleCheckpoint",
    "Save", "TellAudit", "TellCritic", "TellObserver",
)  # fmt: skip
"""What a host may be in trouble with: questions by their names, `Save` of one entry, and what it is told."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something is wrong with a port: it is slow, it raises, it hangs, or it gives nonsense.

    `port` is the name of the question (PORTS); `call` says which time (1 is the first), 0 is every time.
    """

    port: str
    call: int = 0
    takes: timedelta = NOW
    raises: str | None = None
    hangs: bool = False
    gives: str | None = None

    def __post_init__(self) -> None:
        if self.port not in PORTS:
            raise ValueError(f"port is one of {', '.join(PORTS)}, not {self.port!r}")
        if [self.raises is not None, self.hangs, self.gives is not None].count(True) > 1:
            raise ValueError("a trouble raises, or hangs, or gives nonsense")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Grants `tokens` and `cost` (none written: without a limit), or refuses with a reason."""

    tokens: int | None = None
    cost: int | None = None
    reference: str = ""
    refuses: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A lane of so many places; others hold all of them until `free_after`, counted from the run's acceptance."""

    width: int = 1
    free_after: timedelta = NOW


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What the critic says to one consultation; when all are said, it never answers again."""

    nudges: tuple[str, ...] = ()
    extend_by: timedelta = NOW
    lift_backstop: bool = False
    raise_steps_by: int = 0
    kill_reason: str | None = None
    takes: timedelta = NOW
    raises: str | None = None
    hangs: bool = False
    gives: str | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What a person decides, asked so many times; when all is decided, nobody answers any more."""

    approve: bool = False
    refuse: str | None = None
    by: str = ""
    takes: timedelta = NOW
    raises: str | None = None
    hangs: bool = False
    gives: str | None = None

    def __post_init__(self) -> None:
        said = [self.approve, self.refuse is not None, self.raises is not None, self.hangs, self.gives is not None]
        if said.count(True) != 1:
            raise ValueError("an approval approves, or refuses, or raises, or hangs, or gives nonsense")


@dataclass(frozen=True, kw_only=True)
class Compactor:
    """Keeps the turns before the first answer and the `keeps` last ones, with `summary` in their middle.

    `parts_pairs`: it takes a call away and leaves its result. `drops_task`: system prompt and task go, too.
    """

    keeps: int = 2
    summary: str = "(summary)"
    parts_pairs: bool = False
    drops_task: bool = False


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the session's post-run hook makes; `raises` is what opening the session raises."""

    artifacts: tuple[Artifact, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    raises: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """What comes of a run that the palette has run itself."""

    output: str = ""
    status: str = "ok"
    run_id: str = "elsewhere"
    error: str = ""
    usage: Usage = NO_USAGE
    takes: timedelta = NOW
    raises: str | None = None
    hangs: bool = False


@dataclass(frozen=True, kw_only=True)
class Child:
    """A subject of the palette: an agent or skill with a script of its own, or one the palette runs by itself.

    Without a `model` of its own it takes from the scenario's, in the order of asking. `only_for` are the callers
    it is resolved for (none written: all). `prefix` is what the host writes before its prompt. `invoked` is what
    the palette's own invocation gives.
    """

    name: str
    kind: Literal["agent", "skill"] = "agent"
    agent: Agent = field(default_factory=Agent)
    model: tuple[Turn, ...] | None = None
    prefix: str = ""
    only_for: tuple[str, ...] = ()
    raises: str | None = None
    invoked: Invoked | None = None
