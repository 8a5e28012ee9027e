"""What a run tells the one above it while it goes: what it uses, and whether it waits for people."""

from collections.abc import Callable

from executus.events import ChildWaiting, Signal, UsageSeen
from executus.machines.pausing import is_waiting
from executus.state import Run
from executus.values import NO_USAGE, EffectId, Usage


class Above:
    """The run above this one, by the question that this one answers."""

    def __init__(self, post: Callable[[Signal], None], question: EffectId) -> None:
        self._post = post
        self._question = question
        self._told = NO_USAGE
        self._waiting = False

    def see(self, run: Run) -> None:
        """The child after an event: whatever is new about it goes up."""
        if run.used is not self._told:
            more = since(self._told, run.used)
            self._told = run.used
            if more != NO_USAGE:
                self._post(UsageSeen(0, more, run.run_id))
        waiting = is_waiting(run)
        if waiting is not self._waiting:
            self._waiting = waiting
            self._post(ChildWaiting(0, self._question, waiting))


def since(told: Usage, used: Usage) -> Usage:
    """What was used since; what nobody reported stays unknown."""
    return Usage(
        _since(told.input_tokens, used.input_tokens),
        _since(told.output_tokens, used.output_tokens),
        _since(told.thinking_tokens, used.thinking_tokens),
        _since(told.cached_tokens, used.cached_tokens),
        _since(told.cost, used.cost),
    )


def _since(told: int | None, used: int | None) -> int | None:
    if used is None or used == told:
        return None
    return used - (told or 0)
