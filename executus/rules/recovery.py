"""What a lost outcome of a tool call means, by the tool's class (semantics.md sections 2.8 and 8).

Lost: the call was asked for, and it was cut, or its tool can't tell. A class is a promise of the tool's author;
the default promises nothing.
"""

from enum import StrEnum

from executus.values import ToolClass


class Lost(StrEnum):
    """How an outcome was lost."""

    TIMEOUT = "timeout"
    CRASH = "crash"
    """The process went down, or was shut down, while the call was open."""
    RAISED = "raised"
    """The tool itself says that it doesn't know."""


class Meaning(StrEnum):
    """What is done about it."""

    ERROR = "error"
    """The model reads that it failed."""
    AGAIN = "again"
    """It is run again: under the same key, where it has one."""
    UNKNOWN = "unknown"
    """Nobody knows: it is asked about, and never run again silently."""


def meaning(effect: ToolClass, lost: Lost, attempt: int, attempts: int) -> Meaning:
    """What the loss of attempt number `attempt` (from 1) of at most `attempts` means."""
    match effect:
        case ToolClass.PURE | ToolClass.IDEMPOTENT:
            return Meaning.AGAIN if lost is Lost.CRASH else Meaning.ERROR
        case ToolClass.KEYED:
            return Meaning.AGAIN if attempt < attempts else Meaning.UNKNOWN
        case ToolClass.UNSAFE:
            return Meaning.UNKNOWN


_ORDER = (ToolClass.PURE, ToolClass.IDEMPOTENT, ToolClass.KEYED, ToolClass.UNSAFE)


def stricter(stored: ToolClass, present: ToolClass) -> ToolClass:
    """Of two classes of one tool the one that promises less."""
    return max(stored, present, key=_ORDER.index)
