"""What an exploration finds can be written as a scenario, and whoever plays that sees the same again."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal

import pytest
from returns.pipeline import is_successful

from executus.agent import Agent, CriticConfig
from executus.answers import ModelReplied, ToolReturned
from executus.effects import CallModel, RunTool
from executus.events import (
    ActivitySeen,
    CancelRequested,
    Event,
    LimitsChanged,
    PortFailed,
    RunResumed,
    ShutdownRequested,
    Steered,
    ToolStarted,
)
from executus.explore import Ending, gathered, look, recording
from executus.values import ModelReply, ToolCall, ToolResult, replace, seconds
from interpreters.scenariofile import scenario_of
from interpreters.scenariotext import pair, written
from specs.conformance import judge
from specs.reading import read
from tests.grounds import GROUNDS
from tests.scripted import in_memory

SOME = (
    "plain",
    "durable",
    "critic",
    "lane",
    "queue that counts",
    "people",
    "phases",
    "submit",
    "ports",
    "dry run",
)

REASONS = {
    "it comes at the very instant of a deadline, of which a script hears first",
    "it depends on what happens at one and the same instant",
    "a toolbox that can't be built while a session is opened",
}


def endings(name: str) -> Iterator[Ending]:
    ground = replace(GROUNDS[name], depth=1)
    yield from gathered(ground, [look(ground)]).endings


def prepared(name: str) -> list[Event]:
    """The events until the model is asked first, when all goes well."""
    events: list[Event] = []
    for end in endings(name):
        if end.name == "Finished":
            for event in end.events:
                if isinstance(event, ModelReplied):
                    return events
                events.append(event)
    raise AssertionError("nothing has finished")


def played(events: list[Event]) -> str:
    """The scenario of these events, once it has been read and played, and nothing came differently."""
    text = scenario_of(events, "something").unwrap()
    scenario = read(text, "explored")
    found = in_memory(scenario)
    assert judge(scenario, found.result, found.witness, record=False) == []
    return text


@pytest.mark.parametrize("name", SOME)
def test_every_ending_can_be_played_again_or_it_is_said_why_not(name: str) -> None:
    said = 0
    for ending in endings(name):
        written = scenario_of(ending.events, ending.name)
        if not is_successful(written):
            assert written.failure() in REASONS
            continue
        scenario = read(written.unwrap(), "explored")
        found = in_memory(scenario)
        assert judge(scenario, found.result, found.witness, record=False) == [], ending.name
        assert type(found.result.cause) is type(recording(ending.events).at(-1).cause) or found.result.resumable
        said += 1
    assert said >= 4


def test_what_happens_at_one_instant_keeps_its_order() -> None:
    """A signal after an answer comes a moment later: a script would tell it first."""
    events = prepared("plain")
    id = recording(events).at(-1).pending[0].id
    assert isinstance(recording(events).at(-1).pending[0], CallModel)
    call = ModelReply("", (ToolCall("", "look"),))
    text = played(
        [*events, ModelReplied(0, id, call), Steered(0, "A word."), ToolReturned(0, id + 1, ToolResult("fine"))]
    )
    table = tomllib.loads(text)
    assert table["happens"] == [{"at": "1ms", "what": "steer", "text": "A word."}]
    assert table["tools"][0]["in_turn"] == [{"returns": "fine", "takes": "1ms"}]
    assert table["model"][1] == {"hangs": True}
    assert table["expect"]["status"] == "timeout"


def test_a_crash_and_a_suspension_become_processes_of_their_own() -> None:
    ground = GROUNDS["durable"].started
    events = [*prepared("durable"), RunResumed(0, 1, ground.wall_time)]
    table = tomllib.loads(played(events))
    assert table["resumed"][0]["after"] == len(events) - 2
    suspended = [*prepared("durable"), ShutdownRequested(seconds(3))]
    while recording(suspended).at(-1).pending:
        question = recording(suspended).at(-1).pending[0]
        suspended.append(_answered(question, seconds(3)))
    table = tomllib.loads(
        played([*suspended, RunResumed(seconds(3), 1, ground.wall_time), CancelRequested(seconds(4))])
    )
    assert "after" not in table["resumed"][0]
    assert table["resumed"][0]["happens"] == [{"at": "1ms", "what": "cancel", "by": "caller"}]


def _answered(question: object, at: int) -> Event:
    from executus.reception import ANSWERS

    return ANSWERS[type(question)](at, question.id, True)  # type: ignore[index, attr-defined, call-arg]  # a part of the end


def test_a_store_that_fails_fails_at_that_entry() -> None:
    events = prepared("durable")
    run = recording(events).at(-1)
    text = played([*events, PortFailed(0, "checkpoints", "disk full", run.pending[0].id)])
    assert tomllib.loads(text)["trouble"][0] == {"port": "Save", "call": len(events), "raises": "disk full"}


def test_limits_and_signs_of_life_are_happenings() -> None:
    events = [*prepared("critic"), ActivitySeen(0), LimitsChanged(0, max_runtime=seconds(2), max_iterations=5)]
    happens = tomllib.loads(played(events))["happens"]
    assert [one["what"] for one in happens] == ["activity", "limits"]
    assert (happens[1]["max_runtime"], happens[1]["max_iterations"]) == ("2s", 5)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (lambda id: [ModelReplied(0, 1, ModelReply("Late."))], "an answer to a question that is closed"),
        (lambda id: [ToolStarted(0, id)], "a call that begins later than it was asked for"),
        (lambda id: [CancelRequested(seconds(60))], "it comes at the very instant of a deadline"),
    ],
)
def test_what_no_scenario_has_words_for_is_said(more: object, why: str) -> None:
    events = prepared("plain")
    id = recording(events).at(-1).pending[0].id
    said = scenario_of([*events, *more(id)], "x")  # type: ignore[operator]  # a function
    assert why in said.failure()


def test_a_run_that_waits_for_ever_is_none() -> None:
    events = prepared("people")
    id = recording(events).at(-1).pending[0].id
    asked = [*events, ModelReplied(0, id, ModelReply("", (ToolCall("", "ask"),)))]
    assert scenario_of(asked, "x").failure() == "the run waits for somebody who never comes"
    assert not any(isinstance(question, RunTool) for question in recording(asked).at(-1).pending)


def test_what_goes_without_saying_is_not_written() -> None:
    assert written(Agent(), Agent()) == {}
    agent = Agent(max_runtime="90s", critic=CriticConfig(enabled=True, backstop_multiplier=Decimal("1.5")))
    assert written(agent, Agent()) == {
        "max_runtime": "90s",
        "critic": {"enabled": True, "backstop_multiplier": "1.5"},
    }


@pytest.mark.parametrize("value", ["plain", 'a "quote"\n\ttab \x7f \\', True, 5, ["a", 1], {"a b": {"c": []}}, {}])
def test_what_is_written_is_read_back_as_it_was(value: object) -> None:
    assert tomllib.loads(pair("odd key", value)) == {"odd key": value}
