"""Hosts for the tests of Live: models and tools written as plainly as a host would, well behaved or not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from executus import Agent
from executus.values import ModelReply, ToolCall, ToolResult, ToolSpec
from interpreters.ports import ModelRequest, ToolContext

Reply = str | ModelReply | Callable[[], Awaitable[object]]

AGENT = Agent(name="worker", low_level_tools=("work",), max_runtime="10s")
TALKER = Agent(name="talker", max_runtime="10s")


def model(*replies: Reply) -> Callable[[ModelRequest], Awaitable[Any]]:
    """A model that gives these replies, one a call; a function is awaited, whatever it gives."""
    left = list(replies)

    async def ask(request: ModelRequest) -> object:
        match left.pop(0):
            case str() as text:
                return ModelReply(text)
            case ModelReply() as reply:
                return reply
            case function:
                return await function()

    return ask


def calling(*names: str) -> ModelReply:
    return ModelReply(calls=tuple([ToolCall("", name) for name in names]))


async def hang() -> object:
    return await asyncio.Future()


class Raw:
    """A tool as a port sees it, without the care that `@tool` takes of what a function gives."""

    blocking = False

    def __init__(self, work: Callable[[], Any], name: str = "work") -> None:
        self.spec = ToolSpec(name)
        self._work = work

    def call(self, arguments: str, context: ToolContext) -> Any:
        return self._work()


async def done() -> ToolResult:
    return ToolResult("done")
