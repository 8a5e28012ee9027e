"""Reading a transcript: strictly, wholly, or not at all.

A cut, edited, reordered, oversized, deeply nested or newer file gives one clear error as a value, with the
line it was found in; never an exception, never half a transcript. Bytes are judged before they are
understood: first the size, then the chain, then the content.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec
from returns.result import Failure, Result, Success

from executus.canonical import encode
from executus.codec import FORMAT, Body, Chain, End, Header, end_line
from executus.started import RunStarted
from executus.transcript import Entry, Transcript
from executus.values import Record, T, one_line

MOST_BYTES = 1 << 30
"""A larger file is refused unread: 1 GiB."""

MOST_LINE_BYTES = 64 << 20
"""A longer line is refused undecoded: 64 MiB."""


MOST_SAID = 1000
"""Characters of a fault: what it quotes of a file is bounded."""


class FaultyBecause(StrEnum):
    """What is wrong with a file."""

    CORRUPT = "corrupt"
    UNSUPPORTED = "unsupported"
    """Written by a newer release: not damaged, but not readable by this one."""
    UNREADABLE = "unreadable"
    """The bytes could not be had at all."""


class TranscriptFault(Record, frozen=True):
    """Why a file is no transcript. `line` counts from 1; 0 speaks of the file as a whole."""

    because: FaultyBecause
    message: str
    line: int = 0

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return one_line(f"{self.because}: {where}{self.message}")


class _Bad(Exception):
    """Carries a fault out of the depth of this module, and never leaves it."""

    def __init__(self, message: str, line: int = 0, because: FaultyBecause = FaultyBecause.CORRUPT) -> None:
        super().__init__(message)
        self.fault = TranscriptFault(because, message[:MOST_SAID], line)


def decode(data: bytes) -> Result[Transcript, TranscriptFault]:
    """The transcript that these bytes are, proven line by line against its chain."""
    try:
        return Success(_decode(data))
    except _Bad as bad:
        return Failure(bad.fault)


def _decode(data: bytes) -> Transcript:
    if len(data) > MOST_BYTES:
        raise _Bad(f"{len(data)} bytes is more than the {MOST_BYTES} a transcript may have")
    if not data:
        raise _Bad("the file is empty")
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise _Bad("the last line is incomplete: the file was cut", len(lines) + 1)
    header = _header(lines[0])
    if len(lines) < 3:
        raise _Bad("the end line is missing: the file was cut", len(lines))
    chain = Chain(lines[0])
    entries = tuple([_entry(raw, chain, number) for number, raw in enumerate(lines[1:-1], 2)])
    end = _end(lines[-1], chain, len(lines))
    started = entries[0].event
    if not isinstance(started, RunStarted):
        raise _Bad("the first entry is not run_started", 2)
    if started.run_id != header.run_id:
        raise _Bad("header and first entry name different runs", 2)
    return Transcript(entries, end.status, header.forked_from)


class _Version(msgspec.Struct, frozen=True):
    format: int


_read_version: Callable[[bytes], _Version] = msgspec.json.Decoder(_Version).decode
_read_header: Callable[[bytes], Header] = msgspec.json.Decoder(Header).decode
_read_end: Callable[[bytes], End] = msgspec.json.Decoder(End).decode
_read_body: Callable[[bytes], Body] = msgspec.json.Decoder(Body).decode
_read_anything: Callable[[bytes], object] = msgspec.json.Decoder().decode


def _header(raw: bytes) -> Header:
    """Only a well-formed newer format is unsupported; all else that doesn't fit is corrupt."""
    version = _read(_read_version, raw, 1)
    if version.format > FORMAT:
        message = f"format {version.format} is newer than this release reads ({FORMAT})"
        raise _Bad(message, 1, FaultyBecause.UNSUPPORTED)
    if version.format < 1:
        raise _Bad(f"there is no format {version.format}", 1)
    header = _read(_read_header, raw, 1)
    _must_be_canonical(raw, header, 1)
    return header


def _entry(raw: bytes, chain: Chain, number: int) -> Entry:
    seq = chain.count
    body = raw[: raw.rfind(b',"hash":"')] + b"}"
    if chain.link(body) != raw:
        raise _Bad(_what_broke(raw, seq), number)
    content = _read(_read_body, body, number)
    _must_be_canonical(body, content, number)
    return Entry(seq, content.event, content.asked)


def _must_be_canonical(raw: bytes, content: Record, number: int) -> None:
    """Two readers must never see two runs in one file: no key twice, no other order, no space.

    What is written just so today is canonical at a glance. A field that a later release has added is not yet
    in an old file, so the plain text decides then.
    """
    if encode(content) != raw and encode(_read(_read_anything, raw, number)) != raw:
        raise _Bad("not canonical: a key stands twice, or there are spaces or another order", number)


def _what_broke(raw: bytes, seq: int) -> str:
    """Say which kind of damage it is, as far as the line still tells."""
    try:
        found = _read_anything(raw[: MOST_LINE_BYTES + 1])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        return f"entry {seq} is not readable ({wrong})"
    match found:
        case {"seq": int() as other} if other != seq:
            return f"entry {seq} should stand here, entry {other} does: entries are missing or reordered"
        case {"count": int(), "head": str()}:
            return f"the end stands where entry {seq} should"
        case {"seq": int(), "hash": str()}:
            return f"entry {seq}, or one before it, was edited: the hash does not fit"
        case _:
            return f"this is not an entry, but entry {seq} should stand here"


def _end(raw: bytes, chain: Chain, number: int) -> End:
    try:
        end = _read(_read_end, raw, number)
    except _Bad:
        raise _Bad("the end line is missing: the file was cut", number) from None
    if end_line(chain, end.status) != raw:
        raise _Bad("the end line does not fit the entries", number)
    return end


def _read(reader: Callable[[bytes], T], raw: bytes, number: int) -> T:
    if len(raw) > MOST_LINE_BYTES:
        raise _Bad(f"{len(raw)} bytes is more than the {MOST_LINE_BYTES} a line may have", number)
    try:
        return reader(raw)
    except RecursionError:
        raise _Bad("nested too deeply", number) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise _Bad(str(wrong), number) from None
