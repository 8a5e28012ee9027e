"""The standard exploration: every ground to its depth, every law in every state, and every way to end is come to.

It runs in processes of its own, without the type checks of the tests, which would make it many times slower.
"""

import json
import subprocess
import sys
from typing import Any, get_args

import pytest

from executus.failures import Failure
from executus.rules.deadlines import Owner
from executus.rules.status import Cause, Status
from tests.grounds import GROUNDS
from tests.test_layers import ROOT

pytestmark = pytest.mark.xdist_group("exploration")  # What they share costs too much to be made twice.

FEWEST_TRANSITIONS = 100_000

OWNERS = {owner for owner in Owner if owner is not Owner.PREFLIGHT}
"""Whose limit can expire a run: the preflight's is a failure with a name of its own."""

ENDINGS = {
    *[f"Failed {failure.__name__}" for failure in get_args(Failure)],
    *[f"Expired {owner}" for owner in OWNERS],
    "Finished",
    "DryRan",
    "Refused",
    "Overspent tokens",
    "Overspent cost",
    "Killed",
    "Cancelled",
    "ShutDown",
    "ShutDown, to be resumed",
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.grounds", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_no_law_is_broken_anywhere(found: dict[str, Any]) -> None:
    assert found.keys() == GROUNDS.keys()
    assert {name: one["violation"]["laws"] for name, one in found.items() if one.get("violation")} == {}


def test_every_status_and_every_cause_is_come_to(found: dict[str, Any]) -> None:
    endings = [ending for one in found.values() for ending in one["endings"]]
    assert {ending["name"] for ending in endings} == ENDINGS
    assert {ending["status"] for ending in endings} == set(Status)
    assert {name.split()[0].rstrip(",") for name in ENDINGS} == {cause.__name__ for cause in get_args(Cause)}


def test_what_waits_for_people_is_come_to(found: dict[str, Any]) -> None:
    assert all(found[name]["waits"] for name in ("lane", "people", "people and critic"))
    assert not any(found[name]["waits"] for name in ("plain", "critic", "submit"))


def test_it_is_large_enough_to_mean_something(found: dict[str, Any]) -> None:
    assert sum(one["transitions"] for one in found.values()) >= FEWEST_TRANSITIONS
    assert all(one["runs"] >= one["depth"] for one in found.values() if one["states"] > 1)
