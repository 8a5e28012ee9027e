"""What a caller gets back from a run: its status, its answer, what it used, and why it ended.

Everything here is read off the run's last state and its transcript, so it can be read off a replay as well.
"""

from datetime import timedelta
from html import escape

from returns.result import Failure, Result, Success

from executus.explain import error_of, why
from executus.failures import RunError
from executus.rules.status import Cause, DryRan, Finished, Status, status_of
from executus.state import Run
from executus.transcript import Transcript
from executus.values import Fault, Instant, Message, Record, ToolCall, ToolResult, Usage


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
        """The first cause that reached the run."""
        cause = self.run.cause
        if cause is None:
            raise ValueError(f"run {self.run_id} has not ended")
        return cause

    @property
    def output(self) -> str:
        """The answer; where a limit or an error came first, the latest text the model had given, or ""."""
        match self.cause:
            case Finished(output=output) | DryRan(output=output):
                return output
            case _:
                return _latest_text(self.run)

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
    def preparing(self) -> timedelta:
        """From acceptance to the beginning of the conversation (or the end, if it never began)."""
        began = self.run.began
        return _span(self.run.now if began is None else began)

    @property
    def runtime(self) -> timedelta:
        """From the beginning of the conversation to the end: what `max_runtime` bounds."""
        began = self.run.began
        return _span(0 if began is None else self.run.now - began)

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


def _latest_text(run: Run) -> str:
    """No step of work is thrown away by a limit."""
    for message in reversed(_own(run)):
        if message.role == "assistant" and message.text.strip():
            return message.text
    return ""


def _own(run: Run) -> tuple[Message, ...]:
    """What was said in this run: history is nobody's work here."""
    return run.talk.conversation[run.talk.opening :]


def _steps(run: Run) -> tuple[StepTaken, ...]:
    taken: list[StepTaken] = []
    calls: tuple[ToolCall, ...] = ()
    results: list[Message] = []
    step = 0
    for message in _own(run):
        if message.calls:
            calls, results, step = message.calls, [], step + 1
        elif message.role == "tool":
            call = calls[len(results)]
            results.append(message)
            taken.append(StepTaken(step, call.name, call.arguments, message.text, message.is_error))
    for call, slot in zip(calls, run.talk.slots, strict=False):
        match slot:
            case ToolResult(content=content):
                taken.append(StepTaken(step, call.name, call.arguments, content, False))
            case Fault(message=reason):
                taken.append(StepTaken(step, call.name, call.arguments, reason, True))
            case _:
                pass  # Never answered: no entry.
    return tuple(taken)
