"""What an observer (`on_step`) is told beside steps and calls: pieces of replies, and what children do."""

from typing import TypeAlias

from executus.facts import Seen
from executus.values import Record
from interpreters.ports import Spoken


class ChildSeen(Record, frozen=True):
    """Something that a run which this one delegated to has done; a grandchild's is told by its parent's."""

    run_id: str
    agent: str
    seen: "Observed"


Observed: TypeAlias = Seen | Spoken | ChildSeen
