"""What people write is read as they mean it, nonsense is refused in one sentence, and zero means the default."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import Agent, Limits, ModelSettings
from executus.bounds import KERNEL_DEFAULTS, Bounds, Defaults, bounds_of, tier_of
from executus.invocation import Invocation
from executus.values import Image, Message, microseconds
from tests.tables import rows, short


@pytest.mark.parametrize("row", rows("defaults"), ids=short)
def test_a_limit_that_is_left_open_is_the_kernels(row: dict[str, Any]) -> None:
    assert getattr(bounds_of(Agent(), Defaults()), row["name"]) == row["value"]


def test_every_limit_stands_in_the_table_but_the_granted_ones() -> None:
    named = {row["name"] for row in rows("defaults")}
    assert named | {"tokens", "cost"} == set(Bounds.__struct_fields__)
    assert (bounds_of(Agent(), Defaults()).tokens, bounds_of(Agent(), Defaults()).cost) == (None, None)


def test_the_kernels_defaults_are_those_nobody_changed() -> None:
    assert Defaults() == KERNEL_DEFAULTS


def test_zero_and_absent_mean_the_default() -> None:
    zero = Defaults(
        max_iterations=0,
        max_runtime=0,
        fallback_tier="",
        max_consecutive_tool_errors=0,
        max_same_tool_call_repeats=0,
        preflight_timeout=timedelta(),
        max_tool_output=0,
        max_reply_output=0,
        max_calls_per_reply=0,
    )
    assert zero == Defaults()
    assert bounds_of(Agent(max_iterations=0, max_runtime="0s"), zero) == bounds_of(Agent(), Defaults())


def test_the_hosts_defaults_stand_in_for_what_an_agent_leaves_open() -> None:
    defaults = Defaults(
        max_iterations=1,
        max_runtime="2s",
        max_consecutive_tool_errors=3,
        max_same_tool_call_repeats=4,
        preflight_timeout="5s",
        max_tool_output=6,
        max_reply_output=7,
        max_calls_per_reply=8,
    )
    assert bounds_of(Agent(), defaults) == Bounds(
        max_iterations=1,
        max_runtime=2_000_000,
        at_step_limit="fail",
        tokens=None,
        cost=None,
        max_consecutive_tool_errors=3,
        max_same_tool_call_repeats=4,
        preflight_timeout=5_000_000,
        max_tool_output=6,
        max_reply_output=7,
        max_calls_per_reply=8,
    )


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


REFUSED: list[tuple[type[Any], dict[str, Any], str]] = [
    (Agent, {"max_iterations": -1}, "max_iterations must not be negative, got -1"),
    (Agent, {"max_iterations": 1.0}, "max_iterations must be a whole number, got 1.0"),
    (Agent, {"max_iterations": True}, "max_iterations must be a whole number, got True"),
    (Agent, {"max_iterations": None}, "max_iterations must be a whole number, got None"),
    (Agent, {"max_runtime": "-1s"}, "max_runtime must not be negative, got '-1s'"),
    (Agent, {"max_runtime": -0.000001}, "max_runtime must not be negative, got -1e-06"),
    (Agent, {"max_runtime": "36501d"}, "max_runtime must be at most a hundred years, got '36501d'"),
    (Agent, {"max_runtime": "soon"}, 'max_runtime must look like "90s", "5m" or "1h30m", got \'soon\''),
    (Agent, {"at_step_limit": "stop"}, 'at_step_limit must be "fail" or "answer", got \'stop\''),
    (Agent, {"low_level_tools": "add"}, "low_level_tools must be a list of names, got 'add'"),
    (Agent, {"low_level_tools": [1]}, "low_level_tools must be a list of names, got [1]"),
    (Agent, {"name": 7}, "name must be text, got 7"),
    (Agent, {"id": None}, "id must be text, got None"),
    (Agent, {"system_prompt": b"x"}, "system_prompt must be text, got b'x'"),
    (Agent, {"model_tier": 1}, "model_tier must be text, got 1"),
    (Limits, {"tokens": -1}, "tokens must not be negative, got -1"),
    (Limits, {"tokens": 2**53 + 1}, f"tokens must be at most {2**53}, got {2**53 + 1}"),
    (Limits, {"cost": -1}, "cost must not be negative, got -1"),
    (Limits, {"cost": 0.5}, "cost must be a whole number, got 0.5"),
    (ModelSettings, {"temperature": -0.1}, "temperature must not be negative, got Decimal('-0.1')"),
    (ModelSettings, {"temperature": "warm"}, "temperature must be a number, got 'warm'"),
    (ModelSettings, {"max_output": -1}, "max_output must not be negative, got -1"),
    (Defaults, {"max_tool_output": -1}, "max_tool_output must not be negative, got -1"),
    (Defaults, {"max_calls_per_reply": -1}, "max_calls_per_reply must not be negative, got -1"),
    (Defaults, {"preflight_timeout": "-1s"}, "preflight_timeout must not be negative, got '-1s'"),
    (Invocation, {"prompt": 7}, "prompt must be text, got 7"),
    (Invocation, {"run_id": None}, "run_id must be text, got None"),
    (Invocation, {"labels": "x"}, "labels must be a list of names, got 'x'"),
]


@pytest.mark.parametrize(("kind", "fields", "sentence"), REFUSED, ids=short)
def test_nonsense_is_refused_in_one_sentence(kind: type[Any], fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # the whole sentence is compared below
        kind(**fields)
    assert str(refusal.value) == sentence


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
