"""A run as it is accepted: what was given, a deadline to prepare by, and nothing said, asked or known yet."""

from executus.agent import Agent
from executus.bounds import bounds_of
from executus.buffer import names, view
from executus.rules.deadlines import arm_preflight
from executus.slices import Talk
from executus.state import Run
from executus.toolbox import Setup
from executus.transition import accepted
from executus.values import replace
from tests.runs import started


def test_a_run_that_is_accepted_has_said_and_asked_nothing() -> None:
    event = replace(started(Agent(max_iterations=3)), at=7)
    bounds = bounds_of(event.agent, event.wiring.defaults)
    assert accepted(event) == Run(
        run_id="run",
        agent=event.agent,
        invocation=event.invocation,
        wiring=event.wiring,
        bounds=bounds,
        started_at=event.wall_time,
        now=7,
        deadlines=arm_preflight(7, bounds.preflight_timeout),
        talk=Talk(conversation=view(), mailbox=view(), nudges=view(), setup=Setup(""), call_ids=names()),
    )
