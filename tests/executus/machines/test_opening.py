"""How a conversation opens, and that the run's own clock starts there."""

import pytest

from executus.agent import Agent, ModelChoice, ModelSettings
from executus.answers import ModelResolved, ToolboxBuilt
from executus.effects import CallModel
from executus.events import Steered
from executus.invocation import Invocation
from executus.rules.deadlines import Deadlines, Owner
from executus.started import Wiring
from executus.state import Run
from executus.transition import start, transition
from executus.values import Image, Message, ToolCall, ToolSpec, replace
from tests.runs import PICTURE, started, state

RESOLVED = ModelResolved(3, 1, (ModelChoice("m"),))


def opened(agent: Agent, invocation: Invocation, header: str = "") -> list[Message]:
    event = replace(started(agent), invocation=invocation, wiring=Wiring(system_header=header))
    run, _ = start(event)
    _, (question,) = transition(run, RESOLVED)
    assert isinstance(question, CallModel)
    return list(question.conversation)


@pytest.mark.parametrize(
    ("header", "prompt", "system"),
    [
        ("Be brief.", "Work.", "Be brief.\n\nWork."),
        ("", "Work.", "Work."),
        ("Be brief.", "", "Be brief."),
        (" \n", "Work.", "Work."),
        ("Be brief.", "\t", "Be brief."),
        ("", "", None),
        (" ", " ", None),
        (" Be brief. ", " Work. ", " Be brief. \n\n Work. "),
    ],
)
def test_the_system_prompt_is_header_blank_line_and_agent(header: str, prompt: str, system: str | None) -> None:
    turns = opened(Agent(system_prompt=prompt), Invocation(prompt="hi"), header)
    expected = [] if system is None else [Message("system", system)]
    assert turns == [*expected, Message("user", "hi")]


def test_history_stands_before_the_first_turn_as_it_was() -> None:
    call = ToolCall("c", "add")
    history = (Message("user", "a"), Message("assistant", calls=(call,)), Message("tool", "5", call_id="c"))
    turns = opened(Agent(system_prompt="s"), Invocation(prompt="hi", history=history))
    assert turns == [Message("system", "s"), *history, Message("user", "hi")]


@pytest.mark.parametrize(
    ("prompt", "images", "turn"),
    [
        ("hi", (), Message("user", "hi")),
        (" hi\n", (), Message("user", " hi\n")),
        ("hi", (PICTURE,), Message("user", "hi", (PICTURE,))),
        ("", (PICTURE,), Message("user", "", (PICTURE,))),
        (" \n", (PICTURE,), Message("user", "", (PICTURE,))),
        ("", (), None),
        ("\t", (), None),
    ],
)
def test_blank_text_is_left_out(prompt: str, images: tuple[Image, ...], turn: Message | None) -> None:
    assert opened(Agent(), Invocation(prompt=prompt, images=images)) == ([] if turn is None else [turn])


def test_the_runs_clock_starts_when_the_conversation_begins() -> None:
    run = state(Agent(max_runtime="10s"), replace(RESOLVED, at=7_000_000))
    assert run.began == 7_000_000
    assert run.deadlines == Deadlines(17_000_000, Owner.MAX_RUNTIME, 10_000_000, 7_000_000)


def test_preparing_does_not_count_against_the_runtime() -> None:
    agent = Agent(max_runtime="1us", low_level_tools=("add",))
    run = state(agent, replace(RESOLVED, at=1), ToolboxBuilt(29_000_000, 2, (ToolSpec("add"),)))
    assert run.cause is None
    assert run.deadlines.end == 29_000_001


def test_the_agents_settings_go_with_every_call() -> None:
    settings = ModelSettings(temperature=0, max_output=5)
    run: Run = state(Agent(model_settings=settings), RESOLVED)
    (question,) = run.pending
    assert isinstance(question, CallModel)
    assert question.setup.settings == settings


def test_a_word_that_came_while_preparing_stands_after_the_first_turn() -> None:
    event = replace(started(Agent()), invocation=Invocation(prompt="hi"))
    run, _ = start(event)
    run, asked = transition(run, Steered(1, "hurry"))
    assert asked == ()
    run, (question,) = transition(run, RESOLVED)
    assert isinstance(question, CallModel)
    assert list(question.conversation) == [Message("user", "hi"), Message("user", "hurry")]
