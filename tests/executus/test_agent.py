"""What people write is read as they mean it, nonsense is refused in one sentence, and zero means the default."""

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase
from executus.bounds import KERNEL_DEFAULTS, Bounds, Defaults, bounds_of, tier_of
from executus.invocation import Invocation
from executus.values import Image, Message, microseconds
from tests.tables import rows, short


def in_force(agent: Agent, defaults: Defaults) -> dict[str, Any]:
    """Every limit of a run of `agent`, and its tier."""
    return msgspec.structs.asdict(bounds_of(agent, defaults)) | {"tier": tier_of(agent, defaults)}


@pytest.mark.parametrize("row", rows("defaults"), ids=short)
def test_a_limit_that_is_left_open_is_the_kernels(row: dict[str, Any]) -> None:
    assert in_force(Agent(), Defaults())[row.get("in_run", row["name"])] == row["value"]


def test_every_limit_stands_in_the_table_but_the_granted_ones() -> None:
    limits = {row.get("in_run", row["name"]) for row in rows("defaults")}
    assert limits | {"tokens", "cost"} == {*Bounds.__struct_fields__, "tier"}
    assert {row["name"] for row in rows("defaults")} - {"at_step_limit"} == set(Defaults.__struct_fields__)
    assert (bounds_of(Agent(), Defaults()).tokens, bounds_of(Agent(), Defaults()).cost) == (None, None)


def test_the_kernels_defaults_are_those_nobody_changed() -> None:
    assert Defaults() == KERNEL_DEFAULTS


def test_zero_and_absent_mean_the_default() -> None:
    zeros: dict[str, Any] = dict.fromkeys(Defaults.__struct_fields__, 0)
    zero = Defaults(**(zeros | {"fallback_tier": "", "lane_wait_counts": False}))
    assert zero == Defaults()
    open = Agent(max_iterations=0, max_runtime="0s", critic=CriticConfig(absolute_max=0, backstop_multiplier=0))
    assert bounds_of(open, zero) == bounds_of(Agent(), Defaults())


def test_the_hosts_defaults_stand_in_for_what_an_agent_leaves_open() -> None:
    """Each by its own value, so that none can stand in for another."""
    numbers = {name: number for number, name in enumerate(Defaults.__struct_fields__, 2)}
    given: dict[str, Any] = numbers | {"fallback_tier": "cheap", "lane_wait_counts": True}
    limits = in_force(Agent(), Defaults(**given))
    for row in rows("defaults"):
        was, number = row["value"], numbers.get(row["name"])
        scale = 1000 if row["name"] in RATIOS else 1 if row["name"] in COUNTS else 1_000_000
        is_number = type(was) is int
        wanted = number * scale if is_number and number else given.get(row["name"], "fail")
        assert limits[row.get("in_run", row["name"])] == wanted, row["name"]


RATIOS = ("compaction_threshold_ratio", "critic_backstop_multiplier")
COUNTS = (
    "max_iterations",
    "max_consecutive_tool_errors",
    "max_same_tool_call_repeats",
    "max_delegation_depth",
    "max_tool_output",
    "max_reply_output",
    "max_calls_per_reply",
    "model_attempts",
)


def test_what_an_agent_says_of_its_critic_goes_before_the_hosts_defaults() -> None:
    critic = CriticConfig(enabled=True, backstop_multiplier=1.5, soft_timeout="5s", absolute_max="1h")
    bounds = bounds_of(Agent(critic=critic), Defaults(critic_soft_timeout=9, critic_absolute_max=9))
    assert bounds.backstop_multiplier == 1500
    assert (bounds.critic_soft_timeout, bounds.critic_absolute_max) == (5_000_000, 3_600_000_000)


def test_what_an_agent_says_goes_before_the_hosts_defaults() -> None:
    agent = Agent(max_iterations=9, max_runtime=9, at_step_limit="answer", limits=Limits(tokens=0, cost=5))
    bounds = bounds_of(agent, Defaults(max_iterations=1, max_runtime="2s"))
    assert (bounds.max_iterations, bounds.max_runtime, bounds.at_step_limit) == (9, 9_000_000, "answer")
    assert (bounds.tokens, bounds.cost) == (0, 5)


def test_a_tier_is_the_agents_else_the_hosts_else_fast() -> None:
    assert tier_of(Agent(model_tier="smart"), Defaults(fallback_tier="cheap")) == "smart"
    assert tier_of(Agent(), Defaults(fallback_tier="cheap")) == "cheap"
    assert tier_of(Agent(), Defaults()) == "fast"


@pytest.mark.parametrize("written", ["5m", 300, 300.0, timedelta(minutes=5), "300", "4m60s"])
def test_a_duration_is_read_as_people_write_it(written: Any) -> None:
    assert Agent(max_runtime=written) == Agent(max_runtime="5m")
    assert bounds_of(Agent(max_runtime=written), Defaults()).max_runtime == 300_000_000


def test_lists_are_read_as_tuples() -> None:
    names: Any = ["b", "a"]
    assert Agent(low_level_tools=names).low_level_tools == ("b", "a")
    turns: Any = [Message("user", "x")]
    pictures: Any = [Image("image/png", "")]
    invocation = Invocation(history=turns, images=pictures, labels=names)
    assert (invocation.history, invocation.images, invocation.labels) == ((turns[0],), (pictures[0],), ("b", "a"))


@pytest.mark.parametrize("written", [0.7, "0.7", Decimal("0.7")])
def test_a_temperature_is_exact(written: Any) -> None:
    assert ModelSettings(temperature=written).temperature == Decimal("0.7")
    assert ModelSettings(temperature=0).temperature == 0


KINDS = (Agent, Phase, CriticConfig, Limits, ModelSettings, Defaults, Invocation)
NONSENSE: list[Any] = [
    None,
    True,
    -1,
    -0.5,
    2**53 + 1,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "NaN",
    "-1s",
    "9" * 400 + "d",
    "1e999999",
    "\udce9",
    b"x",
    (),
    [],
    ["a"],
    [1],
    [None],
    ["\udce9"],
    {},
    {"a": 1},
    {"a", "b"},
    object(),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nonsense_is_refused_in_one_sentence(kind: type[Any]) -> None:
    """Whatever stands in whichever field: it is taken, or the sentence begins with the field's name."""
    needed = {"name": "A"} if kind is Phase else {}
    for name, value in product(kind.__struct_fields__, NONSENSE):
        sentence = refusal_of(kind, needed | {name: value})
        assert sentence.startswith((name, "a phase is named")) or not sentence, (name, value, sentence)
        assert len(sentence.splitlines()) <= 1, (name, value, sentence)


def refusal_of(kind: type[Any], fields: dict[str, Any]) -> str:
    try:
        kind(**fields)
    except ValueError as refusal:
        return str(refusal)
    return ""


def test_the_largest_count_is_what_every_reader_keeps_exact() -> None:
    assert Limits(tokens=2**53).tokens == 2**53


def test_the_longest_time_is_a_hundred_years() -> None:
    assert Agent(max_runtime="36500d").max_runtime == timedelta(days=36500)


@given(st.integers(0, 10**12), st.integers(0, 10**6))
def test_a_runtime_in_microseconds_is_exact(runtime: int, steps: int) -> None:
    bounds = bounds_of(Agent(max_runtime=timedelta(microseconds=runtime), max_iterations=steps), Defaults())
    assert bounds.max_runtime == runtime or (runtime == 0 and bounds.max_runtime == 60_000_000)
    assert bounds.max_iterations == (steps or 12)


def test_a_smallest_runtime_is_one_microsecond() -> None:
    assert microseconds(timedelta(microseconds=1)) == 1
    assert bounds_of(Agent(max_runtime="1us"), Defaults()).max_runtime == 1


def test_an_agent_is_a_value() -> None:
    assert Agent(name="a") == Agent(name="a")
    with pytest.raises(AttributeError):
        Agent().name = "other"  # type: ignore[misc]
