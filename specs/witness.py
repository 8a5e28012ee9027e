"""What a host has seen of a run: the notes of its own ports, which no record holds.

The handlers that write them are the worlds' (tests/hosting.py); the judge only compares lines.
"""

from dataclasses import dataclass, field

from executus.result import RunResult


def _lines() -> list[str]:
    return []


@dataclass(kw_only=True)
class Witness:
    """One list of lines for each port, in the order in which the port was asked; `checkpoint` is its last verb."""

    ran: list[str] = field(default_factory=_lines)
    keys: list[str] = field(default_factory=_lines)
    delivered: list[str] = field(default_factory=_lines)
    audit: list[str] = field(default_factory=_lines)
    critic: list[str] = field(default_factory=_lines)
    approvals: list[str] = field(default_factory=_lines)
    seen: list[str] = field(default_factory=_lines)
    budget: list[str] = field(default_factory=_lines)
    session: list[str] = field(default_factory=_lines)
    files: list[str] = field(default_factory=_lines)
    finalized: list[str] = field(default_factory=_lines)
    checkpoint: str = "none"
    runs: list[RunResult] = field(default_factory=list[RunResult])
    """What came of the runs that were delegated to, in the order of asking."""


PORTS = (
    "ran", "keys", "delivered", "audit", "critic", "approvals", "seen", "budget", "session", "files", "finalized",
)  # fmt: skip
"""The lists of a witness, which are the keys of what a scenario expects of them."""
