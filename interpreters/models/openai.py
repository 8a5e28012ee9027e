"""The `openai` dialect: Chat Completions, spoken by OpenAI and by most other servers.

Pure, in four functions: `encode` a request, `begin` a reply, `decode` its bytes as they come, `finish` it. A reply
counts only when the end marker was read (one that gave no finish reason before it counts as `unknown`); what
ends sooner is a fault, and so is an error that is sent with HTTP 200.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from executus.buffer import View, view
from executus.values import Fault, ModelReply, Record, replace
from interpreters.models import sse
from interpreters.models.assembly import assemble
from interpreters.models.openai_reply import PROVIDER as PROVIDER
from interpreters.models.openai_reply import broken, read_document, read_event
from interpreters.models.openai_request import encode as encode
from interpreters.models.wire import Delta, Unreadable
from interpreters.ports import ModelRequest

REPLY_LIMIT = 64 * 1024 * 1024
"""In bytes of the wire, where a token may cost three hundred."""

_PADDING = b"\xef\xbb\xbf \t\r\n"
_CUT = broken("the stream ended early")
_EMPTY = broken("the reply was empty")
_SILENT = Delta()

_Shape = Literal["", "stream", "document"]


def _no_bytes() -> View[bytes]:
    return view()


def _no_deltas() -> View[Delta]:
    return view()


class Decoding(Record, frozen=True):
    """A reply that is being read. `is_done`: no further byte can change it."""

    limit: int = REPLY_LIMIT
    taken: frozenset[str] = frozenset()
    shape: _Shape = ""
    lines: sse.Splitter = msgspec.field(default_factory=sse.Splitter)
    body: View[bytes] = msgspec.field(default_factory=_no_bytes)
    deltas: View[Delta] = msgspec.field(default_factory=_no_deltas)
    size: int = 0
    is_done: bool = False
    fault: Fault | None = None


def begin(request: ModelRequest, *, limit: int = REPLY_LIMIT) -> Decoding:
    """Nothing read yet. `limit` bounds the reply's bytes; its calls get ids that the conversation doesn't have."""
    taken = frozenset(call.call_id for message in request.messages for call in message.calls)
    return Decoding(limit, taken)


def decode(state: Decoding, chunk: bytes) -> tuple[Decoding, tuple[Delta, ...]]:
    """The reply after the next bytes, and what they said. Bytes that say nothing are no sign of life."""
    if state.is_done:
        return state, ()
    room = state.limit - state.size
    if len(chunk) <= room:
        return _taken(state, chunk)
    state, heard = _taken(state, chunk[:room])  # What ends within the limit ends, however it was cut.
    if state.is_done:
        return state, heard
    fault = broken(f"the reply is larger than {state.limit} bytes", retryable=False)
    return replace(state, fault=fault, is_done=True), heard


def _taken(state: Decoding, chunk: bytes) -> tuple[Decoding, tuple[Delta, ...]]:
    state = replace(state, size=state.size + len(chunk), shape=state.shape or _shape(chunk))
    if state.shape == "document":
        return replace(state, body=state.body.append(chunk)), ()
    lines, events = sse.split(state.lines, chunk)
    return _hear(replace(state, lines=lines), events)


def finish(state: Decoding) -> ModelReply | Fault:
    """What the reply comes to when no more bytes follow."""
    if state.shape == "document" and not state.is_done:
        found = read_document(b"".join(state.body).lstrip(_PADDING))
        return found if isinstance(found, Fault) else assemble([found], state.taken) or _CUT
    if not state.is_done:
        state = _hear(state, sse.flush(state.lines), malformed=_CUT)[0]
    if state.fault is not None:
        return state.fault
    if not state.is_done:
        return _CUT if state.shape else _EMPTY
    return assemble(state.deltas, state.taken) or _CUT


def _shape(chunk: bytes) -> _Shape:
    """Told by the first byte that says something: content types can't be relied on."""
    head = chunk.lstrip(_PADDING)
    if not head:
        return ""
    return "document" if head.startswith((b"{", b"[", b"<")) else "stream"


def _hear(
    state: Decoding, events: Iterable[sse.Event], malformed: Fault | None = None
) -> tuple[Decoding, tuple[Delta, ...]]:
    """Takes events up to the end marker or the first fault; `malformed` is what broken data then mean."""
    heard: list[Delta] = []
    for event in events:
        data = event.data.strip()
        if data == b"[DONE]":
            state = replace(state, is_done=True)
            break
        found = _read(event.name, data, malformed)
        if isinstance(found, Fault):
            state = replace(state, fault=found, is_done=True)
            break
        if found != _SILENT:
            heard.append(found)
    return replace(state, deltas=state.deltas.extend(heard)), tuple(heard)


def _read(name: bytes, data: bytes, malformed: Fault | None) -> Delta | Fault:
    try:
        return read_event(name, data)
    except Unreadable as error:
        return malformed or broken(f"an event of the stream is malformed: {error}")
