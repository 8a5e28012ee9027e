"""Every event comes from a transcript: no I/O is possible here, whatever the run asks for."""

from executus.agent import Agent
from executus.effects import Effect
from executus.events import Event, RunResumed
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Divergence, Entry, Recorder, Transcript
from executus.transition import is_over
from executus.values import Fault, Instant


class ReplayError(Exception):
    """The recording can't be lived through again; `divergence` says where, or is None when it ends too early."""

    def __init__(self, message: str, divergence: Divergence | None = None) -> None:
        super().__init__(message)
        self.divergence = divergence


class Replay:
    """The world of one recorded run. `Replay(past).run()` is its RunResult, from the recording alone."""

    def __init__(self, past: Transcript) -> None:
        self._past = past
        self._events = iter([entry.event for entry in past.entries[1:]])
        self._used = False

    def run(self) -> RunResult:
        """Today's code over the recorded events.

        Raises `ReplayError` if today's code asks for something else than was recorded, if the recording stops
        before the run has ended, or if it has no beginning.
        """
        if not self._past.entries or not isinstance(self._past.entries[0].event, RunStarted):
            raise ReplayError("a transcript begins with RunStarted, this one doesn't")
        divergence = self._past.divergence()
        if divergence is not None:
            raise ReplayError(str(divergence), divergence)
        started = self._past.started
        recorder = Recorder(self.begin(started.agent, started.invocation))
        for event in self._events:
            if is_over(recorder.run) and not isinstance(event, RunResumed):
                break  # What comes after the end is not lived through; a suspension is no end.
            recorder.feed(event)
        if not is_over(recorder.run):
            raise self._ended()
        return RunResult(recorder.run, recorder.transcript)

    def begin(self, agent: Agent, invocation: Invocation, past: Transcript | None = None) -> RunStarted:
        """Entry 0, whatever is asked for: the recording knows best."""
        if self._used:
            raise RuntimeError("a Replay is the world of one run: make a new one")
        self._used = True
        return self._past.started

    async def record(self, entry: Entry) -> Fault | None:
        """It is recorded already."""
        return None

    def see(self, run: Run) -> None:
        """Nobody wants to know how it stands."""

    def perform(self, effect: Effect) -> None:
        """Nothing is ever performed: the answers are recorded."""

    async def next_event(self, wakeup: Instant | None) -> Event:
        event = next(self._events, None)
        if event is None:
            raise self._ended()
        return event

    async def end(self, result: RunResult | None) -> None:
        """There is nothing to let go of."""

    def _ended(self) -> ReplayError:
        return ReplayError(f"the recording ends after {len(self._past.entries)} entries, the run has not")
