"""Every limit that applies to an agent, a little more and a little less than it is, half and twice as much.

A limit is changed where a run begins, so it doesn't matter where a test has its agent from; each run keeps the
limits its test gave it, but for the one that is changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from executus import transition
from executus.agent import Agent
from executus.bounds import Defaults
from executus.spans import Span, say
from executus.started import RunStarted
from executus.state import Run
from executus.values import microseconds, replace
from executus.whatif import changed
from interpreters.policy.changes import Change, Site

AGENT = "agent"
"""What an expectation has reached that begins a run of the agent."""

_Nudge: TypeAlias = tuple[str, Callable[[Any], Any]]
_Applies: TypeAlias = Callable[[Agent], bool]

_MICROSECOND = timedelta(microseconds=1)

_COUNT: tuple[_Nudge, ...] = (
    ("one more", lambda value: value + 1),
    ("one less", lambda value: value - 1),
    ("twice as much", lambda value: value * 2),
    ("half as much", lambda value: value // 2),
)
_SPAN: tuple[_Nudge, ...] = (
    ("a microsecond more", lambda value: value + _MICROSECOND),
    ("a microsecond less", lambda value: value - _MICROSECOND),
    ("twice as much", lambda value: value * 2),
    ("half as much", lambda value: value / 2),
)
_RATIO: tuple[_Nudge, ...] = (
    ("a thousandth more", lambda value: value + Decimal("0.001")),
    ("a thousandth less", lambda value: value - Decimal("0.001")),
    ("twice as much", lambda value: value * 2),
    ("half as much", lambda value: value / 2),
)
_OPEN: tuple[_Nudge, ...] = (*_COUNT, ("no limit", lambda value: None))


@dataclass(frozen=True)
class _Limit:
    """One limit: how it is nudged, what the agent says of it, the default behind that, and who has it at all."""

    name: str
    nudges: tuple[_Nudge, ...]
    own: Callable[[Agent], Any] = lambda agent: None
    default: str = ""
    applies: _Applies = lambda agent: True

    def read(self, agent: Agent, defaults: Defaults) -> Any:
        """What holds for a run of the agent."""
        own = self.own(agent)
        return own or (getattr(defaults, self.default) if self.default else own)


def watched(agent: Agent) -> bool:
    """Has it a critic?"""
    return agent.critic.enabled


def acts(agent: Agent) -> bool:
    """Has it anything to call?"""
    return bool(agent.low_level_tools or agent.skill_palette or agent.sub_agent_palette)


_LIMITS = (
    _Limit("max_runtime", _SPAN, lambda agent: agent.max_runtime, "max_runtime"),
    _Limit("max_iterations", _COUNT, lambda agent: agent.max_iterations, "max_iterations", acts),
    _Limit("tokens", _OPEN, lambda agent: agent.limits.tokens, "", lambda agent: agent.limits.tokens is not None),
    _Limit("cost", _OPEN, lambda agent: agent.limits.cost, "", lambda agent: agent.limits.cost is not None),
    _Limit(
        "backstop_multiplier",
        _RATIO,
        lambda agent: agent.critic.backstop_multiplier,
        "critic_backstop_multiplier",
        watched,
    ),
    _Limit("soft_timeout", _SPAN, lambda agent: agent.critic.soft_timeout, "critic_soft_timeout", watched),
    _Limit("absolute_max", _SPAN, lambda agent: agent.critic.absolute_max, "critic_absolute_max", watched),
    _Limit("preflight_timeout", _SPAN, default="preflight_timeout"),
    _Limit("model_attempts", _COUNT, default="model_attempts"),
    _Limit("max_reply_output", _COUNT, default="max_reply_output"),
    *[
        _Limit(name, _COUNT, default=name, applies=acts)
        for name in (
            "max_consecutive_tool_errors",
            "max_same_tool_call_repeats",
            "max_tool_output",
            "max_calls_per_reply",
        )
    ],
)
"""The agent's own first, then those that only the kernel's defaults have."""

_ON_UNKNOWN = ("tell", "park", "fail")
_AT_STEP_LIMIT = ("fail", "answer")


def limit_changes(agent: Agent, defaults: Defaults) -> Iterator[Change]:
    """Each limit that applies to this agent, changed in each way that makes another limit of it."""
    for limit in _LIMITS:
        if limit.applies(agent):
            value = limit.read(agent, defaults)
            own = limit.own(agent)
            site = Site(
                limit.name, agent.subject if own else "the kernel's defaults", f"{limit.name} {_said(value)}"
            )
            for words, nudge in limit.nudges:
                yield from _nudged(site, words, value, nudge, _setting(agent, limit, nudge))
    yield from _choices(agent)
    yield from _phases(agent)


def _nudged(
    site: Site, words: str, value: Any, nudge: Callable[[Any], Any], change: Callable[[RunStarted], RunStarted]
) -> Iterator[Change]:
    other = nudge(value)
    if other is None or other > type(other)():  # Zero would mean the default.
        becomes = words if other is None else f"{words} ({_said(other)})"
        yield Change(site, becomes, lambda: _begin_with(change))


def _setting(agent: Agent, limit: _Limit, nudge: Callable[[Any], Any]) -> Callable[[RunStarted], RunStarted]:
    def change(event: RunStarted) -> RunStarted:
        value = limit.read(event.agent, event.wiring.defaults)
        if event.agent.subject != agent.subject or value is None:
            return event
        return changed(event, {limit.name: nudge(value)})

    return change


def _choices(agent: Agent) -> Iterator[Change]:
    named = (("at_step_limit", _AT_STEP_LIMIT), ("on_unknown", _ON_UNKNOWN))
    for name, choices in named if acts(agent) else ():
        site = Site(name, agent.subject, f"{name} {getattr(agent, name)!r}")
        for other in choices:
            if other != getattr(agent, name):
                yield Change(site, repr(other), _chosen(agent, name, other))


def _chosen(agent: Agent, name: str, other: str) -> Callable[[], None]:
    def change(event: RunStarted) -> RunStarted:
        if event.agent.subject != agent.subject:
            return event
        return replace(event, agent=_with(event.agent, name, other))

    return lambda: _begin_with(change)


def _with(agent: Agent, name: str, value: Any) -> Agent:
    given: dict[str, Any] = {name: value}
    return replace(agent, **given)


def _phases(agent: Agent) -> Iterator[Change]:
    for index, phase in enumerate(agent.phases):
        if phase.max_iterations and acts(agent):
            text = f"max_iterations {phase.max_iterations}"
            site = Site(f"phases.{phase.name}.max_iterations", agent.subject, f"phase {phase.name}: {text}")
            for words, nudge in _COUNT:
                yield from _nudged(site, words, phase.max_iterations, nudge, _capped(agent, index, nudge))


def _capped(agent: Agent, index: int, nudge: Callable[[Any], Any]) -> Callable[[RunStarted], RunStarted]:
    def change(event: RunStarted) -> RunStarted:
        phases = list(event.agent.phases)
        if event.agent.subject != agent.subject or len(phases) <= index:
            return event
        phases[index] = replace(phases[index], max_iterations=nudge(phases[index].max_iterations))
        return replace(event, agent=replace(event.agent, phases=tuple(phases)))

    return change


def watch_beginnings(agent: Agent, reached: Callable[[str], None]) -> None:
    """From now on `reached` hears of each run of the agent that begins."""

    def seen(event: RunStarted) -> RunStarted:
        if event.agent.subject == agent.subject:
            reached(AGENT)
        return event

    _begin_with(seen)


def _begin_with(change: Callable[[RunStarted], RunStarted]) -> None:
    """Every run of this process begins with what `change` makes of its entry 0."""
    begin = transition.accepted

    def accepted(event: RunStarted) -> Run:
        return begin(change(event))

    setattr(transition, begin.__name__, accepted)


def _said(value: Span | Decimal | int | None) -> str:
    return say(microseconds(value)) if isinstance(value, timedelta) else str(value)
