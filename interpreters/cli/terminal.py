"""Writing to people: stdout for what was asked for, stderr for the rest.

Law: nothing that a model, a tool or a file said can move the cursor, colour the screen or turn the writing
direction; and a reader who stops reading (a closed pipe) is no error.
"""

import json
import os
import re
import sys
from contextlib import suppress
from io import BytesIO, TextIOWrapper
from shutil import get_terminal_size
from textwrap import fill
from typing import Protocol, runtime_checkable

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Controls but for tab and line feed, and the marks that turn the writing direction."""


@runtime_checkable
class Stream(Protocol):
    """What is needed of stdout and stderr, whoever stands in for them."""

    def write(self, text: str, /) -> int: ...

    def fileno(self) -> int: ...


def out(text: str = "") -> None:
    """A line, or several, on stdout."""
    _write(sys.stdout, clean(text))


def err(text: str) -> None:
    """One line on stderr, whatever is in the text."""
    _write(sys.stderr, one_line(text))


def out_entry(text: str) -> None:
    """A line of the narrative on stdout; what a terminal has no room for goes on below the event."""
    line = " " * (len(text) - len(text.lstrip())) + one_line(text)
    if sys.stdout.isatty():
        width = max(get_terminal_size().columns, 2 * _EVENT)
        line = fill(line, width, subsequent_indent=" " * _EVENT, break_on_hyphens=False)
    _write(sys.stdout, line)


_EVENT = 17
"""Where the narrative begins to say what happened: after number and instant."""


def out_json(value: object, indent: int | None = None) -> None:
    """JSON on stdout: inside it, an escaped character means the same."""
    is_utf = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_utf, indent=indent)
    _write(sys.stdout, _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text))


def out_answer(text: str) -> None:
    """A model's answer on stdout: unchanged for a program that reads it, harmless on a terminal."""
    _write(sys.stdout, clean(text) if sys.stdout.isatty() else text)


def clean(text: str) -> str:
    """The text with everything a terminal would obey written out, as in `\\x1b`."""
    return _UNSAFE.sub(_spelled, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same on one line."""
    return clean(" ".join(text.split("\n"))).strip()


def prepare() -> None:
    """No text is beyond a terminal's encoding: what it can't show is spelled out. A closed stream is empty."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, TextIOWrapper(BytesIO(), encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Hand over what is left; raises OSError for a full disk, but not for a reader who has left."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _mute(stream)
        except OSError:
            _mute(stream)
            raise


def _write(stream: Stream, text: str) -> None:
    try:
        stream.write(f"{text}\n")
    except BrokenPipeError:
        _mute(stream)


def _mute(stream: Stream) -> None:
    """Nobody reads any more: all that is still written goes nowhere, also when Python exits."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _spelled(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()
