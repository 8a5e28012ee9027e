"""Transcripts on disk: .xrec files, read strictly and written whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from returns.result import Failure, Result, Success

from executus.reading import MOST_BYTES, MOST_LINE_BYTES, FaultyBecause, TranscriptFault, decode
from executus.transcript import Transcript
from interpreters.doors import door


@door
def load(path: str | os.PathLike[str]) -> Result[Transcript, TranscriptFault]:
    """The transcript in the file at `path`, proven against its chain; never raises on a bad file.

    Failure holds one `TranscriptFault`: corrupt (cut, edited, reordered, oversized, too deep), unsupported
    (a newer format) or unreadable (no such file, no permission).
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Failure(TranscriptFault(FaultyBecause.UNREADABLE, f"{os.fspath(path)}: {reason}"))
    return decode(data)


@door
def save(transcript: Transcript, path: str | os.PathLike[str]) -> Result[Path, TranscriptFault]:
    """Write the transcript as an .xrec file; its path, or why it could not be written.

    The file appears whole or not at all: it is written beside its place and then moved there. What was
    recorded is written, never what today's code would ask.
    """
    target = Path(path)
    try:
        _write(transcript, target)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Failure(TranscriptFault(FaultyBecause.UNREADABLE, f"{target}: {reason}"))
    return Success(target)


def _write(transcript: Transcript, target: Path) -> None:
    if target.exists() and not target.is_file():
        raise ValueError("is no regular file, and is left alone")
    place = Path(os.path.realpath(target))  # Behind a link, its target is what gets the content.
    beside = place.with_name(f".executus-{uuid4().hex}")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), "wb") as file:
            for line in transcript.lines():
                if len(line) > MOST_LINE_BYTES or file.tell() + len(line) > MOST_BYTES:
                    raise ValueError("has more in it than can be read again")
                file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            os.chmod(beside, stat.S_IMODE(place.stat().st_mode))
        os.replace(beside, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
