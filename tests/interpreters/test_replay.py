"""Replay: the recording is the only world there is.

Law: today's code over yesterday's events gives the same run, or says where it does not; nothing is ever performed.
"""

import pytest

from executus import Agent, Invocation, RunResult, Transcript
from executus.codec import fingerprint
from executus.transcript import Entry
from executus.values import replace
from interpreters.driving import at_once
from interpreters.memory import Memory, calls, hangs, says, scripted, steer
from interpreters.replay import Replay, ReplayError

AGENT = Agent(name="worker", low_level_tools=("work",), max_runtime="10s")


def lived() -> RunResult:
    work = scripted("work", returns="done", takes="2s")
    turns = [calls("work", text="I work.", usage={"input_tokens": 3}), says("Done.", takes="1s")]
    return Memory(model=turns, tools=[work], happens=[("1s", steer("Hurry."))]).run(AGENT, "Work.")


def on_file(past: Transcript) -> Transcript:
    """With fingerprints instead of effects, as a file has them."""
    entries = [replace(entry, asked=tuple(_printed(entry))) for entry in past.entries]
    return replace(past, entries=tuple(entries))


def _printed(entry: Entry) -> list[str]:
    return [effect if isinstance(effect, str) else fingerprint(effect) for effect in entry.asked]


def test_a_replay_is_the_run_from_the_recording_alone() -> None:
    result = lived()
    assert Replay(result.transcript).run() == result
    assert Replay(on_file(result.transcript)).run() == result


def test_a_run_that_was_cut_off_is_replayed_as_well() -> None:
    result = Memory(model=[hangs()]).run(Agent(max_runtime="10s"), "Hi")
    assert Replay(result.transcript).run() == result


def test_a_recording_that_ends_too_early_says_so() -> None:
    past = lived().transcript
    for index in range(len(past.entries) - 1):
        with pytest.raises(ReplayError, match=f"ends after {index + 1} entries, the run has not") as failed:
            Replay(past.fork(index)).run()
        assert failed.value.divergence is None


def test_a_recording_that_asked_for_something_else_says_where() -> None:
    past = lived().transcript
    entry = past.entries[3]
    other = replace(entry, asked=("RunTool#4:000000",))
    changed = replace(past, entries=(*past.entries[:3], other, *past.entries[4:]))
    with pytest.raises(ReplayError, match=r"diverged at entry 3 .*recorded RunTool#4.*differs in call") as failed:
        Replay(changed).run()
    assert failed.value.divergence is not None
    assert (failed.value.divergence.index, failed.value.divergence.field) == (3, "call")


def test_a_recording_without_a_beginning_says_so() -> None:
    with pytest.raises(ReplayError, match="a transcript begins with RunStarted"):
        Replay(Transcript(())).run()
    with pytest.raises(ReplayError, match="a transcript begins with RunStarted"):
        Replay(Transcript(lived().transcript.entries[1:])).run()


def test_the_recording_knows_best_what_was_run() -> None:
    result = lived()
    world = Replay(result.transcript)
    again = world.begin(Agent(name="another"), Invocation(prompt="Something else."))
    assert again == result.transcript.started


def test_a_replay_is_the_world_of_one_run() -> None:
    world = Replay(lived().transcript)
    world.run()
    with pytest.raises(RuntimeError, match="a Replay is the world of one run"):
        world.run()


def test_nothing_is_performed() -> None:
    ran: list[str] = []

    def work() -> str:
        ran.append("once")
        return "done"

    result = Memory(model=[calls("work"), says("Done.")], tools=[work]).run(AGENT, "Work.")
    assert ran == ["once"]
    assert Replay(result.transcript).run() == result
    assert ran == ["once"]


def test_what_comes_after_the_end_is_not_lived_through() -> None:
    past = lived().transcript
    late = replace(past.entries[-1], seq=len(past.entries), asked=())
    longer = replace(past, entries=(*past.entries, late))
    assert Replay(longer).run().transcript.entries == past.entries


def test_it_waits_for_nothing() -> None:
    world = Replay(lived().transcript)
    assert at_once(world.next_event(None), AssertionError) == lived().transcript.entries[1].event
