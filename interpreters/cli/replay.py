"""`executus replay`: does today's code still ask for exactly what was recorded, and end as it did then?

Law: one line a file, and no way to reach anything but the file: the answers come from the recording alone.
"""

from collections.abc import Iterable
from pathlib import Path

from executus.reading import TranscriptFault
from executus.transcript import Transcript
from interpreters.cli.exits import Exit, exit_for
from interpreters.cli.recordings import found, opened, tracked
from interpreters.cli.terminal import one_line, out
from interpreters.replay import Replay, ReplayError


def replay(paths: Iterable[Path]) -> Exit:
    """Replay every file; the exit code of the worst."""
    worst = Exit.OK
    for path in tracked(found(paths), prints=True):
        code, word, said = _verdict(path)
        out(one_line(f"{word:<11} {path}  {said}"))
        worst = max(worst, code)
    return worst


def replayed(past: Transcript) -> str | None:
    """None when the recording is lived through again exactly, else what differs, in one line."""
    try:
        Replay(past).run()
    except ReplayError as error:
        if error.divergence is None and past.status is None:
            return None  # Neither the recorded run has ended, nor this one.
        return str(error)
    except Exception as error:  # Events that fit no run: whoever wrote them, today's code can't follow.
        return f"today's code can't live through it: {type(error).__name__}: {error}"
    return None


def _verdict(path: Path) -> tuple[Exit, str, str]:
    past = opened(path)
    if isinstance(past, TranscriptFault):
        return exit_for(past), str(past.because), str(past).removeprefix(f"{past.because}: ")
    difference = replayed(past)
    if difference is not None:
        return Exit.DIVERGED, "diverged", difference.removeprefix("diverged ")
    return Exit.OK, "ok", f"{len(past.entries)} entries, {past.status or 'not ended'}"
