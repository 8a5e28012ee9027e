"""Every way a run can fail, as one closed union with the facts as fields (semantics.md section 7).

`str` of a failure is one line: it begins with the stage where it happened and ends with the cause.
"""

from typing import TypeAlias

from executus.spans import say
from executus.values import Duration, Fault, Record, one_line


class RunError(Record, frozen=True, tag_field="is"):
    """Why a run gave no answer. One line under `str`, whatever a model or tool has said; the facts are fields."""

    def __str__(self) -> str:
        return one_line(self.said())

    def said(self) -> str:
        """The sentence, with the texts in it as they came."""
        raise NotImplementedError


class BudgetExceeded(RunError, frozen=True, tag="budget_exceeded"):
    """The run used more than it was granted: `what` is "tokens" or "cost"; or it was refused for a reason."""

    what: str
    used: int
    limit: int
    reason: str = ""

    def said(self) -> str:
        refused = f"refused: {self.reason}" if self.reason else "refused"
        return f"budget: {f'used {self.used} {self.what} of {self.limit} granted' if self.what else refused}"


class ModelUnresolved(RunError, frozen=True, tag="model_unresolved"):
    tier: str
    reason: str

    def said(self) -> str:
        return f'resolve model "{self.tier}": {self.reason}'


class ToolboxInvalid(RunError, frozen=True, tag="toolbox_invalid"):
    """`stage` is where: "build toolbox", "add extra tool", "add session tool"."""

    reason: str
    stage: str = "build toolbox"

    def said(self) -> str:
        return f"{self.stage}: {self.reason}"


class TemplateInvalid(RunError, frozen=True, tag="template_invalid"):
    """A phase's prompt names something that is no earlier phase."""

    phase: str
    name: str

    def said(self) -> str:
        return f'prompt of phase "{self.phase}": {{{{.{self.name}}}}} names no earlier phase'


class PreflightTimedOut(RunError, frozen=True, tag="preflight_timed_out"):
    limit: Duration

    def said(self) -> str:
        return f"prepare: not ready within {say(self.limit)}"


class ModelFailed(RunError, frozen=True, tag="model_failed"):
    """The model gave no usable reply; `fault` has provider, HTTP status and whether it was retryable."""

    fault: Fault
    attempts: int = 1

    def said(self) -> str:
        where = f" {self.fault.provider}" if self.fault.provider else ""
        status = f" (HTTP {self.fault.status})" if self.fault.status else ""
        tried = f", after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"call model{where}: {self.fault.message}{status}{tried}"


class StepLimitReached(RunError, frozen=True, tag="step_limit_reached"):
    limit: int

    def said(self) -> str:
        return f"step limit: no answer within {self.limit} steps"


class ToolErrorsExceeded(RunError, frozen=True, tag="tool_errors_exceeded"):
    """So many tool calls in a row gave an error; `last` is the last one's text."""

    count: int
    tool: str
    last: str

    def said(self) -> str:
        return f"tool errors: {self.count} in a row, the last from {self.tool}: {self.last}"


class ToolCallRepeated(RunError, frozen=True, tag="tool_call_repeated"):
    """The model went on asking for the same call after it had given the same outcome `count` times."""

    tool: str
    count: int

    def said(self) -> str:
        return f"repeated call: {self.tool} was asked again after the same outcome {self.count} times"


class OutputInvalid(RunError, frozen=True, tag="output_invalid"):
    reason: str

    def said(self) -> str:
        return f"output: {self.reason}"


class PortError(RunError, frozen=True, tag="port_error"):
    """A port failed that a run can't go on without."""

    port: str
    reason: str

    def said(self) -> str:
        return f"{self.port}: {self.reason}"


class OutcomeLost(RunError, frozen=True, tag="outcome_lost"):
    """Nobody knows whether a call happened, and the agent's `on_unknown` does not go on then."""

    tool: str
    reason: str

    def said(self) -> str:
        return f"outcome of {self.tool} unknown: {self.reason}"


class TimedOut(RunError, frozen=True, tag="timed_out"):
    """`owner` says whose limit it was: max_runtime, the critic's backstop, or the ceiling."""

    owner: str
    limit: Duration

    def said(self) -> str:
        return f"timeout: {self.owner} of {say(self.limit)} was reached"


class KilledByCritic(RunError, frozen=True, tag="killed_by_critic"):
    reason: str

    def said(self) -> str:
        return f"critic killed the run: {self.reason.strip() or 'no reason given'}"


class CancelledBy(RunError, frozen=True, tag="cancelled_by"):
    by: str

    def said(self) -> str:
        return f"cancelled by {self.by}"


class ShutDownByHost(RunError, frozen=True, tag="shut_down_by_host"):
    resumable: bool = False

    def said(self) -> str:
        return "shut down by the host" + (", to be resumed" if self.resumable else "")


Failure: TypeAlias = (
    ModelUnresolved
    | ToolboxInvalid
    | PreflightTimedOut
    | ModelFailed
    | StepLimitReached
    | ToolErrorsExceeded
    | ToolCallRepeated
    | TemplateInvalid
    | OutputInvalid
    | PortError
    | OutcomeLost
)
"""A genuine error of a run: what `Failed` may carry. The other errors each have a cause of their own."""
