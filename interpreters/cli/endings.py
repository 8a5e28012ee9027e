"""How a run ended: on one line for people, as one object for programs."""

from typing import Any

from executus.result import RunResult
from executus.spans import say
from executus.values import microseconds
from interpreters.cli.rows import used
from interpreters.cli.states import plain


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
    """What `--json` prints. Spans are in seconds, bytes in base64; null in `usage` is what nobody reported."""
    return {
        "run_id": result.run_id,
        "status": str(result.status),
        "output": result.output,
        "value": result.value,
        "error": None if result.error is None else str(result.error),
        "steps": plain(result.steps),
        "usage": plain(result.usage),
        "queued": result.queued.total_seconds(),
        "preparing": result.preparing.total_seconds(),
        "runtime": result.runtime.total_seconds(),
        "waiting": result.waiting.total_seconds(),
        "artifacts": plain(result.artifacts),
        "metadata": result.metadata,
        "unknown_outcomes": plain(result.unknown_outcomes),
        "durable": result.durable,
        "resumable": result.resumable,
        "warnings": list(result.warnings),
        "why": list(result.why),
    }


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
