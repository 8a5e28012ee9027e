"""How scenarios write down what they judge: steps, turns, artifacts, what a host was told, each as one line."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from executus.answers import Delegated
from executus.effects import Delegate
from executus.facts import (
    CallSeen,
    ChildResult,
    Erred,
    Noted,
    RollUp,
    RunFacts,
    Seen,
    Spent,
    StepSeen,
    Unknown,
)
from executus.result import RunResult, StepTaken
from executus.spans import say
from executus.values import Artifact, Message, ToolCall, Usage


def step_text(step: StepTaken) -> str:
    """A step as scenarios write it: `1: add({"a": 2}) gave 5`."""
    return f"{step.step}: {step.name}({step.arguments}) {'failed' if step.is_error else 'gave'} {step.content}"


MANY = 10
"""Equal lines that are told one by one."""


def folded(lines: Iterable[str]) -> Iterator[str]:
    """The lines; more equal ones in a row than one reads, as one with their count: `9998 times 1: add({}) …`."""
    for line, equal in groupby(lines):
        count = len(list(equal))
        yield from [line] * count if count < MANY else [f"{count} times {line}"]


def turn_text(message: Message) -> str:
    """A turn of the conversation as scenarios write it: `tool call-1: 5`, `assistant: I look. call-1=add({})`."""
    parts = [f"{message.role} {message.call_id}".strip() + (" error:" if message.is_error else ":")]
    parts += [message.text] if message.text else []
    parts += [f"{call.call_id}={call.name}({call.arguments})" for call in message.calls]
    parts += [f"[{image.mime}]" for image in message.images]
    return " ".join(parts)


def call_text(call: ToolCall) -> str:
    """A call: `add({"a": 2})`."""
    return f"{call.name}({call.arguments})"


def artifact_text(artifact: Artifact) -> str:
    """An artifact: `report.txt (text/plain, 12 bytes)`."""
    return f"{artifact.name} ({artifact.mime}, {len(artifact.data)} bytes)"


def unknown_text(unknown: Unknown) -> str:
    """A call nobody knows the outcome of: `send({}): timeout, verify with look, settled: happened`."""
    text = f"{call_text(unknown.call)}: {unknown.reason}"
    text += f", verify with {unknown.verifier}" if unknown.verifier else ""
    return text + (f", settled: {unknown.settled}" if unknown.settled else "")


def children_of(result: RunResult) -> Iterator[str]:
    """The runs this one delegated to, in the order of their ends: `scout: ok`."""
    asked: dict[int, str] = {}
    for entry in result.transcript.entries:
        for effect in entry.asked:
            if isinstance(effect, Delegate):
                asked[effect.id] = effect.call.name.partition("__")[2] or effect.subject
        if isinstance(entry.event, Delegated) and entry.event.id in asked:
            outcome = entry.event.outcome
            end = outcome.status if isinstance(outcome, ChildResult) else f"failed, {outcome.message}"
            yield f"{asked[entry.event.id]}: {end}"


def usage_text(usage: Usage) -> str:
    """What was used: `10 in 5 out cost 3`; empty where nothing was reported."""
    named = ("in", usage.input_tokens), ("out", usage.output_tokens), ("thinking", usage.thinking_tokens)
    parts = [f"{count} {name}" for name, count in (*named, ("cached", usage.cached_tokens)) if count is not None]
    return " ".join([*parts, *([] if usage.cost is None else [f"cost {usage.cost}"])])


def facts_text(facts: RunFacts) -> str:
    """What an audit and a checkpoint are told at their start: its run, and whatever isn't empty."""
    named = ("subject", facts.subject_id), ("name", facts.name), ("caller", facts.caller_id)
    named += ("channel", facts.channel_id), ("guild", facts.guild_id), ("parent", facts.parent_run_id)
    named += ("tier", facts.tier), ("labels", " ".join(facts.labels))
    inputs = [f"{name}={value}" for name, value in facts.inputs]
    parts = [f"{name}={value}" for name, value in named if value]
    return " ".join([f"start {facts.run_id}", *parts, *inputs, f"max_iterations={facts.max_iterations}"])


def seen_text(seen: Seen) -> str:
    """One thing that an audit, a critic or an observer is told."""
    match seen:
        case StepSeen(step=step, text=text, calls=calls, usage=usage):
            parts = [text, *map(call_text, calls), f"[{usage_text(usage)}]" if usage_text(usage) else ""]
            return " ".join([f"step {step}:", *[part for part in parts if part]])
        case CallSeen(step=step, call=call, content=content, is_error=is_error):
            return f"call {step}: {call_text(call)} {'failed' if is_error else 'gave'} {content}"
        case Noted(name=name, facts=facts):
            return " ".join([f"event {name}", *[f"{key}={value}" for key, value in facts]])
        case Erred(error=error):
            return f"error {error}"


def roll_up_text(roll_up: RollUp) -> str:
    """The closing line of an audit: `close ok: Done. (2 calls, 3s, 10 in 5 out)`, with what it says of the end."""
    said = roll_up.error or roll_up.output
    parts = [f"{roll_up.tool_calls} calls", say(roll_up.runtime), usage_text(roll_up.usage)]
    parts += ["resumable"] if roll_up.resumable else []
    return f"close {roll_up.status}: {said} ({', '.join([part for part in parts if part])})"


def spent_text(spent: Spent) -> str:
    """What a budget is told at the end: `ok for ann in 3s, 10 in 5 out`."""
    who = " ".join([text for text in (spent.caller, *spent.labels) if text])
    end = f"{spent.status}{f' for {who}' if who else ''} in {say(spent.runtime)}"
    return ", ".join([part for part in (end, usage_text(spent.usage)) if part])


def keys_text(keys: Iterable[tuple[str, str]]) -> Iterator[str]:
    """How many calls each tool had, and under how many keys: `send: 2 calls, 1 key`."""
    found: dict[str, list[str]] = {}
    for tool, key in keys:
        found.setdefault(tool, []).append(key)
    for tool, given in found.items():
        calls, different = len(given), len(set(given))
        yield f"{tool}: {calls} call{'s' * (calls > 1)}, {different} key{'s' * (different > 1)}"
