"""The tables of an agent file: which keys there are, and of which kind each is.

What makes no sense beyond its kind is refused by the record that is made of it.
"""

from dataclasses import dataclass
from typing import Any, NewType, TypeAlias

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase

Names: TypeAlias = tuple[str, ...]
DurationText: TypeAlias = int | float | str
Phases: TypeAlias = tuple[Phase, ...]
OutputType = NewType("OutputType", object)
"""Written as "module:Class", read as the class."""

_NO_LIMITS, _NO_SETTINGS, _NO_CRITIC = Limits(), ModelSettings(), CriticConfig()


@dataclass(frozen=True)
class _LimitsTable:
    tokens: int | None = None
    cost: int | None = None


@dataclass(frozen=True)
class _SettingsTable:
    temperature: float | None = None
    max_output: int | None = None
    reasoning: str = ""
    tool_choice: str = ""


@dataclass(frozen=True)
class _CriticTable:
    enabled: bool = False
    backstop_multiplier: float = 0
    soft_timeout: DurationText = 0
    absolute_max: DurationText = 0


@dataclass(frozen=True)
class _PhaseTable:
    name: str = ""
    system_prompt: str = ""
    model_tier: str = ""
    model_settings: ModelSettings = _NO_SETTINGS
    max_iterations: int = 0
    tools: Names = ()
    when: str = ""
    optional: bool = False


@dataclass(frozen=True)
class _AgentTable:
    id: str = ""
    name: str = ""
    system_prompt: str = ""
    model_tier: str = ""
    model_settings: ModelSettings = _NO_SETTINGS
    max_iterations: int = 0
    max_runtime: DurationText = 0
    at_step_limit: str = "fail"
    limits: Limits = _NO_LIMITS
    low_level_tools: Names = ()
    skill_palette: Names = ()
    sub_agent_palette: Names = ()
    phases: Phases = ()
    critic: CriticConfig = _NO_CRITIC
    output_type: OutputType = OutputType("")
    on_unknown: str = "tell"


TABLES: dict[type[Any], type[Any]] = {
    Limits: _LimitsTable,
    ModelSettings: _SettingsTable,
    CriticConfig: _CriticTable,
    Phase: _PhaseTable,
    Agent: _AgentTable,
}
"""Each record that stands in a file, and its table."""
