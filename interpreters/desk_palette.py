"""Palettes: agents and skills that a run may hand work to, as tools of its model, and as runs of their own.

A child is a run on the same kernel: its id derives from the parent's call, it holds no budget and no lane of its
own, and its ancestry says under whom it runs. A call may narrow its tools, and never widen them.
"""

import json
from typing import Any, cast

from executus.agent import Agent
from executus.effects import Delegate
from executus.facts import ChildResult
from executus.invocation import Invocation
from executus.result import RunResult
from executus.values import Fault, FaultKind, Record, ToolClass, ToolSpec, replace, sound
from interpreters.book import Book
from interpreters.faults import article, checked, checked_one
from interpreters.ports import ToolError
from interpreters.seen import ChildSeen, Observed
from interpreters.services import PaletteCall, Skill
from interpreters.tools.arguments import Arguments, single
from interpreters.tools.conforming import misfit
from interpreters.tools.function import NAME
from interpreters.tools.registry import Misnamed, NoTool
from interpreters.tools.schema import Schema, canonical, schema_of
from interpreters.tools.signature import signature_of


class Entry(Record, frozen=True):
    """What a palette stands for under one name. `inputs` is a skill's schema."""

    agent: Agent
    description: str
    inputs: Any = None


def _agents_arguments(prompt: str, model_tier: str = "", tools: list[str] | None = None) -> None:
    """What a model may say when it hands work to an agent."""


_SIGNATURE = signature_of(_agents_arguments, "agent")
_SAID = {
    "prompt": "the task, with everything the agent must know",
    "model_tier": "another tier of models than the agent's own",
    "tools": "only these of the agent's tools",
}
_SCHEMA = schema_of(_SIGNATURE.parameters, _SAID, "agent")
_ARGUMENTS = Arguments(_SIGNATURE.parameters, _SCHEMA)
_ANY_INPUTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


async def resolved(book: Book, kind: str, name: str) -> Entry | None:
    """What the palette has for this name and caller; None = it is not configured."""
    palette: Any = book.handlers.palette
    if palette is None:
        return None
    try:
        given = await book.call(palette.resolve, kind, name, book.invocation.caller_id)
    except LookupError:
        return None
    agent = given.agent if isinstance(given, Skill) else given
    if not isinstance(agent, Agent):
        raise NoTool(f"the palette gives an Agent or a Skill for {name!r}, got {article(given)}")
    if not agent.id and (kind == "skill" or not agent.name):
        agent = replace(agent, id=f"{kind}:{name}")
    if not isinstance(given, Skill):
        return Entry(agent, f"Hands a task to the agent {agent.name or name}, and gives its answer.")
    schema = checked(given.inputs, Schema) if given.inputs is not None else None
    if kind == "skill" and schema is not None and schema.get("type", "object") != "object":
        raise NoTool(f"the inputs of skill {name!r} must be the schema of an object")
    return Entry(agent, sound(str(given.description)) or f"Runs the skill {name}.", schema)


def spec_of(kind: str, name: str, entry: Entry | None) -> ToolSpec:
    """The tool by which a model hands work on; raises ValueError for a name that no tool may have."""
    tool = f"{kind}__{name}"
    if not NAME.fullmatch(tool):
        raise Misnamed(f"{tool!r} is no name for a tool: at most 64 of the letters A-Z, a-z, 0-9, _ and -")
    schema = _SCHEMA if kind == "agent" else (entry.inputs if entry and entry.inputs else _ANY_INPUTS)
    description = entry.description if entry else f"The {kind} {name}, which is not configured here."
    subject = entry.agent.subject if entry else f"{kind}:{name}"
    return ToolSpec(
        tool, description, canonical({"type": "object"} | schema), ToolClass.KEYED, delegate=kind, subject=subject
    )


async def delegate(book: Book, question: Delegate) -> ChildResult | Fault:
    """Run the entry, as a child or by the palette itself, and say what came of it."""
    name = question.call.name.removeprefix(f"{question.kind}__")
    entry: Entry | None = book.palette.get((question.kind, name))
    if entry is None:
        return Fault(FaultKind.TOOL, f"{question.kind} {name!r} is not configured")
    asked = _asked(book, question, name, entry)
    palette: Any = book.handlers.palette
    prefix = getattr(palette, "prefix", None)
    if callable(prefix):
        before = await book.call(prefix, question.kind, name, book.invocation.caller_id)
        asked = replace(asked, prompt=_prefixed(before, asked.prompt))
    invoke = getattr(palette, "invoke", None)
    if callable(invoke):
        given = await book.call(invoke, asked)
        if given is not None:
            found: ChildResult = checked_one(given, ChildResult)
            return found
    agent = _narrowed(entry.agent, asked)
    return told(await book.world.child(agent, _invocation(book, asked, agent), question))


def told(result: RunResult) -> ChildResult:
    """What the parent hears of a child's end; its use it has heard of already."""
    return ChildResult(result.run_id, str(result.status), result.output, str(result.error or ""))


def _asked(book: Book, question: Delegate, name: str, entry: Entry) -> PaletteCall:
    asked = PaletteCall(
        kind=question.kind,
        name=name,
        run_id=f"{book.run_id}/{question.number}",
        parent_run_id=book.run_id,
        caller_id=book.invocation.caller_id,
        labels=book.labels,
    )
    text = question.call.arguments
    if question.kind == "skill":
        inputs = _inputs(text, entry)
        said = inputs[0][1] if len(inputs) == 1 else "\n".join(f"{key}: {value}" for key, value in inputs)
        return replace(asked, prompt=said, inputs=inputs)
    given: dict[str, Any] = _ARGUMENTS.read(text)
    tools = given.get("tools")
    for tool in tools or ():
        if tool not in entry.agent.low_level_tools:
            has = ", ".join(entry.agent.low_level_tools) or "none"
            raise ToolError(f"agent {name!r} has no tool {tool!r}; it has: {has}")
    chosen = None if tools is None else tuple(tools)
    return replace(asked, prompt=given["prompt"], model_tier=given.get("model_tier", ""), tools=chosen)


def _inputs(text: str, entry: Entry) -> tuple[tuple[str, str], ...]:
    try:
        given: object = json.loads(text, object_pairs_hook=single)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"arguments are not valid JSON: {error}") from error
    problem = misfit({"type": "object"} | (entry.inputs or _ANY_INPUTS), given)
    if problem:
        raise ToolError(f"arguments do not fit: {problem}")
    pairs = cast("dict[str, object]", given).items()
    return tuple([(key, value if isinstance(value, str) else json.dumps(value)) for key, value in pairs])


def _prefixed(before: object, prompt: str) -> str:
    if not isinstance(before, str):
        raise TypeError(f"a palette's prefix is text, got {article(before)}")
    return "\n\n".join(part for part in (before, prompt) if part.strip())


def _narrowed(agent: Agent, asked: PaletteCall) -> Agent:
    if asked.model_tier:
        agent = replace(agent, model_tier=asked.model_tier)
    if asked.tools is None:
        return agent
    chosen = asked.tools
    return replace(agent, low_level_tools=tuple([one for one in agent.low_level_tools if one in chosen]))


def _invocation(book: Book, asked: PaletteCall, agent: Agent) -> Invocation:
    """Where and for whom is the parent's; budget, lane, session tools and delivery are not."""
    above, tell = book.invocation, book.world.observe

    def on_step(seen: Observed) -> None:
        tell(ChildSeen(asked.run_id, agent.name, seen))

    watched = above.on_step is not None or book.handlers.on_step is not None
    return Invocation(
        prompt=asked.prompt,
        run_id=asked.run_id,
        caller_id=above.caller_id,
        channel_id=above.channel_id,
        guild_id=above.guild_id,
        parent_run_id=book.run_id,
        ancestry=(*above.ancestry, book.agent.subject),
        inputs=asked.inputs,
        labels=book.labels,
        on_step=on_step if watched else None,
    )
