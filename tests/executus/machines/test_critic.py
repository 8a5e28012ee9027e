"""The critic: when it is asked, what its advice does, and that it never blocks a run."""

from typing import Any

import pytest

from executus.agent import Agent, CriticConfig, Phase
from executus.bounds import Defaults
from executus.effects import Abandon, CallModel, ConsultCritic, RunTool, StartCritic, StopCritic
from executus.events import ActivitySeen, LimitsChanged, Steered, TimePassed, ToolStarted
from executus.facts import Advice, Noted
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, Failed, Killed
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolSpec
from tests.executus.acting import DOWN, SECOND, Story, wanting

TOOLS = (ToolSpec("t"),)


def watched(
    runtime: str = "60s", window: str = "300s", most: str = "1h", tools: tuple[ToolSpec, ...] = TOOLS, **more: Any
) -> Story:
    """A run under a critic, at its first model call: asked at 60 s, backstop at 180 s, ceiling at an hour."""
    critic = CriticConfig(enabled=True, soft_timeout=window, absolute_max=most)
    names = tuple([tool.name for tool in tools])
    agent = Agent(critic=critic, max_runtime=runtime, low_level_tools=names, **more)
    return Story(agent, "hi", tools, critic=True, audit=True).converse()


def asked_soft(**more: Any) -> Story:
    """… that was asked about because its time was up."""
    return watched(**more).tell(TimePassed(0), "60s")


def advised(story: Story, after: str = "1s", **advice: Any) -> Story:
    return story.answer(ConsultCritic, Advice(**advice), after)


class TestWhenItIsAsked:
    def test_at_max_runtime_once(self) -> None:
        story = watched()
        assert next_wakeup(story.run) == 60 * SECOND
        story.tell(TimePassed(0), "59.999999s")
        assert story.pending == ["CallModel"]
        story.tell(TimePassed(0), "1us")
        assert story.pending == ["CallModel", "ConsultCritic"]
        assert next_wakeup(advised(story).run) == 180 * SECOND

    def test_with_how_the_run_stands(self) -> None:
        story = watched().reply(wanting("t"), "5s").tell(ActivitySeen(0), "4s").tell(TimePassed(0), "51s")
        facts = story.open(ConsultCritic).consultation
        assert (facts.reason, facts.now, facts.elapsed) == ("soft", 60 * SECOND, 60 * SECOND)
        assert (facts.activity, facts.progress) == (9 * SECOND, 5 * SECOND)
        assert (facts.backstop, facts.ceiling, facts.steps, facts.max_iterations) == (
            180 * SECOND,
            3600 * SECOND,
            0,
            12,
        )
        assert [call.name for call in facts.running] == ["t"]

    def test_at_most_one_consultation_is_open(self) -> None:
        story = watched(window="10s").tell(TimePassed(0), "10s")
        assert story.open(ConsultCritic).consultation.reason == "idle"
        assert next_wakeup(story.run) == 180 * SECOND
        story.tell(TimePassed(0), "60s")
        assert story.pending == ["CallModel", "ConsultCritic"]
        advised(story)
        assert [one.consultation.reason for one in story.of(ConsultCritic)] == ["idle", "soft"]

    def test_an_idleness_it_has_seen_is_not_asked_about_again(self) -> None:
        story = advised(watched(window="10s").tell(TimePassed(0), "10s"))
        assert next_wakeup(story.run) == 60 * SECOND
        story.tell(ActivitySeen(0), "1s")
        assert next_wakeup(story.run) == 22 * SECOND

    @pytest.mark.parametrize("event", [ActivitySeen(0), Steered(0, "hurry"), ToolStarted(0, 4)])
    def test_a_sign_of_life_begins_the_window_anew(self, event: Any) -> None:
        story = watched(window="10s").tell(event, "9s")
        assert next_wakeup(story.run) == 19 * SECOND
        assert story.run.watch.progress == 0

    def test_replies_and_results_are_progress(self) -> None:
        story = watched(window="10s").reply(wanting("t"), "3s")
        assert (story.run.watch.activity, story.run.watch.progress) == (3 * SECOND, 3 * SECOND)
        story.returns("5", after="3s")
        assert story.run.watch.progress == 6 * SECOND

    def test_its_own_nudges_are_no_activity(self) -> None:
        story = advised(watched(window="10s").tell(TimePassed(0), "10s"), nudges=("hurry",))
        assert story.run.watch.activity == 0
        assert story.run.deadlines.idle is None

    def test_a_window_of_a_run_that_never_spoke_begins_with_it(self) -> None:
        assert next_wakeup(watched(window="10s").run) == 10 * SECOND


class TestAdvice:
    def test_a_nudge_enters_before_the_next_model_call_after_words_of_the_host(self) -> None:
        story = advised(asked_soft(), nudges=("hurry", " ", "please")).tell(Steered(0, "host"))
        story.reply("half")
        assert [text for _, text in story.said] == ["hi", "half", "host", "hurry", "please"]
        assert story.pending == ["CallModel"]

    def test_an_extension_moves_backstop_and_soft_instant(self) -> None:
        story = advised(asked_soft(), "5s", extend_by=100 * SECOND)
        deadlines = story.run.deadlines
        assert (deadlines.backstop, deadlines.soft) == (280 * SECOND, 165 * SECOND)
        assert not [one for one in story.audited if isinstance(one, Noted)]

    def test_past_the_ceiling_it_is_cut_and_said_so(self) -> None:
        story = advised(asked_soft(most="200s"), extend_by=100 * SECOND)
        assert (story.run.deadlines.end, story.run.deadlines.owner) == (200 * SECOND, Owner.CEILING)
        cut, *_ = [one for one in story.audited if isinstance(one, Noted)]
        assert (cut.name, cut.facts) == ("extension_cut", (("asked", "100s"), ("ceiling", "200s")))
        assert story.run.warnings == ("the critic's extension by 100s was cut to the ceiling",)

    def test_a_lifted_backstop_leaves_the_ceiling_and_no_soft_instant(self) -> None:
        story = advised(asked_soft(), extend_by=100 * SECOND, lift_backstop=True)
        deadlines = story.run.deadlines
        assert (deadlines.backstop, deadlines.soft, deadlines.end) == (None, None, 3600 * SECOND)

    @pytest.mark.parametrize(("by", "most"), [(5, 17), (1, 13), (0, 12), (-5, 12)])
    def test_steps_are_raised_and_never_lowered(self, by: int, most: int) -> None:
        assert advised(asked_soft(), raise_steps_by=by).run.bounds.max_iterations == most

    def test_raised_steps_are_those_of_the_open_phase(self) -> None:
        phases = (Phase(name="A", max_iterations=1), Phase(name="B", max_iterations=2))
        story = advised(asked_soft(phases=phases), raise_steps_by=5)
        assert story.run.bounds.max_iterations == 6
        assert story.reply("draft").run.bounds.max_iterations == 2

    @pytest.mark.parametrize(
        ("reason", "said"), [("stuck", "stuck"), ("", "no reason given"), (" ", "no reason given")]
    )
    def test_a_kill_ends_the_run_and_all_that_is_paired_with_it_is_ignored(self, reason: str, said: str) -> None:
        story = asked_soft()
        before = story.run
        more = {"nudges": ("hurry",), "extend_by": 9, "lift_backstop": True, "raise_steps_by": 9}
        advised(story, kill_reason=reason, **more)
        assert story.run.cause == Killed(61 * SECOND, reason)
        assert (story.run.bounds, story.run.talk.nudges) == (before.bounds, before.talk.nudges)
        assert Abandon(story.of(CallModel)[0].id) in story.asked
        assert str(story.end().result.error) == f"critic killed the run: {said}"

    def test_it_is_stopped_exactly_once(self) -> None:
        for story in (advised(asked_soft(), kill_reason="stuck"), watched().reply("done")):
            assert len(story.end().of(StopCritic)) == 1


class TestWhenItIsOfNoUse:
    def test_one_that_raises_leaves_the_backstop_in_charge(self) -> None:
        story = asked_soft().answer(ConsultCritic, DOWN)
        assert story.run.warnings == ("critic failed: down",)
        assert (story.run.deadlines.end, story.run.deadlines.owner) == (180 * SECOND, Owner.BACKSTOP)

    def test_one_that_falls_silent_blocks_nobody(self) -> None:
        story = asked_soft().reply(wanting("t")).returns()
        assert story.pending == ["ConsultCritic", "CallModel"]
        story.tell(TimePassed(0), "120s")
        assert story.run.cause == Expired(180 * SECOND, Owner.BACKSTOP, 180 * SECOND)
        assert story.end().result.status == "timeout"
        assert str(story.result.error) == "timeout: the critic's backstop of 180s was reached"

    def test_a_backstop_past_the_ceiling_is_the_ceiling(self) -> None:
        story = watched(most="90s").tell(TimePassed(0), "90s")
        assert story.run.cause == Expired(90 * SECOND, Owner.CEILING, 90 * SECOND)

    def test_the_ceiling_is_never_before_max_runtime(self) -> None:
        story = watched(most="1s").tell(TimePassed(0), "60s")
        assert story.run.cause == Expired(60 * SECOND, Owner.CEILING, 60 * SECOND)

    def test_one_that_declines_leaves_one_hard_deadline(self) -> None:
        agent = Agent(critic=CriticConfig(enabled=True))
        story = Story(agent, critic=True).oblige(StartCritic).answer(StartCritic, False)
        assert (story.run.deadlines.end, story.run.deadlines.owner) == (60 * SECOND, Owner.MAX_RUNTIME)
        assert story.run.deadlines.ceiling is None

    def test_a_failure_before_a_kill_stays_an_error(self) -> None:
        story = asked_soft().reply(Fault(FaultKind.MODEL, "no", status=400))
        assert isinstance(story.run.cause, Failed)
        assert story.run.losers == ()  # What the critic says then nobody hears any more.


class TestLimitsChanged:
    def test_a_longer_time_moves_soft_instant_and_backstop(self) -> None:
        story = watched().tell(LimitsChanged(0, max_runtime=100 * SECOND), "10s")
        deadlines = story.run.deadlines
        assert (deadlines.soft, deadlines.backstop) == (100 * SECOND, 300 * SECOND)

    def test_over_its_new_time_a_run_is_only_asked_about(self) -> None:
        story = watched().tell(LimitsChanged(0, max_runtime=10 * SECOND), "20s")
        assert story.run.cause is None
        assert story.pending == ["CallModel", "ConsultCritic"]

    def test_over_its_new_backstop_it_ends(self) -> None:
        story = watched().tell(LimitsChanged(0, max_runtime=10 * SECOND), "30s")
        assert story.run.cause == Expired(30 * SECOND, Owner.BACKSTOP, 30 * SECOND)


def test_tools_go_on_while_the_critic_thinks() -> None:
    story = watched().reply(wanting("t")).tell(TimePassed(0), "60s")
    assert story.pending == ["RunTool", "ConsultCritic"]
    assert story.returns().pending == ["ConsultCritic", "CallModel"]
    assert len(story.of(RunTool)) == 1


def test_the_hosts_defaults_stand_in_for_what_an_agent_says_of_its_critic() -> None:
    defaults = Defaults(critic_soft_timeout="7s", critic_absolute_max="100s", critic_backstop_multiplier="1.5")
    agent = Agent(critic=CriticConfig(enabled=True))
    deadlines = Story(agent, critic=True, defaults=defaults).converse().run.deadlines
    assert (deadlines.idle, deadlines.backstop, deadlines.ceiling) == (7 * SECOND, 90 * SECOND, 100 * SECOND)
