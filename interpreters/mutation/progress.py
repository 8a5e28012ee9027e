"""What mutmut says while it works, passed on now and then as one line, so that long work is seen to go on."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

_COUNT = re.compile(r"(\d+)/(\d+) ")
_EVERY = 5.0
"""Seconds between two lines."""


def followed(process: "subprocess.Popen[bytes]") -> Iterator[str]:
    """The lines it prints but for its progress, which goes to stderr."""
    told = time.monotonic()
    for line in _lines(process):
        count = _COUNT.search(line)
        if count is None:
            yield line
        elif time.monotonic() - told > _EVERY:
            told = time.monotonic()
            sys.stderr.write(f"mutation: {count[1]} of {count[2]}\n")


def _lines(process: "subprocess.Popen[bytes]") -> Iterator[str]:
    """mutmut overwrites its progress: a return ends a line, too."""
    assert process.stdout is not None
    rest = b""
    while piece := os.read(process.stdout.fileno(), 65536):
        *whole, rest = re.split(rb"[\r\n]+", rest + piece)
        yield from (one.decode("utf-8", "replace") for one in whole if one.strip())
    if rest.strip():
        yield rest.decode("utf-8", "replace")
