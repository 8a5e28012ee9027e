"""A run told line by line: the instant, what happened, and what it led to.

Texts are quoted, bounded and free of control characters: a recording may hold anything a model said.
"""

from executus.codec import Fingerprint
from executus.effects import Asked, Effect
from executus.events import (
    CancelRequested,
    Event,
    ModelReplied,
    ModelResolved,
    RunStarted,
    ShutdownRequested,
    Steered,
    TimePassed,
    ToolboxBuilt,
    ToolReturned,
)
from executus.spans import say
from executus.values import (
    Fault,
    Instant,
    ModelChoice,
    ModelReply,
    Outcome,
    ToolCall,
    ToolResult,
    ToolSpec,
    one_line,
)

MOST = 72
"""Characters of one quoted text."""


def line(seq: int, event: Event, asked: tuple[Effect | Fingerprint, ...]) -> str:
    """One entry on one line."""
    then = f"  -> {' '.join(map(called, asked))}" if asked else ""
    return f"{seq:>5} {say(_rounded(event.at)):>9}  {told(event)}{then}"


def _rounded(at: Instant) -> Instant:
    """As exact as one reads it: microseconds below a millisecond, milliseconds above a second."""
    unit = 1 if at < 1000 else 100 if at < 1_000_000 else 1000
    return at - at % unit


def called(effect: Effect | Fingerprint) -> str:
    """An effect's name and id: `RunTool#4`."""
    if isinstance(effect, str):
        return one_line(effect.partition(":")[0])
    name = type(effect).__name__
    if isinstance(effect, Asked):
        return f"{name}#{effect.id}"
    return f"{name}({effect.question})"


def kind(event: Event) -> str:
    """The event's name in files, which is also what `--kind` takes: `model_replied`."""
    return str(event.__struct_config__.tag)


def told(event: Event) -> str:
    """What happened, in one phrase."""
    match event:
        case ToolReturned(id=id, outcome=outcome):
            return f"tool #{id} {_result(outcome)}"
        case ModelReplied(id=id, outcome=outcome):
            return f"model #{id} {_reply(outcome)}"
        case RunStarted():
            who = shorten(event.agent.name) or "an agent"
            return f"run {shorten(event.run_id)} of {who}: {quote(event.invocation.prompt)}"
        case ModelResolved(outcome=outcome):
            return _chain(outcome)
        case ToolboxBuilt(outcome=outcome):
            return _tools(outcome)
        case Steered(text=text):
            return f"steered: {quote(text)}{_pictures(len(event.images))}"
        case CancelRequested(by=by):
            return f"cancelled by {quote(by)}"
        case ShutdownRequested():
            return "the host shuts down"
        case TimePassed():
            return "time passed"


def call_text(call: ToolCall) -> str:
    """A tool call as one would write it down: `add({"a":2})`."""
    return f"{quote(call.name)[1:-1]}({shorten(call.arguments)})"


def _result(outcome: Outcome[ToolResult]) -> str:
    match outcome:
        case Fault(message=message):
            return f"failed: {quote(message)}"
        case ToolResult(content=content, images=images):
            return f"returned {quote(content)}{_pictures(len(images))}"


def _reply(outcome: Outcome[ModelReply]) -> str:
    match outcome:
        case Fault(message=message):
            return f"failed: {quote(message)}"
        case ModelReply(text=text, calls=calls):
            said = [quote(text)] if text or not calls else []
            return " ".join(["replied", *said, *map(call_text, calls)])


def _chain(outcome: tuple[ModelChoice, ...] | Fault) -> str:
    match outcome:
        case Fault(message=message):
            return f"no model: {quote(message)}"
        case choices:
            return f"model is {', '.join(shorten(choice.model) for choice in choices) or 'none'}"


def _tools(outcome: tuple[ToolSpec, ...] | Fault) -> str:
    match outcome:
        case Fault(message=message):
            return f"no toolbox: {quote(message)}"
        case specs:
            return f"tools are {', '.join(shorten(spec.name) for spec in specs) or 'none'}"


def _pictures(count: int) -> str:
    return f" and {count} image{'s' if count > 1 else ''}" if count else ""


def quote(text: str) -> str:
    """The text in quotes, on one line, cut to a bearable length."""
    return f'"{shorten(text)}"'


def shorten(text: str) -> str:
    """On one line, without control characters, cut with an ellipsis."""
    plain = one_line(text[: MOST + 1])
    return plain if len(text) <= MOST else plain[: MOST - 1] + "…"
