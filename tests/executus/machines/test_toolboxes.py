"""The tools of a run: exactly those that were named, none twice, and whose fault it is if they aren't."""

import pytest

from executus.agent import Agent, Phase
from executus.effects import BuildToolbox, CallModel, CleanUp
from executus.failures import ToolboxInvalid
from executus.invocation import Invocation
from executus.machines.toolboxes import submit_spec
from executus.rules.status import Failed
from executus.values import Fault, FaultKind, ToolClass, ToolSpec
from tests.executus.acting import DOWN, Story
from tests.tables import short

AGENT = Agent(low_level_tools=("a", "b"), skill_palette=("s",), sub_agent_palette=("x",))
ALL = tuple(ToolSpec(name) for name in ("a", "b", "skill__s", "agent__x", "extra"))
SCHEMA = '{"type":"object","properties":{"n":{"type":"integer"}}}'


def built(
    *specs: ToolSpec, agent: Agent = AGENT, extra: tuple[str, ...] = ("extra",), session: bool = False
) -> Story:
    """A run whose toolbox came out like this."""
    story = Story(agent, Invocation(prompt="hi", extra_tools=extra), session=session)
    return story.oblige(BuildToolbox).answer(BuildToolbox, specs)


def test_the_tools_are_asked_for_once_by_their_origin() -> None:
    story = Story(AGENT, Invocation(prompt="hi", extra_tools=("extra",)), session=True).oblige(BuildToolbox)
    assert story.open(BuildToolbox) == BuildToolbox(2, ("a", "b"), ("s",), ("x",), ("extra",), True)


@pytest.mark.parametrize(
    ("agent", "extra", "session", "asks"),
    [
        (Agent(), (), False, False),
        (Agent(low_level_tools=("a",)), (), False, True),
        (Agent(skill_palette=("s",)), (), False, True),
        (Agent(sub_agent_palette=("x",)), (), False, True),
        (Agent(), ("extra",), False, True),
        (Agent(), (), True, True),
        (Agent(phases=(Phase(name="p", tools=("a",)),)), (), False, True),
        (Agent(phases=(Phase(name="p"),)), (), False, False),
        (Agent(output_type=SCHEMA), (), False, False),
    ],
)
def test_without_tools_nothing_is_built(agent: Agent, extra: tuple[str, ...], session: bool, asks: bool) -> None:
    story = Story(agent, Invocation(prompt="hi", extra_tools=extra), session=session)
    assert bool(story.oblige(BuildToolbox, CallModel).of(BuildToolbox)) is asks


def test_they_stand_in_the_order_of_their_origin() -> None:
    story = built(*ALL, ToolSpec("mine"), session=True)
    specs = story.open(CallModel).setup.toolbox.specs
    assert [spec.name for spec in specs] == ["a", "b", "skill__s", "agent__x", "extra", "mine"]


@pytest.mark.parametrize(
    "specs",
    [(), ALL[:-1], ALL[1:], (ALL[1], ALL[0], *ALL[2:]), (*ALL, ToolSpec("more")), (ToolSpec("A"), *ALL[1:])],
    ids=short,
)
def test_other_tools_than_were_named_are_an_error(specs: tuple[ToolSpec, ...]) -> None:
    story = built(*specs)
    assert isinstance(story.run.cause, Failed)
    assert isinstance(story.run.cause.failure, ToolboxInvalid)
    assert str(story.result.error).startswith(
        "build toolbox: asked for ['a', 'b', 'skill__s', 'agent__x', 'extra']"
    )
    assert not story.of(CallModel)


@pytest.mark.parametrize(
    ("agent", "extra", "more", "text"),
    [
        (Agent(low_level_tools=("a", "a")), (), (), "build toolbox: two tools are named 'a'"),
        (Agent(low_level_tools=("a",)), ("a",), (), "add extra tool: two tools are named 'a'"),
        (Agent(low_level_tools=("a",)), ("b", "b"), (), "add extra tool: two tools are named 'b'"),
        (Agent(low_level_tools=("a",)), (), ("a",), "add session tool: two tools are named 'a'"),
        (Agent(low_level_tools=("a",)), ("b",), ("b",), "add session tool: two tools are named 'b'"),
        (Agent(low_level_tools=("skill__s",), skill_palette=("s",)), (), (), "build toolbox: two tools are named"),
    ],
    ids=short,
)
def test_a_name_that_is_taken_is_an_error_that_names_it(
    agent: Agent, extra: tuple[str, ...], more: tuple[str, ...], text: str
) -> None:
    names = [*agent.low_level_tools, *[f"skill__{name}" for name in agent.skill_palette], *extra, *more]
    story = built(*map(ToolSpec, names), agent=agent, extra=extra, session=True)
    assert str(story.result.run.cause.failure).startswith(text)  # type: ignore[union-attr]


@pytest.mark.parametrize("where", ["build toolbox", "add extra tool", "add session tool"])
def test_a_world_that_fails_to_build_says_where(where: str) -> None:
    story = Story(AGENT).oblige(BuildToolbox)
    story.answer(BuildToolbox, Fault(FaultKind.PORT, "broken", where))
    assert story.run.cause == Failed(0, ToolboxInvalid("broken", where))


@pytest.mark.parametrize("outcome", [DOWN, ()], ids=["fails", "is wrong"])
def test_a_session_is_cleaned_up_also_when_adding_its_tools_failed(outcome: object) -> None:
    story = Story(AGENT, session=True).oblige(BuildToolbox).answer(BuildToolbox, outcome).end()
    assert len(story.of(CleanUp)) == 1


class TestSubmit:
    AGENT = Agent(low_level_tools=("a",), output_type=SCHEMA)

    def test_an_output_type_adds_a_tool_that_takes_it(self) -> None:
        story = built(ToolSpec("a"), agent=self.AGENT, extra=())
        submit = story.open(CallModel).setup.toolbox.find("submit")
        assert submit is not None
        assert (submit.parameters, submit.effect) == (SCHEMA, "pure")

    def test_also_where_it_is_the_only_one(self) -> None:
        story = Story(Agent(output_type=SCHEMA)).converse()
        assert [spec.name for spec in story.open(CallModel).setup.toolbox.specs] == ["submit"]

    def test_a_tool_of_that_name_is_one_too_many(self) -> None:
        story = built(ToolSpec("submit"), agent=Agent(low_level_tools=("submit",), output_type=SCHEMA), extra=())
        assert "two tools are named 'submit'" in str(story.run.cause)

    def test_without_an_output_type_it_is_a_tool_like_any_other(self) -> None:
        story = built(ToolSpec("submit"), agent=Agent(low_level_tools=("submit",)), extra=())
        assert story.run.cause is None


def test_submit_says_how_it_is_to_be_called() -> None:
    run = Story(Agent(output_type=SCHEMA), "hi").run
    told = "Give your answer. Call this alone, once, when you are done."
    assert submit_spec(run) == (
        ToolSpec("submit", told, SCHEMA, ToolClass.PURE, timeout=run.bounds.cleanup_timeout),
    )
    assert submit_spec(Story(Agent(), "hi").run) == ()


@pytest.mark.parametrize(
    ("agent", "extra", "session", "stage"),
    [
        (Agent(low_level_tools=("submit",), output_type=SCHEMA), (), (), "build toolbox"),
        (Agent(output_type=SCHEMA), ("submit",), (), "add extra tool"),
        (Agent(output_type=SCHEMA), (), ("submit",), "add session tool"),
    ],
    ids=short,
)
def test_of_two_submits_it_is_the_other_that_came_from_somewhere(
    agent: Agent, extra: tuple[str, ...], session: tuple[str, ...], stage: str
) -> None:
    named = tuple([ToolSpec(name) for name in (*agent.low_level_tools, *extra, *session)])
    story = built(*named, agent=agent, extra=extra, session=bool(session))
    assert isinstance(story.run.cause, Failed)
    assert story.run.cause.failure == ToolboxInvalid("two tools are named 'submit'", stage)
