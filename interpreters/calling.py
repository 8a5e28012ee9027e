"""Calling a plain function of the host's where nothing has to be waited for.

What it raises is kept, and raised where exceptions become faults: in the task of its question.
"""

from executus.effects import RunTool
from executus.values import ToolResult
from interpreters.book import Book
from interpreters.faults import proven, settled
from interpreters.ports import ToolContext
from interpreters.tools import FunctionTool

_NOBODYS = ToolContext(run_id="", call_id="")
"""For tools that never look at it."""


class Raised:
    """What a tool raised before anything could be awaited."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def called(question: RunTool, tool: FunctionTool[..., object], book: Book) -> object:
    """The result, something to be awaited, or what was `Raised`."""
    try:
        context = book.context_of(question) if tool.wants_context else _NOBODYS
        given = tool.call(question.call.arguments, context)
        return proven(given) if type(given) is ToolResult else given
    except BaseException as error:
        return Raised(error)


async def unpacked(given: object) -> object:
    """What comes of it at last. Raises what was raised."""
    if isinstance(given, Raised):
        raise given.error
    return await settled(given)
