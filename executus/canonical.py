"""Canonical JSON: sorted keys, no spaces, and a text for every text.

One encoder for files, fingerprints and seals, so that the same value is the same bytes everywhere.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from executus.values import T, sound

_encode: Callable[[object], bytes] = msgspec.json.Encoder(order="sorted").encode


def encode(value: object) -> bytes:
    """The value as canonical JSON. A lone surrogate, which JSON in UTF-8 can't hold, is spelled out."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(mended(value))


def sounded(record: T) -> T:
    """The record as a file will give it back: the same, but where a text in it isn't sound."""
    try:
        _encode(record)
    except UnicodeEncodeError:
        return msgspec.convert(mended(record), type(record))
    return record


def mended(value: object) -> object:
    """The value in plain types, with sound texts at every depth."""
    plain: Any = msgspec.to_builtins(value)
    if isinstance(plain, str):
        return sound(plain)
    if isinstance(plain, list | tuple):
        return [mended(item) for item in cast("list[object]", plain)]
    if isinstance(plain, dict):
        return {key: mended(item) for key, item in cast("dict[object, object]", plain).items()}
    return plain
