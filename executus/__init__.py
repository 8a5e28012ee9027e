"""A run kernel for bounded agent runs: a pure core that asks, worlds that answer, and a record of it all."""

from executus.agent import Agent, Limits, ModelSettings
from executus.bounds import Defaults
from executus.execute import Interpreter, execute
from executus.failures import RunError
from executus.invocation import Invocation
from executus.result import RunFailed, RunResult
from executus.rules.status import Status
from executus.transcript import Transcript
from executus.whatif import WhatIf, what_if

__all__ = [
    "Agent",
    "Defaults",
    "Interpreter",
    "Invocation",
    "Limits",
    "ModelSettings",
    "RunError",
    "RunFailed",
    "RunResult",
    "Status",
    "Transcript",
    "WhatIf",
    "execute",
    "what_if",
]
