"""Laws of the dialect decoders: pieces don't matter, a cut stream is no reply, and every outcome can be kept.

What a stream comes to is the same however the network cuts it: between any two bytes, in the midst of a letter
or of a CRLF. A truncated stream is a fault, or exactly the reply that was whole already.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import combinations

import msgspec

from executus.values import Fault, FaultKind, Message, ModelReply
from interpreters.models import openai, sse
from interpreters.models.faults import LONGEST_TEXT
from interpreters.ports import ModelRequest
from tests.fuzz.saying import is_one_line

REQUEST = ModelRequest(model="openai:m", messages=(Message("user", "hi"),))
LIMIT = 1 << 20
FEW = 12
"""So many cuts of one stream are tried while many streams are drawn; of a case of the corpus, all of them."""


def events(data: bytes, most: int = FEW) -> None:
    """Server-sent events: the same from any pieces."""
    whole = _events([data])
    for pieces in splits(data, most):
        assert _events(pieces) == whole, pieces


def _events(pieces: Iterable[bytes]) -> list[sse.Event]:
    state, found = sse.Splitter(), list[sse.Event]()
    for piece in pieces:
        state, more = sse.split(state, piece)
        found += more
    return [*found, *sse.flush(state)]


def stream(data: bytes, most: int = FEW) -> None:
    """A reply: the same from any pieces, also at the limit of its size; whole or a fault; fit to be kept."""
    whole = reply([data])
    well_formed(whole)
    limits = (LIMIT, len(data) // 2, max(len(data) - 1, 1))
    bounded = {limit: reply([data], limit) for limit in limits}
    for number, pieces in enumerate(splits(data, most)):
        for limit in limits if number % 16 == 0 else limits[:1]:
            assert reply(pieces, limit) == bounded[limit], (limit, pieces)
    if isinstance(whole, ModelReply):
        for end in places(data, most):
            cut = reply([data[:end]])
            assert isinstance(cut, Fault) or cut == whole, data[:end]


def reply(pieces: Iterable[bytes], limit: int = LIMIT) -> ModelReply | Fault:
    """What a stream in these pieces comes to."""
    state = openai.begin(REQUEST, limit=limit)
    for piece in pieces:
        state, _ = openai.decode(state, piece)
    return openai.finish(state)


def well_formed(found: ModelReply | Fault) -> None:
    if isinstance(found, Fault):
        assert found.kind is FaultKind.MODEL
        assert is_one_line(found.message, LONGEST_TEXT), found.message
    else:
        ids = [call.call_id for call in found.calls]
        assert all(ids), ids
        assert len(set(ids)) == len(ids), ids
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


def document(data: bytes) -> None:
    """JSON that stands in one event, between honest ones: whatever it says, the reply is one, or a fault."""
    try:
        text = json.dumps(json.loads(data))
    except (ValueError, RecursionError):
        text = data.decode("utf-8", "replace").replace("\n", " ").replace("\r", " ")
    stop = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    well_formed(reply([b"data: " + text.encode("utf-8", "surrogatepass") + b"\n\n" + stop]))
    well_formed(reply([data]))


def places(data: bytes, most: int) -> list[int]:
    """Where to cut: at so many places, and near the end at each, where a stream says that it is whole."""
    step = max(len(data) // most, 1)
    return sorted({*range(0, len(data), step), *range(max(len(data) - 12, 0), len(data))})


def splits(data: bytes, most: int) -> Iterator[list[bytes]]:
    """Byte by byte; every single cut; and pairs of cuts."""
    yield [data[place : place + 1] for place in range(len(data))]
    cuts = places(data, most)
    for first in cuts:
        yield [data[:first], data[first:]]
    few = cuts[:: max(len(cuts) // 5, 1)]
    for first, second in combinations(few, 2):
        yield [data[:first], data[first:second], data[second:]]
