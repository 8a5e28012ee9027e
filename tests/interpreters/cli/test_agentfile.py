"""Agent files: read strictly, or refused in one line that names the file and the key."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from returns.pipeline import is_successful

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase
from executus.values import Image
from interpreters.agentfile import MOST_BYTES, load_agent
from interpreters.doors import WrongType

WHOLE = """
id = "7"
name = "reviewer"
system_prompt = "You review."
model_tier = "smart"
max_iterations = 20
max_runtime = "5m"
at_step_limit = "answer"
low_level_tools = ["read_file", "my_package.tools:grep"]
[model_settings]
temperature = 0.7
max_output = 500
reasoning = "low"
tool_choice = "auto"
[limits]
tokens = 1000
cost = 5
"""


def refused(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    read = load_agent(path)
    assert not is_successful(read), read
    said = str(read.failure())
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


PIPELINE = """
skill_palette = ["study"]
sub_agent_palette = ["helper"]
on_unknown = "park"
output_type = "executus.values:Image"
[critic]
enabled = true
backstop_multiplier = 3
soft_timeout = "90s"
absolute_max = "6h"
[[phases]]
name = "draft"
system_prompt = "Draft a review of {{.input}}"
tools = ["look"]
optional = true
[[phases]]
name = "final"
when = "draft"
max_iterations = 3
model_settings = { max_output = 5 }
"""

CRITIC_KEYS = "critic: unknown key 'soft'; known are enabled, backstop_multiplier, soft_timeout, absolute_max"
NO_CLASS = "output_type: 'executus.invocation:NOWHERE' is no class: Target(kind='', id='')"


def test_every_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(WHOLE)
    assert load_agent(path).unwrap() == Agent(
        id="7",
        name="reviewer",
        system_prompt="You review.",
        model_tier="smart",
        model_settings=ModelSettings(
            temperature=Decimal("0.7"), max_output=500, reasoning="low", tool_choice="auto"
        ),
        max_iterations=20,
        max_runtime=timedelta(minutes=5),
        at_step_limit="answer",
        limits=Limits(tokens=1000, cost=5),
        low_level_tools=("read_file", "my_package.tools:grep"),
    )


def test_a_pipeline_under_a_critic_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(PIPELINE)
    assert load_agent(path).unwrap() == Agent(
        skill_palette=("study",),
        sub_agent_palette=("helper",),
        on_unknown="park",
        output_type=Image,
        critic=CriticConfig(enabled=True, backstop_multiplier=3, soft_timeout="90s", absolute_max="6h"),
        phases=(
            Phase(name="draft", system_prompt="Draft a review of {{.input}}", tools=("look",), optional=True),
            Phase(name="final", when="draft", max_iterations=3, model_settings=ModelSettings(max_output=5)),
        ),
    )


def test_every_key_is_optional(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.touch()
    assert load_agent(str(path)).unwrap() == Agent()


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1.5", 1.5), ("'1h30m'", 5400)])
def test_a_duration_is_seconds_or_text(tmp_path: Path, text: str, seconds: float) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"max_runtime = {text}")
    assert load_agent(path).unwrap().max_runtime == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_iterations = '12'", "max_iterations: expected a whole number, got '12'"),
        ("max_iterations = 1.0", "max_iterations: expected a whole number, got 1.0"),
        ("max_iterations = true", "max_iterations: expected a whole number, got true"),
        ("name = 5", "name: expected text, got 5"),
        ("limits = 5", "limits: expected a table, got 5"),
        ("[limits]\ntokens = 1.5", "limits.tokens: expected a whole number, got 1.5"),
        ("[limits]\ntokens = -1", "limits: tokens must not be negative, got -1"),
        ("[limits]\ntoken = 1", "limits: unknown key 'token'; known are tokens, cost"),
        ("[model_settings]\ntemperature = 'hot'", "model_settings.temperature: expected a number, got 'hot'"),
        ("[model_settings]\ntemperature = nan", "model_settings: temperature must be a finite number, got nan"),
        ("max_runtime = true", 'max_runtime: expected seconds, or text like "5m", got true'),
        ("low_level_tools = 'x'", "low_level_tools: expected a list of names, got 'x'"),
        ("low_level_tools = ['x', 1]", "low_level_tools: expected a list of names, got 1 in it"),
        ("[critic]\nenabled = 1", "critic.enabled: expected true or false, got 1"),
        ("[critic]\nsoft = 1", CRITIC_KEYS),
        ("[critic]\nsoft_timeout = true", 'critic.soft_timeout: expected seconds, or text like "5m", got true'),
        ("[[phases]]\nname = 'input'", "phases[0]: a phase is named like a variable, and not input: 'input'"),
        ("[[phases]]\nname = 5", "phases[0].name: expected text, got 5"),
        ("[phases]\nname = 'x'", "phases: expected a list of tables, [[phases]], got {'name': 'x'}"),
        ("[[phases]]\nname = 'x'\nwhen = 'y'", "phase 'x' waits for 'y', which is no earlier phase"),
        ("on_unknown = 'shrug'", 'on_unknown must be "tell" or "park" or "fail", got \'shrug\''),
        ("output_type = 'Verdict'", "output_type: class 'Verdict': write module:Class"),
        ("output_type = 'json:nothing'", "output_type: class 'json:nothing': json has no nothing"),
        ("output_type = 5", "output_type: expected module:Class, got 5"),
        (
            "output_type = 'executus.values:WORD'",
            "output_type: class 'executus.values:WORD': executus.values has no WORD",
        ),
        ("output_type = 'executus.invocation:NOWHERE'", NO_CLASS),
        (b"name = '\xff'", "not UTF-8 text (byte 8)"),
        ("x = " + "[" * 10_000, "nested too deeply"),
        ("#" * (MOST_BYTES + 1), "more than the 1048576 bytes an agent file may have"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert refused(tmp_path / "a.toml", text) == said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path / "a.toml", "name = 1\nnmae = 2\n[limits]\ncost = 'x'")
    assert "name: expected text, got 1" in said
    assert "limits.cost: expected a whole number, got 'x'" in said
    assert "unknown key 'nmae'" in said


def test_what_is_no_file_is_a_failure_and_no_exception(tmp_path: Path) -> None:
    assert str(load_agent(tmp_path / "none").failure()) == f"{tmp_path / 'none'}: No such file or directory"
    assert "skill folders are not available yet" in str(load_agent(tmp_path).failure())
    with pytest.raises(WrongType):
        cast(Any, load_agent)(5)
