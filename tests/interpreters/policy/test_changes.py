"""Which limits and rules apply to an agent, and that each kind of limit is really changed."""

from collections.abc import Callable

import pytest

from executus import Agent, Defaults
from executus.agent import CriticConfig, Limits, Phase
from executus.bounds import KERNEL_DEFAULTS
from executus.effects import CallModel
from executus.spans import say
from executus.values import Usage, microseconds, replace
from interpreters.memory import Memory, calls, hangs, says, scripted
from interpreters.policy import mutate_policy
from interpreters.policy.limits import limit_changes
from interpreters.policy.rules import rule_changes

TALKER = Agent(name="talker", max_runtime="60s")
LOOKER = Agent(name="looker", max_runtime="60s", max_iterations=2, low_level_tools=("look",))
LOOK = scripted("look", returns="fine")


WHOLE = replace(
    LOOKER,
    limits=Limits(tokens=100, cost=5),
    critic=CriticConfig(enabled=True, backstop_multiplier=4),
    phases=(Phase(name="Draft", max_iterations=3), Phase(name="Last")),
)


def test_only_what_applies_to_an_agent_is_changed() -> None:
    def keys(agent: Agent) -> set[str]:
        return {one.site.key for one in (*limit_changes(agent, KERNEL_DEFAULTS), *rule_changes(agent))}

    more = keys(WHOLE) - keys(TALKER)
    assert {"tokens", "cost", "backstop_multiplier", "soft_timeout", "absolute_max", "max_iterations"} <= more
    assert {"at_step_limit", "on_unknown", "phases.Draft.max_iterations", "max_tool_output"} <= more
    assert {key.split(":")[0] for key in more if key.startswith("rules.")} > {
        "rules.limits.excess",
        "rules.deadlines.due",
        "rules.guards.goes_in_circles",
        "rules.recovery.meaning",
        "rules.status.status_of",
    }
    assert "phases.Last.max_iterations" not in more
    assert keys(TALKER) < keys(WHOLE)


def test_every_limit_is_another_one_in_every_change() -> None:
    every = list(limit_changes(WHOLE, Defaults(model_attempts=1)))
    assert len(every) == len({(one.site.key, one.becomes) for one in every})
    assert [one.becomes for one in every if one.site.key == "model_attempts"] == [
        "one more (2)",
        "twice as much (2)",
    ]
    assert [one.becomes for one in every if one.site.key == "tokens"][-1] == "no limit"
    assert {one.site.place for one in every} == {"agent:looker", "the kernel's defaults"}
    own = {one.site.key for one in every if one.site.place == "agent:looker"}
    assert own == {
        "max_runtime",
        "max_iterations",
        "tokens",
        "cost",
        "backstop_multiplier",
        "at_step_limit",
        "on_unknown",
        "phases.Draft.max_iterations",
    }


SPENDER = Agent(name="spender", limits=Limits(tokens=100, cost=50), low_level_tools=("look",))
WATCHED = Agent(
    name="watched", max_runtime="10s", critic=CriticConfig(enabled=True, backstop_multiplier=2, absolute_max="30s")
)
DRAFTER = Agent(name="drafter", low_level_tools=("look",), phases=(Phase(name="Draft", max_iterations=1),))


def ends(agent: Agent, status: str, *usage: int) -> Callable[[], None]:
    """A run of one call that has used so much ends so."""

    def expectation() -> None:
        turn = calls("look", usage=Usage(usage[0], usage[1], cost=usage[2]))
        world = Memory(model=[turn, *([says("Done.")] if status == "ok" else [])], tools=[LOOK])
        assert world.run(agent, "x").status == status

    return expectation


def hangs_until(runtime: str, *advice: dict[str, object]) -> Callable[[], None]:
    """A model that hangs is left at this instant, after the critic has said that."""

    def expectation() -> None:
        result = Memory(model=[hangs()], critic=list(advice)).run(WATCHED, "x")
        assert (result.status, say(microseconds(result.runtime))) == ("timeout", runtime)

    return expectation


def drafts(calls_first: int, status: str) -> Callable[[], None]:
    def expectation() -> None:
        turns = [calls("look", n=number) for number in range(calls_first)]
        world = Memory(model=[*turns, *([says("Done.")] if status == "ok" else [])], tools=[LOOK])
        assert world.run(DRAFTER, "x").status == status

    return expectation


def asks_with_tools() -> None:
    result = Memory(model=[calls("look"), says("Done.")], tools=[LOOK]).run(DRAFTER, "x")
    asked = [one for entry in result.transcript.entries for one in entry.asked if isinstance(one, CallModel)]
    assert [bool(one.setup.toolbox.specs) for one in asked] == [True, True]


@pytest.mark.parametrize(
    ("agent", "key", "both"),
    [
        (SPENDER, "tokens", [ends(SPENDER, "ok", 60, 40, 1), ends(SPENDER, "budget_exceeded", 60, 41, 1)]),
        (SPENDER, "cost", [ends(SPENDER, "ok", 1, 1, 50), ends(SPENDER, "budget_exceeded", 1, 1, 51)]),
        (WATCHED, "backstop_multiplier", [hangs_until("20s")]),
        (WATCHED, "absolute_max", [hangs_until("30s", {"extend_by": "1h"})]),
        (DRAFTER, "phases.Draft.max_iterations", [drafts(1, "ok"), drafts(2, "error")]),
        (DRAFTER, "at_step_limit", [asks_with_tools]),
    ],
    ids=["tokens", "cost", "backstop", "ceiling", "phase", "step limit"],
)
def test_each_kind_of_limit_is_really_changed(agent: Agent, key: str, both: list[Callable[[], None]]) -> None:
    assert key in {one.site.key for one in limit_changes(agent, KERNEL_DEFAULTS)}
    report = mutate_policy(agent, expect=both, only=[key])
    assert report.changes > 0
    assert key not in {one.site.key for one in report.unnoticed}
