"""What one scenario says, as records: an agent, what the world does, and what must come of it.

Written in TOML for people who need not know Python. What the model, the tools and the outside do stands in
script.py, what the host's ports do in hosting.py; how a file is read in reading.py.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta

from executus.agent import Agent
from executus.bounds import Defaults
from executus.invocation import Invocation
from executus.rules.status import Status
from executus.values import NO_USAGE, Usage
from specs.hosting import (
    Advice,
    Approval,
    Budget,
    Child,
    Compactor,
    Declining,
    Lane,
    Session,
    Trouble,
    Wired,
)
from specs.script import NOW, Happening, Tier, ToolScript, Turn


class ScenarioError(ValueError):
    """A file is no scenario: which, where in it, and why."""


@dataclass(frozen=True, kw_only=True)
class ExpectedRun:
    """What must come of a run that was delegated to; nothing of it is judged that isn't written (None)."""

    run_id: str | None = None
    name: str | None = None
    status: Status | None = None
    output: str | None = None
    error: str | None = None
    usage: Usage | None = None
    conversation: tuple[str, ...] | None = None
    offered: tuple[tuple[str, ...], ...] | None = None
    asked: tuple[str, ...] | None = None
    prompts: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Expect:
    """What must come of it. What is not written must be empty; an optional one (None) isn't judged.

    `why` holds texts that must stand in lines of `result.why`. Of each model call, `offered` are the tools it
    could choose from, `asked` is the model, `prompts` the system prompt, `requests` all it was sent. `children`
    are "name: status" in the order of their ends, and `runs` what must come of their runs, in the order of
    asking. `ran` are the calls that really reached a tool, `keys` how many different idempotency keys each tool
    was given, `labels` what each model call was labelled with. The lines of `delivered`, `audit`, `critic`,
    `approvals`, `seen`, `budget`, `session`, `files`, `begun` (what a durable record was told at its start) and
    `finalized` are the host's own notes (witness.py). `checkpoint` is how the durable record was settled.
    `narrative` is the whole record; `pytest --regenerate` writes it anew, and nothing else.
    """

    status: Status
    output: str = ""
    error: str = ""
    steps: tuple[str, ...] = ()
    usage: Usage = NO_USAGE
    warnings: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    conversation: tuple[str, ...] | None = None
    offered: tuple[tuple[str, ...], ...] | None = None
    asked: tuple[str, ...] | None = None
    prompts: tuple[str, ...] | None = None
    requests: tuple[str, ...] | None = None
    runtime: timedelta | None = None
    preparing: timedelta | None = None
    queued: timedelta | None = None
    waiting: timedelta | None = None
    value: object = None
    artifacts: tuple[str, ...] | None = None
    metadata: tuple[str, ...] | None = None
    resumable: bool | None = None
    durable: bool | None = None
    unknown_outcomes: tuple[str, ...] | None = None
    children: tuple[str, ...] | None = None
    runs: tuple[ExpectedRun, ...] | None = None
    ran: tuple[str, ...] | None = None
    keys: tuple[str, ...] | None = None
    delivered: tuple[str, ...] | None = None
    audit: tuple[str, ...] | None = None
    begun: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    checkpoint: str | None = None
    critic: tuple[str, ...] | None = None
    approvals: tuple[str, ...] | None = None
    seen: tuple[str, ...] | None = None
    budget: tuple[str, ...] | None = None
    session: tuple[str, ...] | None = None
    files: tuple[str, ...] | None = None
    finalized: tuple[str, ...] | None = None
    narrative: str = ""


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """Another process goes on with the run: after it was suspended, or after a crash.

    `after` is the entry after which the process before crashed, with all that was asked by then under way; none
    written: it came to its own end, which must be a suspension. What happens is counted from the instant at which
    the run is taken up again. Ports that are not written here are as they were.
    """

    after: int | None = None
    model: tuple[Turn, ...] = ()
    happens: tuple[Happening, ...] = ()
    trouble: tuple[Trouble, ...] = ()
    tools: tuple[ToolScript, ...] | None = None
    tiers: dict[str, Tier] | None = None
    budget: Budget | None = None
    lanes: dict[str, Lane] | None = None
    critic: tuple[Advice, ...] | None = None
    approvals: tuple[Approval, ...] | None = None
    compactor: Compactor | None = None
    session: Session | None = None
    children: tuple[Child, ...] | None = None
    wired: tuple[Wired, ...] | None = None
    declines: tuple[Declining, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One file. `rule` is quoted from `section` of docs/semantics.md.

    `race` says what happens at one instant, where it does: then the worlds agree on everything but the record's
    order. `tiers` are the tiers the host knows (none written: any). A port without anything written for it isn't
    wired; an empty list of `critic` or `approvals` is somebody who never answers.
    """

    name: str
    title: str
    section: str
    rule: str
    expect: Expect
    race: str = ""
    system_header: str = ""
    resolving: timedelta = NOW
    agent: Agent = field(default_factory=Agent)
    invocation: Invocation = field(default_factory=Invocation)
    defaults: Defaults = field(default_factory=Defaults)
    tiers: dict[str, Tier] | None = None
    model: tuple[Turn, ...] = ()
    tools: tuple[ToolScript, ...] = ()
    happens: tuple[Happening, ...] = ()
    wired: tuple[Wired, ...] = ()
    declines: tuple[Declining, ...] = ()
    trouble: tuple[Trouble, ...] = ()
    budget: Budget | None = None
    lanes: dict[str, Lane] | None = None
    critic: tuple[Advice, ...] | None = None
    approvals: tuple[Approval, ...] | None = None
    compactor: Compactor | None = None
    session: Session | None = None
    finalizers: tuple[str, ...] = ()
    children: tuple[Child, ...] | None = None
    resumed: tuple[Resumed, ...] = ()

    def has(self, port: str) -> bool:
        """Whether this port is wired, by its name in `wired` or by what is written for it."""
        return port in self.wired or port in self.declines or getattr(self, port, None) is not None

    def parts(self) -> "list[tuple[Scenario, int | None]]":
        """The world of each process that holds the run, and after which entry it crashes (None: it doesn't)."""
        worlds, ends = [replace(self, resumed=())], [one.after for one in self.resumed]
        for one in self.resumed:
            written = {part.name: getattr(one, part.name) for part in fields(one) if part.name != "after"}
            changed = {name: value for name, value in written.items() if value is not None}
            worlds.append(replace(worlds[-1], **changed))
        return list(zip(worlds, [*ends, None], strict=True))
