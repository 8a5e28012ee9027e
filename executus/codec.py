"""How a run is written down: JSON lines, canonical, each chained to the one before (faces.md section 6).

A line holds its event in full and one fingerprint per effect: effects can be computed again, and a model call
would repeat the conversation. `chain` runs over the digests of the bodies, so that a redacted body can
still be proven to stand where it stood. Reading is in reading.py.
"""

from binascii import b2a_base64
from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints
from zlib import crc32

from executus.buffer import Sealed
from executus.canonical import encode
from executus.effects import Asked, Effect, Told
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


_Check: TypeAlias = Callable[[Any], int]
"""The checksum of one field of an effect."""


class _Shape(Record, frozen=True):
    """How one kind of effect is printed: the text around it, and a checksum for each of its fields."""

    name: str
    template: str
    fields: tuple[str, ...]
    checks: tuple[_Check, ...]


def _check(field: str, hint: object) -> _Check:
    """What is sealed knows its own checksum."""
    value = attrgetter(field)
    kind = get_origin(hint) or hint
    if isinstance(kind, type) and issubclass(kind, Sealed):
        return lambda effect: value(effect).seal() & 0xFFFFFF
    return lambda effect: crc32(encode(value(effect))) & 0xFFFFFF


def _shape(effect: type[Asked] | type[Told]) -> _Shape:
    hints = get_type_hints(effect)
    fields = tuple([name for name in effect.__struct_fields__ if name not in effect.unprinted])
    name = str(effect.__struct_config__.tag)
    template = f"{name}#%d:" if issubclass(effect, Asked) else f"{name}:"
    checks = tuple([_check(field, hints[field]) for field in fields])
    return _Shape(name, template + "%06x" * len(fields), fields, checks)


_SHAPES = {effect: _shape(effect) for effect in get_args(Effect)}


def fingerprint(effect: Effect) -> Fingerprint:
    """The effect's name, its id if it has one, and 24 bits of a checksum of each field in order."""
    shape = _SHAPES[type(effect)]
    checks = [check(effect) for check in shape.checks]
    if isinstance(effect, Asked):
        return shape.template % (effect.id, *checks)
    return shape.template % (*checks,)


def fields_of(name: str) -> tuple[str, ...]:
    """The fields behind the checksums of the effect of this name; none for an unknown one."""
    for shape in _SHAPES.values():
        if shape.name == name:
            return shape.fields
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
