"""mutmut with our operators: `python -m interpreters.mutation.patched run`, in a process of its own.

Law: before anything is mutated it is seen on a sample that each operator still takes effect, so that another
mutmut can't leave them out unnoticed. What configures mutmut is passed in as JSON, in EXECUTUS_MUTMUT.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from mutmut import configuration
from mutmut.mutation import file_mutation
from mutmut.mutation.mutators import mutation_operators
from mutmut.runners.harness import PytestRunner

from interpreters.mutation.chosen import run_tests
from interpreters.mutation.members import Enums
from interpreters.mutation.operators import EnumSwap, operators

GIVEN = "EXECUTUS_MUTMUT"
"""The environment variable that holds mutmut's settings."""

SAMPLE = """
from enum import StrEnum

class Status(StrEnum):
    OK = "ok"
    TIMEOUT = "timeout"
    KILLED = "killed"

def status(kills: int, log: list, late: bool) -> Status:
    log.append(kills)
    if late:
        return Status.OK
    match kills:
        case 1 | 2:
            return Status.KILLED
        case _:
            return min(Status.OK, Status.TIMEOUT) if kills < 3 and late else Status.OK
"""

EFFECTS = {
    "another member of an enum": "            return Status.TIMEOUT\n        case _:",
    "a turned condition": "    if not (late):",
    "nothing returned": "            return None\n        case _:",
    "an alternative left out": "        case 2:",
    "two bodies swapped": "        case _:\n            return Status.KILLED",
    "a turned comparison": "if kills > 3 and late else",
    "one side of two": "if late else",
    "one less": "if kills < 2 and late else",
    "the other of two functions": "return max(Status.OK, Status.TIMEOUT)",
    "a deleted statement": "-> Status:\n    pass\n",
}
"""What a mutant of the sample holds if its operator takes effect."""


def install() -> None:
    """From here on mutmut uses our operators and the given settings. Raises RuntimeError if it doesn't."""
    swap = EnumSwap(Enums([Path.cwd(), Path.cwd() / "src"]))
    stock = file_mutation.create_mutations

    def in_its_file(filename: str, *rest: Any) -> Any:
        swap.enter(Path(filename))
        return stock(filename, *rest)

    _put(file_mutation, "create_mutations", in_its_file)
    cast(list[Any], mutation_operators).extend(operators(swap))
    _put(PytestRunner, "run_tests", run_tests)
    given = json.loads(os.environ.get(GIVEN, "{}"))
    if given:
        _put(configuration, "_config_reader", lambda: _reader(given))
        configuration.reset_config()  # mutmut has read its own table already, while it was imported.
    missing = without_effect()
    if missing:
        raise RuntimeError(f"this mutmut doesn't make: {', '.join(missing)}")


def without_effect() -> list[str]:
    """The operators of which no mutant of the sample tells."""
    with TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.py"
        sample.write_text(SAMPLE, "utf-8")
        made = file_mutation.mutate_file_contents(str(sample), SAMPLE).code
    return [name for name, text in EFFECTS.items() if text not in made]


def _reader(given: dict[str, Any]) -> Callable[[str, Any], Any]:
    return lambda key, default: given.get(key, default)


def _put(owner: object, name: str, value: object) -> None:
    """In the place of what mutmut has there: a name that isn't there would change nothing."""
    if not hasattr(owner, name):
        raise RuntimeError(f"this mutmut has no {name}")
    setattr(owner, name, value)


def _forget() -> None:
    """What the tests import must be the mutated copy, not what stands here in memory already."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "interpreters":
            del sys.modules[name]


def main() -> None:
    """mutmut's own command, after that."""
    from mutmut.__main__ import cli

    try:
        install()
    except RuntimeError as error:
        sys.exit(str(error))
    _forget()
    cli()


if __name__ == "__main__":
    main()
