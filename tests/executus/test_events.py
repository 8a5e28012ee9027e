"""Events: stamped, compared by value, named by a tag that is part of the file format, and plain to write down."""

from typing import Any, get_args

import msgspec
import pytest

from executus.agent import Agent, Limits, ModelChoice
from executus.answers import Answer, Answered, ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.bounds import Defaults
from executus.canonical import encode
from executus.events import CancelRequested, Event, ShutdownRequested, Signal, Steered, TimePassed
from executus.invocation import Invocation
from executus.started import Happened, RunStarted, Wiring
from executus.values import Fault, FaultKind, Message, ModelReply, ToolCall, ToolResult, ToolSpec, Usage, replace
from interpreters.memory import Memory, says
from tests.runs import PICTURE, started
from tests.tables import short

FAULT = Fault(FaultKind.PORT, "down", "maker", 503, True, 5)
EVENTS: list[Event] = [
    started(Agent(name="a", max_runtime="5m", limits=Limits(tokens=5), low_level_tools=("add",))),
    RunStarted(
        5,
        "r",
        Agent(),
        Invocation(
            images=(PICTURE,), history=(Message("assistant", calls=(ToolCall("c", "add"),)),), labels=("x",)
        ),
        Wiring(system_header="h", defaults=Defaults(max_iterations=3)),
        started().wall_time,
    ),
    ModelResolved(1, 1, (ModelChoice("m", 5), ModelChoice("n"))),
    ModelResolved(1, 1, FAULT),
    ToolboxBuilt(2, 2, (ToolSpec("add", serial=True),)),
    ToolboxBuilt(2, 2, FAULT),
    ModelReplied(3, 3, ModelReply("hi", (ToolCall("c", "add"),), Usage(1))),
    ModelReplied(3, 3, FAULT),
    ToolReturned(4, 4, ToolResult("5", (PICTURE,))),
    ToolReturned(4, 4, FAULT),
    Steered(5, "hurry", (PICTURE,)),
    CancelRequested(6, "me"),
    ShutdownRequested(7),
    TimePassed(8),
]


@pytest.mark.parametrize("event", EVENTS, ids=short)
def test_an_event_survives_being_written_down(event: Event) -> None:
    union: Any = Event
    assert msgspec.convert(msgspec.to_builtins(event), union) == event
    assert msgspec.json.decode(encode(event), type=union) == event
    assert encode(msgspec.json.decode(encode(event), type=union)) == encode(event)


def test_every_event_is_the_start_an_answer_or_a_signal() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    assert set(get_args(Answer)) == set(Answered.__subclasses__())
    assert {*get_args(Signal), RunStarted} == set(Happened.__subclasses__()) - {Answered}


def test_the_tag_of_an_event_outlives_its_name() -> None:
    assert {event.__struct_config__.tag for event in EVENTS} == {
        "run_started",
        "model_resolved",
        "toolbox_built",
        "model_replied",
        "tool_returned",
        "steered",
        "cancel_requested",
        "shutdown_requested",
        "time_passed",
    }


def test_a_recording_holds_the_limits_it_was_made_under() -> None:
    """Written in full, so that another release's defaults don't change what happened."""
    past = Memory(model=[says("5")]).run(Agent()).transcript
    for wiring in (past.started.wiring, Wiring(), Wiring(defaults=Defaults())):
        written = msgspec.json.decode(encode(replace(started(), wiring=wiring)))["wiring"]
        assert set(written["defaults"]) == set(Defaults.__struct_fields__)
