"""The critic: when it is asked, what its advice does, and what counts as a sign of life (semantics.md section 4).

A critic that raises, hangs or falls silent leaves the backstop in charge, and never blocks the run.
"""

from executus.account import steps_of
from executus.answers import Advised
from executus.effects import ConsultCritic, RunTool
from executus.facts import Advice, Consultation, Noted
from executus.rules import deadlines
from executus.rules.status import Killed
from executus.slices import Door
from executus.spans import say
from executus.state import Run, Transition, ask, note, stop, warn
from executus.values import Fault, Message, replace


def stir(run: Run, is_progress: bool) -> Run:
    """A sign of life; a new result is progress as well."""
    now = run.now
    watch = replace(run.watch, activity=now, progress=now if is_progress else run.watch.progress)
    return replace(run, watch=watch, deadlines=deadlines.stir(run.deadlines, now))


def consult(run: Run) -> Transition:
    """Ask the critic when time is up or nothing goes on; at most one consultation is open."""
    if run.deadlines.ceiling is None or is_consulting(run):
        return run, ()
    reason = deadlines.due(run.deadlines, run.now)
    if not reason or run.ports.critic is not Door.OPEN:
        return run, ()
    question = ConsultCritic(run.next_id, _consultation(run, reason))
    return ask(replace(run, deadlines=deadlines.consulted(run.deadlines, reason)), question)


def is_consulting(run: Run) -> bool:
    """Is the critic being asked?"""
    return any(type(question) is ConsultCritic for question in run.pending)


def _consultation(run: Run, reason: str) -> Consultation:
    deadline = run.deadlines
    return Consultation(
        reason=reason,
        now=run.now,
        elapsed=run.now - deadline.base,
        activity=run.watch.activity,
        progress=run.watch.progress,
        steps=steps_of(run),
        max_iterations=run.bounds.max_iterations,
        backstop=deadline.backstop,
        ceiling=deadline.ceiling or 0,
        usage=run.used,
        running=tuple([question.call for question in run.pending if isinstance(question, RunTool)]),
    )


def on_advised(run: Run, event: Advised) -> Run:
    match event.outcome:
        case Fault(message=reason):
            return warn(run, f"critic failed: {reason}")
        case Advice(kill_reason=str() as reason):
            return stop(run, Killed(run.now, reason))
        case advice:
            return _lift(_extend(_nudge(_raise(run, advice), advice), advice), advice)


def _raise(run: Run, advice: Advice) -> Run:
    """The step ceiling of the open phase; nothing lowers it."""
    if advice.raise_steps_by <= 0:
        return run
    bounds = replace(run.bounds, max_iterations=run.bounds.max_iterations + advice.raise_steps_by)
    return replace(run, bounds=bounds)


def _nudge(run: Run, advice: Advice) -> Run:
    said = [Message("user", text) for text in advice.nudges if text.strip()]
    return replace(run, talk=replace(run.talk, nudges=run.talk.nudges.extend(said))) if said else run


def _extend(run: Run, advice: Advice) -> Run:
    """What goes past the ceiling is cut to it, and said so in the audit."""
    by = advice.extend_by
    if deadlines.is_cut(run.deadlines, by):
        run = note(run, Noted("extension_cut", (("asked", say(by)), ("ceiling", _left(run)))))
        run = warn(run, f"the critic's extension by {say(by)} was cut to the ceiling")
    return replace(run, deadlines=deadlines.extend(run.deadlines, run.now, by))


def _left(run: Run) -> str:
    return say((run.deadlines.ceiling or 0) - run.deadlines.base)


def _lift(run: Run, advice: Advice) -> Run:
    return replace(run, deadlines=deadlines.lift(run.deadlines)) if advice.lift_backstop else run
