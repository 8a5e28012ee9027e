"""Transcripts on disk: .xrec files, read strictly and written whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from returns.result import Failure, Result, Success

from executus.reading import MOST_BYTES, FaultyBecause, TranscriptFault, decode
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
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for line in transcript.lines():
                file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _umask() -> int:
    """The process's umask: it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
