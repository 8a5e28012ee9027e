"""The nouns: plain frozen data that every other room speaks about.

Nothing here acts. What is long and shared (a conversation, a toolbox) lives in `buffer.py`.
Names on the wire (`rename`, `tag`) are part of the file format and never follow a renaming in code.
"""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from dataclasses import replace as replace  # mypy then checks the names and types of what is replaced
else:
    from msgspec.structs import replace as replace

T = TypeVar("T")

Instant: TypeAlias = Annotated[int, Meta(ge=0, le=2**62)]
"""Microseconds since acceptance during which a process held the run; never more than a clock can show."""

Duration: TypeAlias = int
"""A span in microseconds."""

EffectId: TypeAlias = Annotated[int, Meta(ge=0, le=2**62)]
"""The number of a question: 1 for the first that a run asks."""

_MICROSECOND = timedelta(microseconds=1)


def seconds(count: float) -> Duration:
    """`count` seconds in microseconds."""
    return round(count * 1_000_000)


def microseconds(span: timedelta) -> Duration:
    """A `timedelta` as the core counts it."""
    return span // _MICROSECOND


def sound(text: str) -> str:
    """The text, with lone surrogates spelled out: no file could keep them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def one_line(text: str) -> str:
    """The text on one line, without control characters: what a model says must not draw on a terminal."""
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else _SHOWN.get(char, "?") for char in text])


_SHOWN = {"\n": "⏎", "\t": " ", "\r": ""}


class Record(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What all plain data here is: frozen, compared by value, never part of a reference cycle."""


class Image(Record, frozen=True):
    """A picture in a message: a mime type and the bytes in base64."""

    mime: str
    data: str


class ToolCall(Record, frozen=True, rename={"call_id": "id", "arguments": "args"}):
    """A tool the model wants to be run. `arguments` is the JSON text exactly as the model wrote it."""

    call_id: str
    name: str
    arguments: str = "{}"


Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


class Message(Record, frozen=True):
    """One turn of a conversation.

    `calls` stand in an assistant's turn, `call_id` and `is_error` in a tool's. `reasoning` is what a
    model said while it was thinking; some providers want it back unchanged.
    """

    role: Role
    text: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    is_error: bool = False
    reasoning: str = ""


class Usage(
    Record,
    frozen=True,
    rename={
        "input_tokens": "in",
        "output_tokens": "out",
        "thinking_tokens": "thinking",
        "cached_tokens": "cached",
    },
):
    """What a model call, or a whole run, used. None = not reported, which is not zero.

    `input_tokens` includes `cached_tokens`, `output_tokens` includes `thinking_tokens`; `cost` is in
    millionths of whatever currency the host counts in.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    thinking_tokens: int | None = None
    cached_tokens: int | None = None
    cost: int | None = None


NO_USAGE = Usage()
"""Nothing was reported. The one object that stands for it: defaults are recognised by identity on the wire."""


class Finish(StrEnum):
    """Why a model stopped speaking."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    """Cut by the output limit: the text may end in mid-sentence, and no call of it may run."""
    FILTERED = "filtered"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ModelReply(Record, frozen=True, tag_field="is", tag="reply"):
    """One complete reply of a model: text, tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = NO_USAGE
    finish: Finish = Finish.STOP
    reasoning: str = ""


class ToolResult(Record, frozen=True, tag_field="is", tag="result"):
    """What a tool gave back, as the model will read it."""

    content: str = ""
    images: tuple[Image, ...] = ()


class Artifact(Record, frozen=True):
    """Something a run made beside its answer: a name, a mime type, the bytes."""

    name: str
    mime: str
    data: bytes


class FaultKind(StrEnum):
    """Whose side went wrong."""

    MODEL = "model"
    TOOL = "tool"
    PORT = "port"
    TIMEOUT = "timeout"
    """Nobody's: it took too long."""
    UNKNOWN = "unknown"
    """A tool's, of which nobody knows whether it happened (semantics.md section 8)."""


class Fault(Record, frozen=True, tag_field="is", tag="fault"):
    """Something outside went wrong: an answer's failure, as a value and never as an exception.

    `message` is for people and models. For a model's fault: `provider`, its HTTP `status` (0 = none was
    received), whether asking again may help, the least wait the provider asked for, and whether the
    conversation was too long for it.
    """

    kind: FaultKind
    message: str
    provider: str = ""
    status: int = 0
    retryable: bool = False
    retry_after: Duration | None = None
    overflow: bool = False


Outcome: TypeAlias = T | Fault
"""How the world answers a question: a union, so that `match` is exhaustive."""


class ToolClass(StrEnum):
    """What a lost outcome of a tool means (semantics.md section 8)."""

    PURE = "pure"
    """Changes nothing: run it again."""
    IDEMPOTENT = "idempotent"
    """Running it twice is the same as once: run it again."""
    KEYED = "keyed"
    """Run it again with the same idempotency key."""
    UNSAFE = "unsafe"
    """Never run it again silently."""


class ToolSpec(Record, frozen=True):
    """A tool as the model is told of it, and as the kernel treats it.

    `parameters` is a JSON Schema of an object, as canonical JSON text. A `serial` tool runs alone. A
    `repeatable` one (polling) is exempt from the guard against repeated calls. `timeout` bounds one call;
    `needs_approval` asks a person first. Where the outcome of a call was lost, `reconcile` says that the tool
    can be asked what became of it, and `verifier` names the tool that settles it. `delegate` is "agent" or
    "skill" for a tool that is another run, of the subject `subject`.
    """

    name: str
    description: str = ""
    parameters: str = '{"type":"object"}'
    effect: ToolClass = ToolClass.UNSAFE
    serial: bool = False
    repeatable: bool = False
    timeout: Duration | None = None
    needs_approval: bool = False
    reconcile: bool = False
    verifier: str = ""
    delegate: str = ""
    subject: str = ""
