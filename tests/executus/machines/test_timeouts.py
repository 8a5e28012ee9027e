"""A deadline that has passed: the run stops at the deadline's own instant, however late the world noticed."""

import pytest

from executus.agent import Agent, ModelChoice
from executus.answers import ModelReplied, ModelResolved, ToolReturned
from executus.effects import Abandon
from executus.events import CancelRequested, Event, ShutdownRequested, Steered, TimePassed
from executus.rules.status import Cancelled, Expired, ShutDown
from executus.values import Fault, FaultKind, ModelReply, ToolResult, Usage, replace
from tests.runs import after, state, wants

AGENT = Agent(max_runtime="10s")
RESOLVED = ModelResolved(2, 1, (ModelChoice("m"),))
END = 10_000_002
REPLY = ModelReply("done", usage=Usage(1))
EXPIRED = Expired(END, "max_runtime", 10_000_000)


@pytest.mark.parametrize("late", [0, 1, 10**9])
@pytest.mark.parametrize(
    "event",
    [
        TimePassed(0),
        ModelReplied(0, 2, REPLY),
        ModelReplied(0, 2, Fault(FaultKind.MODEL, "down")),
        ToolReturned(0, 2, ToolResult()),
        ModelReplied(0, 99, REPLY),
        Steered(0, "hurry"),
        CancelRequested(0),
        ShutdownRequested(0),
    ],
    ids=lambda event: type(event).__name__,
)
def test_time_goes_first_whatever_the_event_brings(event: Event, late: int) -> None:
    run, asked = after(AGENT, RESOLVED, replace(event, at=END + late))
    assert run.cause == EXPIRED
    assert asked == (Abandon(2),)
    assert run.talk.conversation.last.role == "user"
    assert run.used == Usage()
    assert run.now == END + late


def test_one_microsecond_earlier_the_reply_counts() -> None:
    run = state(AGENT, RESOLVED, ModelReplied(END - 1, 2, REPLY))
    assert run.cause != EXPIRED
    assert run.used == Usage(1)


def test_what_came_with_the_deadline_lost() -> None:
    assert state(AGENT, RESOLVED, CancelRequested(END, "me")).losers == (Cancelled(END, "me"),)
    assert state(AGENT, RESOLVED, ShutdownRequested(END + 5)).losers == (ShutDown(END + 5, False),)
    assert state(AGENT, RESOLVED, TimePassed(END)).losers == ()


def test_what_was_answered_before_stays() -> None:
    agent = Agent(max_runtime="10s")
    run, asked = after(agent, RESOLVED, ModelReplied(5, 2, wants("x", text="I look.")), TimePassed(END))
    assert asked == (Abandon(3),)
    assert [message.text for message in run.talk.conversation][:2] == ["hi", "I look."]


def test_a_run_that_has_ended_knows_no_deadline() -> None:
    run = state(AGENT, RESOLVED, ModelReplied(5, 2, REPLY), TimePassed(END + 5))
    assert run.cause == state(AGENT, RESOLVED, ModelReplied(5, 2, REPLY)).cause
    assert run.losers == ()
