"""`executus what-if`: a table, and nothing guessed."""

from pathlib import Path

import pytest

from executus.agent import Agent, CriticConfig
from interpreters.files import save
from interpreters.memory import Memory, fails, hangs, says
from tests.interpreters.cli.commanding import Command, played, recorded


def test_what_would_change_is_a_table(command: Command, here: Path) -> None:
    recorded(Path("a.xrec"))
    recorded(Path("b.xrec"))
    ran = command("what-if", ".", "--set", "max_iterations=1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "recorded  would be  decided at    recording\n"
        "ok        -> error  entry 5 of 8  a.xrec\n"
        "ok        -> error  entry 5 of 8  b.xrec\n"
        "2 of 2 would be called something else.\n"
    )


def test_several_settings_hold_together(command: Command) -> None:
    past = recorded(Path("a.xrec"))
    ran = command("what-if", past, "--set", "max_iterations=1", "--set", "max_runtime=500ms")
    assert "-> timeout" in ran.out
    ran = command("what-if", past, "--set", "tokens=none")
    assert ran.out.splitlines()[1:] == [
        "ok        ok        entry 7 of 8  a.xrec",
        "0 of 1 would be called something else.",
    ]


def test_a_recording_that_ends_before_is_not_guessed_at(command: Command) -> None:
    past = save(played().transcript.fork(4), Path("a.xrec")).unwrap()
    ran = command("what-if", past, "--set", "max_iterations=5")
    assert ran.code == 0
    assert ran.out.splitlines()[1:] == [
        "not ended  unknown   -           a.xrec",
        "1 of 1 can't be told: the recording ends before the run does.",
        "0 of 1 would be called something else.",
    ]


def test_a_bad_file_does_not_keep_the_others_from_being_decided(command: Command) -> None:
    recorded(Path("a.xrec"))
    Path("b.xrec").write_bytes(b"not a recording\n")
    ran = command("what-if", ".", "--set", "max_iterations=1")
    assert ran.code == 4
    assert ran.err.startswith("executus: b.xrec: corrupt: line 1")
    assert "1 of 1 would be called something else." in ran.out
    alone = command("what-if", "b.xrec", "--set", "max_iterations=1")
    assert (alone.code, alone.out) == (4, "")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("max_iterations", "write KEY=VALUE"),
        ("max_iteration=3", "there is no 'max_iteration'; known are max_runtime, max_iterations"),
        ("max_iterations=three", "max_iterations must be a whole number"),
        ("max_iterations=-3", "max_iterations must not be negative, got -3"),
        ("max_iterations=none", "max_iterations must be a whole number"),
        ("max_runtime=5x", 'max_runtime must look like "90s"'),
        ("max_runtime=-5s", "max_runtime must not be negative"),
        ("backstop_multiplier=many", "backstop_multiplier must be a number"),
        ("lane_wait_counts=maybe", "lane_wait_counts must be true or false"),
        ("retry_cap=soon", 'retry_cap must look like "90s"'),
        ("at_step_limit=maybe", 'at_step_limit must be "fail" or "answer"'),
    ],
)
def test_a_wrong_setting_is_a_mistake(command: Command, setting: str, words: str) -> None:
    assert command("what-if", recorded(Path("a.xrec")), "--set", setting).is_mistake(words)


def watched(path: Path) -> Path:
    """A run under a critic that says nothing: its backstop ends it, at three times its max_runtime.

    What the critic would have said at another time, or about another backstop, nobody knows.
    """
    world = Memory(model=[hangs()], critic=[])
    agent = Agent(max_runtime="10s", critic=CriticConfig(enabled=True, backstop_multiplier=3))
    return save(world.run(agent, "x").transcript, path).unwrap()


@pytest.mark.parametrize(
    ("setting", "row"),
    [
        ("backstop_multiplier=1", "timeout   timeout   entry 3 of 6  a.xrec"),
        ("absolute_max=10s", "timeout   timeout   entry 3 of 6  a.xrec"),
        ("soft_timeout=2s", "timeout   unknown   -           a.xrec"),
        ("critic_backstop_multiplier=5.5", "timeout   timeout   entry 4 of 6  a.xrec"),
        ("model_attempts=1", "timeout   timeout   entry 4 of 6  a.xrec"),
        ("retry_base=2s", "timeout   timeout   entry 4 of 6  a.xrec"),
        ("lane_wait_counts=true", "timeout   timeout   entry 4 of 6  a.xrec"),
        ("compaction_threshold_ratio=0.5", "timeout   timeout   entry 4 of 6  a.xrec"),
    ],
)
def test_every_limit_may_be_another(command: Command, setting: str, row: str) -> None:
    ran = command("what-if", watched(Path("a.xrec")), "--set", setting)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1] == row


def test_a_run_that_was_asked_again_may_have_given_up(command: Command) -> None:
    world = Memory(model=[fails(status=500), says("Done.")])
    past = save(world.run(Agent(), "x").transcript, Path("a.xrec")).unwrap()
    assert "-> error" in command("what-if", past, "--set", "model_attempts=1").out


def test_what_is_missing_is_a_mistake(command: Command) -> None:
    assert command("what-if", recorded(Path("a.xrec"))).is_mistake("give --set KEY=VALUE")
    assert command("what-if", "--set", "max_iterations=1").is_mistake("give an .xrec file")
    assert command("what-if", "none.xrec", "--set", "max_iterations=1").is_mistake("there is no none.xrec")
