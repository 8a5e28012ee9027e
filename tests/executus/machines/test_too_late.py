"""Time goes first: what comes once the deadline has passed is too late, also where nobody waited for it."""

import pytest

from executus.answers import ToolReturned
from executus.transition import evolve
from executus.values import ToolResult
from tests.executus.machines.test_losses import CUT, paying


@pytest.mark.parametrize(("before", "settled"), [(1, "happened, says its late result"), (0, "")])
def test_a_late_result_settles_a_call_only_before_the_deadline(before: int, settled: str) -> None:
    run = paying().returns(CUT).run
    end = run.deadlines.end
    assert end is not None
    after = evolve(run, ToolReturned(end - before, run.unknowns[0].question, ToolResult("paid")))
    assert after.unknowns[0].settled == settled
    assert (after.cause is None) is bool(settled)
