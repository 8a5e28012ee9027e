"""What the host changes or reports while a run goes on: limits, and ports that fail with nobody waiting."""

from executus.effects import AcquireLane, AskApproval, RunTool
from executus.events import LimitsChanged, PortFailed
from executus.facts import Noted
from executus.machines.calls import is_refused
from executus.machines.losses import refuse_rest
from executus.rules import deadlines, limits
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, ShutDown
from executus.slices import Door
from executus.spans import say
from executus.state import Run, drop, fill, note, stop, wait_until, warn
from executus.values import replace


def on_limits(run: Run, event: LimitsChanged) -> Run:
    """Other limits from now on; a grant still bounds them, and a run that is over its new time ends."""
    before, grant = run.bounds, run.preflight.grant
    after = before
    if event.max_runtime:
        after = replace(after, max_runtime=event.max_runtime)
    if event.max_iterations:
        after = replace(after, max_iterations=event.max_iterations)
    if event.tokens is not None:
        after = replace(after, tokens=limits.smaller(event.tokens, grant.tokens if grant else None))
    if event.cost is not None:
        after = replace(after, cost=limits.smaller(event.cost, grant.cost if grant else None))
    moved = deadlines.change(
        run.deadlines,
        before.max_runtime,
        after.max_runtime,
        before.backstop_multiplier,
        before.critic_absolute_max,
    )
    run = note(_requeued(replace(run, bounds=after, deadlines=moved)), Noted("limits_changed", _told(event)))
    if run.began is None and run.bounds.lane_wait_counts and run.clock.queued >= run.bounds.max_runtime:
        return stop(run, Expired(run.now, Owner.MAX_RUNTIME, run.bounds.max_runtime))
    if deadlines.has_expired(moved, run.now):
        return stop(run, Expired(run.now, moved.owner, moved.limit))
    return run


def _requeued(run: Run) -> Run:
    """A queue that counts is waited in for as long as the new limit leaves."""
    for question in run.pending:
        if isinstance(question, AcquireLane) and any(one.question == question.id for one in run.timeouts):
            others = tuple([one for one in run.timeouts if one.question != question.id])
            until = run.now + run.bounds.max_runtime - run.clock.queued
            return wait_until(replace(run, timeouts=others), question.id, until)
    return run


def _told(event: LimitsChanged) -> tuple[tuple[str, str | int], ...]:
    told: list[tuple[str, str | int]] = []
    if event.max_runtime:
        told.append(("max_runtime", say(event.max_runtime)))
    for name, value in (
        ("max_iterations", event.max_iterations),
        ("tokens", event.tokens),
        ("cost", event.cost),
    ):
        if value is not None:
            told.append((name, value))
    return tuple(told)


def on_port_failed(run: Run, event: PortFailed) -> Run:
    """A warning; after a store's failure nothing is run any more that must be known to have been asked."""
    run = warn(run, f"{event.port} failed: {event.message}")
    if event.port != "checkpoints" or run.ports.checkpoint is not Door.OPEN:
        return run
    run = replace(run, ports=replace(run.ports, checkpoint=Door.FAILED), stale=True)
    if run.suspended is not None:  # There is nothing left to go on from: it is shut down for good.
        at = run.suspended.cause.at
        return stop(replace(run, suspended=None), ShutDown(at, durable=False))
    for question in run.pending:
        if isinstance(question, RunTool) and question.id < event.since:
            continue  # Its record was kept, and it is under way.
        if isinstance(question, (RunTool, AskApproval)) and is_refused(run, question.call.name):
            run = drop(fill(run, question.id, None), question.id)  # It waits again, like the rest.
    return run if run.cause is not None else refuse_rest(run)  # A run that ends has reported what was open.
