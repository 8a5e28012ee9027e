"""Runs that the explorer came by and that laws had misjudged: nothing is wrong with them."""

from executus.answers import (
    AuditClosed,
    AuditOpened,
    CheckpointBegun,
    CheckpointSettled,
    Compacted,
    CriticStarted,
    ModelResolved,
    ToolboxBuilt,
)
from executus.events import CancelRequested, Event, RunResumed, ShutdownRequested, Steered, TimePassed
from executus.explore import Ground, recording
from executus.laws import broken
from executus.lived import live_through
from executus.moves import WALL_TIME
from executus.rules.status import Cancelled, Expired
from executus.values import Instant, seconds
from executus.verdicts import broken_by
from tests.grounds import GROUNDS


def prepared(ground: Ground, at: Instant, ids: int, *, critic: bool = True) -> list[Event]:
    """Models, audit, checkpoint, toolbox, critic, as far as they are wired, all at once; questions from `ids`."""
    outside, wiring = ground.outside, ground.started.wiring
    events: list[Event] = [ModelResolved(at, ids, outside.models), AuditOpened(at, ids + 1, True)]
    if not ids > 1:
        events.append(CheckpointBegun(at, ids + 2, True))
    events.append(ToolboxBuilt(at, ids + len(events), outside.tools))
    return [*events, CriticStarted(at, ids + len(events), critic)] if wiring.critic else events


def test_what_a_suspension_gives_up_as_a_cancel_comes_is_owed_no_more() -> None:
    """The audit's time and the cancel come at one instant: it was asked to close, and isn't asked again."""
    ground = GROUNDS["durable"]
    begun = [ground.started, *prepared(ground, 0, 1), ShutdownRequested(0), CancelRequested(seconds(10))]
    past = recording([*begun, CheckpointSettled(seconds(10), 7, True)])
    assert isinstance(past.at(-1).cause, Cancelled)
    assert broken(past) == ()


def test_a_critic_that_watches_no_more_leaves_max_runtime() -> None:
    """Taken up after that, and declined by its critic: the run is over at once, by its own limit."""
    ground = GROUNDS["watched"]
    late = seconds(60)
    begun = [ground.started, *prepared(ground, 0, 1), TimePassed(late), RunResumed(late, 1, WALL_TIME)]
    past = recording([*begun, *prepared(ground, late, 8, critic=False), AuditClosed(late, 12, True)])
    cause = past.at(-1).cause
    assert isinstance(cause, Expired)
    assert (cause.owner, cause.at) == ("max_runtime", late)
    assert broken(past) == ()


def test_a_conversation_that_is_compacted_has_opened_as_it_should() -> None:
    """Also one that began at the very first instant: what it began with is judged when it begins."""
    ground = GROUNDS["compaction"]
    outside = ground.outside
    events: list[Event] = [ground.started, Steered(0, "A word."), ModelResolved(0, 1, outside.models)]
    events += [AuditOpened(0, 2, True), ToolboxBuilt(0, 3, outside.tools)]
    turns = tuple(recording(events).at(-1).talk.conversation)
    past = recording([*events, Compacted(0, 4, turns)])
    assert past.at(-1).talk.compacted == len(turns)
    assert [broken_by(None, moment) for moment in live_through(past).moments] == [[]] * len(past.entries)
