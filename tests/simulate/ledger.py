"""The oracle's books: what is open, what was used, in which phase the run is, and what its phases said.

Its clock is in timekeeping.py. All of it is found from events and questions alone.
"""

import re
from typing import Any, cast

from executus.answers import (
    Advised,
    BudgetChecked,
    CriticStarted,
    Delegated,
    ModelReplied,
    ToolboxBuilt,
    ToolReturned,
)
from executus.effects import (
    Abandon,
    Asked,
    CallModel,
    Compact,
    Delegate,
    Effect,
    Preparing,
    RunTool,
)
from executus.events import ChildWaiting, Event, LimitsChanged, RunResumed, ShutdownRequested, UsageSeen
from executus.facts import Advice, ChildResult, Grant
from executus.started import RunStarted
from executus.values import Fault, FaultKind, Instant, ModelReply, ToolClass, ToolResult, ToolSpec, Usage
from specs.fitting import PHASE
from tests.simulate.timekeeping import Timekeeper


class Ledger(Timekeeper):
    """Everything so far. `read` what happened, then `write` what was asked for it."""

    def __init__(self, started: RunStarted) -> None:
        super().__init__(started)
        agent = started.agent
        self.phase: int | None = None
        self.texts: dict[int, str] = {}
        self.tools: dict[str, ToolSpec] = {}
        self.grant = Grant()
        self.limits = [agent.limits.tokens, agent.limits.cost]
        self.used = [0, 0]
        self.last_reply: ModelReply | None = None
        self._calls: dict[int, str] = {}
        """The call behind each question that a tool was asked."""
        self._due: dict[int, Instant] = {}
        """Until when an unsafe tool is waited for: what it did then, nobody knows."""
        self._given: set[str] = set()
        """Calls of the open step that have given something, in time or late."""

    def is_answer(self, event: Event, asked: tuple[Effect, ...]) -> bool:
        """Does it answer an open question, before nobody waits for that any more?"""
        id = getattr(event, "id", None)
        question = self.open.get(id) if id is not None else None
        is_kind = question is not None and isinstance(question, getattr(event, "answers", ()))
        return is_kind and not any(isinstance(one, Abandon) and one.question == id for one in asked)

    # What happens.

    def read(self, event: Event, in_time: bool) -> None:
        """A fact. An answer counts if it came in time."""
        if in_time:
            self._answer(event)
            del self.open[cast("Any", event).id]
        if isinstance(event, ToolReturned) and isinstance(event.outcome, ToolResult):
            self._given.add(self._calls.get(event.id, ""))
            self.again -= self._given
        match event:
            case ShutdownRequested():
                self.suspended = self.suspended or self.durable
            case RunResumed():
                self.resume(event.at)
            case LimitsChanged():
                self._change(event)
            case ChildWaiting(question=question, waiting=waiting):
                self.children.discard(question)
                if waiting and isinstance(self.open.get(question), Delegate):
                    self.children.add(question)
            case UsageSeen(usage=usage):
                self._use(usage)
            case _ if type(event).__name__ == "PortFailed" and cast("Any", event).port == "checkpoints":
                self.durable = False
            case _:
                pass

    def _answer(self, event: Event) -> None:
        match event:
            case BudgetChecked(outcome=Grant() as grant):
                self.grant = grant
                self.limits = [_least(self.limits[0], grant.tokens), _least(self.limits[1], grant.cost)]
            case CriticStarted(outcome=bool() as said):
                self.watched = said
            case ToolboxBuilt(outcome=tuple() as specs):
                self.tools = {spec.name: spec for spec in specs}
            case ModelReplied(outcome=ModelReply() as reply):
                self.last_reply = reply
                self._use(reply.usage)
            case Delegated(outcome=ChildResult(usage=usage)):
                self._use(usage)
            case Advised(outcome=Advice(kill_reason=None) as advice):
                self.advise(advice)
            case ToolReturned(id=id, outcome=Fault(kind=FaultKind.UNKNOWN | FaultKind.TIMEOUT)):
                self._cut(self.open[id])
            case _ if type(event).__name__ == "CheckpointBegun":
                self.durable = cast("Any", event).outcome is True
            case _:
                pass

    def _change(self, event: LimitsChanged) -> None:
        self.change(event.max_runtime)
        if event.tokens is not None:
            self.limits[0] = _least(event.tokens, self.grant.tokens)
        if event.cost is not None:
            self.limits[1] = _least(event.cost, self.grant.cost)

    def _use(self, usage: Usage) -> None:
        self.used[0] += (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self.used[1] += usage.cost or 0

    def _cut(self, question: object) -> None:
        if isinstance(question, RunTool):
            spec = self.tools.get(question.call.name)
            is_given = question.call.call_id in self._given
            if spec is not None and spec.effect is ToolClass.KEYED and not is_given:
                self.again.add(question.call.call_id)

    # What is asked.

    def write(self, asked: tuple[Effect, ...], at: Instant) -> None:
        """What the run asked for, and what it gave up."""
        for effect in asked:
            if isinstance(effect, Abandon):
                self._cut(self.open.pop(effect.question, None))
            elif isinstance(effect, Asked):
                self.open[effect.id] = effect
                self._open_phase(effect)
                if isinstance(effect, RunTool):
                    self._calls[effect.id] = effect.call.call_id
                    self._wait(effect, at)
                    self.again.discard(effect.call.call_id)
        prepares = any(isinstance(one, Preparing) for one in self.open.values())
        if self.regaining and not prepares:
            self.regaining = False
            self.own_anew()
        if self.began is None and any(isinstance(one, CallModel | Compact) for one in self.open.values()):
            self.begin(at)

    def _wait(self, effect: RunTool, at: Instant) -> None:
        spec = self.tools.get(effect.call.name)
        if spec is not None and spec.timeout and spec.effect is ToolClass.UNSAFE and not spec.reconcile:
            self._due[effect.id] = at + spec.timeout

    def _open_phase(self, effect: Asked) -> None:
        if not isinstance(effect, CallModel | Compact):
            return
        self.again.clear()
        self._given.clear()
        found = re.search(PHASE, effect.conversation[0].text) if len(effect.conversation) else None
        before, self.phase = self.phase, int(found[1]) if found else None
        if before is not None and before != self.phase:
            self.texts[before] = _text(self.last_reply)
            self.last_reply = None

    # What that comes to.

    def has_lost(self, at: Instant) -> bool:
        """Was an unsafe call waited for in vain, by an agent that doesn't go on then? It comes before answers."""
        is_due = any(self._due.get(id, at + 1) <= at for id in self.open)
        return is_due and self.started.agent.on_unknown != "tell"

    def goes_on(self, text: str) -> bool:
        """Is there a phase left to run, once this one has given this text?"""
        phases, here = self.started.agent.phases, self.phase
        if not phases or here is None:
            return False
        said = {phases[index].name: words for index, words in self.texts.items()} | {phases[here].name: text}
        return any(not one.when or said.get(one.when, "").strip() for one in phases[here + 1 :])

    def submits(self) -> bool:
        """Was a lone submit the last thing that the model wanted?"""
        return self.last_reply is not None and [call.name for call in self.last_reply.calls] == ["submit"]

    def is_overspent(self) -> bool:
        return any(most is not None and used > most for used, most in zip(self.used, self.limits, strict=True))


def _text(reply: ModelReply | None) -> str:
    return reply.text if reply is not None and not reply.calls else ""


def _least(one: int | None, other: int | None) -> int | None:
    return min([limit for limit in (one, other) if limit is not None], default=None)
