"""What a host has seen of a run: the notes of its own ports, which no record holds.

The handlers that write them are the worlds' (tests/hosting.py); the judge only compares lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from executus.result import RunResult


def _lines() -> list[str]:
    return []


class ByRun:
    """The lines of a port that serves each run of a tree by itself: all of one run together, the root's first."""

    def __init__(self) -> None:
        self._runs: dict[str, list[str]] = {}

    def of(self, run_id: str) -> list[str]:
        """The lines of this run."""
        return self._runs.setdefault(run_id, [])

    def __iter__(self) -> Iterator[str]:
        for run_id in sorted(self._runs):
            yield from self._runs[run_id]


@dataclass(kw_only=True)
class Witness:
    """One list of lines for each port, in the order in which the port was asked; `checkpoint` is its last verb."""

    ran: list[str] = field(default_factory=_lines)
    keys: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The tool and the idempotency key of each call."""
    delivered: list[str] = field(default_factory=_lines)
    audit: ByRun = field(default_factory=ByRun)
    critic: ByRun = field(default_factory=ByRun)
    approvals: list[str] = field(default_factory=_lines)
    seen: list[str] = field(default_factory=_lines)
    budget: list[str] = field(default_factory=_lines)
    session: ByRun = field(default_factory=ByRun)
    files: list[str] = field(default_factory=_lines)
    finalized: list[str] = field(default_factory=_lines)
    begun: ByRun = field(default_factory=ByRun)
    labels: list[str] = field(default_factory=_lines)
    checkpoint: str = "none"
    runs: list[RunResult] = field(default_factory=list[RunResult])
    """What came of the runs that were delegated to, in the order of asking."""


PORTS = (
    "ran", "delivered", "audit", "critic", "approvals", "seen", "budget", "session", "files", "finalized", "begun",
    "labels",
)  # fmt: skip
"""The lists of a witness, which are the keys of what a scenario expects of them."""
