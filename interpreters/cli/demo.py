"""`executus demo`: the main job, with nothing set up but a folder to look into.

Law: only the model is scripted, and that is said first. Tools, run, recording and replay are the real ones,
and nothing in the folder is changed.
"""

import os
import shlex
import tempfile
from pathlib import Path

from returns.pipeline import is_successful

from executus.agent import Agent
from executus.bounds import Defaults
from executus.invocation import Invocation
from executus.result import RunResult
from interpreters.cli.endings import how_it_went
from interpreters.cli.exits import Exit, Mistake, exit_for, exit_of
from interpreters.cli.living import lived
from interpreters.cli.recordings import NAME, writable
from interpreters.cli.replay import replayed
from interpreters.cli.surveyor import surveyor
from interpreters.cli.terminal import err, flush, one_line, out
from interpreters.cli.watch import Narrator
from interpreters.files import load, save
from interpreters.handlers import Handlers
from interpreters.loops import driven
from interpreters.tools import file_tools

AGENT = Agent(
    name="surveyor",
    model_tier="scripted",
    system_prompt="You say what lies in a folder. Take every number from a tool.",
    low_level_tools=("list_files", "count_lines", "read_file"),
)
PROMPT = "Which files are the largest, how many lines has each language, and what does a heading say?"


def demo(folder: Path, output: Path | None) -> Exit:
    """Survey `folder`, record it, replay the recording, and say where to go on."""
    handlers = _handlers(folder)
    target = _place(folder, output)
    _introduce(folder)
    result = driven(lived(AGENT, Invocation(prompt=PROMPT), handlers, Narrator()))
    _answer(result)
    code = _keep(result, target)
    return code or exit_of(result.status)


def _handlers(folder: Path) -> Handlers:
    if not folder.is_dir():
        raise Mistake(f"{folder} is {'no folder' if folder.exists() else 'not there'}: give a folder to look into")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise Mistake(f"{folder} can't be read: give another folder to look into")
    try:
        tools = file_tools(folder)
    except NotImplementedError as error:
        raise Mistake(str(error)) from None
    # Files that can't be read are findings here, and no reason to give up.
    return Handlers(models=surveyor, tools=tools, defaults=Defaults(max_consecutive_tool_errors=20))


def _place(folder: Path, output: Path | None) -> Path:
    """Where the recording goes: by itself never among the files that are counted, this time or the next."""
    if output is not None:
        return writable(output, "--output")
    temporary = Path(tempfile.gettempdir()).resolve()
    prefix = ".executus-demo-" if temporary.is_relative_to(folder.resolve()) else "executus-demo-"
    return Path(tempfile.mkdtemp(prefix=prefix, dir=temporary)) / NAME


def _introduce(folder: Path) -> None:
    out(f"An agent looks into {folder.resolve()}")
    out("The model in this demo is scripted: a function in place of a language model, so no key is needed.")
    out("The file tools, the run, its recording and the replay are real.")
    out()
    flush()


def _answer(result: RunResult) -> None:
    out()
    out(f"The answer ({how_it_went(result)})")
    out()
    text = result.output if result.error is None else str(result.error)
    out("\n".join(f"  {line}".rstrip() for line in text.split("\n")))
    out()


def _keep(result: RunResult, target: Path) -> Exit:
    """Save, load from disk, replay: the whole promise, in three lines."""
    saved = save(result.transcript, target)
    if not is_successful(saved):
        err(f"executus: the recording can't be written: {saved.failure().message}")
        return Exit.ERROR
    out(f"recorded  {target} ({len(result.transcript.entries)} entries, {target.stat().st_size} bytes)")
    read = load(target)
    if not is_successful(read):
        err(f"executus: {target}: {read.failure()}")
        return exit_for(read.failure())
    difference = replayed(read.unwrap())
    if difference is not None:
        out(one_line(f"replayed  {difference}"))
        return Exit.DIVERGED
    out("replayed  from that file alone: every decision is the same")
    _suggest(target)
    return Exit.OK


def _suggest(target: Path) -> None:
    path = shlex.quote(str(target))
    out()
    out("Try next")
    for command, told in (
        (f"show {path}", "the narrative again"),
        (f"show {path} --at 4", "all it knew after entry 4"),
        (f"replay {path}", "does today's code decide the same?"),
        (f"why {path}", "why it ended as it did"),
        (f"what-if {path} --set max_iterations=1", "would it have ended otherwise?"),
    ):
        out(f"  executus {command}")
        out(f"      {told}")
