"""Counts that are too large for an exploration become small, and it is said which; all else stays as it is."""

from executus.agent import Agent, Phase
from executus.bounds import Defaults, bounds_of
from executus.reach import FEW, within_reach
from executus.values import replace


def test_large_counts_become_few_and_are_named() -> None:
    agent = Agent(max_iterations=20, max_runtime="5m", phases=(Phase(name="A", max_iterations=9), Phase(name="B")))
    near = within_reach(agent, Defaults())
    assert (near.agent.max_iterations, near.agent.phases[0].max_iterations) == (FEW, FEW)
    assert near.agent.phases[1].max_iterations == 0, "zero takes the agent's"
    assert dict(near.changed) == {
        "max_iterations": 20,
        "A.max_iterations": 9,
        "max_consecutive_tool_errors": 3,
        "max_same_tool_call_repeats": 3,
        "model_attempts": 3,
    }
    bounds = bounds_of(near.agent, near.defaults)
    assert (bounds.max_iterations, bounds.model_attempts, bounds.max_consecutive_tool_errors) == (2, 2, 2)
    assert bounds.max_runtime == bounds_of(agent, Defaults()).max_runtime


def test_what_an_agent_leaves_open_is_the_default_made_small() -> None:
    near = within_reach(Agent(), Defaults(max_iterations=7))
    assert dict(near.changed)["max_iterations"] == 7
    assert bounds_of(near.agent, near.defaults).max_iterations == FEW


def test_small_counts_stay_and_are_not_named() -> None:
    small = Defaults(
        max_iterations=2, max_consecutive_tool_errors=1, max_same_tool_call_repeats=2, model_attempts=1
    )
    agent = Agent(name="a", max_iterations=1)
    near = within_reach(agent, small)
    assert (near.agent, near.defaults, near.changed) == (agent, small, ())
    assert within_reach(agent, replace(small, model_attempts=3), few=3).changed == ()
