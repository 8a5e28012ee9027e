"""A recording lived through once more, with everything a law may want to look at.

After each entry: the run before it, the run once the fact had landed, the run after its decisions, what it
asked, and the fingerprints of that, taken at once. Living through it changes nothing: runs are values.
"""

from collections.abc import Iterator

from executus.answers import Answered
from executus.codec import Fingerprint, fingerprint
from executus.effects import Effect
from executus.events import Event
from executus.state import Run
from executus.transcript import Transcript
from executus.transition import decide, evolve, start
from executus.values import EffectId, Message, Record


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
        end = self.before.deadlines.end
        return end is not None and self.event.at >= end

    @property
    def answers(self) -> EffectId | None:
        """The open question that this event answers in time."""
        if not isinstance(self.event, Answered) or self.is_late:
            return None
        id = self.event.id
        return id if id in [question.id for question in self.before.pending] else None


class Lived(Record, frozen=True):
    """A recording, and what today's code made of it."""

    transcript: Transcript
    moments: tuple[Moment, ...]

    @property
    def last(self) -> Run:
        return self.moments[-1].run

    def pairs(self) -> Iterator[tuple[Run, Run]]:
        """Each run but the first, with the one before it."""
        for moment in self.moments:
            yield moment.before, moment.run


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


def opening_length(run: Run) -> int:
    """How many messages a conversation opens with: system prompt, history, first turn."""
    invocation = run.invocation
    has_system = run.wiring.system_header.strip() or run.agent.system_prompt.strip()
    has_turn = invocation.prompt.strip() or invocation.images
    return bool(has_system) + len(invocation.history) + bool(has_turn)


def own_messages(run: Run) -> tuple[Message, ...]:
    """What the run itself added to its conversation."""
    return tuple(run.talk.conversation)[opening_length(run) :]


def is_overspent(run: Run) -> bool:
    """Has the run used more than it was granted?"""
    bounds, used = run.bounds, run.used
    tokens = (used.input_tokens or 0) + (used.output_tokens or 0)
    over_tokens = bounds.tokens is not None and tokens > bounds.tokens
    return over_tokens or (bounds.cost is not None and (used.cost or 0) > bounds.cost)
