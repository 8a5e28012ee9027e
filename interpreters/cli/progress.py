"""What is told of a run while it goes: which event is worth a line, and what the run waits for now.

Law: one line for one thing, and none for signs of life, for parts of the end that went well, and for the answer:
how a run ended is said when it has ended.
"""

from collections.abc import Iterator
from typing import TypeAlias

from executus.account import steps_of
from executus.answers import (
    ApprovalDecided,
    ArtifactsMade,
    Delegated,
    LaneAcquired,
    ModelReplied,
    PartDone,
    Reconciled,
    ToolboxBuilt,
    ToolReturned,
)
from executus.effects import (
    Abandon,
    AcquireLane,
    AskApproval,
    Compact,
    ConsultCritic,
    Delegate,
    Effect,
    Question,
    Reconcile,
    RunTool,
)
from executus.events import ActivitySeen, Event, TimePassed, ToolStarted, UsageSeen
from executus.narrative import called, told
from executus.phrases import call_text, quote
from executus.slices import Due
from executus.spans import say
from executus.state import Run, Stage
from executus.values import EffectId, Fault, Instant, ModelReply, ToolCall, ToolResult

Line: TypeAlias = tuple[str, str]
"""A text, and the style it is printed in."""


class Teller:
    """Knows which calls are open, and since when."""

    def __init__(self) -> None:
        self._asked: dict[EffectId, tuple[ToolCall, Instant]] = {}

    def tell(self, before: Run | None, run: Run, event: Event, asked: tuple[Effect, ...]) -> Iterator[Line]:
        """The lines of one event: what happened, what it means for the model, what is asked now."""
        yield from self._happened(run, event)
        if before is not None:
            yield from _moved(before, run)
        for effect in asked:
            yield from self._begun(run, effect, event.at)

    def _happened(self, run: Run, event: Event) -> Iterator[Line]:
        outcome: object = getattr(event, "outcome", None)
        match event:
            case ModelReplied(outcome=ModelReply(text=text, calls=calls)):
                if text.strip() and calls:
                    yield f"  {_step(run):>3}  {quote(text)}", "italic"
            case ToolReturned() | Delegated() | ApprovalDecided() | Reconciled() if event.id in self._asked:
                yield self._answered(event)
            case _ if isinstance(outcome, Fault):
                yield told(event), "red"
            case ActivitySeen() | TimePassed() | UsageSeen() | ToolStarted():
                pass
            case ToolboxBuilt() | PartDone() | ArtifactsMade() | LaneAcquired():
                pass
            case _:
                yield told(event), "dim"

    def _answered(self, event: ToolReturned | Delegated | ApprovalDecided | Reconciled) -> Line:
        call, at = self._asked.pop(event.id)
        after = f"in {say(event.at - at)}"
        match event:
            case ToolReturned(outcome=Fault(message=said)):
                return f"       {call.name} failed {after}: {quote(said)}", "red"
            case ToolReturned(outcome=ToolResult(content=content)):
                return f"       {call.name} done {after}: {quote(content)}", "dim"
            case _:
                style = "red" if isinstance(event.outcome, Fault) else "dim"
                return f"       {call.name} {after}: {told(event)}", style

    def _begun(self, run: Run, effect: Effect, at: Instant) -> Iterator[Line]:
        match effect:
            case RunTool(call=call) | Delegate(call=call) | AskApproval(call=call) | Reconcile(call=call):
                self._asked[effect.id] = call, at
                yield f"  {_step(run):>3}  {call_text(call)}{_kind(effect)}", ""
            case Abandon(question=question) if question in self._asked:
                call, since = self._asked.pop(question)
                yield f"       {call.name} left after {say(at - since)}: nobody waits for it", "dim"
            case ConsultCritic(consultation=consultation):
                why = "nothing goes on" if consultation.reason == "idle" else "its time is up"
                yield f"asks the critic: {why}", "dim"
            case Compact(conversation=conversation):
                yield f"has its {len(conversation)} turns made shorter", "dim"
            case AcquireLane(lane=lane):
                yield f"queues for a place in {lane}", "dim"
            case _:
                pass


def _kind(effect: RunTool | Delegate | AskApproval | Reconcile) -> str:
    match effect:
        case RunTool():
            return ""
        case Delegate(subject=subject):
            return f": a run of {subject}"
        case AskApproval(why=why):
            return f": asks a person, {why}"
        case Reconcile():
            return ": asks what became of it"


def _moved(before: Run, run: Run) -> Iterator[Line]:
    """What has changed about the model that is asked, and the phase that is open."""
    then, now = before.talk.asking, run.talk.asking
    if run.cause is None and now.tried > then.tried:
        if now.choice > then.choice:
            yield f"       the next model is {run.talk.setup.model}", "dim"
        else:
            attempt = f"attempt {now.attempt} of {run.bounds.model_attempts}"
            yield f"       asked again in {say(max(now.at - run.now, 0))}, {attempt}", "dim"
    phases = run.agent.phases
    has_begun = before.stage is not Stage.CONVERSING and run.stage is Stage.CONVERSING
    if phases and run.cause is None and (has_begun or run.pipeline.index != before.pipeline.index):
        place = run.pipeline.index
        yield f"phase {phases[place].name}, {place + 1} of {len(phases)}", ""


def _step(run: Run) -> int:
    return steps_of(run) + 1


def waiting(run: Run) -> str:
    """What the run waits for now."""
    if run.stage is Stage.FINALIZING:
        return f"ending: {', '.join(map(called, run.pending))}"
    working = [one.call.name for one in run.pending if isinstance(one, RunTool | Delegate | Reconcile)]
    if working:
        return f"step {_step(run)}: {', '.join(working)}"
    for question in run.pending:
        said = _still(question)
        if said:
            return said
    if any(isinstance(slot, Due) for slot in run.talk.slots):
        return f"step {_step(run)}: waits to ask again"
    if run.talk.asking.at > run.now:
        return f"step {_step(run)}: waits to ask {run.talk.setup.model} again"
    if run.talk.setup.model:
        return f"step {_step(run)}: {run.talk.setup.model}"
    return "preparing"


def _still(question: Question) -> str:
    match question:
        case AcquireLane(lane=lane):
            return f"queued for {lane}"
        case AskApproval(call=call):
            return f"waits for a person to decide about {call.name}"
        case Compact():
            return "makes the conversation shorter"
        case _:
            return ""
