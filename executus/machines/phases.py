"""Phases: one conversation after the other, each with the texts of those before it (semantics.md section 6).

An agent without phases has one conversation, and goes through here as well: `conclude` and `fail` are how a
conversation ends, whoever has opened it.
"""

from executus.account import is_observed, own, segments, untold
from executus.facts import Noted
from executus.failures import Failure, TemplateInvalid
from executus.machines.opening import armed, open_phase, phase_of
from executus.rules import limits, templates
from executus.rules.guards import Guards
from executus.rules.status import Failed, Finished, Overspent
from executus.slices import Pipeline, Segment, Told, Watch
from executus.state import Run, Stage, Transition, note, stop, warn
from executus.values import replace


def check_templates(run: Run) -> Run:
    """A prompt that names no earlier phase fails the run before any model call."""
    known = ["input"]
    for phase in run.agent.phases:
        for name in templates.unknown_names(phase.system_prompt, known):
            return stop(run, Failed(run.now, TemplateInvalid(phase.name, name)))
        known.append(phase.name)
    return run


def open_conversation(run: Run) -> Transition:
    """The conversation begins once nothing is left to prepare; here the run's own clock starts."""
    if run.pending:
        return run, ()
    began = run.now - (run.clock.queued if run.bounds.lane_wait_counts else 0)
    run = replace(
        run,
        stage=Stage.CONVERSING,
        began=run.now,
        deadlines=armed(run, began),
        watch=Watch(run.now, run.now),
        clock=replace(run.clock, queued_before=run.clock.queued) if run.clock.queued else run.clock,
    )
    return open_phase(run), ()


def conclude(run: Run, text: str) -> Run:
    """The open conversation came to its answer."""
    phase = phase_of(run)
    if phase is None:
        return stop(run, Finished(run.now, text))
    return _advance(run, Told(phase.name, text))


def fail(run: Run, failure: Failure) -> Run:
    """The open conversation has failed, and the run with it, unless the phase was optional."""
    phase = phase_of(run)
    if phase is None or not phase.optional:
        return stop(run, Failed(run.now, failure))
    run = warn(run, f"optional phase {phase.name} failed: {failure}")
    return _advance(run, Told(phase.name, ""))


def _advance(run: Run, told: Told) -> Run:
    """To the next phase that is not skipped; after the last one the run is finished."""
    done, phases = (*run.pipeline.done, told), run.agent.phases
    texts = {one.name: one.text for one in done}
    skipped: list[Noted] = []
    for phase in phases[len(done) :]:
        if not phase.when or texts[phase.when].strip():
            break
        texts[phase.name] = ""
        done = (*done, Told(phase.name, ""))
        skipped.append(Noted("phase_skipped", (("phase", phase.name),)))
    index = len(done)
    if index == len(phases):
        run = _noted(run, skipped)
        output = next((one.text for one in reversed(done) if one.text.strip()), "")
        return stop(replace(run, pipeline=replace(run.pipeline, done=done)), Finished(run.now, output))
    excess = limits.excess(run.used, run.bounds.tokens, run.bounds.cost)
    if excess is not None:  # Nothing may be asked any more, and the last phase has not spoken.
        return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))
    if is_observed(run):  # What was said in the phase that is over is still to be told.
        run = replace(run, notes=(*run.notes, *untold(run)))
    steps = run.pipeline.steps_before + run.talk.steps_done
    pipeline = Pipeline(index, done, _closed(run), steps)
    run = _noted(run, [Noted("phase_finished", (("phase", told.name),)), *skipped])
    return open_phase(replace(run, pipeline=pipeline, guards=Guards()))


def _noted(run: Run, all_of_them: list[Noted]) -> Run:
    for one in all_of_them:
        run = note(run, one)
    return run


def _closed(run: Run) -> tuple[Segment, ...]:
    """Every conversation so far, where something was said in it."""
    return tuple([segment for segment in segments(run) if own(segment)])
