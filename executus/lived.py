"""A recording lived through once more, with everything a law may want to look at.

After each entry: the run before it, the run once the fact had landed, the run after its decisions, what it
asked, and the fingerprints of that, taken at once. Living through it changes nothing: runs are values.
"""

from collections.abc import Iterator
from typing import TypeVar

from executus.account import own, segments
from executus.answers import Answered
from executus.codec import Fingerprint, fingerprint
from executus.effects import Asked, Effect, Question
from executus.events import Event, RunResumed
from executus.rules.limits import cut
from executus.rules.status import Cause
from executus.state import Run
from executus.transcript import Transcript
from executus.transition import decide, evolve, start
from executus.values import EffectId, Fault, FaultKind, Message, Record, ToolResult

Kind = TypeVar("Kind")


class Moment(Record, frozen=True):
    """One entry. At entry 0 there is no run before: `before` and `landed` are what it became."""

    event: Event
    before: Run
    landed: Run
    run: Run
    asked: tuple[Effect, ...]
    prints: tuple[Fingerprint, ...]

    @property
    def is_late(self) -> bool:
        """Had the deadline passed when the event reached the run? Then time went first."""
        before, at = self.before, self.event.at
        end, since = before.deadlines.end, before.clock.paused
        if end is None or before.suspended is not None:
            return False
        return at >= end + (0 if since is None else at - since)

    @property
    def question(self) -> Question | None:
        """The open question that this event answers in time."""
        event, before = self.event, self.before
        if not isinstance(event, Answered) or self.is_late:
            return None
        if any(timeout.question == event.id and event.at >= timeout.at for timeout in before.timeouts):
            return None
        fitting = [one for one in before.pending if one.id == event.id and isinstance(one, event.answers)]
        return fitting[0] if fitting else None

    @property
    def answers(self) -> EffectId | None:
        """The number of the open question that this event answers in time."""
        question = self.question
        return None if question is None else question.id

    def questions(self) -> list[Asked]:
        """What it asked, without what it only told."""
        return [effect for effect in self.asked if isinstance(effect, Asked)]


class Lived(Record, frozen=True):
    """A recording, and what today's code made of it."""

    transcript: Transcript
    moments: tuple[Moment, ...]

    @property
    def last(self) -> Run:
        return self.moments[-1].run

    @property
    def end(self) -> Moment | None:
        """When the cause reached the run."""
        return next((moment for moment in self.moments if moment.run.cause is not None), None)

    @property
    def cause(self) -> Cause | None:
        return self.last.cause

    def pairs(self) -> Iterator[tuple[Run, Run]]:
        """Each run but the first, with the one before it."""
        for moment in self.moments:
            yield moment.before, moment.run

    def asked(self, *kinds: type[Kind]) -> "list[Kind]":
        """Every effect of these kinds, in order."""
        return [effect for moment in self.moments for effect in moment.asked if isinstance(effect, kinds)]

    def epochs(self) -> list[list[Moment]]:
        """The moments, each time the run was taken up apart."""
        parts: list[list[Moment]] = []
        for moment in self.moments:
            if not parts or isinstance(moment.event, RunResumed):
                parts.append([])
            parts[-1].append(moment)
        return parts


def live_through(transcript: Transcript) -> Lived:
    """Raises ValueError if the transcript doesn't begin with RunStarted."""
    run, asked = start(transcript.started)
    moments = [Moment(transcript.started, run, run, run, asked, tuple(map(fingerprint, asked)))]
    for entry in transcript.entries[1:]:
        landed = evolve(run, entry.event)
        after, asked = decide(landed)
        prints = tuple(map(fingerprint, asked))
        moments.append(Moment(entry.event, run, landed, after, asked, prints))
        run = after
    return Lived(transcript, tuple(moments))


def own_messages(run: Run) -> tuple[Message, ...]:
    """What the run itself added to its conversations, in order."""
    return tuple([said for segment in segments(run) for said in own(segment)])


def results_of_open_step(run: Run) -> list[Message]:
    """What the calls of a step gave that is not complete, as a model would have read it."""
    calls = run.talk.conversation.last.calls if run.talk.slots else ()
    results: list[Message] = []
    for call, slot in zip(calls, run.talk.slots, strict=True):
        if isinstance(slot, Fault) and slot.kind is FaultKind.UNKNOWN:
            continue  # The model was never told: it is reported as unknown, and gave nothing.
        if isinstance(slot, ToolResult | Fault):
            is_error = isinstance(slot, Fault)
            text = slot.message if isinstance(slot, Fault) else slot.content
            results.append(
                Message("tool", cut(text, run.bounds.max_tool_output), call_id=call.call_id, is_error=is_error)
            )
    return results


def phase_messages(run: Run) -> tuple[Message, ...]:
    """What it added in the phase that is open, also before a compaction; of phases before it only words."""
    here = [segment for segment in segments(run) if segment.first_step >= run.pipeline.steps_before]
    return tuple([said for segment in here for said in own(segment)])


def is_overspent(run: Run) -> bool:
    """Has the run used more than it was granted?"""
    bounds, used = run.bounds, run.used
    tokens = (used.input_tokens or 0) + (used.output_tokens or 0)
    over_tokens = bounds.tokens is not None and tokens > bounds.tokens
    return over_tokens or (bounds.cost is not None and (used.cost or 0) > bounds.cost)
