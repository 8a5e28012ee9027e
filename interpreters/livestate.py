"""How a run stands while it goes: what a host, a tool and a session may know of it at any time.

A `LiveState` is read off the run's last state and the world's clock; nobody is asked for it.
"""

from datetime import timedelta
from typing import Protocol, runtime_checkable

from executus.account import steps_of
from executus.agent import Limits
from executus.state import Run
from executus.transition import is_over
from executus.values import NO_USAGE, Image, Instant, Record, Usage


class LiveState(Record, frozen=True, kw_only=True):
    """A run at one moment. `iteration` counts completed steps, `remaining` is None where no deadline holds."""

    run_id: str
    stage: str
    iteration: int
    max_iterations: int
    max_runtime: timedelta
    limits: Limits
    tokens: int
    tool_calls: int
    elapsed: timedelta
    remaining: timedelta | None
    usage: Usage = NO_USAGE


def live_state(run: Run, now: Instant) -> LiveState:
    """How `run` stands at `now`."""
    used, talk, bounds = run.used, run.talk, run.bounds
    at = _instant(run, now)
    began = run.deadlines.base if run.began is not None else at
    return LiveState(
        run_id=run.run_id,
        stage=str(run.stage),
        iteration=steps_of(run),
        max_iterations=bounds.max_iterations,
        max_runtime=timedelta(microseconds=bounds.max_runtime),
        limits=Limits(tokens=bounds.tokens, cost=bounds.cost),
        tokens=(used.input_tokens or 0) + (used.output_tokens or 0),
        tool_calls=talk.calls_done + len(talk.slots) - talk.waiting,
        elapsed=timedelta(microseconds=max(0, at - began)),
        remaining=remaining(run, now),
        usage=used,
    )


def remaining(run: Run, now: Instant) -> timedelta | None:
    """How long until the run's deadline; None = for ever."""
    end = run.deadlines.end
    return None if end is None else timedelta(microseconds=max(0, end - _instant(run, now)))


def _instant(run: Run, now: Instant) -> Instant:
    """Where the run's clock stands: its time goes on neither while it stands still nor after its end."""
    if is_over(run):
        return run.now
    return now if run.clock.paused is None else min(now, run.clock.paused)


@runtime_checkable
class RunInSight(Protocol):
    """What a tool and a session may see and do of the run they belong to, from any thread."""

    def heartbeat(self) -> None:
        """The run gives a sign of life."""
        ...

    def attach_images(self, text: str, images: tuple[Image, ...]) -> None:
        """Pictures enter the conversation before the next model call."""
        ...

    def live_state(self) -> LiveState | None:
        """How the run stands; None before its first event."""
        ...

    def time_left(self) -> timedelta | None:
        """How long until its deadline; None = there is none."""
        ...


class Nowhere:
    """No run at all: what a tool is given that is called by hand."""

    def heartbeat(self) -> None:
        """Nobody listens."""

    def attach_images(self, text: str, images: tuple[Image, ...]) -> None:
        """Nobody looks."""

    def live_state(self) -> LiveState | None:
        return None

    def time_left(self) -> timedelta | None:
        return None
