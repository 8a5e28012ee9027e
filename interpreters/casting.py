"""Who plays in a tree of runs in memory: the host, the script, the delays, and the one clock they all share."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, cast

from executus.agent import Agent
from executus.answers import ModelReplied
from executus.effects import Asked
from executus.narrative import told
from executus.result import RunResult
from executus.values import Duration, Fault, ModelReply
from interpreters.agenda import Clock
from interpreters.driving import Pause
from interpreters.faults import is_plain_reply
from interpreters.handlers import Handlers
from interpreters.ports import ModelError, ModelRequest
from interpreters.scripts import ScriptError, SpanLike, Turn, duration

Script: TypeAlias = Sequence[Turn]

Which: TypeAlias = str | tuple[str, int]
"""A port by the name of what it is asked: every time, or one time alone (1 is the first)."""

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""When every run in memory is accepted, by a wall clock nobody looks at."""

PORTS = frozenset([*[kind.__name__ for kind in Asked.__subclasses__()], "Save"])
"""What ports are asked: the questions by their names, and to keep one entry of the record."""


class Delays:
    """Which ports take how long; None = for ever."""

    def __init__(self, takes: Mapping[Which, SpanLike], hangs: Iterable[Which]) -> None:
        self._spans: dict[Which, Duration | None] = {which: duration(span) for which, span in takes.items()}
        self._spans.update(dict.fromkeys(hangs))
        self._count: dict[str, int] = {}
        for which in self._spans:
            name = which if isinstance(which, str) else which[0]
            if name not in PORTS:
                raise ScriptError(f"no port is asked {name!r}, but {', '.join(sorted(PORTS))}")

    @property
    def is_none(self) -> bool:
        """Does every port answer as soon as it can?"""
        return not self._spans

    def next(self, name: str) -> Duration | None:
        """How long the port takes this time."""
        if not self._spans:
            return 0
        count = self._count[name] = self._count.get(name, 0) + 1
        return self._spans.get((name, count), self._spans.get(name, 0))


class ScriptedModel:
    """A model that gives one turn after the other: from the list of the agent that asks, or from the only one."""

    def __init__(self, script: Script | Mapping[str, Script]) -> None:
        named = cast("Mapping[str, Script]", script if isinstance(script, Mapping) else {"": script})
        self._left = {name: deque(turns) for name, turns in named.items()}
        self._count = {name: len(turns) for name, turns in named.items()}
        self._agents: dict[str, str] = {}
        """Who runs under which run id."""

    def enter(self, run_id: str, agent: Agent) -> None:
        """This agent runs as well."""
        self._agents[run_id] = agent.name

    async def __call__(self, request: ModelRequest) -> ModelReply:
        turn = self._turn(request)
        wait = None if turn.outcome is None else turn.takes
        if wait != 0:
            await Pause(wait)
        match turn.outcome:
            case ModelReply() as reply:
                return reply
            case Fault() as fault:
                raise ModelError(fault)
            case None:
                raise ScriptError("for ever is over")

    def check_all_used(self, result: RunResult) -> None:
        """Raises ScriptError for a turn that was never used, and for a script of nobody."""
        for name, left in self._left.items():
            if not left:
                continue
            if name and name not in self._agents.values():
                raise self._of_nobody(name)
            raise ScriptError(
                f"{len(left)} of {self._count[name]} turns of the script{_of(name)} were never used; the next was "
                f"{_told(left[0])}, but the run ended {result.status}: {str(result.error or result.output)!r:.200}"
            )

    def ready(self, run_id: str) -> Turn | None:
        """The next turn for this run, if it is a reply that comes: else `None`, and it is still the next."""
        agent = self._agents.get(run_id, "")
        left = self._left.get(agent if agent in self._left else "")
        return left.popleft() if left and is_plain_reply(left[0].outcome) else None

    def _turn(self, request: ModelRequest) -> Turn:
        agent = self._agents.get(request.run_id, "")
        name = agent if agent in self._left else ""
        left = self._left.get(name)
        if left:
            return left.popleft()
        if left is None and self._left:
            raise self._of_nobody(min(self._left))
        last, count = request.messages[-1], self._count.get(name, 0)
        raise ScriptError(
            f"the run asks for model call {count + 1}, the script{_of(name)} has {count}; "
            f"the conversation ends with {last.role}: {last.text!r:.200}"
        )

    def _of_nobody(self, name: str) -> ScriptError:
        ran = ", ".join([repr(agent) for agent in dict.fromkeys(self._agents.values())])
        return ScriptError(f"there is a script for {name!r}, but only {ran} runs")


class Cast:
    """What all runs of a tree share."""

    def __init__(
        self, handlers: Handlers, script: ScriptedModel | None, delays: Delays, wall_time: datetime
    ) -> None:
        self.handlers = handlers
        self.delays = delays
        self.wall_time = wall_time
        self.clock = Clock()
        self.runs: list[RunResult | None] = []
        """What came of the runs that were delegated to, in the order of asking; None while one goes on."""
        self._script = script

    def enter(self, run_id: str, agent: Agent) -> None:
        """This agent runs as well."""
        if self._script is not None:
            self._script.enter(run_id, agent)

    def ready(self, run_id: str) -> Turn | None:
        """The reply that the script has ready, where nobody stands between a run and its model."""
        if self._script is None or self.handlers.limiter is not None:
            return None
        return self._script.ready(run_id)

    def reserve(self) -> int:
        """The place of one more run among those that were delegated to."""
        self.runs.append(None)
        return len(self.runs) - 1

    def leave(self, result: RunResult) -> None:
        """The whole tree has ended: the script must have, too."""
        if self._script is not None:
            self._script.check_all_used(result)


def _of(name: str) -> str:
    return f" of {name}" if name else ""


def _told(turn: Turn) -> str:
    return "hangs()" if turn.outcome is None else told(ModelReplied(0, 0, turn.outcome)).removeprefix("model #0 ")
