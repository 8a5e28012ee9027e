"""`executus what-if`: recorded runs decided again under other limits, as a table.

Law: where a recording ends before it is decided, the table says so and guesses nothing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_type_hints

from executus.agent import Agent, CriticConfig, Limits
from executus.bounds import Defaults
from executus.invocation import Invocation
from executus.reading import TranscriptFault
from executus.started import RunStarted, Wiring
from executus.whatif import SETTINGS, WhatIf, changed
from executus.whatif import what_if as decided
from interpreters.agentfile import cut
from interpreters.cli.exits import Exit, Mistake, exit_for
from interpreters.cli.recordings import found, opened, said, tracked
from interpreters.cli.terminal import err, one_line, out
from interpreters.tools.arguments import one_line_of

_OPEN = ("tokens", "cost")
"""Limits that may be taken away: KEY=none."""

_KINDS: dict[str, object] = {
    name: hint
    for record in (Defaults, CriticConfig, Limits, Agent)
    for name, hint in get_type_hints(record).items()
    if name in SETTINGS
}
"""What each limit is: a count, a flag, or what people write as text."""

_FLAGS = {"true": True, "false": False}

MOST_SHOWN = 100
"""Characters of a setting that are quoted when it is wrong."""

_HEAD = ("recorded", "would be", "decided at", "recording")


def what_if(paths: Iterable[Path], settings: tuple[str, ...]) -> Exit:
    """Decide every file again; the exit code of the worst file, whatever would have changed."""
    changes = read_settings(settings)
    rows: list[tuple[str, ...]] = [_HEAD]
    faults: list[str] = []
    worst, differs, unknown = Exit.OK, 0, 0
    for path in tracked(found(paths), prints=False):
        past = opened(path)
        if isinstance(past, TranscriptFault):
            faults.append(said(path, past))
            worst = max(worst, exit_for(past))
            continue
        answer = decided(past, **changes)
        rows.append(_row(answer, path, len(past.entries)))
        differs += answer.would_be is not None and answer.would_be != answer.recorded
        unknown += answer.ended_before
    for fault in faults:
        err(f"executus: {fault}")
    if len(rows) == 1:
        return worst
    _print(rows)
    if unknown:
        out(f"{unknown} of {len(rows) - 1} can't be told: the recording ends before the run does.")
    out(f"{differs} of {len(rows) - 1} would be called something else.")
    return worst


def read_settings(settings: Iterable[str]) -> dict[str, str | int | None]:
    """KEY=VALUE as `what_if` takes it; raises `Mistake`."""
    changes = dict(map(_setting, settings))
    if not changes:
        raise Mistake("give --set KEY=VALUE, like --set max_runtime=120s")
    blank = RunStarted(0, "", Agent(), Invocation(), Wiring(), datetime.now(UTC))
    try:
        changed(blank, changes)
    except ValueError as error:
        raise Mistake(f"--set: {cut(str(error))}") from None
    return changes


def _setting(text: str) -> tuple[str, str | int | None]:
    said = one_line_of(text, MOST_SHOWN)
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise Mistake(f"--set {said}: write KEY=VALUE, like max_runtime=120s")
    if key not in SETTINGS:
        raise Mistake(f"--set {said}: there is no {key[:MOST_SHOWN]!r}; known are {', '.join(SETTINGS)}")
    if key in _OPEN and value == "none":
        return key, None
    if _KINDS[key] is bool:
        if value not in _FLAGS:
            raise Mistake(f"--set {said}: {key} must be true or false")
        return key, _FLAGS[value]
    if _KINDS[key] is not int and key not in _OPEN:
        return key, value  # A duration, a ratio or a word: the record reads it, or says what is wrong.
    try:
        return key, int(value)
    except ValueError:
        raise Mistake(f"--set {said}: {key} must be a whole number") from None


def _row(answer: WhatIf, path: Path, count: int) -> tuple[str, ...]:
    at = "-" if answer.decided_at is None else f"entry {answer.decided_at} of {count}"
    would_be = str(answer.would_be or "unknown")
    marked = would_be if answer.would_be in (answer.recorded, None) else f"-> {would_be}"
    return str(answer.recorded or "not ended"), marked, at, one_line(str(path))


def _print(rows: list[tuple[str, ...]]) -> None:
    """The path comes last, since it alone has any length."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        out("  ".join([*cells, row[-1]]))
