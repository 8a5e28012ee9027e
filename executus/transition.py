"""The heart: what one event does to a run, and what the run asks for next.

    transition(run, event)  =  decide(evolve(run, event))

`evolve` lets a fact land in the state and asks for nothing. `decide` looks only at the state and asks the
world for what comes next. Facts alone stop a run, time goes first, and deciding twice asks nothing new.
"""

from executus.agent import bounds_of
from executus.buffer import names, view
from executus.effects import Effect
from executus.events import (
    Answered,
    CancelRequested,
    Event,
    ModelReplied,
    ModelResolved,
    RunStarted,
    ShutdownRequested,
    Steered,
    TimePassed,
    ToolboxBuilt,
    ToolReturned,
)
from executus.machines.finalize import finish, wind_up
from executus.machines.loop import converse, on_model, on_steering, on_tool
from executus.machines.opening import open_conversation
from executus.machines.preflight import on_model_resolved, on_toolbox_built, prepare
from executus.machines.timeouts import expire
from executus.rules import deadlines
from executus.rules.status import Cancelled, ShutDown
from executus.state import Decider, Run, Stage, Talk, Transition, stop, without
from executus.toolbox import Setup
from executus.values import Instant, replace


def start(event: RunStarted) -> Transition:
    """Entry 0: the run as it is accepted, and its first questions."""
    bounds = bounds_of(event.agent, event.wiring.defaults)
    run = Run(
        run_id=event.run_id,
        agent=event.agent,
        invocation=event.invocation,
        wiring=event.wiring,
        bounds=bounds,
        now=event.at,
        deadlines=deadlines.arm_preflight(event.at, bounds.preflight_timeout),
        talk=Talk(conversation=view(), mailbox=view(), setup=Setup(""), call_ids=names()),
    )
    return decide(run)


def transition(run: Run, event: Event) -> Transition:
    """One event: the fact lands, then the run asks for what it still needs."""
    return decide(evolve(run, event))


def evolve(run: Run, event: Event) -> Run:
    """Let a fact land. Time first: a deadline that has passed beats whatever the event brings."""
    now = event.at if event.at > run.now else run.now
    is_late = deadlines.has_expired(run.deadlines, now)
    if is_late:
        run = expire(run)
    pending = run.pending
    if isinstance(event, Answered):
        pending = without(pending, event)
        if is_late or len(pending) == len(run.pending):
            return replace(run, now=now)  # Too late, or the run has moved on and no longer wants to know.
    run = replace(run, now=now, pending=pending)
    match event:  # The commonest first; no default: the checkers hold the list.
        case ToolReturned():
            return on_tool(run, event)
        case ModelReplied():
            return on_model(run, event)
        case RunStarted() | TimePassed():
            return run
        case Steered():
            return on_steering(run, event)
        case CancelRequested(by=by):
            return stop(run, Cancelled(now, by))
        case ShutdownRequested():
            return stop(run, ShutDown(now, durable=False))
        case ModelResolved():
            return on_model_resolved(run, event)
        case ToolboxBuilt():
            return on_toolbox_built(run, event)


DECIDERS: dict[Stage, tuple[Decider, ...]] = {
    Stage.PREPARING: (wind_up, prepare, open_conversation),
    Stage.CONVERSING: (wind_up, converse),
    Stage.FINALIZING: (finish,),
    Stage.DONE: (),
}
"""Who may ask the world for something in each stage, in order of priority. Each stage owns its exit."""


def decide(run: Run) -> Transition:
    """Let the stage speak, and every later stage the run reaches by it."""
    effects: tuple[Effect, ...] = ()
    spoken = None
    while run.stage is not spoken:  # Only ever forward, so this ends.
        spoken = run.stage
        for decider in DECIDERS[spoken]:
            run, asked = decider(run)
            effects += asked
            if run.stage is not spoken:
                break  # A stage that was left speaks no more.
    return run, effects


def is_over(run: Run) -> bool:
    """Has the run nothing left to ask and nothing to wait for?"""
    return run.stage is Stage.DONE


def next_wakeup(run: Run) -> Instant | None:
    """When the run wants to hear that time has passed, if nothing else happens first."""
    return deadlines.next_wakeup(run.deadlines)
