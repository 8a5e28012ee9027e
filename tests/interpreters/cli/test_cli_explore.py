"""`executus explore`: a table of every way to end, one of them told, and a law that is broken as a scenario."""

import json
import tomllib
from pathlib import Path

import pytest

from executus import reception
from executus.events import CancelRequested
from executus.machines.suspend import on_cancel
from executus.state import Run
from executus.values import replace
from interpreters.files import load
from specs.reading import read
from tests.interpreters.cli.commanding import Command

AGENT = """
name = "reviewer"
max_iterations = 20
low_level_tools = ["read_file"]
"""

QUICK = ("--depth", "1", "--processes", "1")


@pytest.fixture
def agent(here: Path) -> Path:
    path = Path("agent.toml")
    path.write_text(AGENT, "utf-8")
    return path


def loses_count(run: Run, event: CancelRequested) -> Run:
    return replace(on_cancel(run, event), epoch=7)


def test_every_way_to_end_is_a_row(command: Command, agent: Path) -> None:
    ran = command("explore", agent, *QUICK)
    assert ran.code == 0
    head, *rows, verdict = ran.out.splitlines()
    assert head.split() == ["status", "ending", "states", "moves", "events"]
    assert {row.split()[0] for row in rows} == {"ok", "error", "budget_exceeded", "cancelled", "timeout"}
    assert verdict == f"{len(rows)} ways to end; no law is broken, and every run comes to an end"
    assert "note: explored as 2, which few moves reach: " in ran.err
    assert "max_iterations (20)" in ran.err
    assert "note: wired are budget, checkpoints; --port chooses others" in ran.err
    assert "checks: " in ran.err
    assert "transitions a second" in ran.err


def test_two_processes_say_the_same(command: Command, agent: Path) -> None:
    assert command("explore", agent, *QUICK).out == command("explore", agent, "--depth", "1").out


def test_json_has_the_counts_and_the_endings(command: Command, agent: Path) -> None:
    ran = command("explore", agent, *QUICK, "--json")
    found = json.loads(ran.out)
    assert found["depth"] == 1
    assert found["transitions"] > found["states"] > 10
    assert {"status": "ok", "ending": "Finished"}.items() <= found["endings"][-1].items() or any(
        one["ending"] == "Finished" and one["status"] == "ok" for one in found["endings"]
    )


@pytest.mark.parametrize("wanted", ["budget_exceeded", "refused", "Refused"])
def test_the_shortest_way_to_an_ending_is_told_and_kept(command: Command, agent: Path, wanted: str) -> None:
    ran = command("explore", agent, *QUICK, "--show", wanted, "-o", "way.xrec")
    assert ran.code == 0
    assert ran.out.splitlines()[1].split()[2:] == ["budget", "refuses:", '"nothing', 'left"']
    assert "the shortest way to Refused (budget_exceeded), by 1 moves:" in ran.err
    assert load("way.xrec").unwrap().status == "budget_exceeded"


def test_ports_are_chosen(command: Command, agent: Path) -> None:
    none = command("explore", agent, *QUICK, "--port", "none")
    assert "note: wired are no ports" in none.err
    assert "budget_exceeded" not in none.out
    every = [part for port in ("audit", "lanes", "delivery", "compactor", "approver") for part in ("--port", port)]
    chosen = command("explore", agent, *QUICK, *every)
    assert "note: wired are approver, audit, compactor, delivery, lanes" in chosen.err
    assert chosen.code == 0


def test_a_critic_a_palette_a_type_and_phases_are_explored(command: Command, here: Path) -> None:
    Path("agent.toml").write_text(
        'low_level_tools = ["read_file"]\nsub_agent_palette = ["scout"]\nskill_palette = ["sum"]\n'
        'output_type = "specs.hosting:Lane"\n[critic]\nenabled = true\n'
        '[[phases]]\nname = "A"\nmax_iterations = 9\n[[phases]]\nname = "B"\n',
        "utf-8",
    )
    ran = command("explore", "agent.toml", *QUICK)
    assert ran.code == 0
    assert "note: wired are budget, checkpoints, critic;" in ran.err
    assert "A.max_iterations (9)" in ran.err
    assert "Expired the critic's backstop" in ran.out


def test_a_law_that_is_broken_is_a_scenario_and_a_failure(
    command: Command, agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reception.FACTS, CancelRequested, loses_count)
    ran = command("explore", agent, *QUICK, "-o", "broken.xrec")
    assert ran.code == 1
    assert "executus: broken: epochs_are_counted" in ran.err
    scenario = read(ran.out, "found")
    assert [one.what for one in scenario.happens] == ["cancel"]
    assert tomllib.loads(ran.out)["title"] == "epochs_are_counted"
    assert len(load("broken.xrec").unwrap().entries) >= 2


def test_what_no_scenario_can_say_is_kept_as_a_recording(
    command: Command, agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(run: Run, event: CancelRequested) -> Run:
        raise ZeroDivisionError("never")

    monkeypatch.setitem(reception.FACTS, CancelRequested, breaks)
    ran = command("explore", agent, *QUICK)
    assert (ran.code, ran.out) == (1, "")
    assert "executus: broken: raises ZeroDivisionError: never" in ran.err
    assert "no scenario can say this: the core itself breaks" in ran.err
    assert "-o keeps it" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--depth", "99"], "give a number of moves from 0 to 12"),
        (["--depth", "-1"], "give a number of moves"),
        (["--processes", "0"], "give at least 1"),
        (["--port", "telephone"], "there is no such port; there are approver"),
        ([*QUICK, "--show", "happiness"], "no run ends so within 1 moves; there are"),
        (["-o", "."], "is a folder"),
        (["--depth", "deep"], "--depth"),
    ],
)
def test_a_mistake_is_one_line(command: Command, agent: Path, arguments: list[str], words: str) -> None:
    ran = command("explore", agent, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err.splitlines()[-1]


def test_an_agent_file_that_is_none_is_a_mistake(command: Command, here: Path) -> None:
    assert command("explore", "nothing.toml").is_mistake("nothing.toml")
    Path("odd.toml").write_text("max_iterations = -1", "utf-8")
    assert command("explore", "odd.toml").is_mistake("max_iterations")
