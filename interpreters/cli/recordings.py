"""The recordings that a command is about: files as they were named, and every .xrec in a folder.

Law: a folder without recordings is a mistake and never a success, and a file that can't be read doesn't keep
the others from being looked at.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from returns.pipeline import is_successful

from executus.reading import FaultyBecause, TranscriptFault
from executus.transcript import Transcript
from interpreters.cli.exits import Mistake
from interpreters.files import load

SUFFIX = ".xrec"
NAME = f"executus-demo{SUFFIX}"
"""What the demo calls its recording."""

FOR_A_BAR = 20
"""So many files are worth a progress bar, where stderr is a terminal."""


def found(paths: Iterable[Path]) -> list[Path]:
    """The files behind these paths, in order; raises `Mistake` when there are none, or one isn't there."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _inside(path)
        elif path.exists():
            files.append(path)
        else:
            raise Mistake(f"there is no {path}: give an {SUFFIX} file, or a folder of them")
    if not files:
        raise Mistake(f"give an {SUFFIX} file, or a folder of them")
    return files


def opened(path: Path) -> Transcript | TranscriptFault:
    """The transcript in a file, or what is wrong with it."""
    result = load(path)
    return result.unwrap() if is_successful(result) else result.failure()


def writable(target: Path, option: str) -> Path:
    """A place where a recording can be written; raises `Mistake` before anything is done for it."""
    parent = target.absolute().parent
    try:
        if target.is_dir():
            raise Mistake(f"{option} {target} is a folder: give a file, like {target / NAME}")
        if not parent.is_dir():
            raise Mistake(f"{option} {target}: there is no folder {target.parent}")
        if not os.access(parent, os.W_OK) or (target.exists() and not target.is_file()):
            raise Mistake(f"{option} {target} can't be written: give another file")
        if target.exists() and not _is_recording(target):
            raise Mistake(f"{option} {target} is there already and is no recording: give another file")
    except OSError as error:
        raise Mistake(f"{option} {target}: {error.strerror}") from None
    return target


def _is_recording(path: Path) -> bool:
    """Empty, or begun like one: nothing else is written over."""
    with path.open("rb") as file:
        return file.read(15) in (b"", b'{"forked_from":')


def said(path: Path, fault: TranscriptFault) -> str:
    """What is wrong with the file at `path`, with the path in it once."""
    return fault.message if fault.because is FaultyBecause.UNREADABLE else f"{path}: {fault}"


def tracked(files: list[Path], *, prints: bool) -> Iterator[Path]:
    """The files, one after the other, with a bar on stderr while there are many.

    A loop that `prints` a line a file needs no bar on the terminal that shows these lines.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    is_shown = console.is_terminal and len(files) >= FOR_A_BAR and not (prints and sys.stdout.isatty())
    # Redirecting would send what belongs on stdout to the bar's own stream.
    bar = Progress(console=console, transient=True, disable=not is_shown, redirect_stdout=False)
    with bar:
        yield from bar.track(files, description="reading")


def _inside(folder: Path) -> list[Path]:
    def unreadable(error: OSError) -> None:
        raise Mistake(f"{error.filename}: {error.strerror}")

    walk = os.walk(folder, onerror=unreadable)
    named = sorted(Path(at, name) for at, _, names in walk for name in names if name.endswith(SUFFIX))
    inside = [path for path in named if path.is_file()]  # A pipe of that name would be waited for.
    if not inside:
        raise Mistake(f"there is no {SUFFIX} file in {folder}")
    return inside
