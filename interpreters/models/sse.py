"""Server-sent events: bytes in, events out, cut wherever the network likes.

Pure: a `Splitter` is a value, and any split of the same bytes gives the same events. Accepted are LF, CRLF and
CR, a byte order mark, comments, data of several lines, and a last line that nothing ends. Work is linear
in the bytes, however small the pieces are.
"""

from collections.abc import Iterable

import msgspec

from executus.buffer import View, view
from executus.values import Record, replace

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(Record, frozen=True):
    """One event: its name, mostly empty, and its data, the lines of which are joined by a line feed."""

    name: bytes = b""
    data: bytes = b""


def _nothing() -> View[bytes]:
    return view()  # A buffer of its own: views that share one must share a past.


class Splitter(Record, frozen=True):
    """What has come but makes no event yet: an unfinished line in pieces, and the data lines before it."""

    tail: View[bytes] = msgspec.field(default_factory=_nothing)
    data: View[bytes] = msgspec.field(default_factory=_nothing)
    name: bytes = b""
    at_start: bool = True
    after_cr: bool = False


def split(state: Splitter, chunk: bytes) -> tuple[Splitter, tuple[Event, ...]]:
    """The events that `chunk` completes."""
    if not chunk:
        return state, ()
    if state.after_cr and chunk.startswith(b"\n"):
        chunk = chunk[1:]  # The second half of a CRLF, whose line has been taken.
    if b"\n" not in chunk and b"\r" not in chunk:
        return replace(state, tail=_more(state.tail, chunk), after_cr=False), ()
    lines = b"".join((*state.tail, chunk)).splitlines(keepends=True)
    rest = b"" if lines[-1].endswith((b"\n", b"\r")) else lines.pop()
    after_cr = chunk.endswith(b"\r")
    return _take(replace(state, tail=_more(_nothing(), rest), after_cr=after_cr), lines)


def flush(state: Splitter) -> tuple[Event, ...]:
    """The event that the end of the bytes completes, if one was begun."""
    return _take(state, [b"".join(state.tail), b""])[1]


def _more(tail: View[bytes], piece: bytes) -> View[bytes]:
    return tail.append(piece) if piece else tail


def _take(state: Splitter, lines: Iterable[bytes]) -> tuple[Splitter, tuple[Event, ...]]:
    events: list[Event] = []
    data, name, at_start = state.data, state.name, state.at_start
    for line in lines:
        text = line.rstrip(b"\r\n")
        if at_start:
            text, at_start = text.removeprefix(_BYTE_ORDER_MARK), False
        if not text:
            if len(data):
                events.append(Event(name, b"\n".join(data)))
            data, name = _nothing(), b""
            continue
        field, _, value = text.partition(b":")  # A comment is a line whose field has no name.
        value = value.removeprefix(b" ")
        if field == b"data":
            data = data.append(value)
        elif field == b"event":
            name = value
    return replace(state, data=data, name=name, at_start=at_start), tuple(events)
