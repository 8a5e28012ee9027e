"""`executus explore`: every way in which a run of this agent can end, in every order of what may happen to it.

Law: nothing is run and nobody is asked; what is found is the same on every machine. A law that is broken is
printed as a scenario that shows it, and is the only failure.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from returns.pipeline import is_successful

from executus.agent import Agent, ModelChoice
from executus.bounds import Defaults, tier_of
from executus.explore import Ending, Exploration, Ground
from executus.invocation import Invocation, Target
from executus.minimise import minimised
from executus.moves import WALL_TIME
from executus.offers import Outside
from executus.reach import FEW, within_reach
from executus.started import RunStarted, Wiring
from executus.transcript import Transcript
from executus.values import ToolSpec, replace
from executus.verdicts import OF_A_RUN, OF_A_STATE, OF_A_TRANSITION
from interpreters.cli.exits import Exit, Mistake
from interpreters.cli.inputs import agent_of, tools_of
from interpreters.cli.recordings import writable
from interpreters.cli.terminal import err, out, out_entry, out_json
from interpreters.exploring import Watcher, explored
from interpreters.files import save
from interpreters.scenariofile import scenario_of
from interpreters.tools.output import Output

PORTS = (
    "approver", "audit", "budget", "checkpoints", "compactor", "critic", "delivery", "finalizers", "lanes",
    "observer", "session",
)  # fmt: skip

MOST_DEPTH = 12
"""Nobody has the patience, or the memory, for more."""


def explore(
    path: Path,
    depth: int,
    ports: tuple[str, ...],
    show: str,
    output: Path | None,
    processes: int,
    *,
    as_json: bool,
) -> Exit:
    """Look at everything, and say what there is; exit code 1 where a law is broken."""
    if not 0 <= depth <= MOST_DEPTH:
        raise Mistake(f"--depth {depth}: give a number of moves from 0 to {MOST_DEPTH}")
    if processes < 1:
        raise Mistake(f"--processes {processes}: give at least 1")
    target = None if output is None else writable(output, "--output")
    ground = _ground(path, depth, ports)
    began = perf_counter()
    with _watched() as watcher:
        found = explored(ground, processes=processes, watcher=watcher)
    _summarise(found, perf_counter() - began, processes)
    if found.violation is not None:
        return _broken(found, target)
    if show:
        return _shown(_chosen(found, show), target)
    out_json(_as_json(found)) if as_json else _table(found)
    return Exit.OK


def _ground(path: Path, depth: int, ports: tuple[str, ...]) -> Ground:
    agent, tools = tools_of(agent_of(path, None), Path(), None)
    if agent.output_type:
        agent = replace(agent, output_type=Output(agent.output_type).schema)
    specs = (*[tool.spec for tool in tools], *_palette(agent))
    wired = _ports(ports, agent, specs)
    near = within_reach(agent, Defaults())
    if near.changed:
        err(
            f"note: explored as {FEW}, which few moves reach: {', '.join([f'{n} ({c})' for n, c in near.changed])}"
        )
    err(f"note: wired are {', '.join(wired) or 'no ports'}; --port chooses others")
    flags: dict[str, Any] = {name: name in wired for name in PORTS if name != "lanes"}
    lanes = (tier_of(agent, near.defaults),) if "lanes" in wired else ()
    delivery = Target("explored", "explored") if "delivery" in wired else Target()
    invocation = Invocation(prompt="Go.", run_id="explored", delivery=delivery)
    wiring = Wiring(defaults=near.defaults, lanes=lanes, **flags)
    started = RunStarted(0, "explored", near.agent, invocation, wiring, WALL_TIME)
    window = _WINDOW if "compactor" in wired else None
    return Ground(
        started=started, outside=Outside(tools=specs, models=(ModelChoice("model", window),)), depth=depth
    )


_WINDOW = 2
"""Tokens: so small that every conversation is too long for it."""


def _palette(agent: Agent) -> Iterator[ToolSpec]:
    for kind, names in (("skill", agent.skill_palette), ("agent", agent.sub_agent_palette)):
        for name in names:
            yield ToolSpec(f"{kind}__{name}", delegate=kind, subject=f"{kind}:{name}")


def _ports(chosen: tuple[str, ...], agent: Agent, specs: tuple[ToolSpec, ...]) -> tuple[str, ...]:
    """Those that were asked for; else those by which a run of this agent can end or wait in another way."""
    for name in chosen:
        if name not in (*PORTS, "none"):
            raise Mistake(f"--port {name}: there is no such port; there are {', '.join(PORTS)}, or none")
    if chosen:
        return tuple([name for name in PORTS if name in chosen])
    wanted = {"budget": True, "checkpoints": True, "critic": agent.critic.enabled}
    wanted["approver"] = any(spec.needs_approval for spec in specs) or agent.on_unknown == "park"
    return tuple([name for name in PORTS if wanted.get(name)])


@contextmanager
def _watched() -> Generator[Watcher]:
    """How many transitions were made, on a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    is_shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not is_shown, redirect_stdout=False) as bar:
        task = bar.add_task("exploring", total=None)
        yield lambda made: bar.update(task, description=f"exploring: {made:,} transitions")


def _summarise(found: Exploration, took: float, processes: int) -> None:
    counts = f"{found.states:,} states, {found.transitions:,} transitions, {found.runs:,} whole runs"
    laws = f"{len(OF_A_TRANSITION)} laws of each transition, {len(OF_A_STATE)} of each state"
    err(f"{counts} within {found.depth} moves")
    err(f"{found.checks:,} checks: {laws}, {len(OF_A_RUN)} of each run")
    speed = f"{found.transitions / max(took, 0.001):,.0f} transitions a second"
    err(f"{took:.1f}s with {processes} process{'es' * (processes > 1)}, {speed}")


def _table(found: Exploration) -> None:
    rows = [("status", "ending", "states", "moves", "events")]
    rows += [
        (str(end.status), end.name, f"{end.states:,}", str(end.moves), str(len(end.events)))
        for end in sorted(found.endings, key=lambda one: (one.status, one.name))
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        texts = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        out("  ".join([*texts, *numbers]))
    waits = f"; {found.waits:,} states wait for people or a lane" if found.waits else ""
    out(f"{len(found.endings)} ways to end; no law is broken, and every run comes to an end{waits}")


def _as_json(found: Exploration) -> dict[str, Any]:
    """All but the events."""
    counts = {name: getattr(found, name) for name in ("depth", "states", "transitions", "runs", "checks", "waits")}
    endings = [
        {"status": str(end.status), "ending": end.name, "states": end.states, "moves": end.moves}
        for end in found.endings
    ]
    return {**counts, "endings": endings}


def _chosen(found: Exploration, show: str) -> Ending:
    """The shortest ending of this status, or whose name has this in it."""
    wanted = show.casefold()
    fitting = [end for end in found.endings if end.status == wanted or wanted in end.name.casefold()]
    if not fitting:
        known = ", ".join(dict.fromkeys([*[str(end.status) for end in found.endings], *_names(found)]))
        raise Mistake(f"--show {show}: no run ends so within {found.depth} moves; there are {known}")
    return min(fitting, key=lambda end: (end.moves, len(end.events)))


def _names(found: Exploration) -> list[str]:
    return [repr(end.name) for end in found.endings]


def _shown(ending: Ending, target: Path | None) -> Exit:
    err(f"the shortest way to {ending.name} ({ending.status}), by {ending.moves} moves:")
    for entry in ending.transcript.entries:
        out_entry(str(entry))
    return Exit.OK if target is None else _saved(ending.transcript, target)


def _broken(found: Exploration, target: Path | None) -> Exit:
    assert found.violation is not None
    violation = minimised(found.violation)
    for law in violation.laws:
        err(f"executus: broken: {law}")
    for entry in violation.transcript.entries:
        err(str(entry))
    written = scenario_of(violation.events, ", ".join(violation.laws))
    if is_successful(written):
        out(written.unwrap())
    else:
        err(f"no scenario can say this: {written.failure()}; {'see the recording' if target else '-o keeps it'}")
    if target is not None:
        _saved(violation.transcript, target)
    return Exit.ERROR


def _saved(transcript: Transcript, target: Path) -> Exit:
    saved = save(transcript, target)
    if is_successful(saved):
        err(f"recorded in {target} ({len(transcript.entries)} entries)")
        return Exit.OK
    err(f"executus: the recording can't be written: {saved.failure().message}")
    return Exit.ERROR
