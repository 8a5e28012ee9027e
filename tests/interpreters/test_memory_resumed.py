"""Runs that are suspended or cut, and taken up again. Law: instants go on, and a replay tells the same story."""

from datetime import timedelta

import pytest

from executus import Agent, RunResult
from executus.events import RunResumed
from executus.facts import RunFacts
from executus.transcript import Transcript
from interpreters.files import load, save
from interpreters.memory import Memory, calls, says, scripted, steer
from interpreters.replay import Replay

AGENT = Agent(name="worker", low_level_tools=("work",), max_runtime="1h")


class Checkpoints:
    """Keeps nothing, and counts."""

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def begin(self, facts: object) -> "Checkpoints":
        self.verbs.append("begin")
        return self

    def adopt(self, facts: RunFacts) -> "Checkpoints":
        self.verbs.append(f"adopt {facts.run_id}")
        return self

    def save(self, entry: object) -> None:
        """It is kept well."""

    def complete(self) -> None:
        self.verbs.append("complete")

    def fail(self, error: str) -> None:
        self.verbs.append("fail")

    def leave(self) -> None:
        self.verbs.append("leave")


def suspended(store: Checkpoints) -> RunResult:
    tools = [scripted("work", returns="done", takes="1s")]
    model = [calls("work"), says("never heard", takes="10s")]
    return Memory(model=model, tools=tools, checkpoints=store, happens=[("3s", "shutdown")]).run(AGENT, "Go.")


def test_a_suspended_run_goes_on_where_it_was(tmp_path: object) -> None:
    store = Checkpoints()
    past = suspended(store)
    assert (past.status, past.resumable, past.transcript.status) == ("cancelled", True, None)
    assert Replay(past.transcript).run() == past
    world = Memory(
        model=[says("Half.", takes="2s"), says("All.")],
        tools=[scripted("work")],
        checkpoints=store,
        happens=[("1s", steer("Hurry."))],
    )
    result = world.resume(past.transcript)
    assert (result.status, result.output, result.warnings) == ("ok", "All.", ())
    assert [step.content for step in result.steps] == ["done"]
    assert result.run.now == 5_000_000
    resumed = [entry.event for entry in result.transcript.entries if isinstance(entry.event, RunResumed)]
    assert [(event.at, event.epoch) for event in resumed] == [(3_000_000, 1)]
    assert Replay(result.transcript).run() == result
    assert store.verbs == ["begin", "leave", "adopt memory", "complete"]


def test_it_may_be_suspended_more_than_once() -> None:
    store = Checkpoints()
    past = suspended(store).transcript
    for epoch in (1, 2):
        world = Memory(
            model=[says("never heard", takes="10s")],
            tools=[scripted("work")],
            checkpoints=store,
            happens=[("1s", "shutdown")],
        )
        result = world.resume(past)
        assert (result.run.epoch, result.resumable) == (epoch, True)
        assert Replay(result.transcript).run() == result
        past = result.transcript


def test_a_run_that_was_cut_goes_on_too() -> None:
    whole = suspended(Checkpoints()).transcript
    asked = next(entry.seq for entry in whole.entries if "tool_returned" in str(entry.event.__struct_config__.tag))
    cut = Transcript(whole.entries[: asked + 1])
    world = Memory(model=[says("Done.")], tools=[scripted("work")], checkpoints=Checkpoints())
    result = world.resume(cut)
    assert ([step.content for step in result.steps], result.output) == (["done"], "Done.")


def test_a_run_that_has_ended_is_not_taken_up_again() -> None:
    result = Memory(model=[says("Hello!")]).run(Agent(), "Hi")
    with pytest.raises(ValueError, match="has ended: ok"):
        Memory(model=[]).resume(result.transcript)


def test_a_slow_store_holds_the_run_up() -> None:
    tools = [scripted("work", returns="done", takes="1s", effect="pure")]
    world = Memory(
        model=[calls("work"), says("Done.")], tools=tools, checkpoints=Checkpoints(), takes={("Save", 4): "5s"}
    )
    result = world.run(AGENT, "Go.")
    assert result.run.now >= 5_000_000
    assert result.status == "ok"
    assert Replay(result.transcript).run() == result


def test_a_store_that_hangs_is_given_up() -> None:
    world = Memory(model=[says("Done.")], checkpoints=Checkpoints(), hangs=["Save"])
    result = world.run(Agent(), "Go.")
    assert result.status == "ok"
    assert "save did not return within 5s" in " ".join(result.warnings)
    assert timedelta() <= result.runtime


def test_a_file_of_it_is_read_again(tmp_path: object) -> None:
    past = suspended(Checkpoints())
    path = f"{tmp_path}/run.xrec"
    save(past.transcript, path).unwrap()
    assert Replay(load(path).unwrap()).run() == past
