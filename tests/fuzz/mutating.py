"""Random mutation, for where no coverage-guided fuzzer is installed: seeded, so that a number is a case again.

Bytes are flipped, cut, doubled, put in from other cases and from a list of what breaks readers.
"""

from collections.abc import Callable
from random import Random

SHARP = (
    b"", b"\x00", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"NaN", b"1e999",
    b"9" * 400, b"-0", b'""', b"null", b"[" * 200, b"{{.", b"}}", b'":', b"data:", b"[DONE]", b"\xc2\x85",
    b"\xe2\x80\xa8", b"\x1b[31m", b"true", b"{}", b"[]", b" " * 60, b"\n\n", b"'''", b"@http", b"%s", b"1h",
)  # fmt: skip


def mutated(cases: list[bytes], seed: int, most: int) -> bytes:
    """Case number `seed` of all there will ever be."""
    draw = Random(seed)
    data = draw.choice(cases)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        data = draw.choice(CHANGES)(data, draw, cases)[:most]
    return data


def _flip(data: bytes, draw: Random, cases: list[bytes]) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :]


def _cut(data: bytes, draw: Random, cases: list[bytes]) -> bytes:
    start, end = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
    return data[:start] + data[end:]


def _double(data: bytes, draw: Random, cases: list[bytes]) -> bytes:
    start, end = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
    return data[:end] + data[start:end] * draw.choice((1, 2, 30)) + data[end:]


def _sharp(data: bytes, draw: Random, cases: list[bytes]) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.choice(SHARP) + data[place + draw.choice((0, 0, 1, 4)) :]


def _cross(data: bytes, draw: Random, cases: list[bytes]) -> bytes:
    other = draw.choice(cases)
    return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]


CHANGES: tuple[Callable[[bytes, Random, list[bytes]], bytes], ...] = (_flip, _cut, _double, _sharp, _cross)
