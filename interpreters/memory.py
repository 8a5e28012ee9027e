"""A deterministic world: scripted answers on a virtual clock. No loop, no socket, no real time.

The same script gives the same transcript, byte for byte, everywhere. At one instant: the deadline, then what
`happens` in list order, then answers in question order. A script that does not fit is an error of the test.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import TypeAlias

from executus.agent import KERNEL_DEFAULTS, Agent, Defaults, Invocation
from executus.effects import Abandon, BuildToolbox, CallModel, Effect, ResolveModel, RunTool
from executus.events import (
    Event,
    ModelReplied,
    ModelResolved,
    RunStarted,
    TimePassed,
    ToolboxBuilt,
    ToolReturned,
    Wiring,
)
from executus.execute import execute
from executus.narrative import told
from executus.result import RunResult
from executus.values import Duration, Fault, FaultKind, Instant, ModelReply, Outcome, T, ToolCall, ToolResult
from interpreters.doors import door
from interpreters.driving import at_once
from interpreters.handlers import (
    Handlers,
    build_toolbox,
    fault_of,
    proven,
    reply_of,
    request_of,
    resolve_model,
)
from interpreters.ports import ModelFunction, ModelRequest, Tool, ToolContext, Tools
from interpreters.scripts import (
    Happening,
    ScriptedTool,
    ScriptError,
    Turn,
    calls,
    fails,
    hangs,
    happening,
    says,
    scripted,
    steer,
)

__all__ = ["Memory", "ScriptError", "calls", "fails", "hangs", "says", "scripted", "steer"]

Script: TypeAlias = Sequence[Turn]

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""When every run in memory is accepted, by a wall clock nobody looks at."""

_SIGNAL, _ANSWER = 0, 1


class Memory:
    """The world of one run, played from a script.

    `model` is a list of turns (`says`, `calls`, `fails`, `hangs`), one list for each agent's name, or a handler
    like a live one. `tools` are real functions or `scripted` ones; they run when asked, and their result lands
    after they `take` their time. `happens` lists ("5s", "cancel"), ("8s", "shutdown"), ("2s", steer("…")) or
    whole events. `wall_time` is when the run is accepted. Raises `ScriptError` out of `run` when the script
    does not fit.
    """

    @door
    def __init__(
        self,
        *,
        model: Script | Mapping[str, Script] | ModelFunction,
        tools: Tools = (),
        happens: Sequence[Happening] = (),
        system_header: str = "",
        defaults: Defaults = KERNEL_DEFAULTS,
        wall_time: datetime = WALL_TIME,
    ) -> None:
        self._script: Script | Mapping[str, Script] | None = None
        models: ModelFunction = _unused
        if callable(model):
            models = model
        else:
            self._script = model
        self._handlers = Handlers(models=models, tools=tools, system_header=system_header, defaults=defaults)
        self._turns: list[Turn] = []
        self._played = 0
        self._happens = [happening(item) for item in happens]
        self._due: list[tuple[Instant, int, int, Event]] = []
        self._now: Instant = 0
        self._run_id = ""
        self._wall_time = wall_time
        self._performers: dict[type[Effect], Callable[..., None]] = {
            CallModel: self._call_model,
            RunTool: self._run_tool,
            ResolveModel: self._resolve_model,
            BuildToolbox: self._build_toolbox,
            Abandon: self._abandon,
        }

    def run(self, agent: Agent, invocation: Invocation | str = "") -> RunResult:
        """Live through one run of `agent`, at once. Raises `ScriptError` when the script does not fit it."""
        return at_once(execute(agent, invocation, using=self), _suspended)

    def begin(self, agent: Agent, invocation: Invocation) -> RunStarted:
        if self._run_id:
            raise RuntimeError("a Memory is the world of one run: make a new one")
        self._run_id = invocation.run_id or "memory"
        self._turns = _script_of(self._script, agent)
        for order, event in enumerate(self._happens):
            heappush(self._due, (event.at, _SIGNAL, order, event))
        wiring = Wiring(system_header=self._handlers.system_header, defaults=self._handlers.defaults)
        return RunStarted(0, self._run_id, agent, invocation, wiring, self._wall_time)

    def perform(self, effect: Effect) -> None:
        self._performers[type(effect)](effect)

    async def next_event(self, wakeup: Instant | None) -> Event:
        due = self._due
        if due and (wakeup is None or due[0][0] < wakeup):
            event = heappop(due)[3]
        elif wakeup is not None:
            event = TimePassed(wakeup)
        else:
            raise ScriptError("nothing is left to happen, and the run waits for no deadline")
        self._now = event.at
        return event

    async def end(self, result: RunResult | None) -> None:
        left = len(self._turns) - self._played
        if result is not None and left:
            turn = self._turns[self._played]
            raise ScriptError(
                f"{left} of {len(self._turns)} turns of the script were never used; the next was {_told(turn)}, "
                f"but the run ended {result.status}: {str(result.error or result.output)!r:.200}"
            )

    def _call_model(self, effect: CallModel) -> None:
        if self._script is None:
            request = request_of(effect, self._run_id)
            outcome = self._reply(request)
            self._answer(0, effect.id, ModelReplied(self._now, effect.id, _unwaited(outcome)))
            return
        if self._played >= len(self._turns):
            last = effect.conversation.last
            raise ScriptError(
                f"the run asks for model call {self._played + 1}, the script has {len(self._turns)}; "
                f"the conversation ends with {last.role}: {last.text!r:.200}"
            )
        turn = self._turns[self._played]
        self._played += 1
        if turn.outcome is not None:
            at = self._now + turn.takes
            heappush(self._due, (at, _ANSWER, effect.id, ModelReplied(at, effect.id, turn.outcome)))

    def _reply(self, request: ModelRequest) -> Outcome[ModelReply]:
        try:
            return at_once(reply_of(lambda: self._handlers.models(request)), _suspended)
        except (ScriptError, KeyboardInterrupt):
            raise
        except BaseException as error:  # Such as CancelledError: no end of anything but this call.
            return fault_of(FaultKind.MODEL, error)

    def _run_tool(self, effect: RunTool) -> None:
        call, id = effect.call, effect.id
        tool = self._handlers.tools[call.name]
        takes: Duration | None = tool.takes if isinstance(tool, ScriptedTool) else 0
        outcome = self._outcome(tool, call)
        if takes is not None:
            at = self._now + takes
            heappush(self._due, (at, _ANSWER, id, ToolReturned(at, id, outcome)))

    def _outcome(self, tool: Tool, call: ToolCall) -> Outcome[ToolResult]:
        try:
            value = tool.call(call.arguments, ToolContext(run_id=self._run_id, call_id=call.call_id))
            if isinstance(value, ToolResult):
                return proven(value)
            return proven(at_once(value, _suspended))
        except (ScriptError, KeyboardInterrupt):
            raise
        except BaseException as error:
            return _unwaited(fault_of(FaultKind.TOOL, error))

    def _resolve_model(self, effect: ResolveModel) -> None:
        outcome = at_once(resolve_model(self._handlers, effect), _suspended)
        self._answer(0, effect.id, ModelResolved(self._now, effect.id, outcome))

    def _build_toolbox(self, effect: BuildToolbox) -> None:
        outcome = at_once(build_toolbox(self._handlers, effect), _suspended)
        self._answer(0, effect.id, ToolboxBuilt(self._now, effect.id, outcome))

    def _abandon(self, effect: Abandon) -> None:
        """Nothing works on it, and what still lands is too late by itself."""

    def _answer(self, takes: Duration, id: int, event: Event) -> None:
        heappush(self._due, (self._now + takes, _ANSWER, id, event))


def _script_of(script: Script | Mapping[str, Script] | None, agent: Agent) -> list[Turn]:
    if script is None:
        return []
    if not isinstance(script, Mapping):
        return list(script)
    unknown = sorted(set(script) - {agent.name})
    if unknown:
        raise ScriptError(f"there is a script for {unknown[0]!r}, but only {agent.name!r} runs")
    return list(script.get(agent.name, ()))


def _unused(request: ModelRequest) -> ModelReply:
    raise ScriptError("a scripted model is never called")


def _told(turn: Turn) -> str:
    return "hangs()" if turn.outcome is None else told(ModelReplied(0, 0, turn.outcome)).removeprefix("model #0 ")


def _unwaited(outcome: T | Fault) -> T | Fault:
    """A handler that wanted an event loop really waits, although it was told so in other words."""
    if isinstance(outcome, Fault) and "no running event loop" in outcome.message:
        raise _suspended()
    return outcome


def _suspended() -> Exception:
    return ScriptError("a handler really waited: in memory there is no event loop to wait on")
