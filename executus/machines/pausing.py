"""Time that isn't charged: waiting for a lane, for people, and for what a run that is taken up again needs anew.

While a run does nothing but that, its deadlines stand still: every event moves them by what has gone by
(semantics.md sections 2.3 and 4).
"""

from executus.effects import AcquireLane, AskApproval, ConsultCritic, Delegate, ReleaseLane
from executus.rules import deadlines
from executus.slices import Door, Due
from executus.state import Run, Transition, ask, tell
from executus.values import Instant, replace


def move_on(run: Run, now: Instant) -> Run:
    """So long the run has stood still: whatever it waits for comes later by that."""
    clock = run.clock
    if clock.paused is None:
        return run
    gone = now - clock.paused
    if clock.regaining and not _is_queued(run):
        clock = replace(clock, regained=clock.regained + gone, paused=None)
    elif _is_queued(run):
        clock = replace(clock, queued=clock.queued + gone, paused=None)
    else:
        clock = replace(clock, waited=clock.waited + gone, paused=None)
    return replace(run, clock=clock, deadlines=deadlines.shift(run.deadlines, gone))


def rest(run: Run) -> Transition:
    """Note that the run stands still from now on; a run that waits for people gives its lane back."""
    for question in run.pending:  # Most runs do something else, and most are asked here.
        if type(question) not in _STILL and not run.clock.regaining:
            return run, ()
    if run.clock.paused is not None or not stands_still(run):
        return run, ()
    run = replace(run, clock=replace(run.clock, paused=run.now))
    if run.ports.lane is not Door.OPEN or run.clock.regaining:
        return run, ()
    run = replace(run, ports=replace(run.ports, lane=Door.CLOSED))
    return tell(run, ReleaseLane(run.preflight.lane))


_STILL = frozenset((AcquireLane, AskApproval, ConsultCritic, Delegate))
"""Questions over which a run may stand still."""


def stands_still(run: Run) -> bool:
    """Does the run do nothing that its clock is for?"""
    return run.clock.regaining or _is_queued(run) or is_waiting(run)


def _is_queued(run: Run) -> bool:
    return any(type(question) is AcquireLane for question in run.pending)


def is_waiting(run: Run) -> bool:
    """Are people all the run waits for, its own or those its children wait for?"""
    awaited = [question for question in run.pending if type(question) is not ConsultCritic]
    if not awaited or any(isinstance(slot, Due) for slot in run.talk.slots):
        return False
    children = run.clock.children
    return all(isinstance(question, AskApproval) or question.id in children for question in awaited)


def come_back(run: Run) -> Transition:
    """A run that waits no longer needs its place in the lane again before it does anything."""
    if run.ports.lane is not Door.CLOSED or is_waiting(run) or _is_queued(run):
        return run, ()
    return ask(run, AcquireLane(run.next_id, run.preflight.lane))
