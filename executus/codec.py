"""How a run is written down: JSON lines, canonical, each chained to the one before (faces.md section 6).

A line holds its event in full and one fingerprint per effect: effects can be computed again, and a model call
would repeat the conversation. `chain` runs over the digests of the bodies, so that a redacted body can
still be proven to stand where it stood. Reading is in reading.py.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import blake2b
from typing import TypeAlias, get_args, get_type_hints
from zlib import crc32

import msgspec

from executus.buffer import Sealed
from executus.effects import Asked, Effect
from executus.events import Event
from executus.rules.status import Status
from executus.values import Record

FORMAT = 1
"""The number of the file format. A reader refuses a newer one by name."""

SEMANTICS = 1
"""The number of the kernel's behaviour: another number may decide otherwise on the same events."""

KERNEL = "0.1.0"
"""The release that writes."""

Fingerprint: TypeAlias = str
"""An effect in a file: its name, its id, and six hex digits a field, `RunTool#9:9f3a01`."""

encode: Callable[[object], bytes] = msgspec.json.Encoder(order="sorted").encode


class Origin(Record, frozen=True):
    """Where a forked transcript comes from: the run, and the last entry taken over."""

    run_id: str
    entry: int


class Header(Record, frozen=True, omit_defaults=False):
    """The first line of a file."""

    run_id: str
    forked_from: Origin | None = None
    format: int = FORMAT
    kernel: str = KERNEL
    semantics: int = SEMANTICS


class Body(Record, frozen=True):
    """What an entry says: the event, and what it led to."""

    event: Event
    asked: tuple[Fingerprint, ...] = ()


class End(Record, frozen=True, omit_defaults=False):
    """The last line: the count of entries, the chain's whole head, the status (null: not ended)."""

    count: int
    head: str
    status: Status | None


def _shape(effect: type[Record]) -> tuple[str, tuple[tuple[str, bool], ...]]:
    """The effect's name in fingerprints, and its fields, each with whether it is sealed."""
    fields: list[tuple[str, bool]] = []
    for name, hint in get_type_hints(effect).items():
        if name != "id" and not name.startswith("__"):
            kind = getattr(hint, "__origin__", hint)
            fields.append((name, isinstance(kind, type) and issubclass(kind, Sealed)))
    return str(effect.__struct_config__.tag), tuple(fields)


_SHAPES = {effect: _shape(effect) for effect in get_args(Effect)}


def fingerprint(effect: Effect) -> Fingerprint:
    """The effect's name, its id if it has one, and a checksum of each field in order."""
    name, fields = _SHAPES[type(effect)]
    checks = ""
    for field, is_sealed in fields:
        value = getattr(effect, field)
        check = value.seal() if is_sealed else crc32(encode(value))
        checks += f"{check & 0xFFFFFF:06x}"
    if isinstance(effect, Asked):
        return f"{name}#{effect.id}:{checks}"
    return f"{name}:{checks}"


def fields_of(name: str) -> tuple[str, ...]:
    """The fields behind the checksums of the effect of this name; none for an unknown one."""
    for known, fields in _SHAPES.values():
        if known == name:
            return tuple([field for field, _ in fields])
    return ()


class Chain:
    """Links lines: each printed hash stands for all that was written before it."""

    __slots__ = ("count", "head")

    def __init__(self, header_line: bytes) -> None:
        self.head = blake2b(header_line, digest_size=32).digest()
        self.count = 0

    def link(self, body: bytes) -> bytes:
        """The end of the line that begins with `body` without its last brace."""
        digest = blake2b(body, digest_size=32).digest()
        self.head = blake2b(self.head + digest, digest_size=32).digest()
        tail = b',"hash":"%b","seq":%d}' % (b64encode(self.head[:12]), self.count)
        self.count += 1
        return tail


def header_line(header: Header) -> bytes:
    return encode(header)


def entry_line(chain: Chain, event: Event, asked: tuple[Fingerprint, ...]) -> bytes:
    """One entry, without its newline."""
    body = encode(Body(event, asked))
    return body[:-1] + chain.link(body)


def end_line(chain: Chain, status: Status | None) -> bytes:
    return encode(End(chain.count, b64encode(chain.head).decode(), status))
