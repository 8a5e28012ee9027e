"""The recordings in specs/transcripts: what was written once is read, replayed and written again, byte for byte.

`pytest --regenerate` writes them anew; a difference it makes is a change of format or of behaviour, to be judged.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from executus.agent import Agent, Limits
from executus.bounds import Defaults
from executus.invocation import Invocation
from executus.laws import broken
from executus.transcript import Transcript
from executus.values import Image, Message, Usage
from interpreters.files import load
from interpreters.memory import Memory, calls, fails, hangs, says, scripted, steer
from interpreters.replay import Replay
from specs.conformance import FOLDER as CONFORMANCE
from specs.reading import read
from tests.forging import file_of
from tests.runs import rich_run
from tests.scripted import in_memory

FOLDER = Path(__file__).parents[1] / "specs" / "transcripts"
TOOLS = [scripted("add", returns="5", takes="1s"), scripted("bad", raises=ValueError("it broke"))]
ALONE = Agent(id="7", name="alone", system_prompt="Work.", model_tier="smart", max_iterations=2)
AGENT = Agent(name="worker", low_level_tools=("add", "bad"), limits=Limits(tokens=100), max_runtime="10s")


def lived(*model: object, happens: tuple[object, ...] = (), agent: Agent = AGENT) -> Transcript:
    world = Memory(model=list(model), tools=TOOLS, happens=happens)  # type: ignore[arg-type]
    return world.run(agent, Invocation(prompt="Go on.")).transcript


def _pictures() -> Transcript:
    picture = Image("image/png", "aGk=")
    history = (Message("user", "Schön.", (picture,)), Message("assistant", "日本語 \U0001f600 \u2028 \x00"))
    return (
        Memory(model=[says("Gesehen: ☃")]).run(Agent(), Invocation(images=(picture,), history=history)).transcript
    )


RUNS: dict[str, Callable[[], Transcript]] = {
    "ok": lambda: rich_run().transcript,
    "pictures": _pictures,
    "timeout": lambda: lived(calls("add", "add", text="I look."), hangs()),
    "cancelled": lambda: lived(calls("add", "add"), happens=(("0.5s", "cancel"),)),
    "shut_down": lambda: lived(calls("add"), hangs(), happens=(("2s", steer("Hurry.")), ("3s", "shutdown"))),
    "overspent": lambda: lived(calls("add", usage=Usage(60)), calls("add", usage=Usage(60), text="More.")),
    "tool_errors": lambda: lived(calls("bad", "bad", "nothing")),
    "repeated": lambda: lived(*[calls("add")] * 4),
    "model_failed": lambda: lived(calls("add"), *[fails("overloaded", status=529, retry_after="2s")] * 3),
    "step_limit": lambda: lived(
        calls("add"),
        calls("add", n=2),
        agent=Agent(low_level_tools=("add",), max_iterations=1, at_step_limit="answer"),
    ),
    "unresolved": lambda: lived(agent=Agent(low_level_tools=("missing",))),
    "defaults": lambda: Memory(model=[says("Done.")], defaults=Defaults(max_iterations=3)).run(ALONE).transcript,
    "not_ended": lambda: rich_run().transcript.fork(5),
}

OF_SCENARIOS = (
    "a-conversation-near-its-window-is-compacted",
    "a-dry-run-says-what-it-would-do",
    "a-refused-run-calls-no-model",
    "a-submit-becomes-the-value",
    "an-extension-moves-the-backstop",
    "phases-run-in-order",
    "s14-the-reason-of-a-kill-is-in-result-and-audit",
    "s6-a-resumed-run-goes-on-from-the-compacted-conversation",
    "s7-a-finished-call-of-a-step-is-never-run-again",
    "the-end-has-its-order",
    "waiting-for-a-person-stops-the-clock",
)
"""Scenarios whose recordings are kept as well: the vocabulary that plain runs don't use."""


def _of_scenario(name: str) -> Callable[[], Transcript]:
    text = (CONFORMANCE / f"{name}.toml").read_text("utf-8")
    return lambda: in_memory(read(text, name)).result.transcript


RUNS |= {name: _of_scenario(name) for name in OF_SCENARIOS}

each = pytest.mark.parametrize("name", RUNS)


@each
def test_today_the_same_script_gives_the_same_file(name: str, regenerate: bool) -> None:
    path = FOLDER / f"{name}.xrec"
    if regenerate:
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(file_of(RUNS[name]()))
    assert path.read_bytes() == file_of(RUNS[name]())


@each
def test_what_was_written_once_is_read_and_written_again_byte_for_byte(name: str) -> None:
    past = load(FOLDER / f"{name}.xrec").unwrap()
    assert file_of(past) == (FOLDER / f"{name}.xrec").read_bytes()


@each
def test_what_was_recorded_once_is_still_decided_today(name: str) -> None:
    past = load(FOLDER / f"{name}.xrec").unwrap()
    assert past.divergence() is None
    assert broken(past) == ()
    if past.status is not None:
        assert Replay(past).run().status == past.status


def test_no_recording_lies_there_unread() -> None:
    assert {path.stem for path in FOLDER.glob("*.xrec")} == RUNS.keys()
