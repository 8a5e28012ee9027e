"""How a run is written down: JSON lines, canonical, each chained to the one before (faces.md section 6).

A line holds its event in full and one fingerprint per effect: effects can be computed again, and a model call
would repeat the conversation. `chain` runs over the digests of the bodies, so that a redacted body can
still be proven to stand where it stood. Reading is in reading.py.
"""

from binascii import b2a_base64
from hashlib import blake2b
from typing import TypeAlias, get_args, get_type_hints
from zlib import crc32

from executus.buffer import Sealed
from executus.canonical import encode
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
    """The last line: the count of entries, the status (null: not ended), and a hash of all that and the chain."""

    count: int
    head: str
    status: Status | None


class _Shape(Record, frozen=True):
    """How an effect's kind is printed: its fields, each with whether it is sealed, and the text around them."""

    name: str
    fields: tuple[tuple[str, bool], ...]
    template: str


def _shape(effect: type[Record]) -> _Shape:
    name, fields = str(effect.__struct_config__.tag), list[tuple[str, bool]]()
    for field, hint in get_type_hints(effect).items():
        if field != "id" and not field.startswith("__"):
            kind = getattr(hint, "__origin__", hint)
            fields.append((field, isinstance(kind, type) and issubclass(kind, Sealed)))
    id = "#%d" if issubclass(effect, Asked) else ""
    return _Shape(name, tuple(fields), f"{name}{id}:%0{6 * len(fields)}x")


_SHAPES = {effect: _shape(effect) for effect in get_args(Effect)}


def fingerprint(effect: Effect) -> Fingerprint:
    """The effect's name, its id if it has one, and 24 bits of a checksum of each field in order."""
    shape = _SHAPES[type(effect)]
    checks = 0
    for field, is_sealed in shape.fields:
        value = getattr(effect, field)
        check = value.seal() if is_sealed else crc32(encode(value))
        checks = checks << 24 | check & 0xFFFFFF
    return shape.template % ((effect.id, checks) if isinstance(effect, Asked) else (checks,))


def fields_of(name: str) -> tuple[str, ...]:
    """The fields behind the checksums of the effect of this name; none for an unknown one."""
    for shape in _SHAPES.values():
        if shape.name == name:
            return tuple([field for field, _ in shape.fields])
    return ()


class Chain:
    """Links lines: each printed hash stands for all that was written before it.

    A line shows 48 bits, enough to say where a file was damaged; the end line all 512.
    """

    __slots__ = ("count", "head")

    def __init__(self, header_line: bytes) -> None:
        self.head = blake2b(header_line).digest()
        self.count = 0

    def link(self, body: bytes) -> bytes:
        """The line of this body: before its last brace come the hash of all so far, and the number."""
        self.head = head = blake2b(self.head + blake2b(body).digest()).digest()
        seq = self.count
        self.count = seq + 1
        return b'%b,"hash":"%b","seq":%d}' % (body[:-1], b2a_base64(head[:6], newline=False), seq)


def header_line(header: Header) -> bytes:
    return encode(header)


def entry_line(chain: Chain, event: Event, asked: tuple[Fingerprint, ...]) -> bytes:
    """One entry, without its newline."""
    return chain.link(encode(Body(event, asked)))


def end_line(chain: Chain, status: Status | None) -> bytes:
    head = blake2b(chain.head + encode((chain.count, status))).hexdigest()
    return encode(End(chain.count, head, status))
