"""Laws of what people write down: agent files, model tables, scenarios. One thing, or one line that says what is
wrong.

Nothing in them is evaluated or imported, and what one reads of a wrong file shows no key and no more than a
line.
"""

import tempfile
from pathlib import Path
from typing import NoReturn

import msgspec
from returns.pipeline import is_successful

from executus.agent import Agent
from interpreters import agentfile
from interpreters.agentfile import load_agent
from interpreters.models.tiers import read_file
from specs.reading import read
from specs.scenario import ScenarioError
from tests.fuzz.saying import must_be_one_line

LONGEST = 4000

_folder = tempfile.TemporaryDirectory(prefix="executus-fuzz-")
FILE = Path(_folder.name) / "given.toml"


def agent(data: bytes) -> None:
    """An agent file is an agent that can be written down and read again, or one line."""
    FILE.write_bytes(data)
    real, agentfile.imported = agentfile.imported, _imports_nothing
    try:
        found = load_agent(FILE)
    finally:
        agentfile.imported = real
    if is_successful(found):
        made = found.unwrap()
        assert msgspec.convert(msgspec.to_builtins(made), Agent) == made
        return
    _is_fault(str(found.failure()))


def _imports_nothing(*_: object) -> NoReturn:
    """A type of the answer is the one thing that a file imports, and says so; not what is drawn at random."""
    raise LookupError("nothing is imported here")


def models(data: bytes) -> None:
    """A table of models is tiers, or one line."""
    FILE.write_bytes(data)
    try:
        tiers = read_file(FILE)
    except ValueError as error:
        _is_fault(str(error))
        return
    assert all(isinstance(tier, str) for tier in tiers)


def scenario(data: bytes) -> None:
    """A scenario is one, or one line."""
    try:
        read(data.decode("utf-8", "replace"), "given")
    except ScenarioError as error:
        must_be_one_line(str(error), 20_000, "given: ")


def _is_fault(text: str) -> None:
    must_be_one_line(text, LONGEST + len(str(FILE)), f"{FILE}: ")
