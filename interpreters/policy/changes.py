"""The words: a site is one limit, or one place in a rule; a change is what it becomes for once.

Law: a change is made in a process of its own, which ends afterwards; nobody has to take it back.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """What is changed. `key` names it for good: it is what an accepted file says."""

    key: str
    place: str
    """Where it stands: the agent, the kernel's defaults, or a function of the rules."""
    text: str
    """What stands there."""


@dataclass(frozen=True)
class Change:
    """What a site becomes, in words; `make` does it, to this whole process."""

    site: Site
    becomes: str
    make: Callable[[], None]
