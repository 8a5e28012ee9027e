"""What a run is made of, read from the command line: agent, tools, models, prompt, pictures.

Law: whatever is wrong is found before a model is asked, and is one line that says what to do.
"""

import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

from returns.pipeline import is_successful

from executus.agent import Agent, Phase
from executus.bounds import Defaults, tier_of
from executus.invocation import InputFile, Invocation
from executus.values import Image, replace
from interpreters.agentfile import load_agent
from interpreters.cli.attached import MOST_BYTES, Store, tools_over
from interpreters.cli.exits import Mistake
from interpreters.models import Models, TierValue
from interpreters.models.spec import is_spec
from interpreters.models.tiers import read_file
from interpreters.ports import Tool
from interpreters.tools import collect, load

TIERS = Path("executus.toml")
"""Where the models of a project stand, beside whoever runs the command."""

MOST_IMAGE_BYTES = 20 << 20

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def agent_of(path: Path, max_runtime: str | None) -> Agent:
    """The agent in the file, with another limit if one is given."""
    read = load_agent(path)
    if not is_successful(read):
        raise Mistake(str(read.failure()))
    if max_runtime is None:
        return read.unwrap()
    try:
        return replace(read.unwrap(), max_runtime=max_runtime)
    except ValueError as error:
        raise Mistake(f"--max-runtime: {error}") from None


def notes_of(agent: Agent) -> Iterator[str]:
    """What the agent may have in a program, and has not got under this command: said before it runs."""
    if agent.critic.enabled:
        yield "no critic is wired here: max_runtime ends the run"
    if agent.skill_palette or agent.sub_agent_palette:
        yield "no palette is wired here: its skills and agents answer that they are not configured"


def tools_of(agent: Agent, root: Path, store: Store | None) -> tuple[Agent, tuple[Tool, ...]]:
    """The agent with its tools by name, and the tools: file tools over `root`, and functions it names."""
    if not root.is_dir():
        raise Mistake(f"--root {root}: there is no such folder")
    try:
        known = tools_over(root, store) if agent.low_level_tools else {}
        chosen = tuple([_loaded(name) if ":" in name else _known(name, known) for name in agent.low_level_tools])
        collect(chosen)
    except (ValueError, LookupError, TypeError, NotImplementedError) as error:
        raise Mistake(f"low_level_tools: {error.args[0] if error.args else error}") from None
    names = {written: tool.spec.name for written, tool in zip(agent.low_level_tools, chosen, strict=True)}
    phases = tuple([replace(phase, tools=_named(phase, names)) for phase in agent.phases])
    return replace(agent, low_level_tools=tuple(names.values()), phases=phases), chosen


def _named(phase: Phase, names: dict[str, str]) -> tuple[str, ...]:
    """A phase chooses among the agent's tools, by what is written there or by their names."""
    chosen = tuple([names.get(written, written) for written in phase.tools])
    for name in chosen:
        if name not in names.values() and not name.startswith(("agent__", "skill__")):
            raise Mistake(f"phase {phase.name}: there is no {name!r} among low_level_tools to choose")
    return chosen


def models_of(agent: Agent, given: Iterable[str]) -> Models:
    """The tiers of ./executus.toml and those given, which win; the agent's and its phases' must be among them."""
    first = tier = tier_of(agent, Defaults())
    try:
        tiers: dict[str, TierValue] = {**read_file(TIERS)} if TIERS.exists() else {}
        tiers.update(_tiers(given))
        if not tiers and not is_spec(tier):
            raise Mistake(f"no model for {tier!r}: give --model {tier}=openai:MODEL, or [models] in ./{TIERS}")
        models = Models(tiers)
        for tier in dict.fromkeys((first, *[phase.model_tier or first for phase in agent.phases])):
            models.resolve(tier)
    except LookupError as error:
        raise Mistake(f"{error.args[0]}; give --model {tier}=openai:MODEL") from None
    except ValueError as error:
        raise Mistake(str(error)) from None
    return models


def invocation_of(
    prompt: str | None, images: Iterable[Path], files: tuple[InputFile, ...], run_id: str, *, dry_run: bool
) -> Invocation:
    """What is asked for. Without a prompt it is read from stdin, unless a person would have to type it.

    A dry run asks nothing, so it needs no prompt.
    """
    pictures = tuple([_image(path) for path in images])
    if sum(len(file.content) for file in files) + sum(len(one.data) * 3 // 4 for one in pictures) > MOST_BYTES:
        raise Mistake(f"files and pictures together are larger than the {MOST_BYTES} bytes a run may have")
    for name, text in (("the prompt", prompt or ""), ("--run-id", run_id)):
        if not _is_text(text):
            raise Mistake(f"{name} is not UTF-8 text")
    text = prompt or "" if dry_run else _prompt(prompt, is_needed=not pictures)
    if not text.strip() and not pictures and not dry_run:
        raise Mistake("the prompt is empty: give one as an argument or on stdin")
    return Invocation(prompt=text, images=pictures, input_files=files, run_id=run_id, dry_run=dry_run)


def _prompt(given: str | None, *, is_needed: bool) -> str:
    """The prompt itself, or what is on stdin; nobody is left waiting at a terminal."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        if is_needed:
            raise Mistake("no prompt: give one as an argument or on stdin")
        return ""
    try:
        return sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Mistake("the prompt on stdin is not UTF-8 text") from None


def _known(name: str, known: dict[str, Tool]) -> Tool:
    if name not in known:
        raise LookupError(f"there is no tool {name!r}; there are {', '.join(known)}, or write module:function")
    return known[name]


def _loaded(reference: str) -> Tool:
    """A function from a module that can be imported from here, but never in place of an installed one."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    return load(reference)


def _tiers(given: Iterable[str]) -> dict[str, list[str]]:
    """TIER=SPEC as a table; the same tier once more is its fallback."""
    tiers: dict[str, list[str]] = {}
    for text in given:
        tier, equals, spec = text.partition("=")
        if not equals or not tier or ":" in tier:
            raise Mistake(f"--model {text}: write TIER=PROVIDER:MODEL, like fast=openai:gpt-5")
        tiers.setdefault(tier, []).append(spec)
    return tiers


def _image(path: Path) -> Image:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_IMAGE_BYTES + 1)
    except OSError as error:
        raise Mistake(f"--image {path}: {error.strerror or error}") from None
    if len(data) > MOST_IMAGE_BYTES:
        raise Mistake(f"--image {path}: larger than the {MOST_IMAGE_BYTES} bytes a picture may have")
    mime = next((mime for magic, mime in _MAGIC if data.startswith(magic)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        mime = "image/webp"
    if not mime:
        raise Mistake(f"--image {path}: not a PNG, JPEG, GIF or WebP picture")
    return Image(mime, b64encode(data).decode())


def _is_text(text: str) -> bool:
    """Bytes of the command line that aren't UTF-8 arrive as lone surrogates, which no file could keep."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
