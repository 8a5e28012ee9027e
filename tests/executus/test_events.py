"""Events: stamped, compared by value, plain to write down; the whole vocabulary is test_vocabulary.py's."""

from typing import Any

import msgspec
import pytest

from executus.agent import Agent, Limits, ModelChoice
from executus.answers import ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.bounds import Defaults
from executus.canonical import encode
from executus.events import CancelRequested, Event, ShutdownRequested, Steered, TimePassed
from executus.invocation import Invocation
from executus.started import RunStarted, Wiring
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

UNION: Any = Event


@pytest.mark.parametrize("event", EVENTS, ids=short)
def test_an_event_survives_being_written_down(event: Event) -> None:
    union: Any = Event
    assert msgspec.convert(msgspec.to_builtins(event), union) == event
    assert msgspec.json.decode(encode(event), type=union) == event
    assert encode(msgspec.json.decode(encode(event), type=union)) == encode(event)


def test_a_default_that_a_file_leaves_out_is_the_same_default() -> None:
    for event in EVENTS:
        read = msgspec.json.decode(encode(event), type=UNION)
        assert encode(read) == encode(event)
        assert msgspec.to_builtins(read).keys() == msgspec.to_builtins(event).keys()


def test_a_recording_holds_the_limits_it_was_made_under() -> None:
    """Written in full, so that another release's defaults don't change what happened."""
    past = Memory(model=[says("5")]).run(Agent()).transcript
    for wiring in (past.started.wiring, Wiring(), Wiring(defaults=Defaults())):
        written = msgspec.json.decode(encode(replace(started(), wiring=wiring)))["wiring"]
        assert set(written["defaults"]) == set(Defaults.__struct_fields__)
