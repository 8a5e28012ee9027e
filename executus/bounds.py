"""What a run may do at most: the kernel's Defaults, and the Bounds of one run in the core's own units."""

from datetime import timedelta
from decimal import Decimal
from typing import cast

from msgspec.structs import force_setattr

from executus.agent import Agent, AtStepLimit
from executus.checks import check_count, check_flag, check_ratio, check_span, check_text
from executus.spans import Ratio, Span
from executus.values import Duration, Record


class Defaults(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What stands in for every limit an agent leaves open (semantics.md section 2.1). Zero means this, too.

    `max_tool_output`, `max_reply_output` and `max_calls_per_reply` bound what one tool and one reply may put into
    a conversation, in characters and calls. A model is asked `model_attempts` times, with waits from `retry_base`
    doubling up to `retry_cap`. `model_call_timeout` and `approval_timeout` are off at zero.
    Written down in full: a recording keeps the limits it was made under when a release changes these.
    """

    max_iterations: int = 12
    max_runtime: Span = timedelta(seconds=60)
    fallback_tier: str = "fast"
    max_consecutive_tool_errors: int = 3
    max_same_tool_call_repeats: int = 3
    compaction_threshold_ratio: Ratio = Decimal("0.7")
    critic_soft_timeout: Span = timedelta(seconds=90)
    critic_absolute_max: Span = timedelta(hours=6)
    critic_backstop_multiplier: Ratio = Decimal(3)
    preflight_timeout: Span = timedelta(seconds=30)
    cleanup_timeout: Span = timedelta(seconds=10)
    max_delegation_depth: int = 5
    max_tool_output: int = 100_000
    max_reply_output: int = 1_000_000
    max_calls_per_reply: int = 64
    model_attempts: int = 3
    retry_base: Span = timedelta(seconds=1)
    retry_cap: Span = timedelta(seconds=30)
    model_call_timeout: Span = timedelta()
    approval_timeout: Span = timedelta()
    lane_wait_counts: bool = False

    def __post_init__(self) -> None:
        for name in (*_SPANS, "model_call_timeout", "approval_timeout"):
            check_span(self, name)
        for name in _COUNTS:
            check_count(self, name)
        for name in _RATIOS:
            check_ratio(self, name)
        check_text(self, "fallback_tier")
        check_flag(self, "lane_wait_counts")
        for name in (*_COUNTS, *_SPANS, *_RATIOS, "fallback_tier"):
            if not getattr(self, name):
                force_setattr(self, name, _DEFAULTS[name])


_COUNTS = (
    "max_iterations",
    "max_consecutive_tool_errors",
    "max_same_tool_call_repeats",
    "max_delegation_depth",
    "max_tool_output",
    "max_reply_output",
    "max_calls_per_reply",
    "model_attempts",
)
_SPANS = (
    "max_runtime",
    "critic_soft_timeout",
    "critic_absolute_max",
    "preflight_timeout",
    "cleanup_timeout",
    "retry_base",
    "retry_cap",
)
_RATIOS = ("compaction_threshold_ratio", "critic_backstop_multiplier")
_DEFAULTS = dict(zip(Defaults.__struct_fields__, Defaults.__struct_defaults__, strict=True))


class Bounds(Record, frozen=True, kw_only=True):
    """The limits one run keeps: an agent's where it sets them, else the defaults, in the core's units.

    Ratios are thousandths. A timeout of 0 is none.
    """

    max_iterations: int
    max_runtime: Duration
    at_step_limit: AtStepLimit
    tokens: int | None
    cost: int | None
    max_consecutive_tool_errors: int
    max_same_tool_call_repeats: int
    max_tool_output: int
    max_reply_output: int
    max_calls_per_reply: int
    preflight_timeout: Duration
    cleanup_timeout: Duration
    model_attempts: int
    retry_base: Duration
    retry_cap: Duration
    model_call_timeout: Duration
    approval_timeout: Duration
    critic_soft_timeout: Duration
    critic_absolute_max: Duration
    backstop_multiplier: int
    compaction_ratio: int
    max_delegation_depth: int
    lane_wait_counts: bool


def bounds_of(agent: Agent, defaults: Defaults) -> Bounds:
    """The limits of a run of `agent` in a world with these `defaults`."""
    critic = agent.critic
    return Bounds(
        max_iterations=agent.max_iterations or defaults.max_iterations,
        max_runtime=_in_core(agent.max_runtime or defaults.max_runtime),
        at_step_limit=agent.at_step_limit,
        tokens=agent.limits.tokens,
        cost=agent.limits.cost,
        max_consecutive_tool_errors=defaults.max_consecutive_tool_errors,
        max_same_tool_call_repeats=defaults.max_same_tool_call_repeats,
        max_tool_output=defaults.max_tool_output,
        max_reply_output=defaults.max_reply_output,
        max_calls_per_reply=defaults.max_calls_per_reply,
        preflight_timeout=_in_core(defaults.preflight_timeout),
        cleanup_timeout=_in_core(defaults.cleanup_timeout),
        model_attempts=defaults.model_attempts,
        retry_base=_in_core(defaults.retry_base),
        retry_cap=_in_core(defaults.retry_cap),
        model_call_timeout=_in_core(defaults.model_call_timeout),
        approval_timeout=_in_core(defaults.approval_timeout),
        critic_soft_timeout=_in_core(critic.soft_timeout or defaults.critic_soft_timeout),
        critic_absolute_max=_in_core(critic.absolute_max or defaults.critic_absolute_max),
        backstop_multiplier=_thousandths(critic.backstop_multiplier or defaults.critic_backstop_multiplier),
        compaction_ratio=_thousandths(defaults.compaction_threshold_ratio),
        max_delegation_depth=defaults.max_delegation_depth,
        lane_wait_counts=defaults.lane_wait_counts,
    )


def tier_of(agent: Agent, defaults: Defaults) -> str:
    """The tier whose models a run of `agent` asks."""
    return agent.model_tier or defaults.fallback_tier


def _in_core(value: Span) -> Duration:
    return cast(timedelta, value) // _MICROSECOND  # At rest it is one.


def _thousandths(value: Ratio) -> int:
    return int(cast(Decimal, value) * 1000)


_MICROSECOND = timedelta(microseconds=1)


KERNEL_DEFAULTS = Defaults()
"""What holds where a host says nothing."""
