"""How a run unfolds in virtual time: the interpreter behind Memory, for a run and for those it delegates to.

Every question is a coroutine that is driven by hand and may let virtual time pass; what it gives is due then. A child
is such a coroutine, too: it goes on when the world above it gets there.
"""

from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from executus.agent import Agent
from executus.answers import ModelReplied
from executus.effects import Abandon, Asked, CallModel, Delegate, Effect, Question, RunTool
from executus.events import CancelRequested, Event, RunResumed, Signal, TimePassed
from executus.invocation import Invocation
from executus.narrative import told
from executus.result import RunResult
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import Duration, EffectId, Fault, FaultKind, Instant, replace
from interpreters.agenda import ANSWER, REPORT, SIGNAL, Agenda, Clock, Task, suspended
from interpreters.driving import Pause
from interpreters.handlers import Handlers, fault_of
from interpreters.played import ScriptedTool
from interpreters.scripts import ScriptError, SpanLike, Turn, duration

Script: TypeAlias = Sequence[Turn]

WALL_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""When every run in memory is accepted, by a wall clock nobody looks at."""


class Delays:
    """Which ports take how long, by the name of what they are asked, and which time; None = for ever."""

    def __init__(self, takes: Mapping[Any, SpanLike], hangs: Iterable[Any]) -> None:
        self._spans: dict[object, Duration | None] = {key: duration(span) for key, span in takes.items()}
        self._spans.update({key: None for key in hangs})
        self._count: dict[str, int] = {}
        for key in self._spans:
            name = key[0] if isinstance(key, tuple) else key
            if name not in PORTS:
                raise ScriptError(f"no port is asked {name!r}: {', '.join(sorted(PORTS))}")

    def next(self, name: str) -> Duration | None:
        """How long the port takes this time."""
        if not self._spans:
            return 0
        count = self._count[name] = self._count.get(name, 0) + 1
        usual = self._spans.get(name, 0)
        return self._spans.get((name, count), usual)


PORTS = frozenset([*[kind.__name__ for kind in Asked.__subclasses__()], "Save"])
"""What ports are asked: the questions by their names, and to keep one entry of the record."""


class Cast:
    """Who plays in a tree of runs: the host, the script, the clock; what is left over is left over of all."""

    def __init__(
        self, handlers: Handlers, script: Script | Mapping[str, Script] | None, delays: Delays, wall_time: datetime
    ) -> None:
        self.handlers = handlers
        self.delays = delays
        self.wall_time = wall_time
        self.clock = Clock()
        self.names: set[str] = set()
        """Agents that have run."""
        self.is_scripted = script is not None
        named = script if isinstance(script, Mapping) else {"": script or ()}
        self._left = {name: list(turns) for name, turns in named.items()}
        self._count = {name: len(turns) for name, turns in self._left.items()}

    def turn(self, agent: Agent, effect: CallModel) -> Turn:
        """What the model gives to this call."""
        name = agent.name if agent.name in self._left else ""
        left = self._left.get(name, [])
        if left:
            return left.pop(0)
        last, count = effect.conversation.last, self._count.get(name, 0)
        raise ScriptError(
            f"the run asks for model call {count + 1}, the script{name and f' of {name}'} has {count}; "
            f"the conversation ends with {last.role}: {last.text!r:.200}"
        )

    def check_all_used(self, result: RunResult) -> None:
        """Raises ScriptError for a turn that was never used, and for a script of nobody."""
        unknown = sorted(set(self._left) - self.names - {""})
        if unknown:
            ran = ", ".join(map(repr, sorted(self.names)))
            raise ScriptError(f"there is a script for {unknown[0]!r}, but only {ran} runs")
        for name, left in self._left.items():
            if left:
                whose = f" of {name}" if name else ""
                raise ScriptError(
                    f"{len(left)} of {self._count[name]} turns of the script{whose} were never used; the next was "
                    f"{_told(left[0])}, "
                    f"but the run ended {result.status}: {str(result.error or result.output)!r:.200}"
                )


def _told(turn: Turn) -> str:
    return "hangs()" if turn.outcome is None else told(ModelReplied(0, 0, turn.outcome)).removeprefix("model #0 ")
