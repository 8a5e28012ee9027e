"""A deterministic world: scripted answers on a virtual clock. No loop, no socket, no real time.

The same script gives the same transcript, byte for byte, everywhere. At one instant: the deadline, then what
`happens` in list order, then answers in question order. A script that does not fit is an error of the test.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from executus.agent import Agent
from executus.bounds import KERNEL_DEFAULTS, Defaults
from executus.execute import execute, resume
from executus.invocation import Invocation
from executus.result import RunResult
from executus.transcript import Transcript
from interpreters.agenda import suspended
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
    Turn,
    calls,
    duration,
    fails,
    hangs,
    happening,
    says,
    steer,
)
from interpreters.unfolding import WALL_TIME, Cast, Delays, Script, World

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


class Memory(World):
    """The world of one run, played from a script.

    `model` is a list of turns (`says`, `calls`, `fails`, `hangs`), one list for each agent's name, or a handler
    like a live one. `tools` are real functions or `scripted` ones; they run when asked, and their result lands
    after they `take` their time. `happens` lists ("5s", "cancel"), ("8s", "shutdown"), ("2s", steer("…")) or
    whole events. `budget` is "grant", "refuse" or {"tokens": 1000}; `critic` a list of what it says, consultation by
    consultation, and then nothing. Those two may be handlers as well, and all other ports are, as in `Handlers`.

    `takes` and `hangs` make any port slow or silent, by the name of what it is asked: `takes={"CommitBudget": "5s"}`,
    `hangs=["Deliver", ("StageFile", 2)]` for the second time alone; a handler may also `await pause("2s")`.
    Raises `ScriptError` out of `run` when the script does not fit. `children` are the results of the runs this one
    delegated to, in the order of asking.
    """

    @door
    def __init__(
        self,
        *,
        model: Script | Mapping[str, Script] | ModelFunction,
        tools: Tools = (),
        happens: Sequence[Happening] = (),
        budget: BudgetLike | Any = None,
        critic: Sequence[AdviceLike] | Any = None,
        finalizers: Iterable[Any] = (),
        system_header: str = "",
        defaults: Defaults = KERNEL_DEFAULTS,
        takes: Mapping[Any, SpanLike] | None = None,
        hangs: Iterable[Any] = (),
        wall_time: datetime = WALL_TIME,
        **ports: Any,
    ) -> None:
        is_handler = callable(model)
        handlers = Handlers(
            models=model if is_handler else _unused,
            tools=tools,
            budget=_budget(budget),
            critic=ScriptedCritic(critic) if isinstance(critic, list | tuple) else critic,
            finalizers=finalizers,
            system_header=system_header,
            defaults=defaults,
            **ports,
        )
        script: Any = None if is_handler else model
        cast = Cast(handlers, script, Delays(takes or {}, hangs), wall_time)
        super().__init__(cast, [happening(item) for item in happens])

    def run(self, agent: Agent, invocation: Invocation | str = "") -> RunResult:
        """Live through one run of `agent`, at once. Raises `ScriptError` when the script does not fit it."""
        return at_once(execute(agent, invocation, using=self), suspended)

    def resume(self, past: Transcript) -> RunResult:
        """Take up a run that was suspended or cut, and go on to its end; `happens` counts from here."""
        return at_once(resume(past, using=self), suspended)


def pause(span: SpanLike | None) -> Pause:
    """For handlers: `await pause("2s")` lets virtual time pass; None is for ever."""
    return Pause(None if span is None else duration(span))


def _budget(budget: Any) -> Any:
    if isinstance(budget, str) and budget not in ("grant", "refuse"):
        raise ScriptError(f'a budget is "grant", "refuse", limits or a handler, not {budget!r}')
    is_handler = budget is None or hasattr(budget, "check")
    return budget if is_handler else ScriptedBudget(budget)


def _unused(request: object) -> Any:
    raise ScriptError("a scripted model is never called")
