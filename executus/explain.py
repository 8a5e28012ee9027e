"""Why a run ended: the facts that led to the verdict, in order, told from its transcript alone."""

from collections.abc import Iterable

from executus.account import error_of
from executus.effects import Abandon, Effect, Question, RunTool
from executus.narrative import called, told
from executus.phrases import call_text
from executus.rules.status import Cause, status_of
from executus.spans import say
from executus.state import Run
from executus.transcript import Entry, Transcript


def why(transcript: Transcript) -> tuple[str, ...]:
    """What ended the run, what led there, what was in flight, and which later causes lost by how much.

    For a run that hasn't ended: what it waits for.
    """
    before, after, entry, asked = _turning_point(transcript)
    if entry is None or after.cause is None:
        return (f"not ended after {len(transcript.entries)} entries", *_waiting("waits for", after.pending))
    last, status = transcript.at(-1), status_of(after.cause)
    return (
        f"status {status}: {_verdict(after.cause).removeprefix(f'{status}: ')}",
        f"decided by entry {entry.seq} at {say(entry.event.at)}: {told(entry.event)}",
        *_history(before),
        *_clock(before, after.cause),
        *_waiting("in flight then", _abandoned(before, asked)),
        *[_lost(loser, after.cause) for loser in last.losers],
        *[f"warning: {warning}" for warning in last.warnings],
    )


def _turning_point(transcript: Transcript) -> tuple[Run, Run, Entry | None, tuple[Effect, ...]]:
    """The run before and after the entry that set the cause, and what was asked then."""
    before = after = None
    for entry, (run, asked) in zip(transcript.entries, transcript.replay(), strict=True):
        before, after = after or run, run
        if run.cause is not None:
            return before, after, entry, asked
    if before is None or after is None:
        raise ValueError("a transcript begins with RunStarted")
    return before, after, None, ()


def _abandoned(run: Run, asked: tuple[Effect, ...]) -> tuple[Question, ...]:
    """What the run still waited for, but for what the deciding event brought."""
    left = [effect.question for effect in asked if isinstance(effect, Abandon)]
    return tuple([question for question in run.pending if question.id in left])


def _verdict(cause: Cause) -> str:
    error = error_of(cause)
    return "the model answered" if error is None else str(error)


def _history(run: Run) -> Iterable[str]:
    talk, guards = run.talk, run.guards
    yield f"after {talk.steps_done} of at most {run.bounds.max_iterations} steps"
    if guards.error_streak:
        yield f"tool errors in a row until then: {guards.error_streak}"
    if guards.repeat_streak > 1 and guards.last_call is not None:
        yield f"{guards.last_call.name} had given the same outcome {guards.repeat_streak} times"


def _clock(run: Run, cause: Cause) -> Iterable[str]:
    deadline = run.deadlines
    if deadline.end is None:
        return
    whose = f"the deadline was {deadline.owner} of {say(deadline.limit)}, at {say(deadline.end)}"
    left = deadline.end - cause.at
    yield whose if left <= 0 else f"{whose}, {say(left)} away"


def _waiting(label: str, pending: tuple[Question, ...]) -> Iterable[str]:
    if pending:
        yield f"{label}: {', '.join(map(_question, pending))}"


def _question(question: Question) -> str:
    match question:
        case RunTool(call=call):
            return f"{called(question)} {call_text(call)}"
        case _:
            return called(question)


def _lost(loser: Cause, winner: Cause) -> str:
    return f"lost by {say(max(loser.at - winner.at, 0))}: {_verdict(loser)}"
