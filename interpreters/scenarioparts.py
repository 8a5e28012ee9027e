"""The processes of a run that was staged, each with what its outside said: what a scenario writes of it.

Part of scenariofile.py. Law: whatever was never answered hangs, and whatever took its time takes it again.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from executus.agent import ModelChoice
from executus.answers import Answered
from executus.effects import (
    AskApproval,
    Asked,
    BuildToolbox,
    CallModel,
    CheckBudget,
    ConsultCritic,
    Effect,
    Reconcile,
    ResolveModel,
    RunTool,
)
from executus.events import (
    Event,
    PortFailed,
    RunResumed,
)
from executus.facts import Grant, Refusal
from executus.spans import say
from executus.values import (
    Duration,
    EffectId,
    Fault,
    Instant,
    ToolSpec,
)
from interpreters.scenariorows import Pairs, advice, answer, chain, decision, found, happening, turn
from interpreters.scenariotext import key_of, pair, table, written
from interpreters.staging import Played


class Part:
    """What one process was told and asked."""

    def __init__(self, began: Instant, first: int, after: int | None) -> None:
        self.began, self.first, self.after = began, first, after
        self.asked: list[Asked] = []
        self.asked_at: dict[EffectId, Instant] = {}
        self.answers: dict[EffectId, Answered] = {}
        self.happens: list[Pairs] = []
        self.troubles: list[Pairs] = []

    def ask(self, asked: Sequence[Effect], at: Instant) -> None:
        questions = [effect for effect in asked if isinstance(effect, Asked)]
        self.asked += questions
        self.asked_at |= {question.id: at for question in questions}

    def outcomes(self, kind: type[Asked]) -> Iterator[tuple[Any, Any, Duration]]:
        """Each question of this kind with its outcome (None: never) and how long that took."""
        for question in self.asked:
            if isinstance(question, kind):
                answer = self.answers.get(question.id)
                took = 0 if answer is None else answer.at - self.asked_at[question.id]
                yield question, None if answer is None else getattr(answer, "outcome"), took  # noqa: B009  # typed

    def hear(self, event: Event, seq: int) -> None:
        """What was said, by whomever."""
        if isinstance(event, Answered):
            self.answers[event.id] = event
        elif isinstance(event, PortFailed) and event.port == "checkpoints":
            raises = event.message.removeprefix("RuntimeError: ")
            self.troubles.append({"port": "Save", "call": seq - self.first, "raises": raises})
        else:
            told = happening(event)
            if told:
                self.happens.append({"at": say(event.at - self.began), **told})

    def keys(self, tools: Sequence[ToolSpec], wired: Sequence[str]) -> Iterator[str]:
        """The lines that stand before all tables."""
        doors = {"OpenAudit": "audit", "BeginCheckpoint": "checkpoints", "StartCritic": "critic"}
        declined = [
            doors[type(question).__name__]
            for question, outcome, _ in self.outcomes(Asked)
            if type(question).__name__ in doors and outcome is False
        ]
        if declined:
            yield pair("declines", list(dict.fromkeys(declined)))
        for port, kind in (("critic", ConsultCritic), ("approvals", AskApproval)):
            if port in wired and not any(isinstance(question, kind) for question in self.asked):
                yield pair(port, [])

    def tables(self, prefix: str, tools: Sequence[ToolSpec], wired: Sequence[str]) -> Iterator[str]:
        """All that was said, a table for each."""
        if "budget" in wired:
            yield from table(f"[{prefix}budget]", self._budget())
        for question, outcome, _ in self.outcomes(ResolveModel):
            if isinstance(outcome, tuple):
                yield from table(
                    f"[{prefix}tiers.{key_of(question.tier)}]", chain(cast("tuple[ModelChoice, ...]", outcome))
                )
        for name, rows in (
            ("model", [turn(*one) for one in self.outcomes(CallModel)]),
            ("tools", [self._tool(spec) for spec in tools]),
            ("critic", [advice(*one) for one in self.outcomes(ConsultCritic)]),
            ("approvals", [decision(*one) for one in self.outcomes(AskApproval)]),
            ("happens", self.happens),
            ("trouble", [*self.troubles, *self._ports()]),
        ):
            for row in rows:
                yield from table(f"[[{prefix}{name}]]", row)

    def _budget(self) -> Pairs:
        for _, outcome, _ in self.outcomes(CheckBudget):
            if isinstance(outcome, Refusal):
                return {"refuses": outcome.reason}
            if isinstance(outcome, Grant):
                return written(outcome, Grant())
        return {}

    def _tool(self, spec: ToolSpec) -> Pairs:
        told = written(spec, ToolSpec(spec.name, spec.description, spec.parameters))
        told = {key: str(value) if key == "effect" else value for key, value in told.items()}
        if spec.timeout is not None:
            told["timeout"] = say(spec.timeout)
        if spec.reconcile:
            reconciled = [
                found(outcome) for one, outcome, _ in self.outcomes(Reconcile) if one.call.name == spec.name
            ]
            told = {key: value for key, value in told.items() if key != "reconcile"}
            told["reconciles"] = reconciled or ["unknown"]
        answers = [answer(*one) for one in self.outcomes(RunTool) if one[0].call.name == spec.name]
        return {"name": spec.name, **told, **({"in_turn": answers} if answers else {})}

    def _ports(self) -> Iterator[Pairs]:
        """Ports that were slow, or broken, or silent; of the others nothing need be said."""
        counts: dict[str, int] = {}
        for question, outcome, took in self.outcomes(Asked):
            if isinstance(question, CallModel | RunTool | AskApproval | ConsultCritic):
                continue
            port = type(question).__name__
            counts[port] = counts.get(port, 0) + 1
            if outcome is None:
                yield {"port": port, "call": counts[port], "hangs": True}
                continue
            trouble: Pairs = {"takes": say(took)} if took else {}
            if isinstance(outcome, Fault):
                trouble["raises"] = outcome.message.removeprefix("RuntimeError: ")
            if trouble:
                yield {"port": port, "call": 0 if isinstance(question, BuildToolbox) else counts[port], **trouble}


def parts_of(asked: Sequence[Effect], played: Sequence[Played]) -> list[Part]:
    """One for each process; `asked` is what entry 0 led to."""
    parts = [Part(0, 0, None)]
    parts[0].ask(asked, 0)
    for seq, one in enumerate(played, 1):
        if isinstance(one.event, RunResumed):
            is_cut = one.before.suspended is None or not one.before.suspended.settled
            parts.append(Part(one.event.at, seq, seq - 1 if is_cut else None))
        parts[-1].hear(one.event, seq)
        parts[-1].ask(one.asked, one.event.at)
    return parts
