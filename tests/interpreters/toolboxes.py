"""Desks with a toolbox: a palette that knows one agent, and ways to run what the box holds."""

from typing import Any

from executus import Agent, Invocation
from executus.effects import BuildToolbox, Delegate, RunTool
from executus.values import Fault, ToolCall
from interpreters.desk import Desk
from tests.interpreters.desks import Nowhere, desk_of, outcome

HELPER = Agent(id="42", name="helper", low_level_tools=("look", "dig"))
NAMED = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}


class Palette:
    """Knows one agent and one skill."""

    def __init__(self, **gives: Any) -> None:
        self.gives = {"helper": HELPER, **gives}
        self.asked: list[tuple[str, str, str]] = []

    def resolve(self, kind: str, name: str, caller: str) -> Any:
        self.asked.append((kind, name, caller))
        return self.gives[name]


def built(*names: str, invocation: Invocation | None = None, world: Nowhere | None = None, **more: Any) -> Desk:
    question = BuildToolbox(1, names, more.pop("skills", ()), more.pop("agents", ()), (), "session" in more)
    desk = desk_of(Agent(id="1"), invocation or Invocation(caller_id="ann"), world, **more)
    found = outcome(desk, question)
    assert not isinstance(found, Fault), found
    return desk


def run(desk: Desk, name: str, arguments: str = "{}", number: int = 3) -> Any:
    return outcome(desk, RunTool(9, ToolCall("call-1", name, arguments), number))


def delegate(desk: Desk, name: str, arguments: str, kind: str = "agent") -> Any:
    return outcome(desk, Delegate(9, ToolCall("call-1", name, arguments), kind, "subject", 3))
