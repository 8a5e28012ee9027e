"""What a caller gets back from a run: its status, its answer, what it used, and why it ended.

Everything here is read off the run's last state and its transcript, so it can be read off a replay as well.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import escape
from typing import Any

import msgspec
from returns.result import Failure, Result, Success

from executus.account import answered_calls, cause_of, error_of, output_of, own, runtime_of, segments
from executus.explain import why
from executus.facts import Unknown
from executus.failures import RunError
from executus.rules.status import Cause, Status, status_of
from executus.slices import Door, Segment
from executus.state import Run
from executus.transcript import Transcript
from executus.values import Artifact, Instant, Record, ToolCall, Usage

_plain: Callable[[str], Any] = msgspec.json.Decoder().decode


class RunFailed(Exception):
    """Raised by `RunResult.unwrap` when there is no output; `error` has the facts."""

    def __init__(self, error: RunError) -> None:
        super().__init__(str(error))
        self.error = error


class StepTaken(Record, frozen=True):
    """One tool call that was answered: the step it belongs to (from 1), the call, what came of it."""

    step: int
    name: str
    arguments: str
    content: str
    is_error: bool


class RunResult(Record, frozen=True):
    """How one run ended. `status`, `output` and `error` say it in short, `why` in full.

    `run` is the run's last state, `transcript` the record of how it came there.
    """

    run: Run
    transcript: Transcript

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def status(self) -> Status:
        """One of the seven."""
        return status_of(self.cause)

    @property
    def cause(self) -> Cause:
        """The first cause that reached the run; of a suspended one the shutdown."""
        return cause_of(self.run)

    @property
    def output(self) -> str:
        """The answer; where a limit or an error came first, the latest text the model had given, or ""."""
        return output_of(self.run)

    @property
    def value(self) -> Any:
        """The structured output as plain data; None where there is none. Of a dry run: what it would do."""
        return _plain(self.run.value) if self.run.value else None

    @property
    def error(self) -> RunError | None:
        """Why there is no answer; None exactly when the status is ok or dry_run."""
        return error_of(self.cause)

    @property
    def steps(self) -> tuple[StepTaken, ...]:
        """Every tool call with its result, in call order; also those of a step that was never completed."""
        return _steps(self.run)

    @property
    def usage(self) -> Usage:
        """The sum over all model calls; None where no reply reported it."""
        return self.run.used

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful caller should know although the run went on."""
        return self.run.warnings

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """What the post-run hook made beside the answer."""
        return self.run.ending.made.artifacts

    @property
    def metadata(self) -> dict[str, str]:
        """What the post-run hook has to say about the run."""
        return dict(self.run.ending.made.metadata)

    @property
    def unknown_outcomes(self) -> tuple[Unknown, ...]:
        """Tool calls that may or may not have happened, also those that were settled since."""
        return self.run.unknowns

    @property
    def durable(self) -> bool:
        """Whether a record of the run was kept to its end."""
        return self.run.ports.checkpoint is Door.OPEN

    @property
    def resumable(self) -> bool:
        """Whether the run was only suspended: it can be taken up again."""
        return self.run.suspended is not None

    @property
    def queued(self) -> timedelta:
        """How long the run waited for a place in its lane."""
        return _span(self.run.clock.queued)

    @property
    def waiting(self) -> timedelta:
        """How long it waited for nothing but people."""
        return _span(self.run.clock.waited)

    @property
    def preparing(self) -> timedelta:
        """From acceptance to the beginning of the conversation (or the end), without the queue."""
        run, clock = self.run, self.run.clock
        end = min(run.now, self.cause.at) if run.began is None else run.began
        before = clock.queued_before if run.began is not None else clock.queued
        return _span(max(end - before, 0) + clock.regained)

    @property
    def runtime(self) -> timedelta:
        """From the beginning of the conversation to the end of it, without waits: what `max_runtime` bounds."""
        return _span(runtime_of(self.run))

    @property
    def why(self) -> tuple[str, ...]:
        """The facts that led to this end, in order, a line each."""
        return why(self.transcript)

    def as_result(self) -> Result[str, RunError]:
        """Success(output) or Failure(error), for railway callers."""
        error = self.error
        return Success(self.output) if error is None else Failure(error)

    def unwrap(self) -> str:
        """The output, or `RunFailed`, for scripts."""
        error = self.error
        if error is not None:
            raise RunFailed(error)
        return self.output

    def __repr__(self) -> str:
        end = f"output={self.output!r:.200}" if self.error is None else f"error={str(self.error)!r:.200}"
        return f"<run {self.run_id}: {self.status}, {end}>"

    def _repr_html_(self) -> str:
        """For notebooks: the status, the answer or the error, and the narrative."""
        end = self.output if self.error is None else str(self.error)
        return (
            f"<div><b>{escape(self.run_id)}: {self.status}</b><p>{escape(end)}</p>"
            f"<details><summary>{len(self.transcript.entries)} entries</summary>"
            f"<pre>{escape(str(self.transcript))}</pre></details></div>"
        )


def _span(duration: Instant) -> timedelta:
    return timedelta(microseconds=duration)


def _steps(run: Run) -> tuple[StepTaken, ...]:
    taken: list[StepTaken] = []
    for segment in segments(run):
        taken += _steps_in(segment)
    return (*taken, *_open_step(run))


def _steps_in(segment: Segment) -> Iterator[StepTaken]:
    calls: tuple[ToolCall, ...] = ()
    place, step = 0, segment.first_step
    for message in own(segment):
        if message.calls:
            calls, place, step = message.calls, 0, step + 1
        elif message.role == "tool":
            call = calls[place]
            place += 1
            yield StepTaken(step, call.name, call.arguments, message.text, message.is_error)


def _open_step(run: Run) -> Iterator[StepTaken]:
    """Results of a step that was never completed; a call that was never answered has no entry."""
    for seen in answered_calls(run):
        yield StepTaken(seen.step, seen.call.name, seen.call.arguments, seen.content, seen.is_error)
