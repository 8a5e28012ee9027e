"""What to run and for whom: Agent, Limits, ModelSettings, Defaults, Invocation.

These are the records people write, so they read what people write ("5m", 0.7, a list) and refuse
nonsense at construction with one sentence. At rest they hold exact data only: tuples, `timedelta`,
`Decimal`, no floats.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Literal, TypeAlias, cast

from msgspec.structs import force_setattr

from executus.checks import (
    check_count,
    check_fits,
    check_names,
    check_not_negative,
    check_span,
    check_text,
)
from executus.spans import Ratio, Span, ratio, span
from executus.values import Duration, Image, Message, Record, microseconds

AtStepLimit: TypeAlias = Literal["fail", "answer"]
"""What the one model call past the step limit may do (semantics.md section 5)."""


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
            force_setattr(self, "temperature", ratio(self.temperature, "temperature"))
            check_not_negative(cast(Decimal, self.temperature) < 0, "temperature", self.temperature)
        if self.max_output is not None:
            check_count(self, "max_output")
        for name in ("reasoning", "tool_choice"):
            check_text(self, name)


class Agent(Record, frozen=True, kw_only=True):
    """What to run. Every field is optional; an absent or zero limit takes the kernel's `Defaults`.

    `max_runtime` is a duration (a `timedelta`, seconds, or "5m"). `low_level_tools` names tools of the
    host's registry, in the order the model sees them. `at_step_limit`: after `max_iterations` replies with
    calls the model is asked once more; "fail" ends the run in error if it calls again, "answer" sends no
    tools with that call. Raises ValueError for a negative limit. Source: semantics.md sections 1, 2.1, 5.
    """

    id: str = ""
    name: str = ""
    system_prompt: str = ""
    model_tier: str = ""
    model_settings: ModelSettings = ModelSettings()
    max_iterations: int = 0
    max_runtime: Span = timedelta()
    at_step_limit: AtStepLimit = "fail"
    limits: Limits = Limits()
    low_level_tools: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("id", "name", "system_prompt", "model_tier"):
            check_text(self, name)
        check_count(self, "max_iterations")
        check_span(self, "max_runtime")
        check_names(self, "low_level_tools")
        check_fits(self, "model_settings", ModelSettings)
        check_fits(self, "limits", Limits)
        if self.at_step_limit not in ("fail", "answer"):
            raise ValueError(f'at_step_limit must be "fail" or "answer", got {self.at_step_limit!r}')


class Defaults(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What stands in for every limit an agent leaves open (semantics.md section 2.1). Zero means this, too.

    The three last bound what one tool and one reply may put into a conversation, in characters and calls.
    Written down in full: a recording keeps the limits it was made under when a release changes these.
    """

    max_iterations: int = 12
    max_runtime: Span = timedelta(seconds=60)
    fallback_tier: str = "fast"
    max_consecutive_tool_errors: int = 3
    max_same_tool_call_repeats: int = 3
    preflight_timeout: Span = timedelta(seconds=30)
    max_tool_output: int = 100_000
    max_reply_output: int = 1_000_000
    max_calls_per_reply: int = 64

    def __post_init__(self) -> None:
        for name in ("max_runtime", "preflight_timeout"):
            check_span(self, name)
        for name in _COUNTS:
            check_count(self, name)
        for name in (*_COUNTS, "max_runtime", "preflight_timeout", "fallback_tier"):
            if not getattr(self, name):
                force_setattr(self, name, _DEFAULTS[name])


_COUNTS = (
    "max_iterations",
    "max_consecutive_tool_errors",
    "max_same_tool_call_repeats",
    "max_tool_output",
    "max_reply_output",
    "max_calls_per_reply",
)
_DEFAULTS = dict(zip(Defaults.__struct_fields__, Defaults.__struct_defaults__, strict=True))


class Invocation(Record, frozen=True, kw_only=True):
    """Who asks, where, and what: the prompt, pictures and earlier conversation of one run.

    `run_id` may be left out; the world then names the run. The other ids are facts for those who observe
    the run, and never change what it does.
    """

    prompt: str = ""
    images: tuple[Image, ...] = ()
    history: tuple[Message, ...] = ()
    run_id: str = ""
    caller_id: str = ""
    channel_id: str = ""
    guild_id: str = ""
    parent_run_id: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("prompt", "run_id", "caller_id", "channel_id", "guild_id", "parent_run_id"):
            check_text(self, name)
        check_names(self, "labels")
        for name, kind in (("images", tuple[Image, ...]), ("history", tuple[Message, ...])):
            if getattr(self, name) != ():
                check_fits(self, name, kind)


class Bounds(Record, frozen=True, kw_only=True):
    """The limits one run keeps: an agent's where it sets them, else the defaults, in the core's units."""

    max_iterations: int
    max_runtime: Duration
    at_step_limit: AtStepLimit
    tokens: int | None
    cost: int | None
    max_consecutive_tool_errors: int
    max_same_tool_call_repeats: int
    preflight_timeout: Duration
    max_tool_output: int
    max_reply_output: int
    max_calls_per_reply: int


def bounds_of(agent: Agent, defaults: Defaults) -> Bounds:
    """The limits of a run of `agent` in a world with these `defaults`."""
    return Bounds(
        max_iterations=agent.max_iterations or defaults.max_iterations,
        max_runtime=_in_core(agent.max_runtime) or _in_core(defaults.max_runtime),
        at_step_limit=agent.at_step_limit,
        tokens=agent.limits.tokens,
        cost=agent.limits.cost,
        max_consecutive_tool_errors=defaults.max_consecutive_tool_errors,
        max_same_tool_call_repeats=defaults.max_same_tool_call_repeats,
        preflight_timeout=_in_core(defaults.preflight_timeout),
        max_tool_output=defaults.max_tool_output,
        max_reply_output=defaults.max_reply_output,
        max_calls_per_reply=defaults.max_calls_per_reply,
    )


def tier_of(agent: Agent, defaults: Defaults) -> str:
    """The tier whose models a run of `agent` asks."""
    return agent.model_tier or defaults.fallback_tier


def _in_core(value: Span) -> Duration:
    return microseconds(span(value))


KERNEL_DEFAULTS = Defaults()
"""What holds where a host says nothing."""
