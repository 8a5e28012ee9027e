"""What a host may say to a run while it goes, checked where it is said.

Every word may come from any thread, before the run begins and after it has ended; then nobody hears it.
"""

from datetime import timedelta

from executus.events import CancelRequested, LimitsChanged, OutcomeSettled, Signal, Steered
from executus.spans import span
from executus.values import Image, microseconds, sound
from interpreters.doors import door
from interpreters.ports import images_of
from interpreters.services import SpanLike


class Signals:
    """Makes signals of what a host says; the world posts them."""

    def post(self, signal: Signal) -> None:
        """The run is to hear of this."""
        raise NotImplementedError

    @door
    def cancel(self, by: str = "caller") -> None:
        """Ask the run to end as cancelled; may be called before it began and from any thread."""
        self.post(CancelRequested(0, sound(by)))

    @door
    def steer(self, text: str = "", *images: Image) -> None:
        """Put in a word: it enters the conversation as a user's turn, before the next model call."""
        self.post(Steered(0, sound(text), images_of(images)))

    @door
    def change_limits(
        self,
        *,
        max_runtime: SpanLike | None = None,
        max_iterations: int | None = None,
        tokens: int | None = None,
        cost: int | None = None,
    ) -> None:
        """Other limits from now on; None leaves one as it is. Raises ValueError for what makes no sense."""
        limit = None if max_runtime is None else span(max_runtime, "max_runtime")
        for name, count in (("max_iterations", max_iterations), ("tokens", tokens), ("cost", cost)):
            if count is not None and (type(count) is not int or count < 0):
                raise ValueError(f"{name} must be a whole number and not negative, got {count!r}")
        if limit is not None and limit <= timedelta():
            raise ValueError(f"max_runtime must be above zero, got {max_runtime!r}")
        runtime = None if limit is None else microseconds(limit)
        self.post(LimitsChanged(0, runtime, max_iterations, tokens, cost))

    @door
    def settle(self, call_id: str, happened: bool, *, result: str = "", by: str = "the host") -> None:
        """Say what became of a call of which nobody knew whether it happened."""
        self.post(OutcomeSettled(0, sound(call_id), happened, sound(result), sound(by)))
