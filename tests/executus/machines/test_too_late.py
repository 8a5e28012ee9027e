"""Time goes first: what comes once the deadline has passed is too late, also where nobody waited for it."""

import pytest

from executus.answers import ToolReturned
from executus.rules.status import ShutDown
from executus.slices import Suspension
from executus.transition import evolve
from executus.values import ToolResult, replace
from tests.executus.machines.test_losses import CUT, paying


@pytest.mark.parametrize(("before", "settled"), [(1, "happened, says its late result"), (0, "")])
def test_a_late_result_settles_a_call_only_before_the_deadline(before: int, settled: str) -> None:
    run = paying().returns(CUT).run
    end = run.deadlines.end
    assert end is not None
    after = evolve(run, ToolReturned(end - before, run.unknowns[0].question, ToolResult("paid")))
    assert after.unknowns[0].settled == settled
    assert (after.cause is None) is bool(settled)


def test_a_result_that_comes_while_the_run_is_suspended_is_kept_and_judged_when_it_goes_on() -> None:
    """A suspended run can't be stopped: a step that fails it must not be closed before."""
    run = paying().run
    (asked,) = run.pending
    gone = Suspension(ShutDown(run.now, durable=True), begun=True)
    suspended = replace(run, suspended=gone, pending=())
    after = evolve(suspended, ToolReturned(run.now + 1, asked.id, ToolResult("paid")))
    assert after.talk.slots == (ToolResult("paid"),)
    assert after.talk.steps_done == run.talk.steps_done
    assert after.talk.conversation == run.talk.conversation
