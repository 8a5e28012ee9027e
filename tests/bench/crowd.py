"""Many live runs at once on one event loop: how much of the time the models' latency alone explains.

Run by hand: `python tests/bench/crowd.py [--runs N] [--steps N] [--latency S] [--collector N] [--json FILE]`.
Every model call sleeps; a run asks `steps` times for a trivial tool and then answers. The ideal wall time is that
of one run whose code costs nothing. All transcripts stay in memory, and count.
"""

import argparse
import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from executus import RunResult, execute
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.ports import ModelRequest
from tests.bench.bench import AGENT, add_later, model

Figures = dict[str, float]


def sleepy(latency: float) -> Callable[[ModelRequest], Awaitable[ModelReply]]:
    """The benchmark's model, so many seconds away."""

    async def ask(request: ModelRequest) -> ModelReply:
        await asyncio.sleep(latency)
        return await model(request)

    return ask


def resident() -> float:
    """KB of memory that the process holds once it has let go of what nobody needs."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


async def crowd(runs: int, steps: int, handlers: Handlers) -> list[RunResult]:
    """All runs at once, with everything on; each keeps its transcript."""
    results = await asyncio.gather(*[execute(AGENT, str(steps), using=Live(handlers)) for _ in range(runs)])
    assert all(result.output == f"done {steps}" for result in results)
    return results


def measure(runs: int, steps: int, latency: float) -> Figures:
    """One crowd; a small one before it, so that what is made once counts for nobody."""
    handlers = Handlers(models=sleepy(latency), tools=[add_later])
    asyncio.run(crowd(100, 2, Handlers(models=sleepy(0), tools=[add_later])))
    before = resident()
    wall, cpu = time.perf_counter(), time.process_time()
    results = asyncio.run(crowd(runs, steps, handlers))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    kept = resident() - before
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(results) == runs  # They are still there, and so are their transcripts.
    ideal = (steps + 1) * latency
    return {
        "wall_s": wall,
        "ideal_s": ideal,
        "efficiency": ideal / wall,
        "cpu_s": cpu,
        "cpu_us_per_step": cpu / runs / steps * 1e6,
        "kb_per_run": kept / runs,
        "peak_kb_per_run": most / runs,
    }


def report(figures: Figures) -> list[tuple[str, str, str, bool]]:
    """Each goal with what was reached."""
    efficiency, memory = figures["efficiency"], figures["kb_per_run"]
    return [
        ("efficiency, ideal wall time / wall time", ">= 0.90", f"{efficiency:.3f}", efficiency >= 0.9),
        ("KB a run, with all transcripts in memory", "<= 18", f"{memory:.1f}", memory <= 18),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=10, help="tool calls of each run")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds of each model call")
    parser.add_argument("--collector", type=int, help="gc.set_threshold as a host may set it; the default is 700")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    if options.collector:
        gc.set_threshold(options.collector)
    figures = measure(options.runs, options.steps, options.latency)
    print(f"Python {sys.version.split()[0]}; {options.runs} runs of {options.steps} steps at {options.latency} s")
    for name, value in figures.items():
        print(f"{name:16}{value:>12.3f}")
    goals = report(figures)
    for what, goal, reached, is_met in goals:
        print(f"{'ok  ' if is_met else 'MISS'} {what}: {reached} (goal {goal})")
    if options.json:
        options.json.write_text(json.dumps({"figures": figures, "goals": goals}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
