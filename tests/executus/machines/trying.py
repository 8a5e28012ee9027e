"""Runs whose calls are lost: replies with calls like no other, what was asked, what the model has read of it."""

from typing import Any

from executus.effects import RunTool
from executus.events import TimePassed
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolSpec
from tests.executus.acting import Story, wanting

CUT = Fault(FaultKind.TIMEOUT, "cut")
NOT_SAFE = "not run: the record of this run can't be kept, and the tool must not be run unrecorded"


def calls(*names: str, n: int = 0) -> Any:
    """A reply with calls that no other reply makes: each has arguments of its own."""
    return wanting(
        *[ToolCall(f"{n}-{place}", name, f'{{"n":{n},"at":{place}}}') for place, name in enumerate(names)]
    )


def story(*specs: ToolSpec, steps: int = 1, **wired: Any) -> Story:
    """A run that has done so many steps of two calls, with these tools and one that always works."""
    told = Story(None, "hi", (*specs, ToolSpec("p", effect=ToolClass.PURE)), **wired).converse()
    for step in range(steps):
        told.reply(calls("p", "p", n=100 + step)).returns().returns()
    return told


def asked(told: Story, since: int = 0) -> list[str]:
    """The calls that were asked of their tools, by id."""
    return [call.call.call_id for call in told.of(RunTool)][since:]


def results(told: Story, count: int) -> list[str]:
    """The last results that the model has read."""
    return [said.text for said in told.run.talk.conversation if said.role == "tool"][-count:]


def wait(told: Story) -> Story:
    """Until the next attempt."""
    return told.at(TimePassed(next_wakeup(told.run) or 0))
