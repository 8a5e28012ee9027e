"""A deterministic world: scripted answers on a virtual clock. No loop, no socket, no real time.

The same script gives the same transcript, byte for byte, everywhere. At one instant: the deadline, then what
`happens` in list order, then answers in question order. A script that does not fit is an error of the test.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from executus.agent import Agent
from executus.bounds import Defaults
from executus.execute import execute, resume
from executus.facts import Grant, Refusal
from executus.invocation import Invocation
from executus.result import RunResult
from executus.transcript import Transcript
from interpreters.agenda import suspended
from interpreters.casting import WALL_TIME, Cast, Delays, Script, ScriptedModel, Which
from interpreters.doors import door
from interpreters.driving import Pause, at_once
from interpreters.handlers import Handlers
from interpreters.played import (
    AdviceLike,
    BudgetLike,
    Played,
    ScriptedBudget,
    ScriptedCritic,
    ScriptedTool,
    gives,
    scripted,
)
from interpreters.ports import ModelFunction, Tools
from interpreters.scripts import (
    Happening,
    ScriptError,
    SpanLike,
    calls,
    duration,
    fails,
    hangs,
    happening,
    says,
    steer,
)
from interpreters.services import (
    Approver,
    AuditPort,
    BudgetPort,
    CheckpointsPort,
    Compactor,
    CriticPort,
    DeliveryPort,
    Finalizer,
    InputFilesPort,
    Limiter,
    Observer,
    PalettePort,
    SessionFactory,
)
from interpreters.unfolding import Unfolding

__all__ = [
    "WALL_TIME",
    "Memory",
    "Played",
    "ScriptError",
    "ScriptedBudget",
    "ScriptedCritic",
    "ScriptedTool",
    "calls",
    "fails",
    "gives",
    "hangs",
    "pause",
    "says",
    "scripted",
    "steer",
]


class Ports(TypedDict, total=False):
    """The other slots, as in `Handlers`."""

    lanes: Mapping[str, int]
    limiter: Limiter | None
    audit: AuditPort | None
    checkpoints: CheckpointsPort | None
    palette: PalettePort | None
    delivery: DeliveryPort | None
    input_files: InputFilesPort | None
    compactor: Compactor | None
    approver: Approver | None
    session: SessionFactory | None
    on_step: Observer | None
    finalizers: Iterable[Finalizer]
    system_header: str
    defaults: Defaults


class Memory(Unfolding):
    """The world of one run, played from a script.

    `model` is a list of turns (`says`, `calls`, `fails`, `hangs`), one list for each agent's name, or a handler
    like a live one. `tools` are real functions or `scripted` ones; they run when asked, and their result lands
    after they `take` their time. `happens` lists ("5s", "cancel"), ("8s", "shutdown"), ("2s", steer("…")) or
    whole events. `budget` is "grant", "refuse" or {"tokens": 1000}; `critic` a list of what it says,
    consultation by consultation, and then nothing. Those two may be handlers as well, and all other ports are,
    as in `Handlers`.

    `takes` and `hangs` make any port slow or silent, by the name of what it is asked: `takes={"CommitBudget":
    "5s"}`, `hangs=["Deliver", ("StageFile", 2)]` for the second time alone; a handler may also `await
    pause("2s")`. Raises `ScriptError` out of `run` when the script does not fit.
    """

    @door
    def __init__(
        self,
        *,
        model: Script | Mapping[str, Script] | ModelFunction,
        tools: Tools = (),
        happens: Sequence[Happening] = (),
        budget: BudgetLike | BudgetPort | None = None,
        critic: Sequence[AdviceLike] | CriticPort | None = None,
        takes: Mapping[Which, SpanLike] | None = None,
        hangs: Iterable[Which] = (),
        wall_time: datetime = WALL_TIME,
        **ports: Unpack[Ports],
    ) -> None:
        script = None if callable(model) else ScriptedModel(cast("Script", model))
        handlers = Handlers(
            models=script or cast("ModelFunction", model),
            tools=tools,
            budget=_budget(budget),
            critic=_critic(critic),
            **ports,
        )
        shared = Cast(handlers, script, Delays(takes or {}, hangs), wall_time)
        super().__init__(shared, [happening(item) for item in happens])

    @property
    def children(self) -> list[RunResult]:
        """What came of the runs that were delegated to, also by each other, in the order of asking."""
        return [run for run in self._cast.runs if run is not None]

    @property
    def handlers(self) -> Handlers:
        """The host that this world plays with."""
        return self._cast.handlers

    def run(self, agent: Agent, invocation: Invocation | str = "") -> RunResult:
        """Live through one run of `agent`, at once. Raises `ScriptError` when the script does not fit it."""
        return at_once(execute(agent, invocation, using=self), suspended)

    def resume(self, past: Transcript) -> RunResult:
        """Take up a run that was suspended or cut, and go on to its end; `happens` counts from here."""
        return at_once(resume(past, using=self), suspended)


def pause(span: SpanLike | None) -> Pause:
    """For handlers: `await pause("2s")` lets virtual time pass; None is for ever."""
    return Pause(None if span is None else duration(span))


def _budget(budget: object) -> Any:
    """A handler as it is, and what stands for one as one."""
    if budget is None or callable(getattr(budget, "check", None)):
        return budget
    if isinstance(budget, Mapping | Grant | Refusal) or budget in ("grant", "refuse"):
        return ScriptedBudget(cast("BudgetLike", budget))
    raise ScriptError(f'a budget is "grant", "refuse", limits or a handler, not {budget!r:.100}')


def _critic(critic: object) -> Any:
    return ScriptedCritic(cast("list[AdviceLike]", critic)) if isinstance(critic, list | tuple) else critic
