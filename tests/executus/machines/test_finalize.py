"""A run with a cause: what is in flight is abandoned in the order it was asked, then it is over."""

import pytest

from executus.agent import Agent, ModelChoice
from executus.answers import ModelReplied, ModelResolved, ToolboxBuilt
from executus.effects import Abandon
from executus.events import CancelRequested, ShutdownRequested
from executus.machines.finalize import finish, wind_up
from executus.rules.status import Cancelled, ShutDown
from executus.state import Stage
from executus.transition import next_wakeup
from executus.values import ModelReply, ToolSpec, replace
from tests.runs import after, state, wants

AGENT = Agent(low_level_tools=("a", "b", "c"))
EVENTS = (
    ModelResolved(0, 1, (ModelChoice("m"),)),
    ToolboxBuilt(0, 2, (ToolSpec("a"), ToolSpec("b"), ToolSpec("c"))),
    ModelReplied(0, 3, wants("a", "b", "c")),
)


@pytest.mark.parametrize("count", range(4))
def test_what_is_in_flight_is_abandoned_in_the_order_it_was_asked(count: int) -> None:
    before = state(AGENT, *EVENTS[:count])
    run, asked = after(AGENT, *EVENTS[:count], CancelRequested(5, "me"))
    assert asked == tuple([Abandon(question.id) for question in before.pending])
    assert run.pending == ()
    assert (run.stage, run.cause) == (Stage.DONE, Cancelled(5, "me"))
    assert next_wakeup(run) is None


def test_a_shutdown_without_a_record_is_the_end() -> None:
    run = state(AGENT, *EVENTS, ShutdownRequested(5))
    assert (run.stage, run.cause) == (Stage.DONE, ShutDown(5, durable=False))


def test_a_run_that_answered_has_nothing_to_abandon() -> None:
    run, asked = after(Agent(), EVENTS[0], ModelReplied(1, 2, ModelReply("done")))
    assert asked == ()
    assert run.stage is Stage.DONE


def test_without_a_cause_nothing_winds_up() -> None:
    run = state(AGENT, *EVENTS)
    assert wind_up(run) == (run, ())
    assert wind_up(run)[0] is run


def test_the_end_waits_for_what_is_still_open() -> None:
    run = replace(state(AGENT, *EVENTS), stage=Stage.FINALIZING)
    assert finish(run) == (run, ())
    assert finish(replace(run, pending=()))[0].stage is Stage.DONE


def test_owner_and_limit_of_the_deadline_stay_as_facts() -> None:
    run = state(AGENT, *EVENTS, CancelRequested(5))
    assert (run.deadlines.end, run.deadlines.owner, run.deadlines.limit) == (None, "max_runtime", 60_000_000)
