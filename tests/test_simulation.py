"""Storms over the real worlds: whatever goes wrong, in memory and live, every law holds and a run ends.

Law: each kind of fault strikes in every stage in which it can, within a stated number of seeds. A failing seed
prints itself, a small recording, and the command that plays it again. See docs/proof/simulation.md.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from specs.faults import FAULTS, STAGES, reachable, unreachable
from specs.storms import CELLS, mode_of, storm
from tests.simulate.__main__ import ROUND, main
from tests.simulate.report import Report, told, traces
from tests.simulate.verdict import complaints, lived_through
from tests.simulate.worlds import WORLDS, WorldName, live

pytestmark = pytest.mark.xdist_group("storms")  # What they share costs too much to be made twice.

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "tests" / "seeds"
TRACES = SEEDS / "traces.txt"

ONCE_FAILED: list[dict[str, Any]] = tomllib.loads((SEEDS / "simulation.toml").read_text("utf-8"))["seed"]

each_world = pytest.mark.parametrize("world", WORLDS)


@pytest.fixture(scope="module")
def report() -> Report:
    report = Report()
    for seed in range(ROUND):
        report.live(seed)
    return report


def test_every_run_keeps_every_law_and_is_called_what_the_oracle_calls_it(report: Report) -> None:
    assert not report.failures, "\n".join(map(told, report.failures[:3]))


@each_world
def test_every_fault_strikes_in_every_stage_in_which_it_can(report: Report, world: WorldName) -> None:
    assert report.missed(world) == []


@each_world
def test_no_fault_strikes_where_it_is_said_that_it_cannot(report: Report, world: WorldName) -> None:
    assert report.impossible(world) == []


def test_a_storm_leaves_the_same_trace_on_every_python(report: Report, regenerate: bool) -> None:
    """Asked again in a process of its own where it differs: this one may have threads of a test runner's."""
    if regenerate:
        TRACES.write_text("\n".join(traces(report)) + "\n", "utf-8")
    kept = TRACES.read_text("utf-8").splitlines()
    assert len(kept) == ROUND
    for seed, (found, trace) in enumerate(zip(traces(report), kept, strict=True)):
        assert found == trace or _told("--seed-from", str(seed), "--seeds", "1") == [trace]


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_a_storm_leaves_the_same_trace_in_every_process(hash_seed: str) -> None:
    assert _told("--seeds", "33", hash_seed=hash_seed) == TRACES.read_text("utf-8").splitlines()[:33]


def _told(*seeds: str, hash_seed: str = "random") -> list[str]:
    words = [sys.executable, "-m", "tests.simulate", "--traces", *seeds]
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("row", ONCE_FAILED, ids=lambda row: f"{row['seed']}-{row['world']}")
def test_a_seed_that_ever_failed_fails_no_more(row: dict[str, Any]) -> None:
    assert row.keys() == {"seed", "mode", "world", "found"}
    assert row["found"]
    assert lived_through(storm(row["seed"], row["mode"]), row["world"])[1] == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python begins every task in its turn")
def test_tasks_that_begin_at_once_change_the_order_of_an_instant_and_no_law() -> None:
    for seed in range(0, ROUND, 5):
        given = storm(seed, mode_of(seed))
        assert complaints(live(given, eager=True), given) == []


def test_the_table_names_42_kinds_of_fault_and_a_reason_for_each_cell_that_cannot_be() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 42
    for world in WORLDS:
        never = unreachable(world)
        assert all(never.values())
        assert len(never) + len(reachable(world)) == len(FAULTS) * len(STAGES)
    assert {stage for _, stage in CELLS} == set(STAGES)


def test_both_modes_are_played() -> None:
    modes = [mode_of(seed) for seed in range(ROUND)]
    assert (modes.count("safety"), modes.count("liveness")) == (2 * len(CELLS), len(CELLS))
    assert storm(0, "safety").calm is None
    assert storm(0, "liveness").calm is not None


def test_the_command_prints_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--jobs", "1", "--seed-from", "7"]) == 0
    said = capsys.readouterr().out
    assert "2 seeds, 4 runs in" in said
    assert "simulated hours per hour" in said
    assert main(["--seed", "7", "--world", "memory"]) == 0
    assert "nothing is wrong with it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--seed", "7", "--without", "nothing"], "there is no part named 'nothing'"),
        (["--seeds", "-1"], "can't be negative"),
        (["--world", "mars"], "invalid choice: 'mars'"),
    ],
)
def test_the_command_refuses_nonsense_in_one_line(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(words)
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert complaint in capsys.readouterr().err
