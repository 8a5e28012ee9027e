"""`executus run`: one run of an agent from a file, with real models and tools.

Law: the answer alone goes to stdout (or one JSON object), the exit code says how the run ended, and a
recording that was asked for is written whatever that was.
"""

from dataclasses import dataclass
from pathlib import Path

from returns.pipeline import is_successful

from executus.agent import Agent
from executus.invocation import Invocation
from executus.result import RunResult
from interpreters.cli.endings import as_json, how_it_went
from interpreters.cli.exits import Exit, exit_of
from interpreters.cli.inputs import agent_of, invocation_of, models_of, tools_of
from interpreters.cli.living import lived
from interpreters.cli.recordings import writable
from interpreters.cli.terminal import err, out_answer, out_json
from interpreters.files import save
from interpreters.handlers import Handlers
from interpreters.loops import driven
from interpreters.models import Models
from interpreters.ports import Tool


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    agent: Path
    prompt: str | None
    models: tuple[str, ...]
    images: tuple[Path, ...]
    root: Path
    record: Path | None
    run_id: str
    max_runtime: str | None
    as_json: bool


def run(wish: Wish) -> Exit:
    """One run; its exit code."""
    agent, tools = tools_of(agent_of(wish.agent, wish.max_runtime), wish.root)
    models = models_of(agent, wish.models)
    target = None if wish.record is None else writable(wish.record, "--record")
    invocation = invocation_of(wish.prompt, wish.images, wish.run_id)
    result = driven(_run(agent, invocation, models, tools))
    code = exit_of(result.status)
    if target is not None:
        code = _record(result, target) or code
    _report(result)
    if wish.as_json:
        out_json(as_json(result))
    elif result.output:
        out_answer(result.output)
    return code


async def _run(agent: Agent, invocation: Invocation, models: Models, tools: tuple[Tool, ...]) -> RunResult:
    from rich.console import Console

    console = Console(stderr=True)
    async with models:
        handlers = Handlers(models=models, tools=tools)
        if not console.is_terminal:
            return await lived(agent, invocation, handlers, _silent)
        from interpreters.cli.watch import Progressing

        with Progressing(console) as progress:
            return await lived(agent, invocation, handlers, progress)


def _silent(_: object) -> None:
    """Nobody watches: the line at the end says it all."""


def _record(result: RunResult, target: Path) -> Exit:
    saved = save(result.transcript, target)
    if is_successful(saved):
        err(f"recorded in {target} ({len(result.transcript.entries)} entries)")
        return Exit.OK
    err(f"executus: the recording can't be written: {saved.failure().message}")
    return Exit.ERROR


def _report(result: RunResult) -> None:
    """How it ended, on stderr."""
    for warning in result.warnings:
        err(f"warning: {warning}")
    if result.error is not None:
        err(f"executus: {result.error}")
    err(how_it_went(result))
