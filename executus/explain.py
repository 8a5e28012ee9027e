"""Why a run ended, and why it asked for what it did: told from its transcript alone, and in order."""

from collections.abc import Iterable

from executus.account import cause_of, error_of
from executus.answers import Answered
from executus.effects import Abandon, AskApproval, Asked, Delegate, Effect, Question, Reconcile, RunTool
from executus.facts import Unknown
from executus.machines.pausing import move_on
from executus.narrative import called, told
from executus.phrases import call_text
from executus.reasons import Asking, deciding
from executus.rules.status import Cause, DryRan, Expired, status_of
from executus.spans import say
from executus.state import Run
from executus.transcript import Entry, Transcript, prints
from executus.transition import accepted, evolve, is_over, next_wakeup
from executus.values import EffectId


def why(transcript: Transcript) -> tuple[str, ...]:
    """What ended the run, what led there, what was in flight, and which later causes lost by how much.

    For a run that was suspended: that, and what may become of it. For one that hasn't ended: what it waits for.
    """
    before, after, entry, asked = _turning_point(transcript)
    if entry is None or not has_cause(after):
        return (f"not ended after {len(transcript.entries)} entries", *_waiting("waits for", after.pending))
    last, cause = transcript.at(-1), cause_of(after)
    status = status_of(cause)
    before = move_on(before, entry.event.at)  # What it stood still until then, no deadline has counted.
    return (
        f"status {status}: {_verdict(cause).removeprefix(f'{status}: ')}",
        f"decided by entry {entry.seq} at {say(entry.event.at)}: {told(entry.event)}",
        *_history(before),
        *_clock(before, cause),
        *_waiting("in flight then", _abandoned(before, asked)),
        *[_lost(loser, cause) for loser in last.losers],
        *[_unknown(unknown) for unknown in last.unknowns],
        *[f"warning: {warning}" for warning in last.warnings],
    )


def who_asked(transcript: Transcript, index: int) -> tuple[str, ...]:
    """Which decider asked for each effect of entry `index`, and because of what; whose question it answers.

    Today's code decides once more, one decider after the other. Raises IndexError for an entry that isn't there.
    """
    entry = transcript.entries[range(len(transcript.entries))[index]]
    landed = _landed(transcript, entry.seq)
    asked = tuple(deciding(landed))
    today = prints(tuple([one.effect for one in asked]))
    recorded = " ".join(map(called, entry.asked)) or "nothing"
    return (
        f"entry {entry.seq} at {say(entry.event.at)}: {told(entry.event)}",
        *_answered(transcript, entry, landed),
        *[f"asks {_effect(one.effect)}, says {one.who}: {one.why}" for one in asked],
        *([] if asked else [_asks_nothing(transcript.at(entry.seq))]),
        *([] if prints(entry.asked) == today else [f"recorded was another decision: {recorded}"]),
    )


def _landed(transcript: Transcript, seq: int) -> Run:
    """The run once the fact of this entry had landed in it, before anybody asked."""
    if seq == 0:
        return accepted(transcript.started)
    return evolve(transcript.at(seq - 1), transcript.entries[seq].event)


def _answered(transcript: Transcript, entry: Entry, landed: Run) -> Iterable[str]:
    """Who had asked what this entry answers."""
    event = entry.event
    if not isinstance(event, Answered):
        return
    if all(question.id != event.id for question in transcript.at(entry.seq - 1).pending):
        yield "it answers nothing that was open then"
        return
    if any(question.id == event.id for question in landed.pending):
        yield "it came too late: a deadline had passed before it"
    asker = _asker(transcript, entry.seq, event.id)
    if asker is not None:
        seq, one = asker
        yield f"it answers {_effect(one.effect)}, asked at entry {seq} by {one.who}: {one.why}"


def _asker(transcript: Transcript, before: int, id: EffectId) -> tuple[int, Asking] | None:
    for seq in reversed(range(before)):
        if any(called(effect).endswith(f"#{id}") for effect in transcript.entries[seq].asked):
            for one in deciding(_landed(transcript, seq)):
                if isinstance(one.effect, Asked) and one.effect.id == id:
                    return seq, one
    return None


def _effect(effect: Effect) -> str:
    """An effect by its name, with the call it is about, or what it tells."""
    match effect:
        case RunTool() | Delegate() | AskApproval() | Reconcile():
            return f"{called(effect)} {call_text(effect.call)}"
        case _:
            return called(effect)


def _asks_nothing(run: Run) -> str:
    if is_over(run):
        return "asks nothing: the run is over"
    waiting = ", ".join(map(_question, run.pending))
    wakeup = next_wakeup(run)
    until = "" if wakeup is None else f" until {say(wakeup)} at most"
    return f"asks nothing: it waits {f'for {waiting}' if waiting else 'for its time'}{until}"


def has_cause(run: Run) -> bool:
    """Is it over with the run, for good or until it is taken up again?"""
    return run.cause is not None or run.suspended is not None


def _turning_point(transcript: Transcript) -> tuple[Run, Run, Entry | None, tuple[Effect, ...]]:
    """The run before and after the entry that set the cause, and what was asked then.

    A suspension that was lifted decided nothing; the last one did, if nothing came after it.
    """
    found: tuple[Run, Run, Entry, tuple[Effect, ...]] | None = None
    before = after = None
    for entry, (run, asked) in zip(transcript.entries, transcript.replay(), strict=True):
        before, after = after or run, run
        if not has_cause(run):
            found = None
        elif found is None or (run.cause is not None and found[1].cause is None):
            found = before, run, entry, asked
    if before is None or after is None:
        raise ValueError("a transcript begins with RunStarted")
    return found or (before, after, None, ())


def _abandoned(run: Run, asked: tuple[Effect, ...]) -> tuple[Question, ...]:
    """What the run still waited for, but for what the deciding event brought."""
    left = [effect.question for effect in asked if isinstance(effect, Abandon)]
    return tuple([question for question in run.pending if question.id in left])


def _verdict(cause: Cause) -> str:
    if isinstance(cause, DryRan):  # Which asks nobody.
        return "a dry run came to its first model call"
    error = error_of(cause)
    return "the model answered" if error is None else str(error)


def _history(run: Run) -> Iterable[str]:
    talk, guards, clock = run.talk, run.guards, run.clock
    if run.agent.phases:
        names = [phase.name for phase in run.agent.phases]
        yield f"in phase {names[min(run.pipeline.index, len(names) - 1)]} of {', '.join(names)}"
    yield f"after {talk.steps_done} of at most {run.bounds.max_iterations} steps"
    if guards.error_streak:
        yield f"tool errors in a row until then: {guards.error_streak}"
    if guards.repeat_streak > 1 and guards.last_call is not None:
        yield f"{guards.last_call.name} had given the same outcome {guards.repeat_streak} times"
    if talk.asking.tried:
        yield f"the model had failed {_times(talk.asking.tried)} at this step"
    whose = "max_runtime counts" if run.bounds.lane_wait_counts else "no deadline counts"
    if clock.queued:
        yield f"queued for {say(clock.queued)}, which {whose}"
    if clock.waited:
        yield f"waited for people for {say(clock.waited)}, which no deadline counts"
    if run.epoch:
        yield f"taken up again {run.epoch} times"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _clock(run: Run, cause: Cause) -> Iterable[str]:
    deadline = run.deadlines
    if isinstance(cause, Expired):  # Maybe by a limit that was changed just then, or by a queue that counts.
        yield f"the deadline was {cause.owner} of {say(cause.limit)}, at {say(cause.at)}"
        return
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


def _unknown(unknown: Unknown) -> str:
    state = unknown.settled or f"unknown: {unknown.reason}"
    return f"outcome of {call_text(unknown.call)} {state}"


def _lost(loser: Cause, winner: Cause) -> str:
    return f"lost by {say(max(loser.at - winner.at, 0))}: {_verdict(loser)}"
