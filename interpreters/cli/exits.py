"""Exit codes, and the mistakes that end a command before it has begun (faces.md section 5).

A code's number is part of the contract. Of several files the worst counts, which is the highest.
"""

from enum import IntEnum

from executus.reading import FaultyBecause, TranscriptFault
from executus.rules.status import Status


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    ERROR = 1
    USAGE = 2
    DIVERGED = 3
    CORRUPT = 4
    UNSUPPORTED = 5
    TIMEOUT = 10
    BUDGET_EXCEEDED = 11
    CANCELLED = 12
    KILLED = 13
    BUG = 70
    """The command itself broke: no end of a run, and nobody's mistake but ours."""
    INTERRUPTED = 130


class Mistake(Exception):
    """The command can't be obeyed as it was given; the text is one line that says what to do."""


def exit_of(status: Status) -> Exit:
    """The code for how a run ended."""
    match status:
        case Status.OK | Status.DRY_RUN:
            return Exit.OK
        case Status.ERROR:
            return Exit.ERROR
        case Status.TIMEOUT:
            return Exit.TIMEOUT
        case Status.BUDGET_EXCEEDED:
            return Exit.BUDGET_EXCEEDED
        case Status.CANCELLED:
            return Exit.CANCELLED
        case Status.KILLED:
            return Exit.KILLED


def exit_for(fault: TranscriptFault) -> Exit:
    """The code for a file that can't be read; one that isn't there at all is a mistake of the caller's."""
    match fault.because:
        case FaultyBecause.CORRUPT:
            return Exit.CORRUPT
        case FaultyBecause.UNSUPPORTED:
            return Exit.UNSUPPORTED
        case FaultyBecause.UNREADABLE:
            return Exit.USAGE
