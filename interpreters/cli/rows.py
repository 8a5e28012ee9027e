"""What is worth knowing of a run's state, a row for each thing: its name, and a text.

Law: what every run has stands first and always; what this run does not use has no row.
"""

from collections.abc import Iterator
from typing import TypeAlias

from executus.account import error_of
from executus.narrative import called
from executus.phrases import call_text, quote, shorten
from executus.rules.status import Cause, status_of
from executus.slices import Door
from executus.spans import say
from executus.state import Run, Stage
from executus.values import Usage

Row: TypeAlias = tuple[str, str]


def rows(run: Run) -> Iterator[Row]:
    """Every row of the state, in order."""
    yield "stage", run.stage if run.suspended is None else f"{run.stage}, suspended"
    yield "ended", _ended(run)
    yield "deadline", _deadline(run)
    yield from _watched(run)
    yield from _phases(run)
    yield "steps", f"{run.talk.steps_done} of at most {run.bounds.max_iterations}"
    yield "used", used(run.used) or "nothing was reported"
    yield "model", run.talk.setup.model or "not resolved yet"
    yield from _asking(run)
    yield "tools", ", ".join(spec.name for spec in run.talk.setup.toolbox.specs) or "none"
    yield "waits for", _awaited(run)
    yield "errors", f"{run.guards.error_streak} in a row"
    yield "repeats", _repeats(run)
    yield from _prepared(run)
    yield from _waited(run)
    yield from _ending(run)
    yield from (("unknown", f"{call_text(one.call)}: {one.settled or one.reason}") for one in run.unknowns)
    yield from (("warning", warning) for warning in run.warnings)


def used(usage: Usage) -> str:
    """What was reported, in words; "" for nothing."""
    counts = (
        (usage.input_tokens, "tokens in"),
        (usage.output_tokens, "out"),
        (usage.thinking_tokens, "thinking"),
        (usage.cached_tokens, "cached"),
        (usage.cost, "millionths of cost"),
    )
    return ", ".join(f"{count} {name}" for count, name in counts if count is not None)


def _ended(run: Run) -> str:
    if run.suspended is not None:
        return f"no, but suspended: {error_of(run.suspended.cause)}"
    return "no" if run.cause is None else _named(run.cause)


def _named(cause: Cause) -> str:
    status, error = status_of(cause), error_of(cause)
    return status if error is None else f"{status}: {error}"


def _deadline(run: Run) -> str:
    deadlines = run.deadlines
    if deadlines.end is None:
        return f"none any more; it was {deadlines.owner} of {say(deadlines.limit)}"
    left = f"{deadlines.owner} of {say(deadlines.limit)}, {say(deadlines.end - run.now)} away"
    return left if run.clock.paused is None else f"{left}, and it stands still"


def _watched(run: Run) -> Iterator[Row]:
    """When a critic is asked, and how far it may go."""
    deadlines, now = run.deadlines, run.now
    if deadlines.ceiling is None:
        return
    asked = [
        f"in {say(at - now)} ({what})"
        for what, at in (("time is up", deadlines.soft), ("nothing goes on", deadlines.idle))
        if at is not None
    ]
    backstop = "lifted" if deadlines.backstop is None else f"in {say(deadlines.backstop - now)}"
    yield "critic", f"asked {', '.join(asked) or 'no more, unless it gives more time'}"
    yield "backstop", f"{backstop}, ceiling in {say(deadlines.ceiling - now)}"


def _phases(run: Run) -> Iterator[Row]:
    phases, pipeline = run.agent.phases, run.pipeline
    if not phases:
        return
    place = min(pipeline.index, len(phases) - 1)
    before = f"; steps before it: {pipeline.steps_before}" if pipeline.steps_before else ""
    yield "phase", f"{phases[place].name}, {place + 1} of {len(phases)}{before}"
    for one in pipeline.done:
        yield "phase gave", f"{one.name}: {quote(one.text) if one.text else 'nothing'}"


def _asking(run: Run) -> Iterator[Row]:
    asking = run.talk.asking
    if asking.tried or asking.overflowed:
        when = f", not before {say(asking.at)}" if asking.at > run.now else ""
        why = ", once the conversation is shorter" if asking.overflowed else ""
        yield "asking", f"attempt {asking.attempt} after {asking.tried} that failed{when}{why}"
    elif asking.choice:
        yield "asking", f"model {asking.choice + 1} of its tier"


def _awaited(run: Run) -> str:
    until = {timeout.question: timeout.at for timeout in run.timeouts}
    named = [
        called(question) + (f" until {say(until[question.id])}" if question.id in until else "")
        for question in run.pending
    ]
    return ", ".join(named) or "nothing"


def _repeats(run: Run) -> str:
    last = run.guards.last_call
    return "none" if last is None else f"{run.guards.repeat_streak} of {call_text(last)}"


def _prepared(run: Run) -> Iterator[Row]:
    preflight, ports = run.preflight, run.ports
    if preflight.grant is not None:
        grant = preflight.grant
        counts = [f"{n} {what}" for n, what in ((grant.tokens, "tokens"), (grant.cost, "cost")) if n is not None]
        name = f", as {shorten(grant.reference)}" if grant.reference else ""
        yield "grant", f"{' and '.join(counts) or 'all'}{name}"
    if len(preflight.chains) > 1 or any(len(chain) > 1 for _, chain in preflight.chains):
        for tier, chain in preflight.chains:
            yield "tier", f"{tier}: {', then '.join(choice.model for choice in chain)}"
    if preflight.labels:
        yield "labels", ", ".join(preflight.labels)
    for line in preflight.staged:
        yield "file", line.removeprefix("- ")
    opened: list[tuple[str, Door]] = [(name, getattr(ports, name)) for name in ports.__struct_fields__]
    doors = [f"{name} {_door(name, door)}" for name, door in opened if door is not Door.UNASKED]
    if doors:
        yield "ports", ", ".join(doors)


def _door(name: str, door: Door) -> str:
    """A lane declines nobody: its place was given back for good."""
    return "given back" if name == "lane" and door is not Door.OPEN else door


def _waited(run: Run) -> Iterator[Row]:
    """Time that isn't charged, and a run that was taken up again."""
    clock = run.clock
    told = [f"queued {say(clock.queued)}"] if clock.queued else []
    told += [f"waited for people {say(clock.waited)}"] if clock.waited else []
    told += [f"regained what it needs in {say(clock.regained)}"] if clock.regained else []
    told += ["regains what it needs"] if clock.regaining else []
    told += [f"stands still since {say(clock.paused)}"] if clock.paused is not None else []
    if told:
        yield "uncharged", ", ".join(told)
    if run.epoch:
        yield "epoch", f"{run.epoch}: so often it was taken up again"


def _ending(run: Run) -> Iterator[Row]:
    ending, made = run.ending, run.ending.made
    if run.value:
        yield "value", quote(run.value)
    if run.stage is Stage.FINALIZING:
        yield "ending", f"part {ending.part + 1} of the end"
    if made.artifacts:
        yield "artifacts", ", ".join(shorten(one.name) for one in made.artifacts)
    for name, text in made.metadata:
        yield "metadata", f"{shorten(name)}: {quote(text)}"
    for loser in run.losers:
        yield "too late", _named(loser)
    if run.stale:
        yield "record", "could not be kept; what must be recorded is not run any more"
