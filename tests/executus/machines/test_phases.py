"""Phases: one conversation after the other, each with its own prompt, models, tools and ceiling."""

from typing import Any

import pytest

from executus.agent import Agent, Limits, ModelChoice, ModelSettings, Phase
from executus.effects import CallModel, MakeArtifacts, ResolveModel
from executus.events import CancelRequested, LimitsChanged, Steered
from executus.failures import StepLimitReached, TemplateInvalid
from executus.invocation import Invocation
from executus.rules.status import Cancelled, Failed, Overspent
from executus.values import Fault, FaultKind, Message, ToolSpec, Usage
from tests.executus.acting import Story, wanting

TOOLS = (ToolSpec("a"), ToolSpec("b"))
REFUSED = Fault(FaultKind.MODEL, "no", status=400)


def phased(*phases: Phase, invocation: Invocation | str = "hi", **agent: Any) -> Story:
    """A run of these phases, at its first model call."""
    return Story(Agent(phases=phases, **agent), invocation, TOOLS, session=True).converse()


def setup(story: Story) -> tuple[str, list[str], list[str]]:
    """Model, tools and system prompt of the model call that is open."""
    asked = story.open(CallModel)
    tools = [spec.name for spec in asked.setup.toolbox.specs]
    return asked.setup.model, tools, [said.text for said in asked.conversation if said.role == "system"]


def test_what_a_phase_leaves_empty_is_the_agents() -> None:
    own = Phase(name="Own", system_prompt="Mine.", model_tier="smart", tools=("b",), max_iterations=1)
    story = Story(
        Agent(phases=(Phase(name="Empty"), own), system_prompt="Ours.", max_iterations=7),
        "hi",
        TOOLS,
        system_header="H.",
    )
    story.answer(ResolveModel, (ModelChoice("m", 5),)).answer(ResolveModel, (ModelChoice("n", 9),)).converse()
    assert [question.tier for question in story.of(ResolveModel)] == ["fast", "smart"]
    assert setup(story) == ("m", ["a", "b"], ["H.\n\nOurs."])
    assert (story.run.bounds.max_iterations, story.run.talk.window) == (7, 5)
    story.reply("draft")
    assert setup(story) == ("n", ["b"], ["H.\n\nMine."])
    assert (story.run.bounds.max_iterations, story.run.talk.window) == (1, 9)


def test_the_settings_of_a_phase_go_before_the_agents_and_those_before_the_tiers() -> None:
    phase = Phase(name="A", model_settings=ModelSettings(temperature=1))
    agent = Agent(phases=(phase,), model_settings=ModelSettings(temperature=2, max_output=2))
    story = Story(agent)
    tiers = ModelSettings(temperature=3, max_output=3, reasoning="low")
    story.answer(ResolveModel, (ModelChoice("m", None, tiers),))
    wanted = ModelSettings(temperature=1, max_output=2, reasoning="low")
    assert story.open(CallModel).setup.settings == wanted


def test_each_opens_a_fresh_conversation_of_history_and_first_turn() -> None:
    about = Invocation(prompt="hi", history=(Message("assistant", "Before."),))
    story = phased(Phase(name="A"), Phase(name="B"), invocation=about)
    story.reply(wanting("a")).returns().reply("draft")
    assert story.said == [("assistant", "Before."), ("user", "hi")]


def test_a_prompt_is_filled_once_and_never_expanded_again() -> None:
    phases = (Phase(name="A"), Phase(name="B", system_prompt="{{.input}} then {{.A}}; {{ .A }}"))
    story = phased(*phases, invocation="hi {{.A}}").reply("{{.input}}")
    assert setup(story)[2] == ["hi {{.A}} then {{.input}}; {{.input}}"]


@pytest.mark.parametrize(
    ("phases", "phase", "name"),
    [
        ((Phase(name="A", system_prompt="{{.B}}"), Phase(name="B")), "A", "B"),
        ((Phase(name="A", system_prompt="{{.A}}"),), "A", "A"),
        ((Phase(name="A"), Phase(name="B", system_prompt="{{.A}}{{.Input}}")), "B", "Input"),
    ],
)
def test_a_hole_that_names_no_earlier_phase_is_an_error_before_any_model_call(
    phases: tuple[Phase, ...], phase: str, name: str
) -> None:
    story = Story(Agent(phases=phases))
    assert story.run.cause == Failed(0, TemplateInvalid(phase, name))
    assert not story.end().of(CallModel)


def test_the_output_is_that_of_the_last_phase_that_said_anything() -> None:
    story = phased(Phase(name="A"), Phase(name="B", optional=True)).reply("draft").reply(REFUSED)
    assert (story.end().result.status, story.result.output) == ("ok", "draft")
    assert story.result.warnings == ("optional phase B failed: call model: no (HTTP 400)",)


@pytest.mark.parametrize(("text", "phases"), [("yes", 3), ("", 2)])
def test_a_phase_is_skipped_where_the_phase_it_waits_for_said_nothing(text: str, phases: int) -> None:
    story = phased(
        Phase(name="A", optional=True), Phase(name="B", when="A"), Phase(name="C", system_prompt="<{{.B}}>")
    )
    story.reply(text or REFUSED)
    for _ in range(phases - 1):
        if phases == 2:
            assert setup(story)[2] == ["<>"]
        story.reply("more")
    assert len(story.of(CallModel)) == phases
    assert [told.name for told in story.run.pipeline.done] == ["A", "B", "C"]


def test_a_phase_that_waits_for_a_skipped_one_is_skipped() -> None:
    phases = (
        Phase(name="A", optional=True),
        Phase(name="B", when="A"),
        Phase(name="C", when="B"),
        Phase(name="D"),
    )
    story = phased(*phases).reply(REFUSED)
    assert [told.name for told in story.run.pipeline.done] == ["A", "B", "C"]
    assert story.reply("end").end().result.output == "end"


def test_the_failure_of_a_phase_that_is_not_optional_is_the_runs() -> None:
    story = phased(Phase(name="A", max_iterations=1), Phase(name="B"))
    story.reply(wanting("a")).returns().reply(wanting("b", text="So far."))
    assert story.run.cause == Failed(0, StepLimitReached(1))
    assert story.end().result.output == "So far."


def test_an_optional_phase_does_not_outlive_a_cancel_or_the_grant() -> None:
    optional = Phase(name="A", optional=True)
    assert phased(optional, Phase(name="B")).tell(CancelRequested(0)).run.cause == Cancelled(0, "caller")
    story = phased(optional, Phase(name="B"), limits=Limits(tokens=5)).reply(wanting("a", usage=Usage(6)))
    assert story.run.cause == Overspent(0, "tokens", 6, 5)


def test_over_the_grant_no_other_phase_is_begun() -> None:
    story = phased(Phase(name="A"), Phase(name="B"), limits=Limits(tokens=5))
    story.reply(wanting(text="draft", usage=Usage(6)))
    assert story.run.cause == Overspent(0, "tokens", 6, 5)
    assert story.end().result.output == "draft"


def test_guards_and_steps_are_each_phases_own_and_steps_are_numbered_on() -> None:
    story = phased(Phase(name="A", max_iterations=1), Phase(name="B", max_iterations=1))
    for _ in range(2):
        story.reply(wanting("a")).returns(Fault(FaultKind.TOOL, "no"))
        assert story.run.guards.error_streak == 1
        story.reply("done")
    assert [step.step for step in story.end().result.steps] == [1, 2]
    ids = [call.call_id for one in story.of(MakeArtifacts)[0].conversations for said in one for call in said.calls]
    assert len(ids) == len(set(ids)) == 2


def test_a_word_enters_the_open_phase_and_is_not_carried_over() -> None:
    story = phased(Phase(name="A"), Phase(name="B")).tell(Steered(0, "hurry"))
    story.reply("half")
    assert story.said[-2:] == [("assistant", "half"), ("user", "hurry")]
    story.reply("draft")
    assert story.said == [("user", "hi")]


def test_a_ceiling_that_was_raised_is_that_of_the_open_phase() -> None:
    story = phased(Phase(name="A", max_iterations=1), Phase(name="B", max_iterations=2))
    story.tell(LimitsChanged(0, max_iterations=5))
    assert story.run.bounds.max_iterations == 5
    assert story.reply("draft").run.bounds.max_iterations == 2


def test_only_the_last_phase_has_submit_and_the_hook_gets_every_conversation() -> None:
    schema = '{"type":"object"}'
    story = phased(Phase(name="A"), Phase(name="B", tools=("b",)), output_type=schema)
    assert setup(story)[1] == ["a", "b"]
    story.reply("draft")
    assert setup(story)[1] == ["b", "submit"]
    story.reply(wanting("submit")).returns('{"n":1}').end()
    assert story.result.value == {"n": 1}
    (hook,) = story.of(MakeArtifacts)
    first, second = hook.conversations
    assert [said.text for said in first] == ["hi", "draft"]
    assert [said.role for said in second] == ["user", "assistant", "tool"]
