"""What an observer (`on_step`) is told beside steps and calls: calls that begin, pieces of replies, and what
children do.
"""

from typing import TypeAlias

from executus.facts import Seen
from executus.values import Record, ToolCall
from interpreters.ports import Spoken


class CallBegun(Record, frozen=True):
    """A call starts now, and is told now; its result is told when its step is complete."""

    call: ToolCall


class ChildSeen(Record, frozen=True):
    """Something that a run which this one delegated to has done; a grandchild's is told by its parent's."""

    run_id: str
    agent: str
    seen: "Observed"


Observed: TypeAlias = Seen | CallBegun | Spoken | ChildSeen
