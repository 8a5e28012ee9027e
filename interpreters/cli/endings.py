"""How a run ended: on one line for people, as one object for programs."""

from typing import Any

from executus.result import RunResult
from executus.spans import say
from executus.values import microseconds
from interpreters.cli.states import plain, used


def how_it_went(result: RunResult) -> str:
    """Status, time, and what was done."""
    done = [
        f"{result.status} in {say(microseconds(result.runtime))}",
        _many(result.run.talk.steps_done, "step"),
        _many(len(result.steps), "tool call"),
        used(result.usage),
    ]
    return ", ".join(filter(None, done))


def as_json(result: RunResult) -> dict[str, Any]:
    """What `--json` prints. `runtime` is in seconds, a number in `usage` is null where nothing was reported."""
    return {
        "run_id": result.run_id,
        "status": str(result.status),
        "output": result.output,
        "error": None if result.error is None else str(result.error),
        "steps": plain(result.steps),
        "usage": plain(result.usage),
        "runtime": result.runtime.total_seconds(),
        "warnings": list(result.warnings),
        "why": list(result.why),
    }


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
