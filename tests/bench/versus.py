"""What a step costs beside other frameworks, as far as they are installed: the same task, the same process.

Run by hand: `python tests/bench/versus.py [--rounds 5] [--fast] [--json FILE]`. CPU time of this process, median
over rounds in which all cases take turns. What is made once for many runs (agents, graphs, handlers, the event
loop) isn't counted; each peer in `peers/` has its limits lifted and its tracing off.
"""

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from executus import execute
from interpreters.handlers import Handlers
from interpreters.live import Live
from tests.bench.bench import AGENT, SIZES, add_later, cpu, floor, memory, model, written

PEERS = ("agent_framework_core", "langgraph_bare", "pydantic_ai_slim")
GOALS = {10: 10, 100: 10, 1000: 200}
"""How many times less than the best peer a step in Memory may cost, by size."""

Case = Callable[[int], float]
"""Microseconds a step, measured once at this size."""

HANDLERS = Handlers(models=model, tools=[add_later])


async def live(steps: int) -> str:
    """The asyncio world with everything on."""
    result = await execute(AGENT, str(steps), using=Live(HANDLERS))
    return str(result.output)


def plain(work: Callable[[int], object]) -> Case:
    """A case that needs no event loop and checks its answer itself."""
    return lambda steps: cpu(lambda: work(steps), max(1, 2000 // steps)) / steps * 1e6


def looped(run: Callable[[int], Awaitable[str]], calls: int) -> Case:
    """A case on an event loop, about so many tool calls at a time; making the loop isn't counted."""

    async def once(steps: int) -> float:
        repeat = max(1, calls // steps)
        start = time.process_time()
        answers = [await run(steps) for _ in range(repeat)]
        spent = time.process_time() - start
        assert answers == [f"done {steps}"] * repeat
        return spent / repeat / steps * 1e6

    return lambda steps: asyncio.run(once(steps))


def peers() -> dict[str, Case]:
    """A case for each peer that is installed; a line for each that isn't."""
    cases: dict[str, Case] = {}
    for name in PEERS:
        try:
            peer = import_module(f"tests.bench.peers.{name}")
        except ImportError as error:
            print(f"{name} is left out: {error}")
            continue
        cases[f"{peer.DISTRIBUTION} {version(peer.DISTRIBUTION)}"] = looped(peer.run, 200)
    return cases


def measure(cases: dict[str, Case], sizes: tuple[int, ...], rounds: int) -> dict[str, dict[int, float]]:
    """Microseconds a step, by case and size; nobody pays for collecting what another left behind."""
    samples: dict[str, dict[int, list[float]]] = {name: {n: [] for n in sizes} for name in cases}
    for case in cases.values():
        case(sizes[0])
    for _ in range(rounds):
        for steps in sizes:
            for name, case in cases.items():
                gc.collect()
                samples[name][steps].append(case(steps))
    return {name: {n: statistics.median(s) for n, s in by.items()} for name, by in samples.items()}


def report(times: dict[str, dict[int, float]], others: list[str]) -> list[tuple[str, str, str, bool]]:
    """Each goal with what was reached, against whichever peer is the best at that size."""
    goals: list[tuple[str, str, str, bool]] = []
    for steps, own in times["memory"].items():
        best = min(others, key=lambda name: times[name][steps])
        ratio = times[best][steps] / own
        what = f"memory at {steps}, times under the best peer ({best})"
        goals.append((what, f">= {GOALS[steps]}", f"{ratio:.1f}", ratio >= GOALS[steps]))
    return goals


def show(times: dict[str, dict[int, float]]) -> None:
    """The figures, and how many times Memory's they are."""
    sizes = list(times["memory"])
    print(f"Python {sys.version.split()[0]}; CPU microseconds a step, and times those of memory")
    print(f"{'':30}" + "".join(f"{n:>20}" for n in sizes))
    for name, by in times.items():
        ratios = {n: f"{by[n] / times['memory'][n]:.1f} x" for n in sizes}
        print(f"{name:30}" + "".join(f"{by[n]:>10.1f}{ratios[n]:>10}" for n in sizes))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fast", action="store_true", help="without 1000 steps, which take a peer up to 20 s")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    others = peers()
    own = {"floor": plain(floor), "memory": plain(memory), "written": plain(written), "live": looped(live, 2000)}
    times = measure(own | others, SIZES[:2] if options.fast else SIZES, options.rounds)
    show(times)
    goals = report(times, list(others)) if others else []
    for what, goal, reached, is_met in goals:
        print(f"{'ok  ' if is_met else 'MISS'} {what}: {reached} (goal {goal})")
    if options.json:
        options.json.write_text(json.dumps({"us_per_step": times, "goals": goals}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
