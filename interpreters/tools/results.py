"""What a tool gave back, as the text that the model reads.

Law: the same value gives the same text in every process (sets and keys are sorted), and a value that has no
text is an error of the tool, by name of its type: never a crash, never a guess.
"""

import os
from typing import cast

import msgspec

from executus.values import Image, ToolResult, sound
from interpreters.ports import ToolError


def result_of(value: object) -> ToolResult:
    """Text, a `ToolResult` and an `Image` as they are, None as nothing, all else as JSON; raises `ToolError`."""
    match value:
        case ToolResult():
            return value if value.content.isascii() else ToolResult(sound(value.content), value.images)
        case Image():
            return ToolResult(images=(value,))
        case None:
            return ToolResult()
        case str():
            return ToolResult(value if type(value) is str and value.isascii() else sound(str(value)))
        case _:
            return ToolResult(_json(value))


def _json(value: object) -> str:
    try:
        try:
            return _SORTED.encode(value).decode()
        except TypeError:  # Keys that aren't text, or a set of things that have no order.
            return _UNSORTED.encode(value).decode()
    except Exception as error:
        kind = type(value).__name__
        raise ToolError(f"the tool ran, but its result ({kind}) can't be written as JSON: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(cast(os.PathLike[str], value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


_SORTED = msgspec.json.Encoder(enc_hook=_plain, order="deterministic")
_UNSORTED = msgspec.json.Encoder(enc_hook=_plain)
