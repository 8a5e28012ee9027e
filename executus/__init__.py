"""A run kernel for bounded agent runs: a pure core that asks, worlds that answer, and a record of it all."""

from executus.agent import Agent, CriticConfig, Limits, ModelSettings, Phase
from executus.bounds import Defaults
from executus.execute import Interpreter, execute, resume
from executus.failures import RunError
from executus.invocation import InputFile, Invocation, Target
from executus.result import RunFailed, RunResult
from executus.rules.status import Status
from executus.transcript import Transcript
from executus.whatif import WhatIf, what_if

__all__ = [
    "Agent",
    "CriticConfig",
    "Defaults",
    "InputFile",
    "Interpreter",
    "Invocation",
    "Limits",
    "ModelSettings",
    "Phase",
    "RunError",
    "RunFailed",
    "RunResult",
    "Status",
    "Target",
    "Transcript",
    "WhatIf",
    "execute",
    "resume",
    "what_if",
]
