"""What a model submits, and whom it hands work to.

Law: what does not fit is for the model to read, and a child gets no more than its parent may give.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from executus import Agent, Invocation
from executus.effects import BuildToolbox
from executus.facts import ChildResult, StepSeen
from executus.values import Fault, FaultKind, ToolResult
from interpreters.memory import Memory, says
from interpreters.seen import ChildSeen
from interpreters.services import PaletteCall, Skill
from tests.interpreters.desks import Nowhere, at_the_desk, desk_of, outcome
from tests.interpreters.toolboxes import NAMED, Palette, built, delegate, run

_skill: Any = Skill
_result: Any = ChildResult
NO_SKILL, NO_RESULT = _skill(name="x", agent="y"), _result(1, 2, 3)


@dataclass
class Verdict:
    good: bool
    why: str = ""


class TestSubmitting:
    def test_what_fits_is_the_value_as_canonical_json(self) -> None:
        desk = desk_of(Agent(output_type=Verdict))
        assert run(desk, "submit", '{"why": "it works", "good": true}') == ToolResult(
            '{"good":true,"why":"it works"}'
        )
        schema = msgspec.json.decode(desk.recorded[0].output_type)
        assert (schema["type"], schema["required"]) == ("object", ["good"])

    @pytest.mark.parametrize("kind", [Verdict, None], ids=["class", "schema"])
    @pytest.mark.parametrize(
        "text", ['{"good": 1}', "{}", '{"good": true, "x": 1}', "[]", "{", "null", '{"good":true,"good":true}']
    )
    def test_what_does_not_fit_is_for_the_model_to_read(self, kind: Any, text: str) -> None:
        agent = Agent(output_type=kind or desk_of(Agent(output_type=Verdict)).recorded[0].output_type)
        found = run(desk_of(agent), "submit", text)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.TOOL
        assert found.message.startswith("arguments ")

    def test_a_type_that_is_no_object_is_its_value(self) -> None:
        desk = desk_of(Agent(output_type=list[int]))
        assert run(desk, "submit", '{"value": [1, 2]}') == ToolResult("[1,2]")
        for wrong in ('{"value": ["1"]}', "[1]", '{"value": [1], "more": 2}'):
            assert isinstance(run(desk, "submit", wrong), Fault)

    def test_a_type_that_makes_no_schema_says_so(self) -> None:
        found = run(desk_of(Agent(output_type=Nowhere)), "submit", "{}")
        assert "output_type can't be used" in found.message


class TestDelegating:
    def test_an_agent_runs_as_a_child(self) -> None:
        world = Nowhere()
        world.child_gives = Memory(model=[says("Found.")]).run(Agent(), Invocation(run_id="4711/3"))
        invocation = Invocation(
            caller_id="ann", channel_id="c", guild_id="g", labels=("team",), ancestry=("0",), on_step=print
        )
        desk = built(agents=("helper",), invocation=invocation, world=world, palette=Palette())
        found = delegate(desk, "agent__helper", '{"prompt": "Find it.", "tools": ["dig"], "model_tier": "smart"}')
        assert found == ChildResult("4711/3", "ok", "Found.")
        ((agent, child, question),) = world.children
        assert (agent.id, agent.low_level_tools, agent.model_tier, question.id) == ("42", ("dig",), "smart", 9)
        assert (child.prompt, child.run_id, child.parent_run_id) == ("Find it.", "4711/3", "4711")
        assert (child.caller_id, child.channel_id, child.guild_id) == ("ann", "c", "g")
        assert (child.ancestry, child.labels) == (("0", "1"), ("team",))
        child.on_step(StepSeen(1, "hi"))
        assert world.observed == [ChildSeen("4711/3", "helper", StepSeen(1, "hi"))]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("{}", "missing required field prompt"),
            ('{"prompt": 5}', "arguments do not fit"),
            ('{"prompt": "x", "tools": ["rm"]}', "agent 'helper' has no tool 'rm'; it has: look, dig"),
            ('{"prompt": "x", "more": 1}', "unknown field more"),
            ("{", "arguments are not valid JSON"),
        ],
    )
    def test_what_does_not_fit_is_for_the_model_to_read(self, arguments: str, said: str) -> None:
        found = delegate(built(agents=("helper",), palette=Palette()), "agent__helper", arguments)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.TOOL
        assert said in found.message

    def test_no_tools_at_all_may_be_asked_for(self) -> None:
        world = Nowhere()
        world.child_gives = Memory(model=[says("x")]).run(Agent())
        delegate(
            built(agents=("helper",), world=world, palette=Palette()),
            "agent__helper",
            '{"prompt": "x", "tools": []}',
        )
        assert world.children[0][0].low_level_tools == ()

    def test_a_skill_gets_its_inputs(self) -> None:
        world = Nowhere()
        world.child_gives = Memory(model=[says("x")]).run(Agent())
        desk = built(
            skills=("study",), world=world, palette=Palette(study=Skill(name="study", agent=Agent(), inputs=NAMED))
        )
        assert isinstance(delegate(desk, "skill__study", "{}", "skill"), Fault)
        delegate(desk, "skill__study", '{"topic": "bees"}', "skill")
        ((agent, child, _),) = world.children
        assert (agent.subject, child.prompt, child.inputs) == ("skill:study", "bees", (("topic", "bees"),))

    @pytest.mark.parametrize("palette", [None, Palette()], ids=["no port", "unknown to it"])
    def test_what_is_not_configured_stays_visible_and_says_so(self, palette: Any) -> None:
        desk = desk_of(palette=palette)
        (spec,) = outcome(desk, BuildToolbox(1, (), (), ("nobody",)))
        assert (spec.name, spec.delegate, spec.subject) == ("agent__nobody", "agent", "agent:nobody")
        found = delegate(desk, "agent__nobody", '{"prompt": "x"}')
        assert found == Fault(FaultKind.TOOL, "agent 'nobody' is not configured")

    @pytest.mark.parametrize("wrong", [None, 5, "helper", NO_SKILL], ids=repr)
    def test_what_is_neither_agent_nor_skill_is_a_fault(self, wrong: Any) -> None:
        found = at_the_desk(BuildToolbox(1, (), (), ("x",)), palette=Palette(x=wrong))
        assert (found.kind, found.provider) == (FaultKind.PORT, "build toolbox")

    def test_a_palette_may_run_it_itself_with_a_word_before(self) -> None:
        asked: list[PaletteCall] = []

        class Runs(Palette):
            def prefix(self, kind: str, name: str, caller: str) -> str:
                return f"For {caller}."

            async def invoke(self, call: PaletteCall) -> Any:
                asked.append(call)
                return ChildResult("elsewhere", "ok", "Done.")

        invocation = Invocation(caller_id="ann", labels=("team",))
        desk = built(agents=("helper",), invocation=invocation, palette=Runs())
        assert delegate(desk, "agent__helper", '{"prompt": "Go."}') == ChildResult("elsewhere", "ok", "Done.")
        assert (asked[0].prompt, asked[0].run_id, asked[0].tools) == ("For ann.\n\nGo.", "4711/3", None)
        assert (asked[0].parent_run_id, asked[0].caller_id, asked[0].labels) == ("4711", "ann", ("team",))

    @pytest.mark.parametrize("wrong", [5, "Done.", NO_RESULT], ids=repr)
    def test_what_it_gives_is_proven(self, wrong: Any) -> None:
        class Runs(Palette):
            def invoke(self, call: PaletteCall) -> Any:
                return wrong

        found = delegate(built(agents=("helper",), palette=Runs()), "agent__helper", '{"prompt": "Go."}')
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.TOOL
