"""Recordings as expectations: a run that is decided again must end as it did, and at the same entry."""

from collections.abc import Iterable
from pathlib import Path

from returns.pipeline import is_successful

from executus import what_if
from executus.agent import Agent
from executus.transcript import Transcript
from interpreters.files import load
from interpreters.policy.expectations import Expectation, Unmet

SUFFIX = ".xrec"


def of_recordings(paths: Iterable[Path], agent: Agent) -> list[Expectation]:
    """One for each recording of this agent that has an end. Raises Unmet for a file that can't be read."""
    found: list[Expectation] = []
    for path in files_of(paths):
        read = load(path)
        if not is_successful(read):
            raise Unmet(f"{path}: {read.failure()}")
        past = read.unwrap()
        if past.entries and past.started.agent.subject == agent.subject and past.status is not None:
            found.append(_ends_as_it_did(str(path), past))
    return found


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files, and all recordings in those that are folders. Raises Unmet where there is none."""
    files: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise Unmet(f"there is no {SUFFIX} file in {path}")
        files += inside
    return files


def _ends_as_it_did(name: str, past: Transcript) -> Expectation:
    before = what_if(past)

    def holds() -> bool:
        return what_if(past) == before and before.would_be == past.status

    return Expectation(name, holds)
