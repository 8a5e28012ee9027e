"""The state of a run, for people and as JSON.

Law: the JSON names every field, also those at their defaults, by the names the code uses; what is long is
written out, not summed up. For people, what a run does not use takes no line (rows.py).
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec

from executus.buffer import Names, View, Views
from executus.narrative import called
from executus.phrases import call_text, quote
from executus.slices import Due, Segment, Slot
from executus.spans import say
from executus.state import Run
from executus.toolbox import Setup, Toolbox
from executus.values import Fault, Message, ToolResult
from interpreters.cli.rows import rows


def plain(value: object) -> Any:
    """A record, and all that is in it, as what JSON knows; bytes in base64."""
    match value:
        case msgspec.Struct():
            tag = value.__struct_config__.tag
            named = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
            return named if tag is None else {"is": tag, **named}
        case Setup():
            return {"model": value.model, "tools": plain(value.toolbox), "settings": plain(value.settings)}
        case Toolbox():
            return plain(value.specs)
        case Views():
            return [plain(view) for view in cast("Views[Message]", value)]
        case tuple() | View() | Names():
            return [plain(item) for item in cast("tuple[object, ...]", value)]
        case timedelta():
            return value.total_seconds()
        case datetime():
            return value.isoformat()
        case Decimal():
            return float(value)
        case bytes():
            return b64encode(value).decode()
        case _:
            return value


def told(run: Run, index: int) -> Iterator[str]:
    """The state, a line for each thing worth knowing, then the conversation."""
    yield f"run {run.run_id} of {run.agent.name or 'an agent'}, after entry {index}, at {say(run.now)}"
    yield from (f"  {name:<10} {text}" for name, text in rows(run))
    yield from _conversation(run)


def _conversation(run: Run) -> Iterator[str]:
    talk = run.talk
    for number, segment in enumerate(run.pipeline.segments, 1):
        yield f"conversation {number}, which is over: {_many(segment)}"
    if not len(talk.conversation):
        yield "conversation: not begun"
        return
    yield "conversation"
    for number, message in enumerate(talk.conversation, 1):
        yield f"  {number:>3} {message.role:<10} {_turn(message)}"
    for call, slot in zip(talk.conversation.last.calls, talk.slots, strict=False):
        yield f"      {'open':<10} {call_text(call)}: {_slot(run, slot)}"
    for message in (*talk.mailbox, *talk.nudges):
        yield f"      {'to come':<10} {_turn(message)}"


def _many(segment: Segment) -> str:
    count = len(segment.conversation)
    last = segment.conversation.last if count else None
    return f"{count} turns" + ("" if last is None else f", the last {last.role} {_turn(last)}")


def _turn(message: Message) -> str:
    text = quote(message.text) if message.text or not message.calls else ""
    error = "error: " if message.is_error else ""
    images = f"and {len(message.images)} images" if message.images else ""
    return " ".join(filter(None, [f"{error}{text}", images, *map(call_text, message.calls)]))


def _slot(run: Run, slot: Slot) -> str:
    match slot:
        case None:
            return "not asked yet"
        case int():
            asked = next((called(question) for question in run.pending if question.id == slot), f"RunTool#{slot}")
            return f"asked as {asked}"
        case ToolResult(content=content):
            return f"returned {quote(content)}"
        case Fault(message=message):
            return f"failed: {quote(message)}"
        case Due(at=at, allowed=allowed, lost=lost):
            what = "to be asked what became of it" if lost else "to be run"
            when = f" not before {say(at)}" if at > run.now else ""
            return f"{what}{when}" + (", allowed" if allowed and not lost else "")
