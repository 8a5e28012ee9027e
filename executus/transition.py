"""The heart: what one event does to a run, and what the run asks for next.

    transition(run, event)  =  decide(evolve(run, event))

`evolve` lets a fact land in the state and asks for nothing. `decide` looks only at the state and asks the
world for what comes next. Facts alone stop a run, time goes first, and deciding twice asks nothing new.
"""

from executus import reception
from executus.answers import Answered, ToolReturned
from executus.bounds import bounds_of
from executus.buffer import names, view
from executus.effects import Delegate, Effect, RunTool
from executus.events import Event
from executus.machines.compaction import compact
from executus.machines.critic import consult, is_consulting, stir
from executus.machines.finalize import finish, give_lane_back, wind_up
from executus.machines.loop import converse, hear
from executus.machines.observing import report
from executus.machines.pausing import come_back, move_on, rest
from executus.machines.phases import check_templates, open_conversation
from executus.machines.preflight import prepare, rehearse
from executus.machines.settling import on_late
from executus.machines.steps import close_step, run_calls
from executus.machines.suspend import let_go, regain, suspend
from executus.reception import ACTIVITY, FACTS, PROGRESS
from executus.rules import deadlines
from executus.slices import NOT_YET, Door, Due, Talk
from executus.started import RunStarted
from executus.state import Decider, Run, Stage, Transition, is_models_turn, without
from executus.toolbox import Setup
from executus.values import Instant, replace


def start(event: RunStarted) -> Transition:
    """Entry 0: the run as it is accepted, and its first questions."""
    return decide(accepted(event))


def accepted(event: RunStarted) -> Run:
    """The run that entry 0 begins, before anybody has asked for anything."""
    bounds = bounds_of(event.agent, event.wiring.defaults)
    run = Run(
        run_id=event.run_id,
        agent=event.agent,
        invocation=event.invocation,
        wiring=event.wiring,
        bounds=bounds,
        started_at=event.wall_time,
        now=event.at,
        deadlines=deadlines.arm_preflight(event.at, bounds.preflight_timeout),
        talk=Talk(conversation=view(), mailbox=view(), nudges=view(), setup=Setup(""), call_ids=names()),
    )
    return check_templates(run)


def transition(run: Run, event: Event) -> Transition:
    """One event: the fact lands, then the run asks for what it still needs."""
    return decide(evolve(run, event))


def evolve(run: Run, event: Event) -> Run:
    """Let a fact land. Time first: a deadline that has passed beats whatever the event brings."""
    now = event.at if event.at > run.now else run.now
    if not run.is_plain:
        run = move_on(run, now)
    is_late = deadlines.has_expired(run.deadlines, now) and run.suspended is None
    if is_late:
        run = reception.expire(run)
    elif run.timeouts:
        run = reception.lapse(run, now)
    pending = run.pending
    if isinstance(event, Answered):
        pending = without(pending, event.id, event.answers)
        if is_late or len(pending) == len(run.pending):  # Too late, or the run has moved on.
            run = replace(run, now=now)
            if isinstance(event, ToolReturned) and not is_late:
                run = on_late(run, event)
            return _closed(run)
        if run.timeouts:
            run = reception.in_time(run, event.id)
    run = FACTS[type(event)](replace(run, now=now, pending=pending), event)
    if not run.is_plain:
        run = _looked_after(run, event)
    return _closed(run) if run.talk.slots and not run.talk.waiting else run


def _looked_after(run: Run, event: Event) -> Run:
    """What follows from a fact where more is at stake than a plain conversation."""
    if run.invocation.dry_run:
        run = rehearse(run)
    if run.deadlines.ceiling is not None and type(event) in ACTIVITY:
        run = stir(run, type(event) in PROGRESS)
    return regain(run) if run.clock.regaining else run


def _closed(run: Run) -> Run:
    """Whatever gave a step its last result, a late answer or a timeout as well: it is complete."""
    talk = run.talk
    if not talk.slots or talk.waiting or run.cause is not None or run.suspended is not None:
        return run
    return run if run.clock.regaining else close_step(run)


def begin_calls(run: Run) -> Transition:
    """Ask for the calls that are due. One that starts is a sign of life: it may have waited for a person."""
    after, asked = run_calls(run)
    if after.deadlines.ceiling is not None and any(isinstance(effect, RunTool | Delegate) for effect in asked):
        return stir(after, is_progress=False), asked
    return after, asked


def speak(run: Run) -> Transition:
    """When it is the model's turn: hear what waits, compact, ask."""
    if not is_models_turn(run):
        return run, ()
    for decider in MODELS_TURN:
        run, asked = decider(run)
        if asked:
            return run, asked
    return run, ()


MODELS_TURN: tuple[Decider, ...] = (hear, compact, converse)
"""What happens before each model call, in this order, until one asks for something."""

DECIDERS: dict[Stage, tuple[Decider, ...]] = {
    Stage.PREPARING: (report, wind_up, prepare, open_conversation, rest),
    Stage.CONVERSING: (report, wind_up, come_back, consult, begin_calls, speak, rest),
    Stage.FINALIZING: (report, give_lane_back, finish),
    Stage.DONE: (),
}
"""Who may ask the world for something in each stage, in order of priority. Each stage owns its exit."""

PLAIN: tuple[Decider, ...] = (run_calls, speak)
"""Who speaks in a plain conversation, one of the two: the others would have nothing to say (a test holds that)."""

SUSPENDED: tuple[Decider, ...] = (report, suspend, give_lane_back, let_go)
"""Who speaks instead while a run is suspended."""

REGAINING: tuple[Decider, ...] = (report, wind_up, prepare, rest)
"""Who speaks instead until a run that was taken up again has what it needs."""


def decide(run: Run) -> Transition:
    """Let those speak whose turn it is, and everyone whose turn comes by it."""
    if run.is_plain:
        return run_calls(run) if run.talk.slots else speak(run)
    effects: tuple[Effect, ...] = ()
    spoken, speakers = None, speakers_of(run)
    while speakers is not spoken:  # A turn never comes back while nothing happens, so this ends.
        spoken = speakers
        for decider in spoken:
            after, asked = decider(run)
            if after is run:
                continue
            is_same = after.stage is run.stage  # Nothing else that says who speaks is changed by a decision alone.
            run, effects = after, effects + asked
            if is_same:
                continue
            speakers = speakers_of(run)
            if speakers is not spoken:
                break  # Whose turn is over speaks no more.
    return run, effects


def speakers_of(run: Run) -> tuple[Decider, ...]:
    """By the stage; a run that is suspended, or was, has others before it goes on."""
    if run.is_plain:
        return PLAIN
    if run.suspended is not None:
        return SUSPENDED
    return REGAINING if run.clock.regaining and run.stage is _CONVERSING else DECIDERS[run.stage]


_CONVERSING = Stage.CONVERSING  # Naming an enum's member costs more than comparing with it.


def is_over(run: Run) -> bool:
    """Has the run nothing left to ask and nothing to wait for? A suspended one, until it is taken up again."""
    if run.suspended is not None:
        return run.suspended.settled
    return run.stage is Stage.DONE


def next_wakeup(run: Run) -> Instant | None:
    """When the run wants to hear that time has passed, if nothing else happens first."""
    if run.is_plain and run.talk.asking is NOT_YET:
        return run.deadlines.end
    if run.clock.paused is not None or run.suspended is not None or run.cause is not None:
        return run.timeouts[0].at if run.timeouts else None
    has_critic = run.deadlines.ceiling is not None and run.ports.critic is Door.OPEN
    wakeup = deadlines.next_wakeup(run.deadlines, not has_critic or is_consulting(run))
    if run.timeouts:
        wakeup = deadlines.earliest(wakeup, run.timeouts[0].at)
    talk = run.talk
    if talk.asking.at > run.now:
        wakeup = deadlines.earliest(wakeup, talk.asking.at)
    if talk.attempts:  # Only a call that is asked again is waited for before it is asked.
        due = [slot.at for slot in talk.slots if isinstance(slot, Due) and slot.at > run.now]
        wakeup = deadlines.earliest(wakeup, *due)
    return wakeup
