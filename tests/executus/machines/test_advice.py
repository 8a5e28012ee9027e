"""What a critic is told when it is asked, and of advice that is cut: spans that begin with the conversation."""

from typing import Any

from executus.agent import Agent, CriticConfig, Phase
from executus.effects import ConsultCritic
from executus.events import TimePassed
from executus.facts import Advice, Consultation, Noted
from executus.values import ToolCall, ToolSpec, Usage
from tests.executus.acting import SECOND, Story, wanting

TOOLS = (ToolSpec("t"),)


def late(most: str = "1h", **more: Any) -> Story:
    """A run under a critic whose conversation begins five seconds after it was accepted."""
    agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="30s", absolute_max=most), **more)
    return Story(agent, "hi", TOOLS, critic=True, audit=True).tell(TimePassed(0), "5s").converse()


def test_a_consultation_tells_how_the_run_stands_since_it_began() -> None:
    story = late(max_iterations=7).reply(wanting("t", usage=Usage(5, 2)), "2s").returns(after="3s")
    story.reply(wanting(ToolCall("a", "t", '{"n":1}'), ToolCall("b", "t", '{"n":2}'), usage=Usage(3)))
    story.returns().tell(TimePassed(0), "30s")
    assert story.open(ConsultCritic).consultation == Consultation(
        reason="idle",
        now=40 * SECOND,
        elapsed=35 * SECOND,
        activity=10 * SECOND,
        progress=10 * SECOND,
        steps=1,
        max_iterations=7,
        backstop=185 * SECOND,
        ceiling=3605 * SECOND,
        usage=Usage(8, 2),
        running=(ToolCall("b", "t", '{"n":2}'),),
    )


def test_what_it_has_lifted_is_not_there_any_more_and_steps_of_all_phases_count() -> None:
    phases = (Phase(name="A"), Phase(name="B"))
    story = late(phases=phases).reply(wanting("t")).returns().reply("draft").tell(TimePassed(0), "60s")
    story.answer(ConsultCritic, Advice(lift_backstop=True)).reply(wanting(ToolCall("", "t", '{"n":2}'))).returns()
    story.tell(TimePassed(0), "30s")
    told = story.open(ConsultCritic).consultation
    assert (told.reason, told.backstop, told.ceiling, told.steps) == ("idle", None, 3605 * SECOND, 2)


def test_a_ceiling_is_told_as_a_span_of_the_runs_own_time() -> None:
    story = late("200s").tell(TimePassed(0), "30s").answer(ConsultCritic, Advice(extend_by=21 * SECOND))
    assert story.run.warnings == ("the critic's extension by 21s was cut to the ceiling",)
    cut = [one for one in story.audited if isinstance(one, Noted) and one.name == "extension_cut"]
    assert cut == [Noted("extension_cut", (("asked", "21s"), ("ceiling", "200s")))]


def test_an_extension_to_the_ceiling_itself_is_not_cut() -> None:
    story = late("200s").tell(TimePassed(0), "30s").answer(ConsultCritic, Advice(extend_by=20 * SECOND))
    assert story.run.warnings == ()
    assert story.run.deadlines.backstop == 205 * SECOND


def test_less_than_nothing_is_no_extension_and_nothing_is_said_of_it() -> None:
    story = late("100s").tell(TimePassed(0), "30s")
    before = story.run.deadlines
    story.answer(ConsultCritic, Advice(extend_by=-SECOND)).tell(TimePassed(0))
    assert story.run.warnings == ()
    assert story.run.deadlines == before


def test_no_extension_is_never_cut() -> None:
    """A backstop that stands at the ceiling is not past it."""
    story = late("100s").tell(TimePassed(0), "30s").answer(ConsultCritic, Advice(nudges=("hurry",)))
    assert story.run.warnings == ()
