"""The oracle's books: what is open, how long the run may be charged for, what it used, in which phase it is.

Nothing is moved: time that isn't charged is a sum, a limit is what was granted, and both are compared.
"""

import re
from datetime import timedelta
from decimal import Decimal
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
    AcquireLane,
    AskApproval,
    Asked,
    CallModel,
    Compact,
    ConsultCritic,
    Delegate,
    Effect,
    Preparing,
    RunTool,
)
from executus.events import ChildWaiting, Event, LimitsChanged, RunResumed, ShutdownRequested, UsageSeen
from executus.facts import Advice, ChildResult, Grant
from executus.started import RunStarted
from executus.values import Fault, FaultKind, Instant, ModelReply, ToolClass, ToolSpec, Usage
from specs.fitting import PHASE

MICROSECOND = timedelta(microseconds=1)


class Ledger:
    """Everything so far. `read` what happened, then `write` what was asked for it."""

    def __init__(self, started: RunStarted) -> None:
        self.started = started
        agent, given = started.agent, started.wiring.defaults
        self.began: Instant | None = None
        self.phase: int | None = None
        self.texts: dict[int, str] = {}
        self.tools: dict[str, ToolSpec] = {}
        self.regaining = False
        self.suspended = self.durable = False
        self.open: dict[int, Asked] = {}
        self.now: Instant = 0
        self.prepares_since: Instant = 0
        self.queued = self.uncharged = 0
        self.children: set[int] = set()
        self.again: set[str] = set()
        """Keyed calls that were cut, and are to be asked again."""
        self.max_runtime = _micros(agent.max_runtime or given.max_runtime)
        self.absolute = _micros(agent.critic.absolute_max or given.critic_absolute_max)
        times = cast("Decimal", agent.critic.backstop_multiplier or given.critic_backstop_multiplier)
        self.times = max(1000, int(times * 1000))
        self.preflight = _micros(given.preflight_timeout)
        self.cleanup = _micros(given.cleanup_timeout)
        self.has_critic = False
        self.watched: bool | None = None
        """What the critic said when it was last started: yes, no, or nothing yet."""
        self.backstop: int | None = None
        self.grant = Grant()
        self.limits = [agent.limits.tokens, agent.limits.cost]
        self.used = [0, 0]
        self.last_reply: ModelReply | None = None

    def is_answer(self, event: Event, asked: tuple[Effect, ...]) -> bool:
        """Does it answer an open question, before nobody waits for that any more?"""
        id = getattr(event, "id", None)
        question = self.open.get(id) if id is not None else None
        is_kind = question is not None and isinstance(question, getattr(event, "answers", ()))
        return is_kind and not any(isinstance(one, Abandon) and one.question == id for one in asked)

    # Time.

    def time_is_up(self, event: Event) -> str:
        """Time goes by until the event: is it up then? What that is called; "" if not."""
        at, gap = event.at, event.at - self.now
        self.now = at
        queues = any(isinstance(one, AcquireLane) for one in self.open.values())
        if self.began is None:
            self.queued += gap if queues else 0
        if self.suspended or queues or self.regaining or self._waits_for_people():
            self.uncharged += gap
        if self.suspended:
            return ""
        if self.began is None:
            if self.started.wiring.defaults.lane_wait_counts and queues and self.queued >= self.max_runtime:
                return "timeout"
        if self.overdue() < 0:
            return ""
        return "error" if self.began is None else "timeout"

    def time_was_cut(self, event: Event) -> str:
        """Is it up because of this event?"""
        is_cut = isinstance(event, LimitsChanged | RunResumed) or self._regains_by(event)
        return "timeout" if self.began is not None and is_cut and self.overdue() >= 0 else ""

    def _regains_by(self, event: Event) -> bool:
        if not self.regaining or not isinstance(event, CriticStarted):
            return False
        self._own_anew()
        return True

    def overdue(self) -> int:
        """By how much the run is over its time now; negative while it has some left."""
        if self.suspended:
            return 0
        if self.began is None:
            return self.now - self.prepares_since - self.uncharged - self.preflight
        charged = self.now - self.began - self.uncharged
        if self.started.wiring.defaults.lane_wait_counts:
            charged += self.queued
        return charged - self._limit()

    def _limit(self) -> int:
        if not self.has_critic:
            return self.max_runtime
        return self._ceiling() if self.backstop is None else min(self.backstop, self._ceiling())

    def _ceiling(self) -> int:
        return max(self.absolute, self.max_runtime)

    def _usual(self) -> int:
        return min(self.max_runtime * self.times // 1000, self._ceiling())

    def _waits_for_people(self) -> bool:
        awaited = [one for one in self.open.values() if not isinstance(one, ConsultCritic)]
        if self.began is None or not awaited or self.again:
            return False
        return all(isinstance(one, AskApproval) or one.id in self.children for one in awaited)

    # What happens.

    def read(self, event: Event, in_time: bool) -> None:
        """A fact. An answer counts if it came in time."""
        if in_time:
            self._answer(event)
            del self.open[cast("Any", event).id]
        match event:
            case ShutdownRequested():
                self.suspended = self.suspended or self.durable
            case RunResumed():
                self._resume(event.at)
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
                self._advise(advice)
            case ToolReturned(id=id, outcome=Fault(kind=FaultKind.UNKNOWN | FaultKind.TIMEOUT)):
                self._cut(self.open[id])
            case _ if type(event).__name__ == "CheckpointBegun":
                self.durable = cast("Any", event).outcome is True
            case _:
                pass

    def _advise(self, advice: Advice) -> None:
        if advice.extend_by > 0 and self.backstop is not None:
            self.backstop = min(self.backstop + advice.extend_by, self._ceiling())
        if advice.lift_backstop:
            self.backstop = None

    def _change(self, event: LimitsChanged) -> None:
        before = self._usual()
        self.max_runtime = event.max_runtime or self.max_runtime
        if self.backstop is not None:
            self.backstop = min(self.backstop + self._usual() - before, self._ceiling())
        if event.tokens is not None:
            self.limits[0] = _least(event.tokens, self.grant.tokens)
        if event.cost is not None:
            self.limits[1] = _least(event.cost, self.grant.cost)

    def _resume(self, at: Instant) -> None:
        self.open.clear()
        self.children.clear()
        self.suspended, self.watched = False, None
        self.regaining = self.began is not None
        if self.began is None:
            self.prepares_since, self.uncharged = at, 0

    def _own_anew(self) -> None:
        if self.watched and not self.has_critic:
            self.has_critic, self.backstop = True, self._usual()
        elif self.watched is False:
            self.has_critic = False

    def _use(self, usage: Usage) -> None:
        self.used[0] += (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self.used[1] += usage.cost or 0

    def _cut(self, question: object) -> None:
        if isinstance(question, RunTool):
            spec = self.tools.get(question.call.name)
            if spec is not None and spec.effect is ToolClass.KEYED:
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
                    self.again.discard(effect.call.call_id)
        prepares = any(isinstance(one, Preparing) for one in self.open.values())
        if self.regaining and not prepares:
            self.regaining = False
            self._own_anew()
        if self.began is None and any(isinstance(one, CallModel | Compact) for one in self.open.values()):
            self.began, self.uncharged = at, 0
            if self.watched:
                self.has_critic, self.backstop = True, self._usual()

    def _open_phase(self, effect: Asked) -> None:
        if not isinstance(effect, CallModel | Compact):
            return
        self.again.clear()
        found = re.search(PHASE, effect.conversation[0].text) if len(effect.conversation) else None
        before, self.phase = self.phase, int(found[1]) if found else None
        if before is not None and before != self.phase:
            self.texts[before] = _text(self.last_reply)
            self.last_reply = None

    # What that comes to.

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


def _micros(span: Any) -> int:
    return cast("timedelta", span) // MICROSECOND
