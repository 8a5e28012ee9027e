"""The same agent with its counts within reach of a few moves, so that every bound can be met in an exploration.

Law: only counts are made smaller, never durations, and what was made smaller is said: whether a bound is two or
twenty, the kernel does the same when it is met.
"""

from executus.agent import Agent
from executus.bounds import Defaults
from executus.values import Record, replace

FEW = 2
"""So often a thing must happen before its bound is met."""

_COUNTS = ("max_iterations", "max_consecutive_tool_errors", "max_same_tool_call_repeats", "model_attempts")


class Reachable(Record, frozen=True):
    """An agent and the defaults of its world, and what is smaller in them than it was, by its name."""

    agent: Agent
    defaults: Defaults
    changed: tuple[tuple[str, int], ...]


def within_reach(agent: Agent, defaults: Defaults, few: int = FEW) -> Reachable:
    """With every count at `few` that was larger."""
    changed = [(name, getattr(defaults, name)) for name in _COUNTS if getattr(defaults, name) > few]
    if agent.max_iterations:  # Then nobody asks for the default.
        changed = [pair for pair in changed if pair[0] != "max_iterations"]
    if agent.max_iterations > few:
        changed.append(("max_iterations", agent.max_iterations))
    many = [phase for phase in agent.phases if phase.max_iterations > few]
    changed += [(f"{phase.name}.max_iterations", phase.max_iterations) for phase in many]
    small = {name: min(getattr(defaults, name), few) for name in _COUNTS}
    phases = tuple([replace(phase, max_iterations=min(phase.max_iterations, few)) for phase in agent.phases])
    return Reachable(
        replace(agent, max_iterations=min(agent.max_iterations, few), phases=phases),
        replace(defaults, **small),
        tuple(changed),
    )
