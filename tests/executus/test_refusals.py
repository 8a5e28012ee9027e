"""Nonsense is refused where it is written, in one sentence that names the thing: one row for each kind of it."""

from typing import Any

import pytest

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase
from executus.bounds import Defaults
from executus.invocation import Invocation
from tests.tables import short

A, NAN = Phase(name="A"), float("nan")
SPAN = '{} must be a timedelta, a number of seconds, or text like "90s", got {}'
"""What is said of a duration that is none."""

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
    (ModelSettings, {"temperature": -0.1}, "temperature must not be negative, got -0.1"),
    (ModelSettings, {"temperature": "warm"}, "temperature must be a number, got 'warm'"),
    (ModelSettings, {"max_output": -1}, "max_output must not be negative, got -1"),
    (Defaults, {"max_tool_output": -1}, "max_tool_output must not be negative, got -1"),
    (Defaults, {"max_calls_per_reply": -1}, "max_calls_per_reply must not be negative, got -1"),
    (Defaults, {"preflight_timeout": "-1s"}, "preflight_timeout must not be negative, got '-1s'"),
    (Invocation, {"prompt": 7}, "prompt must be text, got 7"),
    (Invocation, {"run_id": None}, "run_id must be text, got None"),
    (Invocation, {"labels": "x"}, "labels must be a list of names, got 'x'"),
    (Invocation, {"ancestry": None}, "ancestry must be a list of names, got None"),
    (Invocation, {"labels": ["\udce9"]}, "labels hold a lone surrogate, which no file can keep: ['\\udce9']"),
    (Invocation, {"lane": 1}, "lane must be text, got 1"),
    (Invocation, {"parent_run_id": []}, "parent_run_id must be text, got []"),
    (Invocation, {"dry_run": 1}, "dry_run must be true or false, got 1"),
    (Invocation, {"inputs": {"a": 1}}, "inputs must be a mapping of names to texts, got {'a': 1}"),
    (Invocation, {"inputs": "ab"}, "inputs must be a mapping of names to texts, got 'ab'"),
    (Invocation, {"inputs": 7}, "inputs must be a mapping of names to texts, got 7"),
    (Invocation, {"extra_tools": "add"}, "extra_tools must be a list, got 'add'"),
    (Invocation, {"delivery": "me"}, "delivery does not fit: Expected `object`, got `str`"),
    (Invocation, {"input_files": ["a.txt"]}, "input_files does not fit: Expected `object`, got `str` - at `$[0]`"),
    (Agent, {"skill_palette": "x"}, "skill_palette must be a list of names, got 'x'"),
    (Agent, {"sub_agent_palette": [True]}, "sub_agent_palette must be a list of names, got [True]"),
    (Agent, {"low_level_tools": None}, "low_level_tools must be a list of names, got None"),
    (Agent, {"low_level_tools": {"a": 1}}, "low_level_tools must be a list of names, got {'a': 1}"),
    (Agent, {"on_unknown": "ask"}, 'on_unknown must be "tell" or "park" or "fail", got \'ask\''),
    (Agent, {"critic": True}, "critic does not fit: Expected `object`, got `bool`"),
    (Agent, {"limits": 5}, "limits does not fit: Expected `object`, got `int`"),
    (Agent, {"limits": {"tokens": -1}}, "limits does not fit: tokens must not be negative, got -1"),
    (Agent, {"phases": ["A"]}, "phases does not fit: Expected `object`, got `str` - at `$[0]`"),
    (Agent, {"phases": [A, A]}, "two phases are named 'A'"),
    (Agent, {"phases": [Phase(name="B", when="A"), A]}, "phase 'B' waits for 'A', which is no earlier phase"),
    (Agent, {"phases": [Phase(name="A", when="A")]}, "phase 'A' waits for 'A', which is no earlier phase"),
    (Agent, {"phases": [Phase(name="A", when="C")]}, "phase 'A' waits for 'C', which is no earlier phase"),
    (Phase, {"name": "input"}, "a phase is named like a variable, and not input: 'input'"),
    (Phase, {"name": ""}, "a phase is named like a variable, and not input: ''"),
    (Phase, {"name": "1st"}, "a phase is named like a variable, and not input: '1st'"),
    (Phase, {"name": "a-b"}, "a phase is named like a variable, and not input: 'a-b'"),
    (Phase, {"name": "a b"}, "a phase is named like a variable, and not input: 'a b'"),
    (Phase, {"name": "a."}, "a phase is named like a variable, and not input: 'a.'"),
    (Phase, {"name": "A\n"}, "a phase is named like a variable, and not input: 'A\\n'"),
    (Phase, {"name": "Ä"}, "a phase is named like a variable, and not input: 'Ä'"),
    (Phase, {"name": None}, "name must be text, got None"),
    (Phase, {"name": "A", "max_iterations": -1}, "max_iterations must not be negative, got -1"),
    (Phase, {"name": "A", "tools": "add"}, "tools must be a list of names, got 'add'"),
    (Phase, {"name": "A", "optional": "yes"}, "optional must be true or false, got 'yes'"),
    (Phase, {"name": "A", "when": 1}, "when must be text, got 1"),
    (CriticConfig, {"enabled": 1}, "enabled must be true or false, got 1"),
    (CriticConfig, {"backstop_multiplier": -1}, "backstop_multiplier must not be negative, got -1"),
    (CriticConfig, {"backstop_multiplier": NAN}, "backstop_multiplier must be a finite number, got nan"),
    (CriticConfig, {"backstop_multiplier": True}, "backstop_multiplier must be a number, got True"),
    (CriticConfig, {"soft_timeout": NAN}, SPAN.format("soft_timeout", "nan")),
    (CriticConfig, {"soft_timeout": True}, SPAN.format("soft_timeout", "True")),
    (CriticConfig, {"absolute_max": "-1s"}, "absolute_max must not be negative, got '-1s'"),
    (Defaults, {"fallback_tier": 1}, "fallback_tier must be text, got 1"),
    (Defaults, {"compaction_threshold_ratio": -0.1}, "compaction_threshold_ratio must not be negative, got -0.1"),
    (
        Defaults,
        {"critic_backstop_multiplier": "1e999999"},
        f"critic_backstop_multiplier must be at most {2**53}, got '1e999999'",
    ),
    (Defaults, {"critic_backstop_multiplier": NAN}, "critic_backstop_multiplier must be a finite number, got nan"),
    (Defaults, {"critic_absolute_max": -1}, "critic_absolute_max must not be negative, got -1"),
    (Defaults, {"cleanup_timeout": "soon"}, 'cleanup_timeout must look like "90s", "5m" or "1h30m", got \'soon\''),
    (Defaults, {"max_delegation_depth": 1.5}, "max_delegation_depth must be a whole number, got 1.5"),
    (Defaults, {"model_attempts": True}, "model_attempts must be a whole number, got True"),
    (Defaults, {"retry_base": -1}, "retry_base must not be negative, got -1"),
    (Defaults, {"retry_cap": None}, SPAN.format("retry_cap", "None")),
    (Defaults, {"approval_timeout": "36501d"}, "approval_timeout must be at most a hundred years, got '36501d'"),
    (Defaults, {"model_call_timeout": -1}, "model_call_timeout must not be negative, got -1"),
    (Defaults, {"lane_wait_counts": "no"}, "lane_wait_counts must be true or false, got 'no'"),
]


@pytest.mark.parametrize(("kind", "fields", "sentence"), REFUSED, ids=short)
def test_a_thing_that_makes_no_sense_is_refused_by_name(
    kind: type[Any], fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # the whole sentence is compared below
        kind(**fields)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["_", "a", "Z", "_9", "aZ_09", "Input", "inputs"])
def test_a_phase_may_have_the_name_of_any_variable_but_input(name: str) -> None:
    assert Phase(name=name).name == name


def test_every_record_that_people_write_is_there() -> None:
    assert {kind for kind, _, _ in REFUSED} == {
        Agent,
        Phase,
        CriticConfig,
        Limits,
        ModelSettings,
        Defaults,
        Invocation,
    }
