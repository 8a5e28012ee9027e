"""The bug bank: defects planted as patches, each caught by the checks that are named for it, within the worlds
stated.

A check that never finds anything proves nothing. `python -m tests.bank` says the same as a table. What a patch
no longer fits fails here by name: whoever moves the code moves the patch.
"""

from pathlib import Path

import pytest

from executus.rules import status
from executus.rules.status import Status
from tests.bank.__main__ import judged
from tests.bank.checking import catches
from tests.bank.defects import SEARCHED, Check, Defect, check, defects
from tests.bank.page import BEGIN, END
from tests.bank.planting import Unplantable, planted
from tests.bank.searching import searched

BANK = defects()
RULES = ("first cause", "the ceiling", "time first", "finalise once", "never run again")
PAGE = Path(__file__).parents[1] / "docs" / "proof" / "bug-bank.md"
STATUS = "executus/rules/status.py"

each = pytest.mark.parametrize("defect", BANK, ids=lambda defect: defect.name)


@each
def test_a_planted_defect_is_caught_by_every_check_that_is_named(defect: Defect) -> None:
    missed, _ = judged(defect)
    assert not missed, missed


def test_the_bank_is_large_and_no_two_defects_have_one_name() -> None:
    names = [one.name for one in BANK]
    assert len(set(names)) == len(names) >= 90
    assert len({repr(one.texts) for one in BANK}) >= len(BANK) - 2, "the same patch under two names"


@pytest.mark.parametrize("rule", RULES)
def test_each_of_the_five_rules_broken_by_hand_is_caught_twice_and_differently(rule: str) -> None:
    broken = [one for one in BANK if one.rule == rule]
    assert broken
    for one in broken:
        assert len({check.kind for check in one.checks}) >= 2, one.name


def test_what_the_seeds_get_wrong_is_all_there_and_caught_by_its_scenario() -> None:
    numbers = [one.name.split()[0] for one in BANK if one.name[0] in "SG" and one.name[1].isdigit()]
    assert numbers == [*[f"S{number}" for number in range(1, 19)], *[f"G{number}" for number in range(1, 11)]]
    for one in BANK:
        if one.name.split()[0] in numbers:
            assert any(check.kind == "scenario" for check in one.checks), one.name


def test_without_a_defect_no_check_catches_anything() -> None:
    named = {check for one in BANK for check in one.checks}
    few = [Check(one.kind, one.name, 20) for one in named if one.kind in SEARCHED]
    assert searched(few) == {}
    assert [str(one) for one in named if one.kind not in SEARCHED and catches(one)] == []


def test_a_patch_that_breaks_nothing_is_caught_by_nothing() -> None:
    harmless = Defect(
        "harmless",
        STATUS,
        ("law: the_first_cause_is_kept within 20 worlds", "row: status: finished"),
        "    if current is None:\n        return cause\n    return current",
        "    return cause if current is None else current",
    )
    missed, found = judged(harmless)
    assert found == {}
    assert missed == ["law: the_first_cause_is_kept misses it", "row: status: finished misses it"]


def test_a_patch_is_there_while_it_is_planted_and_gone_afterwards() -> None:
    cause = status.Killed(0, "stuck")
    patch = (
        "        case Killed():\n            return Status.KILLED",
        "        case Killed():\n            return Status.OK",
    )
    with planted({STATUS: [patch]}):
        assert status.status_of(cause) is Status.OK
    assert status.status_of(cause) is Status.KILLED


def test_a_table_that_is_patched_is_another_one_wherever_it_is_used() -> None:
    from executus import state
    from executus.machines import loop

    with planted({"executus/machines/loop.py": [("MOST_EMPTY_REPLIES = 1", "MOST_EMPTY_REPLIES = 7")]}):
        assert loop.MOST_EMPTY_REPLIES == 7
    with planted({"executus/state.py": [("MOST_LOSERS = 16", "MOST_LOSERS = 17")]}):
        assert state.MOST_LOSERS == 17
    assert (loop.MOST_EMPTY_REPLIES, state.MOST_LOSERS) == (1, 16)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("no such text", "x", "the patch no longer applies, its text isn't there any more: 'no such text'"),
        (
            "return Status.CANCELLED",
            "return Status.OK",
            "the patch no longer applies, its text stands there 2 times",
        ),
        ("return current", "return current", "the patch changes nothing"),
        ("    return current\n", "    return current  # so\n", "the patch changes nothing that is run"),
        ("    return current\n", "    return current)\n", "with the patch it is no Python"),
        ("    at: Instant\n    output: str\n\n\nclass DryRan", "    at: Instant\n\n\nclass DryRan", "only bodies"),
        (
            "def latch(current: Cause | None, cause: Cause)",
            "def latch(current: Cause, cause: Cause)",
            "only bodies",
        ),
    ],
)
def test_a_patch_that_does_not_fit_says_so(before: str, after: str, complaint: str) -> None:
    with pytest.raises(Unplantable) as told, planted({STATUS: [(before, after)]}):
        pass
    assert complaint in str(told.value)
    assert str(told.value).startswith(STATUS)


@pytest.mark.parametrize("line", ["law: x", "scenario: x within 3 worlds", "belief: x", "law", "", "row: "])
def test_a_check_is_named_strictly(line: str) -> None:
    with pytest.raises(ValueError, match="no check"):
        check(line)


def test_the_page_tells_of_every_defect() -> None:
    table = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[2:] == [one.name for one in BANK], "run python -m tests.bank --page"
    assert f"bug bank: {len(BANK)} of {len(BANK)}" in table
    for one in BANK:
        for named in one.checks:
            assert not named.within or f"within {named.within} worlds" in table
