"""What a dialect and the transport speak about: a call to make, and what a reply says piece by piece.

Plain records, no I/O. Text that comes from outside is read here, strictly but for one mercy: half an emoji
(a lone surrogate), which some servers send when they cut a text, is put together again or replaced.
"""

import json
from collections.abc import Iterable
from typing import TypeVar, cast

import msgspec

from executus.values import Finish, Record, Usage

T = TypeVar("T")


class HttpCall(Record, frozen=True):
    """A POST: a path below the base url, headers (never a key), and the body."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class CallPart(Record, frozen=True):
    """A piece of one tool call. `index` is what the server says it belongs to, None where it doesn't say."""

    index: int | None = None
    call_id: str = ""
    name: str = ""
    arguments: str = ""


class Delta(Record, frozen=True):
    """What one event of a reply adds to it. An empty one adds nothing, and is no sign of life."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[CallPart, ...] = ()
    finish: Finish | None = None
    usage: Usage | None = None


class Unreadable(ValueError):
    """The bytes are not the JSON that was expected; the text says what is wrong with them."""


def read_json(data: bytes, kind: type[T]) -> T:
    """`data` as a `kind`; raises `Unreadable`, whatever is wrong with it."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _read_with_mercy(data, kind)


def _read_with_mercy(data: bytes, kind: type[T]) -> T:
    """The standard library's reader lets lone surrogates pass; `mend` then deals with them."""
    try:
        return msgspec.convert(json.loads(data), kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def mend(pieces: Iterable[str]) -> str:
    """The pieces as one text that can be written as UTF-8: split surrogates joined, lone ones replaced."""
    text = "".join(pieces)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def members(document: object) -> dict[str, object]:
    """The members of a JSON object; none if `document` is something else."""
    return cast("dict[str, object]", document) if isinstance(document, dict) else {}
