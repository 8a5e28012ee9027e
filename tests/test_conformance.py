"""Every scenario in every world: memory, live on a virtual clock, and again from the recording of either.

Law: a run means the same wherever it is played. `pytest --regenerate` rewrites the narratives of the files, and
nothing else in them.
"""

import re
import tomllib
from pathlib import Path

import pytest

from executus import RunResult, what_if
from executus.effects import BeginCheckpoint, OpenAudit, StartCritic
from executus.events import RunResumed
from executus.laws import broken
from executus.started import RunStarted
from executus.transcript import Entry
from executus.values import replace
from interpreters.files import load, save
from interpreters.memory import WALL_TIME
from interpreters.replay import Replay
from specs.conformance import FOLDER, judge, names, scenarios, with_narrative
from specs.conformance import scenario as named
from specs.reading import read
from specs.scenario import Scenario, ScenarioError
from specs.telling import MANY, folded
from tests.scripted import in_memory, on_a_loop


@pytest.fixture(params=names())
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each of them. A file that is none fails by itself, and no other."""
    return named(request.param)


def test_memory_does_what_the_scenario_says(scenario: Scenario, regenerate: bool) -> None:
    played = in_memory(scenario)
    if regenerate:
        _regenerate(FOLDER / f"{scenario.name}.toml", str(played.result.transcript))
    assert judge(scenario, played.result, played.witness, record=not regenerate) == []


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_live_does_what_the_scenario_says(scenario: Scenario, seed: int, regenerate: bool) -> None:
    played = on_a_loop(scenario, seed)
    assert judge(scenario, played.result, played.witness, record=not scenario.race and not regenerate) == []


def test_live_and_memory_keep_the_same_record(scenario: Scenario) -> None:
    memory, live = in_memory(scenario).result, on_a_loop(scenario, 0).result
    assert type(live.error) is type(memory.error)
    assert live.run.talk.conversation == memory.run.talk.conversation
    if not scenario.race:
        assert _entries(live) == _entries(memory)


def test_a_replay_is_the_run_again(scenario: Scenario, tmp_path: Path, regenerate: bool) -> None:
    for result in (in_memory(scenario).result, on_a_loop(scenario, 0).result):
        path = tmp_path / "run.xrec"
        save(result.transcript, path).unwrap()
        stored = load(path).unwrap()
        assert b"\n".join(stored.lines()) == b"\n".join(result.transcript.lines())
        for past in (result.transcript, stored):
            again = Replay(past).run()
            assert judge(scenario, again, record=not scenario.race and not regenerate) == []
            assert again == result
            assert again.why == result.why


def test_a_scenario_breaks_no_law(scenario: Scenario) -> None:
    assert broken(in_memory(scenario).result.transcript) == ()


def test_a_run_under_the_limits_it_had_would_be_called_the_same(scenario: Scenario) -> None:
    result = in_memory(scenario).result
    if result.resumable:
        return  # It has no end yet.
    answer = what_if(result.transcript)
    assert (answer.recorded, answer.would_be, answer.ended_before) == (result.status, result.status, False)


def test_every_scenario_quotes_the_section_it_shows() -> None:
    page = (Path(__file__).parents[1] / "docs" / "semantics.md").read_text("utf-8")
    sections = {part.partition(".")[0]: part for part in re.split(r"^## ", page, flags=re.MULTILINE)}
    for scenario in scenarios():
        section = " ".join(sections[scenario.section.partition(".")[0]].split())
        assert " ".join(scenario.rule.split()) in section, scenario.name


def test_no_two_scenarios_have_one_title() -> None:
    titles = [scenario.title for scenario in scenarios()]
    assert len(set(titles)) == len(titles) >= 40


HELLO = (FOLDER / "hello.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("[expect]", "[expect]\nstatuss = 'ok'", "statuss"),
        ("[agent]", "[agent]\nnom = 'x'", "Agent has no nom"),
        ("[agent]", "[agent]\nmax_iterations = '3'", "expected int, got '3'"),
        ("[agent]", "[agent]\nlow_level_tools = 'abc'", "expected list, got 'abc'"),
        ("[agent]", "[agent]\nmax_iterations = -3", "max_iterations must not be negative"),
        ("[[model]]", "[[model]]\nhangs = true", "a turn says and calls, or fails, or raises, or hangs"),
        ("[[model]]", "[[model]]\nhangs = 1", "expected bool, got 1"),
        ("[[model]]", "[[model]]\ncalls = ['add']", "a call is written name(arguments), not 'add'"),
        ("[[model]]", "[[model]]\ncalls = ['add()']\nids = ['a', 'b']", "an id for each call"),
        ("[[model]]", "[[model]]\nfinish = 'whenever'", "finish"),
        ('takes = "2s"', "takes = 'soon'", "must look like"),
        ("[[model]]", "[[happens]]\nat = '1s'\nwhat = 'rain'\n[[model]]", "rain"),
        ("title", "titel", "titel"),
        ("[agent]", "[[trouble]]\nport = 'Commit'\nraises = 'x'\n[agent]", "port is one of CheckBudget"),
        (
            "[agent]",
            "[[trouble]]\nport = 'Deliver'\nraises = 'x'\nhangs = true\n[agent]",
            "raises, or hangs, or gives",
        ),
        ("[agent]", "[[tools]]\nname = 'a'\nreconciles = ['maybe']\n[agent]", "reconciles"),
        ("[agent]", "[[tools]]\nname = 'a'\nof = 'nobody'\n[agent]", "nobody"),
        ("[agent]", "[agent]\noutput_type = { n = 5 }", "expected str, got 5"),
        ("[[model]]", "[[model]]\nstatus = 500", "only a turn that fails has a status"),
        ("[[model]]", "[[model]]\nspeaks = ['9s']", "a model speaks in order"),
        ("title", "approvals = [{ takes = '1s' }]\ntitle", "an approval approves, or refuses"),
        ("title", "wired = ['telephone']\ntitle", "telephone"),
        ("[agent]", "[agent", "Expected ']'"),
    ],
)
def test_a_file_is_read_strictly_and_its_fault_is_named(before: str, after: str, complaint: str) -> None:
    assert read(HELLO, "hello").name == "hello"
    with pytest.raises(ScenarioError, match=re.escape(complaint)):
        read(HELLO.replace(before, after, 1), "hello")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("status", "status = 'error'"),
        ("output", "output = 'Goodbye'"),
        ("error", "error = 'none'"),
        ("steps", "steps = ['1: add() gave 5']"),
        ("usage", "usage = {cost = 0}"),
        ("warnings", "warnings = ['mind']"),
        ("why", "why = ['no such words']"),
        ("conversation", "conversation = []"),
        ("offered", "offered = []"),
        ("runtime", "runtime = '1h'"),
        ("preparing", "preparing = '1h'"),
        ("queued", "queued = '1h'"),
        ("waiting", "waiting = '1h'"),
        ("asked", "asked = []"),
        ("prompts", "prompts = []"),
        ("requests", "requests = []"),
        ("value", "value = 5"),
        ("artifacts", "artifacts = ['x']"),
        ("metadata", "metadata = ['x']"),
        ("resumable", "resumable = true"),
        ("durable", "durable = true"),
        ("unknown_outcomes", "unknown_outcomes = ['x']"),
        ("children", "children = ['x']"),
        ("runs", "runs = [{}]"),
        ("ran", "ran = ['x']"),
        ("keys", "keys = ['x']"),
        ("delivered", "delivered = ['x']"),
        ("audit", "audit = ['x']"),
        ("checkpoint", "checkpoint = 'complete'"),
        ("critic", "critic = ['x']"),
        ("approvals", "approvals = ['x']"),
        ("seen", "seen = ['x']"),
        ("budget", "budget = ['x']"),
        ("session", "session = ['x']"),
        ("files", "files = ['x']"),
        ("finalized", "finalized = ['x']"),
    ],
)
def test_the_judge_sees_whatever_differs(name: str, text: str) -> None:
    played = in_memory(read(HELLO, "hello"))
    others = [line for line in HELLO.splitlines() if not line.startswith(f"{name} = ")]
    wrong = read("\n".join(others).replace("[expect]", f"[expect]\n{text}"), "hello")
    (complaint,) = judge(wrong, played.result, played.witness)
    assert complaint.startswith(f"{name}: ")


def test_many_equal_steps_are_told_as_one_with_their_count() -> None:
    assert list(folded(["a", *["b"] * (MANY - 1), *["c"] * MANY, "a"])) == ["a", *["b"] * 9, "10 times c", "a"]


def test_the_judge_reads_the_record_to_the_letter() -> None:
    scenario = read(with_narrative(HELLO, "    0        0s  nothing at all"), "hello")
    result = in_memory(scenario).result
    (complaint,) = judge(scenario, result)
    assert complaint.startswith("narrative: ")
    assert judge(scenario, result, record=False) == []


def test_a_narrative_written_anew_leaves_the_rest_as_it_was() -> None:
    other = with_narrative(HELLO, "a new one\nof two lines")
    assert other.partition("narrative = '''")[0] == HELLO.partition("narrative = '''")[0]
    assert tomllib.loads(other)["expect"]["narrative"] == "a new one\nof two lines\n"
    first = with_narrative(HELLO.partition("narrative = '''")[0], "the first")
    assert tomllib.loads(first)["expect"]["narrative"] == "the first\n"
    with pytest.raises(ScenarioError, match="three quotes"):
        with_narrative(HELLO, "'''")


def _regenerate(path: Path, narrative: str) -> None:
    before = path.read_text("utf-8")
    after = with_narrative(before, narrative)
    if after != before:
        path.write_text(after, "utf-8")


def _entries(result: RunResult) -> list[Entry]:
    """The record but for the wall-clock time, which is nobody's doing."""
    return [_untimed(entry) for entry in result.transcript.entries]


def _untimed(entry: Entry) -> Entry:
    event, asked = entry.event, list(entry.asked)
    if isinstance(event, (RunStarted, RunResumed)):
        event = replace(event, wall_time=WALL_TIME)
    for index, effect in enumerate(asked):
        if isinstance(effect, (OpenAudit, BeginCheckpoint, StartCritic)):
            asked[index] = replace(effect, facts=replace(effect.facts, started_at=WALL_TIME))
    return replace(entry, event=event, asked=tuple(asked))
