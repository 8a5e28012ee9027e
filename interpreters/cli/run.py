"""`executus run`: one run of an agent from a file, with real models and tools.

Law: the answer alone goes to stdout (or one JSON object), the exit code says how the run ended, and a
recording that was asked for is written whatever that was.
"""

from pathlib import Path

from returns.pipeline import is_successful

from executus.agent import Agent
from executus.invocation import Invocation
from executus.result import RunResult
from interpreters.cli.attached import input_files, stored
from interpreters.cli.endings import as_json, how_it_went
from interpreters.cli.exits import Exit, exit_of
from interpreters.cli.inputs import agent_of, invocation_of, models_of, notes_of, tools_of
from interpreters.cli.living import lived
from interpreters.cli.recordings import writable
from interpreters.cli.terminal import err, out_answer, out_json
from interpreters.cli.wish import Wish
from interpreters.files import save
from interpreters.handlers import Handlers
from interpreters.loops import driven
from interpreters.models import Models


def run(path: Path, prompt: str | None, wish: Wish) -> Exit:
    """One run; its exit code."""
    agent = agent_of(path, wish.max_runtime)
    files = input_files(wish.files or (), agent)
    with stored(files, wish.root) as store:
        agent, tools = tools_of(agent, wish.root, store)
        models = models_of(agent, wish.models or ())
        target = None if wish.record is None else writable(wish.record, "--record")
        invocation = invocation_of(prompt, wish.images or (), files, wish.run_id, dry_run=wish.dry_run)
        for note in notes_of(agent):
            err(f"note: {note}")
        result = driven(_run(agent, invocation, Handlers(models=models, tools=tools, input_files=store), models))
    code = exit_of(result.status)
    if target is not None:
        code = _record(result, target) or code
    _report(result)
    if wish.as_json:
        out_json(as_json(result))
    elif result.output:
        out_answer(result.output)
    return code


async def _run(agent: Agent, invocation: Invocation, handlers: Handlers, models: Models) -> RunResult:
    from rich.console import Console

    console = Console(stderr=True)
    async with models:
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
