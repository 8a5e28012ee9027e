"""Text that no file can hold is refused where it is handed in, or mended: it ends no run and breaks no record."""

from collections.abc import Callable

import pytest

from executus import Agent
from executus.events import CancelRequested
from interpreters.memory import Memory, ScriptError, calls, hangs, says, scripted, steer

BROKEN = "caf\udce9"
"""A file name as Python reads it from a disk that is not in UTF-8: text that no file can hold."""


LOOK = scripted("look")
BROKEN_LIVES: dict[str, Callable[[], Memory]] = {
    "a tool returns it": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", returns=BROKEN)]
    ),
    "a tool raises it": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", raises=FileNotFoundError(BROKEN))]
    ),
    "a model calls with it, twice": lambda: Memory(
        model=[calls(("look", BROKEN)), calls(("look", BROKEN)), says("done")], tools=[LOOK]
    ),
    "a model calls with it in JSON": lambda: Memory(
        model=[calls(("look", '{"a":"' + BROKEN + '"}')), says("done")], tools=[LOOK]
    ),
    "a model calls it": lambda: Memory(model=[calls(BROKEN), says("done")], tools=[LOOK]),
    "a model says it": lambda: Memory(model=[says(BROKEN)], tools=[LOOK]),
    "a model thinks it": lambda: Memory(model=[says("done", reasoning=BROKEN)], tools=[LOOK]),
    "somebody puts it in": lambda: Memory(
        model=[calls("look"), says("done")], tools=[scripted("look", takes="2s")], happens=[("1s", steer(BROKEN))]
    ),
    "somebody of that name cancels": lambda: Memory(
        model=[hangs()], tools=[LOOK], happens=[CancelRequested(5, BROKEN)]
    ),
}


@pytest.mark.parametrize("name", BROKEN_LIVES)
def test_no_text_breaks_a_run_or_its_record(name: str) -> None:
    try:
        result = BROKEN_LIVES[name]().run(Agent(low_level_tools=("look",)), "go")
    except ScriptError:
        return  # Refused where it was handed in.
    assert result.transcript.divergence() is None
    assert list(result.transcript.lines())


def test_a_prompt_that_no_file_can_hold_is_refused_in_words_or_recorded() -> None:
    try:
        result = Memory(model=[says("done")]).run(Agent(), BROKEN)
    except ValueError as refused:
        sentence = None if isinstance(refused, UnicodeError) else str(refused)
    else:
        sentence = b"".join(result.transcript.lines()).decode()
    assert sentence
