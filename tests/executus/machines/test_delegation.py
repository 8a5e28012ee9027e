"""What a run hears of those it delegated to: whom it may believe, and what it makes of it."""

from executus.agent import Agent, ModelChoice
from executus.answers import ModelReplied, ModelResolved, ToolboxBuilt
from executus.events import ChildWaiting
from executus.transition import evolve
from executus.values import ToolSpec
from tests.runs import state, wants


def test_only_a_delegation_has_a_child_that_may_wait() -> None:
    tools = (ToolSpec("look"), ToolSpec("agent__scout", delegate="agent", subject="scout"))
    run = state(
        Agent(low_level_tools=("look",), sub_agent_palette=("scout",)),
        ModelResolved(1, 1, (ModelChoice("m"),)),
        ToolboxBuilt(2, 2, tools),
        ModelReplied(3, 3, wants("look", "agent__scout")),
    )
    look, scout = [question.id for question in run.pending]
    assert evolve(run, ChildWaiting(4, scout, True)).clock.children == (scout,)
    assert evolve(run, ChildWaiting(4, look, True)).clock.children == ()
    assert evolve(run, ChildWaiting(4, 99, True)).clock.children == ()
