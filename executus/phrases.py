"""Pieces of what a run is told in, quoted, bounded, without control characters: a recording may hold anything."""

from executus.agent import ModelChoice
from executus.spans import say
from executus.values import (
    Fault,
    ModelReply,
    Outcome,
    ToolCall,
    ToolResult,
    ToolSpec,
    one_line,
)

MOST = 72
"""Characters of one quoted text."""

MOST_CALLS = 16
"""Calls of one reply that are written out."""


def quote(text: str) -> str:
    """The text in quotes, on one line, cut to a bearable length."""
    return f'"{shorten(text)}"'


def shorten(text: str) -> str:
    """On one line, without control characters, cut with an ellipsis."""
    plain = one_line(text[: MOST + 1])
    return plain if len(text) <= MOST else plain[: MOST - 1] + "…"


def call_text(call: ToolCall) -> str:
    """A tool call as one would write it down: `add({"a":2})`."""
    return f"{quote(call.name)[1:-1]}({shorten(call.arguments)})"


def failed(fault: Fault) -> str:
    return f"failed: {quote(fault.message)}"


def result(outcome: Outcome[ToolResult]) -> str:
    match outcome:
        case Fault():
            return failed(outcome)
        case ToolResult(content=content, images=images):
            return f"returned {quote(content)}{pictures(len(images))}"


def reply(outcome: Outcome[ModelReply]) -> str:
    match outcome:
        case Fault():
            wait = "" if outcome.retry_after is None else f", again in {say(outcome.retry_after)}"
            return failed(outcome) + wait
        case ModelReply(text=text, calls=calls):
            said = [quote(text)] if text or not calls else []
            more = [f"and {len(calls) - MOST_CALLS} more"] if len(calls) > MOST_CALLS else []
            return " ".join(["replied", *said, *map(call_text, calls[:MOST_CALLS]), *more])


def chain(outcome: tuple[ModelChoice, ...] | Fault) -> str:
    match outcome:
        case Fault(message=message):
            return f"no model: {quote(message)}"
        case choices:
            return f"model is {', '.join(shorten(choice.model) for choice in choices) or 'none'}"


def tools(outcome: tuple[ToolSpec, ...] | Fault) -> str:
    match outcome:
        case Fault(message=message):
            return f"no toolbox: {quote(message)}"
        case specs:
            return f"tools are {', '.join(shorten(spec.name) for spec in specs) or 'none'}"


def pictures(count: int) -> str:
    return f" and {count} image{'s' if count > 1 else ''}" if count else ""


def part(name: str, outcome: object, yes: str = "done", no: str = "declined") -> str:
    """What came of something that is either done, declined, or has failed."""
    if isinstance(outcome, Fault):
        return f"{name} {failed(outcome)}"
    return f"{name} {yes if outcome is not False else no}"
