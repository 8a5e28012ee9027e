"""The ports a run opens before it begins: each in its turn, and what comes of one that declines or fails."""

import pytest

from executus.agent import Agent, CriticConfig, ModelChoice
from executus.bounds import Defaults
from executus.effects import (
    AcquireLane,
    Asked,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    OpenAudit,
    ResolveModel,
    SettleCheckpoint,
    StageFile,
    StartCritic,
    StopCritic,
    TellAudit,
    TellCritic,
)
from executus.events import TimePassed
from executus.facts import Refusal
from executus.failures import PortError
from executus.invocation import InputFile, Invocation
from executus.rules.status import Failed, Refused
from executus.slices import Door
from executus.values import ToolSpec, replace
from tests.executus.acting import DOWN, Story

WATCHED = Agent(id="7", name="worker", critic=CriticConfig(enabled=True), max_iterations=9)
FILE = InputFile("a.txt", "text/plain", b"abc")
EVERY = dict.fromkeys(
    ("budget", "audit", "checkpoints", "critic", "input_files", "session", "finalizers", "observer"), True
)


def whole(agent: Agent = WATCHED, **more: str) -> Story:
    """A run with every port wired."""
    about = Invocation(prompt="hi", input_files=(FILE, FILE), labels=("x",), **more)
    return Story(agent, about, lanes=("fast",), **EVERY)


def test_ports_are_opened_in_one_order_one_after_the_other() -> None:
    story = whole().converse()
    asked = [(len(entry.asked), type(entry.asked[0])) for entry in story.recorder.transcript.entries]
    order = (
        CheckBudget,
        AcquireLane,
        ResolveModel,
        OpenAudit,
        BeginCheckpoint,
        BuildToolbox,
        StageFile,
        StageFile,
        StartCritic,
        CallModel,
    )
    assert asked == [(1, kind) for kind in order]


def test_what_is_not_wired_is_never_asked() -> None:
    story = Story(WATCHED, Invocation(prompt="hi", input_files=(FILE,), lane="fast"))
    assert story.pending == ["ResolveModel"]
    assert story.answer(ResolveModel, (ModelChoice("m"),)).pending == ["CallModel"]


def test_audit_checkpoint_and_critic_get_the_same_facts() -> None:
    story = whole(caller_id="me", channel_id="c", guild_id="g")
    story.oblige(ResolveModel).answer(ResolveModel, (ModelChoice("m"),), labels=("cheap",)).converse()
    (audit,), (checkpoint,), (critic,) = story.of(OpenAudit), story.of(BeginCheckpoint), story.of(StartCritic)
    assert audit.facts == checkpoint.facts == critic.facts
    facts = audit.facts
    assert (facts.run_id, facts.subject_id, facts.name, facts.tier) == ("run", "7", "worker", "fast")
    assert (facts.caller_id, facts.channel_id, facts.guild_id) == ("me", "c", "g")
    assert (facts.max_iterations, facts.labels) == (9, ("x", "cheap"))


def test_only_the_root_of_a_tree_asks_for_budget_and_lane() -> None:
    assert whole(parent_run_id="above").pending == ["ResolveModel"]


@pytest.mark.parametrize(
    ("tier", "lane", "asked"),
    [("", "", ["fast"]), ("smart", "", []), ("smart", "fast", ["fast"]), ("smart", "other", ["other"])],
)
def test_a_lane_is_the_invocations_else_the_tiers(tier: str, lane: str, asked: list[str]) -> None:
    story = Story(Agent(model_tier=tier), Invocation(prompt="hi", lane=lane), lanes=("fast",))
    assert [question.lane for question in story.of(AcquireLane)] == asked


def test_a_budget_that_fails_refuses_and_asks_no_model() -> None:
    story = whole().answer(CheckBudget, DOWN)
    assert story.run.cause == Failed(0, PortError("budget", "down"))
    assert not story.end().of(ResolveModel)


def test_a_refusal_is_audited_without_a_tier_and_begins_no_checkpoint() -> None:
    story = whole().answer(CheckBudget, Refusal("nothing left")).end()
    assert story.run.cause == Refused(0, "nothing left")
    assert [opened.facts.tier for opened in story.of(OpenAudit)] == [""]
    assert not story.of(BeginCheckpoint)
    assert not story.of(ResolveModel)
    assert str(story.result.error) == "budget: refused: nothing left"


def test_a_lane_that_fails_is_an_error() -> None:
    story = whole().oblige(AcquireLane).answer(AcquireLane, DOWN)
    assert story.run.cause == Failed(0, PortError("lanes", "down"))


@pytest.mark.parametrize("outcome", [False, DOWN])
@pytest.mark.parametrize("kind", [OpenAudit, BeginCheckpoint, StartCritic])
def test_a_port_that_declines_or_fails_is_asked_for_nothing_more(kind: type[Asked], outcome: object) -> None:
    story = whole().oblige(kind).answer(kind, outcome).end()
    doors = {OpenAudit: "audit", BeginCheckpoint: "checkpoint", StartCritic: "critic"}
    silent = {OpenAudit: TellAudit, BeginCheckpoint: SettleCheckpoint, StartCritic: TellCritic}
    assert getattr(story.run.ports, doors[kind]) is (Door.FAILED if outcome is DOWN else Door.DECLINED)
    assert not story.of(silent[kind])
    assert story.result.status == "ok"
    names = {OpenAudit: "audit", BeginCheckpoint: "checkpoints", StartCritic: "critic"}
    assert story.result.warnings == ((f"{names[kind]} failed: down",) if outcome is DOWN else ())
    assert story.result.durable is (kind is not BeginCheckpoint)
    assert len(story.of(StopCritic)) == (kind is not StartCritic)


@pytest.mark.parametrize("agent", [Agent(), Agent(critic=CriticConfig(soft_timeout=5))])
def test_a_critic_that_the_agent_does_not_enable_is_not_asked(agent: Agent) -> None:
    assert not whole(agent).converse().of(StartCritic)


def test_a_file_that_can_not_be_staged_is_listed_as_unavailable() -> None:
    story = whole().oblige(StageFile).answer(StageFile, DOWN).answer(StageFile, "f9").converse()
    assert story.said[-1] == (
        "user",
        "hi\n\n[ATTACHED FILES]\n- a.txt (text/plain, 3 bytes): unavailable\n"
        "- a.txt (text/plain, 3 bytes): file id f9",
    )
    assert story.run.warnings == ("input file a.txt could not be staged: down",)
    assert [(file.index, file.name, file.mime) for file in story.of(StageFile)] == [
        (0, "a.txt", "text/plain"),
        (1, "a.txt", "text/plain"),
    ]


def test_a_dry_run_opens_no_port() -> None:
    about = Invocation(prompt="hi", dry_run=True, input_files=(FILE,))
    agent = Agent(low_level_tools=("a",), critic=CriticConfig(enabled=True))
    story = Story(agent, about, (ToolSpec("a"),), lanes=("fast",), defaults=Defaults(max_iterations=3), **EVERY)
    assert [check.reserve for check in story.of(CheckBudget)] == [False]
    assert not story.oblige(BuildToolbox).open(BuildToolbox).session
    story.end()
    assert story.result.status == "dry_run"
    assert {type(effect) for effect in story.every} == {CheckBudget, ResolveModel, BuildToolbox}
    assert story.result.output == "would ask m with a, for at most 3 steps and 60s"
    assert story.result.value["tools"] == ["a"]
    assert story.result.error is None


def test_once_a_dry_run_has_said_it_nothing_is_said_again() -> None:
    story = Story(Agent(), Invocation(prompt="hi", dry_run=True)).end()
    before = story.run
    assert story.tell(TimePassed(0), "1s").run == replace(before, now=1_000_000)
    assert story.run.losers == ()


def test_a_dry_run_that_is_refused_says_nothing() -> None:
    story = Story(Agent(), Invocation(prompt="hi", dry_run=True), budget=True).answer(CheckBudget, Refusal("no"))
    assert (story.run.cause, story.run.losers, story.result.value) == (Refused(0, "no"), (), None)
