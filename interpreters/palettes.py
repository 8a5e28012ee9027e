"""Palettes: the skills and agents that a host lets its runs hand work to."""

from collections.abc import Awaitable
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from executus.agent import Agent
from executus.values import Record

T = TypeVar("T")

Now: TypeAlias = T | Awaitable[T]
"""At once, or awaited."""


class Skill(Record, frozen=True, kw_only=True):
    """A saved skill: an agent with named inputs. `inputs` is the JSON Schema of an object, as a mapping."""

    name: str
    agent: Agent
    description: str = ""
    inputs: Any = None


class PaletteCall(Record, frozen=True, kw_only=True):
    """One call of a palette's entry, for a palette that runs it itself. `run_id` is the new run's."""

    kind: str
    name: str
    run_id: str
    parent_run_id: str
    caller_id: str
    prompt: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    model_tier: str = ""
    tools: tuple[str, ...] | None = None
    labels: tuple[str, ...] = ()


@runtime_checkable
class Palette(Protocol):
    """Skills and agents by name. May have `invoke(PaletteCall) -> ChildResult | None` (None: run it as a child)
    and `prefix(kind, name, caller) -> str`, which stands before every prompt of an agent. LookupError: not
    configured."""

    def resolve(self, kind: str, name: str, caller: str, /) -> Now[Agent | Skill]: ...
