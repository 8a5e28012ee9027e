"""What to run: Agent, and the records it is made of.

These are the records people write, so they read what people write ("5m", 0.7, a list) and refuse
nonsense at construction with one sentence. At rest they hold exact data only: tuples, `timedelta`,
`Decimal`, no floats.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from msgspec.structs import force_setattr

from executus.checks import (
    check_choice,
    check_count,
    check_fits,
    check_flag,
    check_names,
    check_ratio,
    check_span,
    check_text,
)
from executus.spans import Ratio, Span
from executus.values import Record

AtStepLimit: TypeAlias = Literal["fail", "answer"]
"""What the one model call past the step limit may do (semantics.md section 5)."""

OnUnknown: TypeAlias = Literal["tell", "park", "fail"]
"""What an agent does about a tool call of which nobody knows whether it happened (semantics.md section 8)."""


class Limits(Record, frozen=True, kw_only=True):
    """What a run may use. None = no limit. `tokens` counts input and output, `cost` millionths."""

    tokens: int | None = None
    cost: int | None = None

    def __post_init__(self) -> None:
        for name in ("tokens", "cost"):
            if getattr(self, name) is not None:
                check_count(self, name)


class ModelSettings(Record, frozen=True, kw_only=True):
    """How a model is asked. None and "" leave it to the provider.

    `temperature` is a number, `max_output` tokens, `reasoning` an effort as the provider names it
    ("low"), `tool_choice` one of auto, required, none, or a tool's name.
    """

    temperature: Ratio | None = None
    max_output: int | None = None
    reasoning: str = ""
    tool_choice: str = ""

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_ratio(self, "temperature")
        if self.max_output is not None:
            check_count(self, "max_output")
        for name in ("reasoning", "tool_choice"):
            check_text(self, name)


NO_SETTINGS = ModelSettings()
"""Everything is left to the provider."""


def settled(first: ModelSettings, *others: ModelSettings) -> ModelSettings:
    """Several settings as one: what the first leaves open the next decides."""
    for other in others:
        if first is NO_SETTINGS or other is NO_SETTINGS:
            first = other if first is NO_SETTINGS else first
            continue
        first = ModelSettings(
            temperature=other.temperature if first.temperature is None else first.temperature,
            max_output=other.max_output if first.max_output is None else first.max_output,
            reasoning=first.reasoning or other.reasoning,
            tool_choice=first.tool_choice or other.tool_choice,
        )
    return first


class ModelChoice(Record, frozen=True):
    """One model a tier stands for: its spec, its context window in tokens when known, the tier's settings."""

    model: str
    window: int | None = None
    settings: ModelSettings = NO_SETTINGS


class CriticConfig(Record, frozen=True, kw_only=True):
    """Whether a critic watches the runs of an agent, and how long it may let them go on.

    The backstop is `max_runtime` times `backstop_multiplier`; `soft_timeout` is how long a run may be idle before
    the critic is asked; nothing goes beyond `absolute_max`. Zero takes the kernel's `Defaults`.
    """

    enabled: bool = False
    backstop_multiplier: Ratio = Decimal(0)
    soft_timeout: Span = timedelta()
    absolute_max: Span = timedelta()

    def __post_init__(self) -> None:
        check_flag(self, "enabled")
        check_ratio(self, "backstop_multiplier")
        for name in ("soft_timeout", "absolute_max"):
            check_span(self, name)


class Phase(Record, frozen=True, kw_only=True):
    """One stretch of a pipeline, with a conversation of its own; what it leaves empty is the agent's.

    `system_prompt` stands instead of the agent's and may name `{{.input}}` and earlier phases, as `{{.Draft}}`. It
    is skipped when the phase that `when` names produced no text; the failure of an `optional` one is none of
    the run's. Source: semantics.md section 6.
    """

    name: str
    system_prompt: str = ""
    model_tier: str = ""
    model_settings: ModelSettings = NO_SETTINGS
    max_iterations: int = 0
    tools: tuple[str, ...] = ()
    when: str = ""
    optional: bool = False

    def __post_init__(self) -> None:
        for name in ("name", "system_prompt", "model_tier", "when"):
            check_text(self, name)
        if not _NAME.fullmatch(self.name) or self.name == "input":
            raise ValueError(f"a phase is named like a variable, and not input: {self.name!r}")
        check_count(self, "max_iterations")
        check_names(self, "tools")
        check_flag(self, "optional")
        check_fits(self, "model_settings", ModelSettings)


_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


class Agent(Record, frozen=True, kw_only=True):
    """What to run. Every field is optional; an absent or zero limit takes the kernel's `Defaults`.

    `max_runtime` is a duration (a `timedelta`, seconds, or "5m"). `low_level_tools` names tools of the
    host's registry, in the order the model sees them; the palettes name skills and agents the host may hand the
    work to. `at_step_limit`: after `max_iterations` replies with calls the model is asked once more; "fail" ends
    the run in error if it calls again, "answer" sends no tools with that call. `output_type` is a class (in a
    record: its JSON Schema); the run then ends with a value of it. Raises ValueError for a negative limit, a
    phase named twice, a `when` that names no earlier phase. Source: semantics.md sections 1, 2.1, 5, 6.
    """

    id: str = ""
    name: str = ""
    system_prompt: str = ""
    model_tier: str = ""
    model_settings: ModelSettings = NO_SETTINGS
    max_iterations: int = 0
    max_runtime: Span = timedelta()
    at_step_limit: AtStepLimit = "fail"
    limits: Limits = Limits()
    low_level_tools: tuple[str, ...] = ()
    skill_palette: tuple[str, ...] = ()
    sub_agent_palette: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    critic: CriticConfig = CriticConfig()
    output_type: Any = ""
    on_unknown: OnUnknown = "tell"

    def __post_init__(self) -> None:
        for name in ("id", "name", "system_prompt", "model_tier"):
            check_text(self, name)
        check_count(self, "max_iterations")
        check_span(self, "max_runtime")
        for name in ("low_level_tools", "skill_palette", "sub_agent_palette"):
            check_names(self, name)
        check_fits(self, "model_settings", ModelSettings)
        check_fits(self, "limits", Limits)
        check_fits(self, "critic", CriticConfig)
        check_choice(self, "at_step_limit", ("fail", "answer"))
        check_choice(self, "on_unknown", ("tell", "park", "fail"))
        if self.output_type is None:
            force_setattr(self, "output_type", "")
        if self.phases != ():
            check_fits(self, "phases", tuple[Phase, ...])
            _check_phases(self.phases)

    @property
    def subject(self) -> str:
        """What an ancestry and a record know the agent by."""
        return self.id or f"agent:{self.name}"


def _check_phases(phases: tuple[Phase, ...]) -> None:
    earlier: list[str] = []
    for phase in phases:
        if phase.name in earlier:
            raise ValueError(f"two phases are named {phase.name!r}")
        if phase.when and phase.when not in earlier:
            raise ValueError(f"phase {phase.name!r} waits for {phase.when!r}, which is no earlier phase")
        earlier.append(phase.name)
