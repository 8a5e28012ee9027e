"""The judge of a run against a scenario; and the scenarios, one sentence of docs/semantics.md a file.

Law: what a scenario expects holds in every world that plays it. The judge names all that differs, not only the
first; and only the narrative of a file is ever rewritten by a program.
"""

from collections.abc import Iterator
from pathlib import Path

from executus.effects import CallModel
from executus.result import RunResult, StepTaken
from executus.values import Message
from specs.scenario import Scenario, ScenarioError, read

FOLDER = Path(__file__).parent / "scenarios"


def scenarios() -> list[Scenario]:
    """All of them, by name. Raises ScenarioError for a file that is none."""
    return [read(path.read_text("utf-8"), path.stem) for path in sorted(FOLDER.glob("*.toml"))]


def judge(scenario: Scenario, result: RunResult, *, record: bool = True) -> list[str]:
    """Everything about the result that is not as expected; `record=False` leaves its narrative out."""
    expect, usage = scenario.expect, result.usage
    judged: list[tuple[str, object, object]] = [
        ("status", expect.status, result.status),
        ("output", expect.output, result.output),
        ("error", expect.error, str(result.error or "")),
        ("steps", expect.steps, tuple(map(step_text, result.steps))),
        ("usage", expect.usage, usage),
        ("warnings", expect.warnings, result.warnings),
    ]
    optional: list[tuple[str, object, object]] = [
        ("conversation", expect.conversation, tuple(map(turn_text, result.run.talk.conversation))),
        ("offered", expect.offered, tuple(_offered(result))),
        ("runtime", expect.runtime, result.runtime),
        ("preparing", expect.preparing, result.preparing),
    ]
    judged += [item for item in optional if item[1] is not None]
    complaints = [f"{name}: expected {want!r}, got {got!r}" for name, want, got in judged if want != got]
    lines = result.why
    complaints += [f"why: no line has {text!r}: {lines}" for text in expect.why if text not in " / ".join(lines)]
    narrative = str(result.transcript)
    if record and expect.narrative.strip("\n") != narrative:
        complaints.append(f"narrative: the record is\n{narrative}\nexpected\n{expect.narrative}")
    return complaints


def step_text(step: StepTaken) -> str:
    """A step as scenarios write it: `1: add({"a": 2}) gave 5`."""
    return f"{step.step}: {step.name}({step.arguments}) {'failed' if step.is_error else 'gave'} {step.content}"


def turn_text(message: Message) -> str:
    """A turn of the conversation as scenarios write it: `tool call-1: 5`, `assistant: I look. call-1=add({})`."""
    parts = [f"{message.role} {message.call_id}".strip() + (" error:" if message.is_error else ":")]
    parts += [message.text] if message.text else []
    parts += [f"{call.call_id}={call.name}({call.arguments})" for call in message.calls]
    parts += [f"[{image.mime}]" for image in message.images]
    return " ".join(parts)


def with_narrative(text: str, narrative: str) -> str:
    """The TOML text with another narrative, all else as it was. It stands last, or nowhere yet."""
    if "'''" in narrative:
        raise ScenarioError("a narrative with three quotes can't be written down")
    before = text.partition("\nnarrative = '''")[0].rstrip("\n")
    return f"{before}\nnarrative = '''\n{narrative}\n'''\n"


def _offered(result: RunResult) -> Iterator[tuple[str, ...]]:
    for entry in result.transcript.entries:
        for effect in entry.asked:
            if isinstance(effect, CallModel):
                yield tuple([spec.name for spec in effect.setup.toolbox.specs])
