"""What an exploration has found, as a scenario: a TOML text that people can read, change, and play in any world.

Law: the scenario shows what was found, and expects what today's code makes of it: whoever mends the code writes
there what should have come instead. Where a scenario has no words for it, this says so.
"""

from collections.abc import Iterable, Iterator, Sequence

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from executus.agent import Agent
from executus.answers import ToolboxBuilt
from executus.bounds import KERNEL_DEFAULTS
from executus.events import Event
from executus.explore import recording
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted
from executus.transition import start
from executus.values import NO_USAGE, ToolSpec, replace
from interpreters.scenarioparts import parts_of
from interpreters.scenariotext import key_of, pair, table, written
from interpreters.staging import Played, staged

SECTION, RULE = "10", "No outcome without a cause, no cause without a `why`."
"""Every scenario quotes a rule of docs/semantics.md; this one fits anything, until somebody chooses better."""


def scenario_of(events: Sequence[Event], title: str) -> Result[str, str]:
    """The scenario in which these events happen; or why there is none."""
    found = staged(events)
    if not is_successful(found):
        return Failure(found.failure())
    started, played = found.unwrap()
    first, *others = parts_of(start(started)[1], played)
    tools, wired = _tools(started, played), _wired(started)
    lines = [
        "# Found by the explorer. What is expected here is what came of it then.",
        *[pair(key, text) for key, text in (("title", title), ("section", SECTION), ("rule", RULE))],
        *_above(started),
        *first.keys(tools, wired),
        *_given(started),
        *first.tables("", tools, wired),
    ]
    for part in others:
        after = [] if part.after is None else [pair("after", part.after)]
        lines += ["", "[[resumed]]", *after, *part.keys(tools, wired), *part.tables("resumed.", tools, wired)]
    expected = _expected([started, *[one.event for one in played]])
    return Success("\n".join([*lines, "", "[expect]", *expected]))


def _wired(started: RunStarted) -> list[str]:
    wiring = started.wiring
    return [name for name in ("budget", "critic") if getattr(wiring, name)] + ["approvals"] * wiring.approver


def _above(started: RunStarted) -> Iterator[str]:
    """Ports that need no more to be said."""
    wiring = started.wiring
    if wiring.system_header:
        yield pair("system_header", wiring.system_header)
    named = ("audit", "checkpoints", "delivery", "input_files", "session")
    wired = [name for name in named if getattr(wiring, name)] + ["on_step"] * wiring.observer
    if wired:
        yield pair("wired", wired)
    if wiring.finalizers:
        yield pair("finalizers", ["tidy"])


def _given(started: RunStarted) -> Iterator[str]:
    """Agent, invocation, defaults, lanes: as far as they are unusual."""
    tables = {
        "agent": written(started.agent, Agent()),
        "invocation": written(replace(started.invocation, run_id=""), Invocation()),
        "defaults": written(started.wiring.defaults, KERNEL_DEFAULTS),
    }
    for name, pairs in tables.items():
        if pairs:
            yield from table(f"[{name}]", pairs)
    if started.wiring.compactor:
        yield from table("[compactor]", {})
    for lane in started.wiring.lanes:
        yield from table(f"[lanes.{key_of(lane)}]", {})


def _tools(started: RunStarted, played: Sequence[Played]) -> tuple[ToolSpec, ...]:
    """Those that were built; those that are named, where none were."""
    for one in played:
        if isinstance(one.event, ToolboxBuilt) and isinstance(one.event.outcome, tuple):
            return tuple([spec for spec in one.event.outcome if not spec.delegate])
    return tuple([ToolSpec(name) for name in started.agent.low_level_tools])


def _expected(events: Iterable[Event]) -> Iterator[str]:
    past = recording(events)
    result = RunResult(past.at(-1), past)
    steps = [
        f"{one.step}: {one.name}({one.arguments}) {'failed' if one.is_error else 'gave'} {one.content}"
        for one in result.steps
    ]
    yield pair("status", str(result.status))
    for name, value in (
        ("output", result.output),
        ("error", str(result.error or "")),
        ("steps", steps),
        ("usage", written(result.usage, NO_USAGE)),
        ("warnings", list(result.warnings)),
    ):
        if value:
            yield pair(name, value)
