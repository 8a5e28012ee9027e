"""Runs to suspend and to take up again: with every port, with a call open, and their next process."""

from typing import Any

from executus.agent import Agent, CriticConfig
from executus.effects import (
    AcquireLane,
    AskApproval,
    Asked,
    BuildToolbox,
    CallModel,
    CheckBudget,
    OpenAudit,
    Reconcile,
    ResolveModel,
    RunTool,
    StartCritic,
)
from executus.events import RunResumed, ShutdownRequested
from executus.invocation import InputFile, Invocation, Target
from executus.values import ToolClass, ToolSpec
from tests.executus.acting import Story, wanting
from tests.playing import WALL_TIME

RESUMED, SHUT_DOWN = RunResumed(0, 1, WALL_TIME), ShutdownRequested(0)
PORTS = (
    "budget",
    "audit",
    "checkpoints",
    "critic",
    "session",
    "finalizers",
    "delivery",
    "approver",
    "input_files",
)
AGAIN = [CheckBudget, AcquireLane, ResolveModel, OpenAudit, BuildToolbox, StartCritic]
"""What a process needs before it can go on."""


def whole(*tools: ToolSpec, **more: Any) -> Story:
    """A durable run with every port."""
    about = Invocation(
        prompt="hi", delivery=Target("chat", "7"), input_files=(InputFile("a", "text/plain", b"x"),)
    )
    names = tuple([tool.name for tool in tools or (ToolSpec("t"),)])
    agent = Agent(critic=CriticConfig(enabled=True), low_level_tools=names)
    wired = dict.fromkeys(PORTS, True) | more
    return Story(agent, about, tools or (ToolSpec("t"),), lanes=("fast",), **wired)


def stepping(effect: ToolClass, **more: Any) -> Story:
    """… with a call of a tool of this class open."""
    return whole(ToolSpec("t", effect=effect, **more)).converse().reply(wanting("t"), "1s")


def suspended(story: Story) -> Story:
    return story.tell(SHUT_DOWN).end()


def resumed(story: Story, after: str = "0s") -> Story:
    """Taken up again, with all that the new process needs."""
    story.tell(RESUMED, after)
    return story.oblige(CallModel, RunTool, AskApproval, Reconcile)


def asked_since(story: Story, count: int) -> list[type[object]]:
    return [type(effect) for effect in story.every[count:] if isinstance(effect, Asked)]


def again(story: Story, after: str = "0s", epoch: int = 1) -> Story:
    """Another process takes it up."""
    return story.tell(RunResumed(0, epoch, WALL_TIME), after)
