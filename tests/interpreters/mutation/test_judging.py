"""What a verdict is worth: every one but a kill is told, and shares are rounded down."""

from pathlib import Path

import pytest

from interpreters.mutation.accepted import AcceptedError, read
from interpreters.mutation.judging import Judgement, judge
from interpreters.mutation.mutants import Mutant
from interpreters.mutation.settings import Settings

PLAIN = Settings({})


def mutant(verdict: str, kind: str = "semantic", number: int = 1) -> Mutant:
    return Mutant(f"m.x_f__mutmut_{number}", f"m.f:{number}", "m.f", kind, verdict, "-a\n+b")


def whys(judgement: Judgement) -> list[str]:
    return [one.why for one in judgement.findings]


@pytest.mark.parametrize("verdict", ["killed", "caught_by_type_check"])
def test_a_kill_is_well(verdict: str) -> None:
    judgement = judge([mutant(verdict)], [], {}, PLAIN)
    assert (whys(judgement), judgement.score.score) == ([], 100.0)


@pytest.mark.parametrize(
    "verdict",
    [
        "survived",
        "timeout",
        "suspicious",
        "not_checked",
        "skipped",
        "segfault",
        "interrupted",
        "no_tests",
        "exit_9",
    ],
)
def test_everything_else_is_not(verdict: str) -> None:
    judgement = judge([mutant("killed", number=2), mutant(verdict)], [], {}, PLAIN)
    assert (whys(judgement), judgement.score.score) == ([verdict], 50.0)


def test_only_a_survivor_can_be_accepted() -> None:
    reasons = {"m.f:1": "it is the same"}
    assert whys(judge([mutant("survived")], [], reasons, PLAIN)) == []
    assert whys(judge([mutant("timeout")], [], reasons, PLAIN)) == ["stale", "timeout"]
    assert whys(judge([mutant("killed")], [], reasons, PLAIN)) == ["stale"]
    assert whys(judge([mutant("killed")], ["m.g"], {"m.g:unseen": "a property"}, PLAIN)) == []
    assert whys(judge([mutant("killed")], ["m.g"], {}, PLAIN)) == ["unseen"]


def test_a_control_that_is_noticed_spoils_its_function_and_one_that_is_not_counts_for_nothing() -> None:
    assert whys(judge([mutant("killed"), mutant("killed", "control")], [], {}, PLAIN)) == ["unreliable"]
    well = judge([mutant("killed"), mutant("survived", "control")], [], {}, PLAIN)
    assert (whys(well), well.score.total) == ([], 1)


def test_a_share_is_rounded_down() -> None:
    many = [mutant("killed", number=number) for number in range(20_000)]
    assert judge([*many, mutant("survived", number=20_001)], [], {}, PLAIN).score.score == 99.99


def test_too_few_mutants_and_too_few_kills_are_told() -> None:
    some = [mutant("killed"), mutant("killed", "wording", 2), mutant("survived", number=3)]
    reasons = {"m.f:3": "known"}
    assert whys(judge(some, [], reasons, Settings({}, least=2, floor=66.0))) == []
    assert whys(judge(some, [], reasons, Settings({}, least=3, floor=67.0))) == ["too_few", "too_low"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('["a:1"]\nreason = ""', "has no reason"),
        ('["a:1"]\nreason = " "', "has no reason"),
        ('["a:1"]\nreason = 3', "has no reason"),
        ('["a:1"]\nraeson = "x"', "must have one line"),
        ('["a:1"]\nreason = "x"\nmore = "y"', "must have one line"),
        ('a = "x"', "must have one line"),
        ("[a", "accepted.toml"),
    ],
)
def test_without_a_reason_nothing_is_accepted(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "accepted.toml").write_text(text, "utf-8")
    with pytest.raises(AcceptedError, match=complaint):
        read(tmp_path / "accepted.toml")
    assert read(tmp_path / "nothing.toml") == {}
