"""What nobody would miss is told, what somebody would miss is not; and a change stays in its child."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from executus import Agent
from executus.bounds import KERNEL_DEFAULTS
from executus.rules.status import Killed, Status, status_of
from executus.values import replace
from interpreters.files import save
from interpreters.memory import Memory, calls, hangs, says, scripted
from interpreters.policy import PolicyReport, Unmet, mutate_policy
from interpreters.policy.limits import limit_changes
from interpreters.policy.rules import rule_changes

TALKER = Agent(name="talker", max_runtime="60s")
LOOKER = Agent(name="looker", max_runtime="60s", max_iterations=2, low_level_tools=("look",))
LOOK = scripted("look", returns="fine")


def an_answer_at_the_deadline_is_late() -> None:
    assert Memory(model=[says("Hi", takes="60s")]).run(TALKER, "x").status == "timeout"


def an_answer_before_it_is_in_time() -> None:
    assert Memory(model=[says("Hi", takes="59.999999s")]).run(TALKER, "x").status == "ok"


def a_third_step_is_one_too_many() -> None:
    world = Memory(model=[calls("look", n=1), calls("look", n=2), calls("look", n=3)], tools=[LOOK])
    assert world.run(LOOKER, "x").status == "error"


def two_steps_are_not() -> None:
    world = Memory(model=[calls("look", n=1), calls("look", n=2), says("Done.")], tools=[LOOK])
    assert world.run(LOOKER, "x").status == "ok"


def unnoticed(report: PolicyReport) -> dict[str, tuple[str, ...]]:
    return {one.site.key: one.becomes for one in report.unnoticed if one.is_reached}


def test_a_limit_whose_two_sides_are_tested_is_missed_and_others_are_not() -> None:
    report = mutate_policy(TALKER, expect=[an_answer_at_the_deadline_is_late, an_answer_before_it_is_in_time])
    missed = unnoticed(report)
    assert "max_runtime" not in missed
    assert len(missed["preflight_timeout"]) == len(missed["model_attempts"]) == 4
    assert not [key for key in missed if "status_of" in key or "has_expired" in key]
    assert report.expectations == 2
    assert (
        report.missed
        < report.changes
        == len(list(limit_changes(TALKER, KERNEL_DEFAULTS))) + len(list(rule_changes(TALKER)))
    )


def test_a_limit_of_which_one_side_is_tested_may_be_on_the_other() -> None:
    late = mutate_policy(TALKER, expect=[an_answer_at_the_deadline_is_late], only=["max_runtime"])
    assert unnoticed(late)["max_runtime"] == ("a microsecond less (59.999999s)", "half as much (30s)")
    early = mutate_policy(TALKER, expect=[an_answer_before_it_is_in_time], only=["max_runtime"])
    assert unnoticed(early)["max_runtime"] == ("a microsecond more (60.000001s)", "twice as much (120s)")


def test_the_step_limit_is_missed_by_whoever_tests_the_last_step_and_the_one_after() -> None:
    steps = ["max_iterations", "is_at_step_limit"]
    both = unnoticed(mutate_policy(LOOKER, expect=[a_third_step_is_one_too_many, two_steps_are_not], only=steps))
    assert "max_iterations" not in both
    assert not [key for key in both if "is_at_step_limit" in key]
    one = unnoticed(mutate_policy(LOOKER, expect=[two_steps_are_not], only=steps))
    assert one["max_iterations"] == ("one more (3)", "twice as much (4)")
    assert one["rules.guards.is_at_step_limit:steps_done >= max_iterations"] == ("steps_done > max_iterations",)


def test_what_nothing_comes_by_is_told_as_such() -> None:
    report = mutate_policy(TALKER, expect=[an_answer_before_it_is_in_time], only=["status_of:Expired"])
    cell = next(one for one in report.unnoticed if "Expired" in one.site.key)
    assert not cell.is_reached
    assert len(cell.becomes) == len(Status) - 1
    assert re.search(r"case Expired\(\) \(line \d+\)\n  Status.TIMEOUT: nothing comes by it\n", str(report))


def test_a_change_stays_where_it_was_made() -> None:
    mutate_policy(LOOKER, expect=[a_third_step_is_one_too_many], only=["max_iterations", "status_of"])
    assert status_of(Killed(0, "stuck")) is Status.KILLED
    a_third_step_is_one_too_many()
    two_steps_are_not()


def test_an_expectation_that_fails_as_things_are_is_no_expectation() -> None:
    def never() -> None:
        raise ValueError("no, never")

    with pytest.raises(
        Unmet, match=r"never fails \(ValueError: no, never\), although nothing is changed \(1 of 2"
    ):
        mutate_policy(TALKER, expect=[never, an_answer_before_it_is_in_time])


def test_an_agent_that_nothing_runs_is_a_mistake() -> None:
    with pytest.raises(Unmet, match="none of 1 expectations begins a run of 'agent:looker'"):
        mutate_policy(LOOKER, expect=[an_answer_before_it_is_in_time])
    with pytest.raises(Unmet, match="there are no tests"):
        mutate_policy(LOOKER)


def test_a_change_that_never_ends_is_noticed() -> None:
    """With `>` at the deadline a run that waits for it waits for ever."""

    def a_model_that_hangs_is_left() -> None:
        assert Memory(model=[hangs()]).run(TALKER, "x").status == "timeout"

    report = mutate_policy(TALKER, expect=[a_model_that_hangs_is_left], only=["has_expired"])
    assert (report.changes, report.missed) == (1, 0)


def test_what_is_accepted_is_told_apart_and_must_be_needed() -> None:
    expect = [an_answer_at_the_deadline_is_late]
    reasons = {"max_runtime": "nobody minds less", "rules.status.latch:no such place": "gone long ago"}
    report = mutate_policy(TALKER, expect=expect, accepted=reasons, only=["max_runtime", "latch"])
    assert report.accepted == ("max_runtime",)
    assert report.stale == ("rules.status.latch:no such place",)
    assert "max_runtime" not in unnoticed(report)
    assert "take it out: rules.status.latch:no such place" in str(report)


def test_a_recording_is_an_expectation_of_how_it_ended(tmp_path: Path) -> None:
    save(Memory(model=[says("Hi", takes="60s")]).run(TALKER, "x").transcript, tmp_path / "late.xrec").unwrap()
    save(Memory(model=[says("Hi", takes="1s")]).run(TALKER, "x").transcript, tmp_path / "early.xrec").unwrap()
    save(
        Memory(model=[says("Hi")]).run(replace(TALKER, name="other"), "x").transcript, tmp_path / "o.xrec"
    ).unwrap()
    report = mutate_policy(TALKER, recordings=[tmp_path], only=["max_runtime", "status_of"])
    assert report.expectations == 2
    assert unnoticed(report)["max_runtime"] == ("a microsecond less (59.999999s)", "half as much (30s)")
    assert not [key for key in unnoticed(report) if "status_of" in key]


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (lambda folder: None, "there is no .xrec file in"),
        (lambda folder: (folder / "a.xrec").write_text("no"), "a.xrec: corrupt"),
        (lambda folder: Path(folder / "a.xrec").symlink_to(folder / "b"), "a.xrec"),
    ],
)
def test_recordings_that_can_not_be_read_are_a_mistake(
    tmp_path: Path, write: Callable[[Path], object], complaint: str
) -> None:
    write(tmp_path)
    with pytest.raises(Unmet, match=complaint):
        mutate_policy(TALKER, recordings=[tmp_path])
