"""Many storms, and what they come to: how many ran, what failed, which cells were hit, how much time that was.

Law: a cell that can be reached is hit, one that can't isn't; a failure comes with everything to see it again.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

from executus.transcript import Transcript
from interpreters.files import save
from specs.faults import FAULTS, STAGES, Cell, reachable
from specs.storms import Mode, Storm, mode_of, storm
from tests.simulate.shrinking import smallest, thinned, without
from tests.simulate.verdict import length, lived_through, trace
from tests.simulate.worlds import WORLDS, WorldName

FOLDER = Path(".simulated")
"""Where the recordings of failures go."""


@dataclass(frozen=True)
class Failure:
    """One storm that failed in one world, and how."""

    seed: int
    mode: Mode
    world: WorldName
    complaints: tuple[str, ...]


@dataclass
class Report:
    """What came of many storms. Reports of several processes add up."""

    runs: Counter[str] = field(default_factory=Counter)
    fired: dict[str, Counter[Cell]] = field(default_factory=lambda: {name: Counter() for name in WORLDS})
    simulated: Counter[str] = field(default_factory=Counter)
    """Virtual microseconds."""
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(WORLDS, 0.0))
    """Seconds of a processor, judging included."""
    failures: list[Failure] = field(default_factory=list)
    traces: dict[tuple[int, str], str] = field(default_factory=dict)
    """By seed and world: what a run's trace comes to."""

    def live(self, seed: int, worlds: Iterable[WorldName] = WORLDS, mode: Mode | None = None) -> None:
        """One more storm, in each world."""
        how = mode or mode_of(seed)
        one = storm(seed, how)
        for world in worlds:
            since = process_time()
            with undisturbed():
                lived, complaints = lived_through(one, world)
            self.spent[world] += process_time() - since
            self.runs[world] += 1
            if lived is not None:
                self.fired[world].update(lived.weather.fired)
                self.simulated[world] += length(lived.record)
                self.traces[seed, world] = trace(lived)
            if complaints:
                self.failures.append(Failure(seed, how, world, tuple(complaints)))

    def add(self, other: "Report") -> None:
        self.runs.update(other.runs)
        self.simulated.update(other.simulated)
        self.failures += other.failures
        for world, seconds in other.spent.items():
            self.spent[world] += seconds
        self.traces.update(other.traces)
        for world, cells in other.fired.items():
            self.fired[world].update(cells)

    def missed(self, world: str) -> list[Cell]:
        """Cells that can be reached, and were not."""
        return [cell for cell in reachable(world) if not self.fired[world][cell]]

    def impossible(self, world: str) -> list[Cell]:
        """Cells that were hit, though nobody can come to them."""
        return sorted(self.fired[world].keys() - set(reachable(world)))


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collector meanwhile: it may run in any thread, and close there what an earlier storm has left behind."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def table(report: Report, world: str) -> str:
    """How often each kind struck in each stage; a dot where it can't."""
    can = set(reachable(world))
    lines = [f"{world:24}" + "".join([f"{stage:>12}" for stage in STAGES])]
    for fault in FAULTS:
        cells = [(fault.name, stage) for stage in STAGES]
        counts = [str(report.fired[world][cell]) if cell in can else "." for cell in cells]
        lines.append(f"{fault.name:24}" + "".join([f"{count:>12}" for count in counts]))
    return "\n".join(lines)


def traces(report: Report) -> list[str]:
    """One line for each seed: the traces in memory and live, in short."""
    seeds = sorted({seed for seed, _ in report.traces})
    short = {place: digest[:16] for place, digest in report.traces.items()}
    return [" ".join([str(seed), *[short.get((seed, world), "-") for world in WORLDS]]) for seed in seeds]


def told(failure: Failure) -> str:
    """A failure, made small, with the command that plays it again; the recording is left as a file."""
    one, first = storm(failure.seed, failure.mode), failure.complaints[0]

    def fails(other: Storm) -> bool:
        return first in lived_through(other, failure.world)[1]

    if not fails(one):
        return f"seed {failure.seed} ({failure.mode}, {failure.world}) fails only sometimes: {first}"
    gone = smallest(one, fails)
    lived, complaints = lived_through(without(one, gone), failure.world)
    lines = [f"seed {failure.seed} ({failure.mode}, {failure.world}): {'; '.join(complaints)}"]
    if lived is not None:
        past = lived.record
        if first.startswith("law: "):
            past = thinned(past, first.removeprefix("law: "))
        lines += [str(past), f"struck: {'; '.join(lived.weather.log)}", f"kept in {_kept(past, failure)}"]
    return "\n".join([*lines, f"again: {command(failure, gone)}"])


def command(failure: Failure, gone: tuple[str, ...] = ()) -> str:
    """The one command that plays it again."""
    less = f" --without {','.join(gone)}" if gone else ""
    return f"python -m tests.simulate --seed {failure.seed} --mode {failure.mode} --world {failure.world}{less}"


def _kept(past: Transcript, failure: Failure) -> str:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{failure.world}-{failure.mode}-{failure.seed}.xrec"
    return str(save(past, path).map(str).value_or("no file: it can't be written"))
