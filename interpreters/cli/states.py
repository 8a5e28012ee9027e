"""The state of a run, for people and as JSON.

Law: the JSON names every field, also those at their defaults, by the names the code uses; what is long is
written out, not summed up.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec

from executus.buffer import Names, View
from executus.explain import error_of
from executus.narrative import call_text, called, quote
from executus.rules.status import Status, status_of
from executus.spans import say
from executus.state import Run, Slot
from executus.toolbox import Setup, Toolbox
from executus.values import Fault, Message, ToolResult, Usage


def plain(value: object) -> Any:
    """A record, and all that is in it, as what JSON knows."""
    match value:
        case msgspec.Struct():
            tag = value.__struct_config__.tag
            named = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
            return named if tag is None else {"is": tag, **named}
        case Setup():
            return {"model": value.model, "tools": plain(value.toolbox), "settings": plain(value.settings)}
        case Toolbox():
            return plain(value.specs)
        case tuple() | View() | Names():
            return [plain(item) for item in cast("tuple[object, ...]", value)]
        case timedelta():
            return value.total_seconds()
        case datetime():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def told(run: Run, index: int) -> Iterator[str]:
    """The state, a line for each thing worth knowing, then the conversation."""
    rows = (
        ("stage", run.stage),
        ("ended", _ended(run)),
        ("deadline", _deadline(run)),
        ("steps", f"{run.talk.steps_done} of at most {run.bounds.max_iterations}"),
        ("used", used(run.used) or "nothing was reported"),
        ("model", run.talk.setup.model or "not resolved yet"),
        ("tools", ", ".join(spec.name for spec in run.talk.setup.toolbox.specs) or "none"),
        ("waits for", ", ".join(map(called, run.pending)) or "nothing"),
        ("errors", f"{run.guards.error_streak} in a row"),
        ("repeats", _repeats(run)),
        *(("warning", warning) for warning in run.warnings),
    )
    yield f"run {run.run_id} of {run.agent.name or 'an agent'}, after entry {index}, at {say(run.now)}"
    yield from (f"  {name:<10} {text}" for name, text in rows)
    yield from _conversation(run)


def used(usage: Usage) -> str:
    """What was reported, in words; "" for nothing."""
    counts = (
        (usage.input_tokens, "tokens in"),
        (usage.output_tokens, "out"),
        (usage.thinking_tokens, "thinking"),
        (usage.cached_tokens, "cached"),
        (usage.cost, "millionths of cost"),
    )
    return ", ".join(f"{count} {name}" for count, name in counts if count is not None)


def _ended(run: Run) -> str:
    if run.cause is None:
        return "no"
    status, error = status_of(run.cause), error_of(run.cause)
    return status if error is None or status is Status.DRY_RUN else f"{status}: {error}"


def _deadline(run: Run) -> str:
    deadlines = run.deadlines
    if deadlines.end is None:
        return f"none any more; it was {deadlines.owner} of {say(deadlines.limit)}"
    return f"{deadlines.owner} of {say(deadlines.limit)}, {say(deadlines.end - run.now)} away"


def _repeats(run: Run) -> str:
    last = run.guards.last_call
    return "none" if last is None else f"{run.guards.repeat_streak} of {call_text(last)}"


def _conversation(run: Run) -> Iterator[str]:
    talk = run.talk
    if not len(talk.conversation):
        yield "conversation: not begun"
        return
    yield "conversation"
    for number, message in enumerate(talk.conversation, 1):
        yield f"  {number:>3} {message.role:<10} {_turn(message)}"
    for call, slot in zip(talk.conversation.last.calls, talk.slots, strict=False):
        yield f"      {'open':<10} {call_text(call)}: {_slot(slot)}"
    for message in talk.mailbox:
        yield f"      {'to come':<10} {_turn(message)}"


def _turn(message: Message) -> str:
    text = quote(message.text) if message.text or not message.calls else ""
    error = "error: " if message.is_error else ""
    images = f"and {len(message.images)} images" if message.images else ""
    return " ".join(filter(None, [f"{error}{text}", images, *map(call_text, message.calls)]))


def _slot(slot: Slot) -> str:
    match slot:
        case None:
            return "not asked yet"
        case int():
            return f"asked as RunTool#{slot}"
        case ToolResult(content=content):
            return f"returned {quote(content)}"
        case Fault(message=message):
            return f"failed: {quote(message)}"
