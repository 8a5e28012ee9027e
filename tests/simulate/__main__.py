"""`python -m tests.simulate`: storms for as long as you like, on all cores; or one storm again, with its story.

    python -m tests.simulate --seconds 600 --seed-from 100000
    python -m tests.simulate --seed 4711 --mode safety --world live

Exits with 1 when a run failed, a cell that can be reached was missed in a round that was long enough, or one that
can't be reached was hit.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count

from specs.storms import CELLS, MODES, Mode, mode_of, storm
from tests.simulate.report import Report, command, table, told, traces
from tests.simulate.shrinking import without
from tests.simulate.verdict import lived_through, trace
from tests.simulate.worlds import WORLDS, WorldName

ROUND = 3 * len(CELLS)
"""Seeds after which each cell was aimed at in both modes."""

ENOUGH = 6 * ROUND
"""Seeds after which every cell must have been hit: many are hit by the first, and the last within these."""

CHUNK = 55
MOST_TOLD = 5


def main(words: list[str]) -> int:
    """The command. Returns what to exit with."""
    given = _given(words)
    if given.seed is not None:
        return _again(given)
    if given.traces:
        print("\n".join(traces(_lived(given.seed_from, given.seed_from + given.seeds, WORLDS, given.mode))))
        return 0
    began, report = time.monotonic(), Report()
    seeds = 0
    for done, part in _parts(given):
        seeds += done
        report.add(part)
        if given.seconds and sys.stderr.isatty():
            left = max(0.0, given.seconds - (time.monotonic() - began))
            print(f"\r{seeds} seeds, {len(report.failures)} failures, {left:.0f}s left ", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return _tell(report, seeds, time.monotonic() - began)


def _given(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=0.0, help="go on for so long")
    parser.add_argument("--seeds", type=int, default=0, help="or for so many seeds")
    parser.add_argument("--seed-from", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--mode", choices=MODES, help="only in this mode; else two rounds of three in safety")
    parser.add_argument("--world", choices=WORLDS, help="only in this world; else in both")
    parser.add_argument("--seed", type=int, help="this one storm again, with its story")
    parser.add_argument("--traces", action="store_true", help="print the trace of each seed, and nothing else")
    parser.add_argument("--without", default="", help="of it, what is left out, with commas")
    given = parser.parse_args(words)
    if min(given.seconds, given.seeds, given.seed_from, given.jobs - 1, given.seed or 0) < 0:
        parser.error("seconds, seeds and jobs can't be negative")
    if not given.seconds and not given.seeds:
        given.seeds = ENOUGH
    return given


def _parts(given: argparse.Namespace):  # type: ignore[no-untyped-def] # an iterator of counts and reports
    """Chunk by chunk, as they are done; a new one is begun for each that is."""
    worlds = (given.world,) if given.world else WORLDS
    ends = time.monotonic() + given.seconds if given.seconds else None
    last = given.seed_from + given.seeds if given.seeds else None
    with ProcessPoolExecutor(given.jobs) as pool:
        waiting: list[tuple[int, object]] = []
        for first in count(given.seed_from, CHUNK):
            if (last is not None and first >= last) or (ends is not None and time.monotonic() >= ends):
                break
            until = first + CHUNK if last is None else min(first + CHUNK, last)
            waiting.append((until - first, pool.submit(_lived, first, until, worlds, given.mode)))
            if len(waiting) > given.jobs:
                done, future = waiting.pop(0)
                yield done, future.result()  # type: ignore[attr-defined] # a future
        for done, future in waiting:
            yield done, future.result()  # type: ignore[attr-defined] # a future


def _lived(first: int, until: int, worlds: tuple[WorldName, ...], mode: Mode | None) -> Report:
    report = Report()
    for seed in range(first, until):
        report.live(seed, worlds, mode)
    return report


def _tell(report: Report, seeds: int, took: float) -> int:
    """Print what there is to know; what to exit with."""
    is_wrong = bool(report.failures)
    for world in WORLDS:
        if not report.runs[world]:
            continue
        print(table(report, world))
        missed, impossible = report.missed(world), report.impossible(world)
        hit = len([cell for cell in report.fired[world].values() if cell]) - len(impossible)
        hours = report.simulated[world] / 3_600_000_000
        pace = f"{report.runs[world] / report.spent[world]:.0f} a second of one processor"
        cells = f"{hit} of {hit + len(missed)} cells"
        print(f"{world}: {report.runs[world]} runs, {pace}; {hours:.1f} simulated hours; {cells}")
        for what, found in (("missed", missed), ("hit, though it can't be", impossible)):
            if found:
                print(f"{world}: {what}: {', '.join([f'{fault} {stage}' for fault, stage in found])}")
        is_wrong |= bool(impossible) or (bool(missed) and seeds >= ENOUGH)
    runs, hours = report.runs.total(), report.simulated.total() / 3_600_000_000
    print(f"{seeds} seeds, {runs} runs in {took:.1f}s: {runs / took:.0f} runs/s, {len(report.failures)} failures")
    busy = max(sum(report.spent.values()), 0.001)
    print(
        f"{hours * 3600 / took:.0f} simulated hours per hour, {hours * 3600 / busy:.0f} per hour of one processor"
    )
    for failure in report.failures[:MOST_TOLD]:
        print()
        print(told(failure))
    for failure in report.failures[MOST_TOLD:]:
        print(f"also: {command(failure)}  # {failure.complaints[0]}")
    return int(is_wrong)


def _again(given: argparse.Namespace) -> int:
    mode = given.mode or mode_of(given.seed)
    try:
        one = without(storm(given.seed, mode), [name for name in given.without.split(",") if name])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    is_wrong = False
    for world in (given.world,) if given.world else WORLDS:
        lived, complaints = lived_through(one, world)
        print(f"seed {given.seed}, {mode}, {world}")
        if lived is not None:
            print(lived.record)
            print(f"struck: {'; '.join(lived.weather.log) or 'by nothing'}")
            print(f"trace: {trace(lived)}")
        print("\n".join(complaints) or "nothing is wrong with it")
        is_wrong |= bool(complaints)
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
