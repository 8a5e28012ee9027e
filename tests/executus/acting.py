"""One run, told event by event: the pure functions driven by hand, without any world.

A story answers what a run asks with what an obliging host would say, until something is to be told otherwise. With
each event it holds the run to what is true of every run: deciding twice asks nothing new, no question is answered
by nobody, and a state can be written down.
"""

from collections.abc import Iterable
from typing import Any, Self, TypeVar, cast

from executus.agent import Agent, ModelChoice
from executus.effects import (
    AskApproval,
    Asked,
    BuildToolbox,
    CallModel,
    CheckBudget,
    Compact,
    ConsultCritic,
    Delegate,
    Effect,
    MakeArtifacts,
    Question,
    Reconcile,
    ResolveModel,
    RunTool,
    StageFile,
    TellAudit,
)
from executus.events import Event
from executus.facts import Advice, Approved, ChildResult, Grant, Made, NotDone, Seen
from executus.invocation import Invocation
from executus.reception import ANSWERS
from executus.result import RunResult
from executus.started import RunStarted, Wiring
from executus.state import Run
from executus.transcript import Recorder
from executus.transition import decide, next_wakeup
from executus.values import Fault, FaultKind, ModelReply, ToolCall, ToolResult, ToolSpec, replace, seconds
from tests.plain import back, plain
from tests.playing import WALL_TIME
from tests.tables import duration

E = TypeVar("E")

DOWN = Fault(FaultKind.PORT, "down")
SECOND = seconds(1)

OBLIGING: dict[type[object], object] = {
    CheckBudget: Grant(),
    ResolveModel: (ModelChoice("m"),),
    StageFile: "f1",
    MakeArtifacts: Made(),
    CallModel: ModelReply("done"),
    RunTool: ToolResult("5"),
    Delegate: ChildResult("child", "ok", "5"),
    AskApproval: Approved(),
    Reconcile: NotDone(),
    ConsultCritic: Advice(),
}
"""What is said to a question where nobody says otherwise; to all others it is yes."""


def wanting(*wanted: str | ToolCall, text: str = "", **more: Any) -> ModelReply:
    """A reply that calls these tools."""
    calls = [ToolCall(f"c{place}", one) if isinstance(one, str) else one for place, one in enumerate(wanted)]
    return ModelReply(text, tuple(calls), **more)


class Story:
    """A run and what it has asked so far."""

    def __init__(
        self,
        agent: Agent | None = None,
        invocation: Invocation | str = "hi",
        tools: Iterable[ToolSpec] = (),
        chain: tuple[ModelChoice, ...] = (ModelChoice("m"),),
        **wired: Any,
    ) -> None:
        self.specs = tuple(tools)
        self.chain = chain
        agent = agent or Agent()
        if self.specs and not agent.low_level_tools and not agent.sub_agent_palette:
            agent = replace(agent, low_level_tools=tuple([spec.name for spec in self.specs]))
        about = Invocation(prompt=invocation) if isinstance(invocation, str) else invocation
        self.recorder = Recorder(RunStarted(0, "run", agent, about, Wiring(**wired), WALL_TIME))
        self._check()

    @property
    def run(self) -> Run:
        return self.recorder.run

    @property
    def asked(self) -> tuple[Effect, ...]:
        """What the latest event has led to."""
        return self.recorder.asked

    @property
    def every(self) -> list[Effect]:
        """All that was ever asked and told."""
        return [cast(Effect, effect) for entry in self.recorder.transcript.entries for effect in entry.asked]

    @property
    def names(self) -> list[str]:
        """What the latest event has led to, by name."""
        return [type(effect).__name__ for effect in self.asked]

    @property
    def pending(self) -> list[str]:
        """What is open, by name."""
        return [type(question).__name__ for question in self.run.pending]

    @property
    def result(self) -> RunResult:
        return RunResult(self.run, self.recorder.transcript)

    @property
    def said(self) -> list[tuple[str, str]]:
        """The conversation, role and text."""
        return [(said.role, said.text) for said in self.run.talk.conversation]

    @property
    def audited(self) -> list[Seen]:
        return [effect.seen for effect in self.every if isinstance(effect, TellAudit)]

    def of(self, kind: type[E]) -> list[E]:
        """All effects of one kind so far."""
        return [effect for effect in self.every if isinstance(effect, kind)]

    def open(self, kind: type[E], place: int = 0) -> E:
        """An open question of this kind."""
        return [question for question in self.run.pending if isinstance(question, kind)][place]

    def tell(self, event: Event, after: str = "0s") -> Self:
        """Something happens, so long after the last event."""
        self.recorder.feed(replace(event, at=self.run.now + duration(after)))
        self._check()
        return self

    def at(self, event: Event) -> Self:
        """Something happens at its own instant."""
        self.recorder.feed(event)
        self._check()
        return self

    def answer(self, kind: type[Asked], outcome: object, after: str = "0s", place: int = 0, **more: Any) -> Self:
        """An open question of this kind is answered."""
        question = cast(Question, self.open(kind, place))
        event: Any = ANSWERS[type(question)]
        return self.tell(event(0, question.id, outcome, **more), after)

    def oblige(self, *until: type[object]) -> Self:
        """Everything is answered kindly, in order, up to the first question of these kinds, or to the end."""
        while self.run.pending:
            question = self.run.pending[0]
            if type(question) in until:
                break
            self.answer(type(question), self.kind_answer(question))
        return self

    def end(self) -> Self:
        """All that is left is answered kindly."""
        return self.oblige()

    def converse(self) -> Self:
        """Up to the first question of the conversation."""
        return self.oblige(CallModel)

    def reply(self, reply: object, after: str = "0s") -> Self:
        """The model says this."""
        return self.answer(CallModel, ModelReply(reply) if isinstance(reply, str) else reply, after)

    def returns(self, outcome: object = "5", after: str = "0s", place: int = 0) -> Self:
        """A tool gives this."""
        given = ToolResult(outcome) if isinstance(outcome, str) else outcome
        return self.answer(RunTool, given, after, place)

    def kind_answer(self, question: Question) -> object:
        """What an obliging host says."""
        if isinstance(question, BuildToolbox):
            return self.specs
        if isinstance(question, Compact):
            return tuple(question.conversation)
        return self.chain if isinstance(question, ResolveModel) else OBLIGING.get(type(question), True)

    def _check(self) -> None:
        run = self.run
        assert decide(run) == (run, ()), "deciding twice asks something new"
        assert back(plain(run), Run) == run, "it can't be written down"
        assert back(plain(self.asked), tuple[Effect, ...]) == self.asked, "what it asked can't be written down"
        wakeup = next_wakeup(run)
        assert wakeup is None or wakeup > run.now, "it wants to be woken in the past"
        ids = [question.id for question in run.pending]
        assert ids == sorted(set(ids)), "two questions under one id"
