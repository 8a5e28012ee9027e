"""Who asks for what, and because of what: the deciders of a run, called one by one over a fact that has landed.

It decides as transition.py does, and a test holds that both ask for the same. Nothing here changes a run.
"""

from collections.abc import Iterator

from executus.effects import (
    Abandon,
    AcquireLane,
    AskApproval,
    Asked,
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
    Effect,
    MakeArtifacts,
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
from executus.rules.status import status_of
from executus.slices import Door, Due
from executus.spans import say
from executus.state import Decider, Run, Stage, is_models_turn
from executus.transition import MODELS_TURN, speak, speakers_of
from executus.values import Record, ToolCall


class Asking(Record, frozen=True):
    """One effect: who asked for it, and the run as that decider saw it."""

    decider: Decider
    run: Run
    effect: Effect

    @property
    def who(self) -> str:
        """The decider by its name, and where it stands."""
        place = self.decider.__module__.replace(".", "/")
        return f"{self.decider.__name__} ({place}.py)"

    @property
    def why(self) -> str:
        """What in the run made it ask."""
        return because(self.run, self.effect)


def deciding(run: Run) -> Iterator[Asking]:
    """What a run asks for once a fact has landed in it, in order."""
    spoken, speakers = None, speakers_of(run)
    while speakers is not spoken:
        spoken = speakers
        for decider in spoken:
            after, asked = _spoken(decider, run)
            yield from asked
            if after is not run:
                run, speakers = after, speakers_of(after)
                if speakers is not spoken:
                    break


def _spoken(decider: Decider, run: Run) -> tuple[Run, list[Asking]]:
    """What one decider asks for; of the model's turn, who of those that make it up."""
    parts = MODELS_TURN if decider is speak and is_models_turn(run) else (decider,)
    for part in parts:
        before = run
        run, asked = part(before)
        if asked:
            return run, [Asking(part, before, effect) for effect in asked]
    return run, []


def because(run: Run, effect: Effect) -> str:
    """Why the run, as it is, asks for this: in half a sentence."""
    match effect:
        case CallModel():
            return _models_turn(run)
        case RunTool(call=call) | Delegate(call=call):
            return _calls_turn(run, call)
        case AskApproval(why=why):
            return f"a person must decide about it: {why}"
        case Reconcile():
            return "its outcome was lost, and its tool can say what became of it"
        case Compact(target=target):
            what = "is too long for its provider" if run.talk.asking.overflowed else "has reached its threshold"
            return f"the conversation {what}; about {target} tokens are to be left of it"
        case ConsultCritic(consultation=consultation):
            is_idle = consultation.reason == "idle"
            return f"nothing goes on since {say(consultation.activity)}" if is_idle else "its time is up"
        case Abandon() | ReleaseLane() | TellAudit() | TellCritic() | TellObserver():
            return _notice(run, effect)
        case AcquireLane() if run.ports.lane is Door.CLOSED:
            return "the run gave its place back while it waited, and goes on"
        case question:
            return _needed(run, question)


def _models_turn(run: Run) -> str:
    talk, asking = run.talk, run.talk.asking
    if asking.tried:
        what = f"attempt {asking.attempt} on {talk.setup.model}"
        return f"{what}: {asking.tried} before it failed"
    if talk.empty_replies:
        return "the reply before it said nothing at all"
    if talk.conversation and talk.conversation.last.role == "tool":
        return f"step {talk.steps_done} is complete, and its results stand in the conversation"
    if talk.steps_done or len(talk.conversation) > talk.opening:
        return "something was said to the model since it spoke"
    phase = f" of phase {run.agent.phases[run.pipeline.index].name}" if run.agent.phases else ""
    return f"all is prepared, and the conversation{phase} begins"


def _calls_turn(run: Run, call: ToolCall) -> str:
    talk = run.talk
    calls = talk.conversation.last.calls
    place = calls.index(call)
    slot = talk.slots[place]
    what = f"call {place + 1} of {len(calls)} in step {talk.steps_done + 1}"
    if talk.attempts and talk.attempts[place] > 1:
        return f"{what} is asked again, attempt {talk.attempts[place]}"
    if isinstance(slot, Due) and slot.allowed:
        return f"{what} was allowed, and is due"
    return f"{what} is due"


def _notice(run: Run, notice: Abandon | ReleaseLane | TellAudit | TellCritic | TellObserver) -> str:
    ends = "" if run.cause is None else f"the run ends {status_of(run.cause)}"
    goes = "the host goes down" if run.suspended is not None else ends
    match notice:
        case Abandon(question=question) if question in run.lapsed:
            return "nobody waits for it any longer"
        case Abandon():
            return f"{goes}, and nothing in flight is waited for"
        case ReleaseLane():
            return goes or "the run waits for nothing but people, and holds no place meanwhile"
        case TellAudit() | TellCritic() | TellObserver():
            is_news = run.stage is not Stage.FINALIZING and not goes
            return "it happened, and was not told yet" if is_news else f"{goes}, and this was not told yet"


def _needed(run: Run, question: Question) -> str:
    what = _NEEDED.get(type(question), "it is needed")
    if type(question) in _AT_THE_END:
        if run.suspended is not None:
            return f"the host goes down, and {what}"
        status = "" if run.cause is None else f" {status_of(run.cause)}"
        return f"the run ends{status}, and {what}"
    return f"the run was taken up again, and {what}" if run.clock.regaining else what


_AT_THE_END: frozenset[type[Asked]] = frozenset(
    (
        MakeArtifacts,
        CommitBudget,
        ReleaseBudget,
        Deliver,
        CloseAudit,
        StopCritic,
        CleanUp,
        RunFinalizers,
        SettleCheckpoint,
    )
)
_NEEDED: dict[type[Asked], str] = {
    CheckBudget: "a budget is wired, and has not said yes",
    AcquireLane: "the run needs a place in its lane",
    ResolveModel: "no models are known for this tier",
    OpenAudit: "an audit is wired, and not opened",
    BeginCheckpoint: "a durable record is wired, and not begun",
    BuildToolbox: "the run has tools, and they are not built",
    StageFile: "the file is not staged",
    StartCritic: "the agent wants a critic, and none watches",
    MakeArtifacts: "the session's post-run hook has not spoken",
    CommitBudget: "its grant is to be settled",
    ReleaseBudget: "its grant is to be given back: the conversation never began",
    Deliver: "what came of it is to be delivered",
    CloseAudit: "its audit is open",
    StopCritic: "its critic still watches",
    CleanUp: "its session is open",
    RunFinalizers: "the host's finalizers have not run",
    SettleCheckpoint: "its durable record is open",
}
