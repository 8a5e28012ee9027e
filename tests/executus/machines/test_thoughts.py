"""What a model thought is bounded like what it said."""

from executus.agent import Agent
from executus.bounds import Defaults
from executus.values import ModelReply, ToolCall
from interpreters.memory import Memory, says, scripted
from interpreters.scripts import Turn

ADD = scripted("add", returns="5")


def test_long_thoughts_are_cut_as_well_beside_calls_or_not() -> None:
    model = [Turn(ModelReply(calls=(ToolCall("", "add"),), reasoning="y" * 20)), says("5", reasoning="x" * 20)]
    world = Memory(model=model, tools=[ADD], defaults=Defaults(max_reply_output=8))
    thoughts = [said.reasoning for said in world.run(Agent(low_level_tools=("add",))).run.talk.conversation]
    assert [thought for thought in thoughts if thought] == [
        f"{8 * letter}\n[cut: 12 of 20 characters left out]" for letter in "yx"
    ]
