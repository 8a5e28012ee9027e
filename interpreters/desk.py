"""The desk of one run: the one place where each question becomes an outcome at the host's ports.

Law: whatever a handler raises or gives of a wrong type becomes a `Fault` here; nothing comes out but what the desk
was told to let pass, and a cancellation, of which only the world can tell whose it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast, get_args

from executus.agent import Agent
from executus.answers import Answer, ModelResolved
from executus.effects import (
    AcquireLane,
    AskApproval,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    CleanUp,
    CloseAudit,
    CommitBudget,
    Compact,
    ConsultCritic,
    Delegate,
    Deliver,
    MakeArtifacts,
    Notice,
    OpenAudit,
    Question,
    Reconcile,
    ReleaseBudget,
    ReleaseLane,
    ResolveModel,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
    StageFile,
    StartCritic,
    StopCritic,
    TellAudit,
    TellCritic,
    TellObserver,
)
from executus.invocation import Invocation
from executus.started import Wiring
from executus.state import Run
from executus.transcript import Entry
from executus.values import EffectId, Fault, FaultKind, Instant, ToolClass, replace
from interpreters import desk_ending, desk_late, desk_notices, desk_opening, desk_palette, desk_talk, desk_tools
from interpreters.book import Book, World
from interpreters.faults import fault_of, proven, settled
from interpreters.handlers import Handlers
from interpreters.ports import Resolved
from interpreters.seen import CallBegun, Observed
from interpreters.tools.output import Output

Performer: TypeAlias = Callable[[Book, Any], Awaitable[object]]

_PERFORMERS: dict[type[Question], tuple[Performer, FaultKind]] = {
    CheckBudget: (desk_opening.check_budget, FaultKind.PORT),
    AcquireLane: (desk_opening.acquire_lane, FaultKind.PORT),
    ResolveModel: (desk_opening.resolve_model, FaultKind.MODEL),
    OpenAudit: (desk_opening.open_audit, FaultKind.PORT),
    BeginCheckpoint: (desk_opening.begin_checkpoint, FaultKind.PORT),
    BuildToolbox: (desk_tools.build_toolbox, FaultKind.PORT),
    StageFile: (desk_opening.stage_file, FaultKind.PORT),
    StartCritic: (desk_opening.start_critic, FaultKind.PORT),
    CallModel: (desk_talk.call_model, FaultKind.MODEL),
    RunTool: (desk_talk.run_tool, FaultKind.TOOL),
    Delegate: (desk_palette.delegate, FaultKind.TOOL),
    AskApproval: (desk_talk.ask_approval, FaultKind.PORT),
    Reconcile: (desk_talk.reconcile, FaultKind.TOOL),
    Compact: (desk_talk.compact, FaultKind.PORT),
    ConsultCritic: (desk_talk.consult_critic, FaultKind.PORT),
    MakeArtifacts: (desk_ending.make_artifacts, FaultKind.PORT),
    CommitBudget: (desk_ending.commit_budget, FaultKind.PORT),
    ReleaseBudget: (desk_ending.release_budget, FaultKind.PORT),
    Deliver: (desk_ending.deliver, FaultKind.PORT),
    CloseAudit: (desk_ending.close_audit, FaultKind.PORT),
    StopCritic: (desk_ending.stop_critic, FaultKind.PORT),
    CleanUp: (desk_ending.clean_up, FaultKind.PORT),
    RunFinalizers: (desk_ending.run_finalizers, FaultKind.PORT),
    SettleCheckpoint: (desk_ending.settle_checkpoint, FaultKind.PORT),
}
"""Who answers each question, and whose fault it is when its handler breaks."""

_EVENTS: dict[type[object], Callable[..., Answer]] = {answer.answers: answer for answer in get_args(Answer)}

UNTOUCHED = (KeyboardInterrupt,)


class Desk:
    """What ONE run keeps at the host's ports, and where its questions are answered.

    `Desk(handlers, world, run_id, agent, invocation, lets_pass=(KeyboardInterrupt,))`: the agent and the
    invocation as the host gave them, with its objects in them; `recorded` has them as a record may hold them.
    `world` is what the desk needs of the world the run lives in (`interpreters.book.World`: now, post, observe,
    aside, child). Exceptions of the kinds in `lets_pass` come out of `answer`, `tell` and `save`; all others, but
    a CancelledError, become faults. Call `see` with the run after each event, before its effects are performed.
    """

    def __init__(
        self,
        handlers: Handlers,
        world: World,
        run_id: str,
        agent: Agent,
        invocation: Invocation,
        lets_pass: tuple[type[BaseException], ...] = UNTOUCHED,
    ) -> None:
        self.book = Book(handlers, world, run_id, agent, invocation)
        self.observers = desk_notices.observers_of(handlers, invocation)
        self._lets_pass: tuple[type[BaseException], ...] = (*lets_pass, asyncio.CancelledError)
        self.recorded = self._record()
        """(agent, invocation) with names in the place of objects."""

    def wiring(self) -> Wiring:
        """What is wired for this run; what isn't is never asked."""
        handlers, invocation = self.book.handlers, self.book.invocation
        return Wiring(
            system_header=handlers.system_header,
            defaults=handlers.defaults,
            lanes=handlers.lanes.names,
            budget=handlers.budget is not None,
            audit=handlers.audit is not None,
            checkpoints=handlers.checkpoints is not None,
            critic=handlers.critic is not None,
            delivery=handlers.delivery is not None,
            input_files=handlers.input_files is not None,
            compactor=handlers.compactor is not None,
            approver=handlers.approver is not None,
            session=handlers.session is not None or invocation.session_tool_factory is not None,
            finalizers=bool(handlers.finalizers),
            observer=bool(self.observers),
        )

    def see(self, run: Run) -> None:
        """The run as it stands now: what tools, sessions and the end of a checkpoint are told."""
        self.book.run = run

    async def answer(self, question: Question) -> object:
        """The outcome of a question: a value, proven, or a `Fault`. Pass it to `event_for`."""
        performer, kind = _PERFORMERS[type(question)]
        try:
            return await performer(self.book, question)
        except self._lets_pass:
            raise
        except BaseException as error:  # Nor may a SystemExit end the process.
            return fault_of(kind, error)

    async def result(self, called: Awaitable[object]) -> object:
        """The outcome of a tool that was called already."""
        try:
            return proven(await called)
        except self._lets_pass:
            raise
        except BaseException as error:
            return fault_of(FaultKind.TOOL, error)

    def broken(self, question: Question, error: BaseException) -> Fault:
        """The outcome where it turns out that a cancellation was the handler's own."""
        return fault_of(_PERFORMERS[type(question)][1], error)

    @staticmethod
    def event_for(question: Question, at: Instant, outcome: object) -> Answer:
        """The answer to the question, as the run hears of it."""
        if isinstance(outcome, Resolved):
            return ModelResolved(at, question.id, outcome.chain, outcome.labels)
        return _EVENTS[type(question)](at, question.id, outcome)

    def hand(self, notice: Notice) -> Awaitable[object] | None:
        """Begin to carry out a notice: what is still to be awaited. Raises what its handler raises."""
        match notice:
            case ReleaseLane():
                self.release_lane()
                return None
            case TellAudit(seen=seen):
                return desk_notices.tell_audit(self.book, seen)
            case TellCritic(seen=seen):
                return desk_notices.tell_critic(self.book, seen)
            case TellObserver(seen=seen):
                return self.observe(seen)
            case _:
                return None  # Abandoning is the world's own.

    def begun(self, question: Question) -> CallBegun | None:
        """What those who observe the run are told before this question is worked on; None for nothing."""
        if not self.observers or not isinstance(question, RunTool | Delegate):
            return None
        return CallBegun(question.call)

    def observe(self, seen: Observed) -> Awaitable[object] | None:
        """Tell those who observe the run."""
        return desk_notices.tell_observers(self.observers, seen)

    async def tell(self, notice: Notice) -> Fault | None:
        """Carry out a notice; what went wrong, if anything did."""
        return await self._done(lambda: self.hand(notice))

    async def save(self, entry: Entry) -> Fault | None:
        """Keep an entry in the checkpoint; what went wrong, if anything did."""
        return await self._done(lambda: desk_notices.save(self.book, entry))

    async def note_late(self, question: Question, outcome: object) -> Fault | None:
        """After the end: what a call gave that nobody waited for any more, the one thing an audit is told then."""
        return await self._done(lambda: desk_notices.note_late(self.book, question, outcome))

    async def forget(self, question: Question, outcome: object) -> None:
        """Nobody waits for this outcome any more: what it holds is given back."""
        await self._done(lambda: desk_late.give_back(self.book, question, outcome))

    def drop(self, question: EffectId) -> None:
        """Nobody waits for this question any more: what it opens from now on is to be forgotten."""
        self.book.dropped.add(question)

    def release_lane(self) -> None:
        """Give the place in the lane back, if the run holds one."""
        lane, self.book.lane = self.book.lane, None
        if lane is not None:
            self.book.handlers.lanes.release(lane)

    def class_of(self, name: str) -> ToolClass:
        """What a lost outcome of this tool means."""
        return desk_tools.class_of(self.book, name)

    async def _done(self, work: Callable[[], object]) -> Fault | None:
        try:
            await settled(work())
        except self._lets_pass:
            raise
        except BaseException as error:
            return fault_of(FaultKind.PORT, error)
        return None

    def _record(self) -> tuple[Agent, Invocation]:
        agent, invocation = self.book.agent, self.book.invocation
        if agent.output_type:
            try:
                self.book.output = Output(agent.output_type)
            except Exception as error:
                self.book.output = Output.refused(fault_of(FaultKind.TOOL, error).message)
            agent = replace(agent, output_type=self.book.output.schema)
        objects = cast("tuple[object, ...]", invocation.extra_tools)
        if objects or invocation.session_tool_factory is not None or invocation.on_step is not None:
            names = tuple(desk_tools.extra_names(objects))
            invocation = replace(invocation, extra_tools=names, session_tool_factory=None, on_step=None)
        return agent, invocation
