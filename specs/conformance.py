"""The judge of a run against a scenario; and the scenarios, one sentence of docs/semantics.md a file.

Law: what a scenario expects holds in every world that plays it. The judge names all that differs, not only the
first; and only the narrative of a file is ever rewritten by a program.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from executus.canonical import encode
from executus.effects import CallModel
from executus.result import RunResult
from specs.reading import read
from specs.scenario import Expect, ExpectedRun, Scenario, ScenarioError
from specs.telling import artifact_text, children_of, folded, keys_text, step_text, turn_text, unknown_text
from specs.witness import PORTS, Witness

FOLDER = Path(__file__).parent / "scenarios"

Judged: TypeAlias = tuple[str, object, object]
"""What is judged: its name, what is expected, what came."""


def names() -> list[str]:
    """Of all scenarios, in their order."""
    return sorted([path.stem for path in FOLDER.glob("*.toml")])


def scenario(name: str) -> Scenario:
    """The one of this name. Raises ScenarioError for a file that is none."""
    return read((FOLDER / f"{name}.toml").read_text("utf-8"), name)


def scenarios() -> list[Scenario]:
    """All of them, by name. Raises ScenarioError for a file that is none."""
    return [scenario(name) for name in names()]


def judge(
    scenario: Scenario, result: RunResult, witness: Witness | None = None, *, record: bool = True
) -> list[str]:
    """Everything about the run that is not as expected.

    Without a `witness` (a replay has no host) its lines aren't judged; `record=False` leaves the narrative out.
    """
    expect = scenario.expect
    judged = [*_always(expect, result)]
    judged += [item for item in _optional(expect, result) if item[1] is not None]
    if witness is not None:
        judged += [item for item in _witnessed(expect, witness) if item[1] is not None]
    complaints = [f"{name}: expected {want!r}, got {got!r}" for name, want, got in judged if want != got]
    lines = result.why
    complaints += [f"why: no line has {text!r}: {lines}" for text in expect.why if text not in " / ".join(lines)]
    narrative = str(result.transcript)
    if record and expect.narrative.strip("\n") != narrative:
        complaints.append(f"narrative: the record is\n{narrative}\nexpected\n{expect.narrative}")
    return complaints


def _always(expect: Expect, result: RunResult) -> Iterator[Judged]:
    yield "status", expect.status, result.status
    yield "output", expect.output, result.output
    yield "error", expect.error, str(result.error or "")
    yield "steps", expect.steps, tuple(folded(map(step_text, result.steps)))
    yield "usage", expect.usage, result.usage
    yield "warnings", expect.warnings, result.warnings


def _optional(expect: Expect, result: RunResult) -> Iterator[Judged]:
    yield from _conversed(expect, result)
    yield "requests", expect.requests, tuple(map(_request, _model_calls(result)))
    for name in ("runtime", "preparing", "queued", "waiting", "resumable", "durable"):
        yield name, getattr(expect, name), getattr(result, name)
    yield "value", *map(_canonical, (expect.value, result.value))
    yield "artifacts", expect.artifacts, tuple(map(artifact_text, result.artifacts))
    yield "metadata", expect.metadata, tuple([f"{name}: {text}" for name, text in dict(result.metadata).items()])
    yield "unknown_outcomes", expect.unknown_outcomes, tuple(map(unknown_text, result.unknown_outcomes))
    yield "children", expect.children, tuple(children_of(result))


def _conversed(expect: Expect | ExpectedRun, result: RunResult) -> Iterator[Judged]:
    """What was said, and what each model call was given."""
    calls = list(_model_calls(result))
    yield "conversation", expect.conversation, tuple(map(turn_text, result.run.talk.conversation))
    yield (
        "offered",
        expect.offered,
        tuple([tuple([spec.name for spec in call.setup.toolbox.specs]) for call in calls]),
    )
    yield "asked", expect.asked, tuple([call.setup.model for call in calls])
    yield "prompts", expect.prompts, tuple([_prompt(call) for call in calls])


def _request(call: CallModel) -> str:
    return " | ".join([call.setup.model, *map(turn_text, call.conversation)])


def _prompt(call: CallModel) -> str:
    first = call.conversation[0] if call.conversation else None
    return first.text if first is not None and first.role == "system" else ""


def _witnessed(expect: Expect, witness: Witness) -> Iterator[Judged]:
    for name in PORTS:
        yield name, getattr(expect, name), tuple(getattr(witness, name))
    yield "keys", expect.keys, tuple(keys_text(witness.keys))
    yield "checkpoint", expect.checkpoint, witness.checkpoint
    if expect.runs is not None:
        yield "runs", len(expect.runs), len(witness.runs)
        for number, (run, result) in enumerate(zip(expect.runs, witness.runs, strict=False), 1):
            for name, want, got in _of_child(run, result):
                yield f"runs[{number}].{name}", want, got


def _of_child(run: ExpectedRun, result: RunResult) -> Iterator[Judged]:
    yield "run_id", run.run_id, result.run_id
    yield "name", run.name, result.run.agent.name
    yield "status", run.status, result.status
    yield "output", run.output, result.output
    yield "error", run.error, str(result.error or "")
    yield "usage", run.usage, result.usage
    yield from _conversed(run, result)


def _canonical(value: object) -> str | None:
    """A value as text, so that it compares alike whatever class holds it."""
    return None if value is None else encode(value).decode()


def _model_calls(result: RunResult) -> Iterator[CallModel]:
    for entry in result.transcript.entries:
        for effect in entry.asked:
            if isinstance(effect, CallModel):
                yield effect


def with_narrative(text: str, narrative: str) -> str:
    """The TOML text with another narrative, all else as it was: last in what is expected, before its tables."""
    if "'''" in narrative:
        raise ScenarioError("a narrative with three quotes can't be written down")
    rest = re.sub(r"\nnarrative = '''.*?'''(?=\n|\Z)", "", text, flags=re.DOTALL)
    tables = re.search(r"^\[+expect\..*", rest, flags=re.DOTALL | re.MULTILINE)
    before, after = (rest[: tables.start()], f"\n{tables[0]}") if tables else (rest, "")
    return f"{before.rstrip()}\nnarrative = '''\n{narrative}\n'''\n{after}"
