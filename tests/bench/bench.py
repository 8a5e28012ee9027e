"""What a step costs, against a hand-written loop that does the same work in the same process.

Run by hand: `python tests/bench/bench.py [--json FILE] [--fast]`. CPU time of this process, median over rounds in
which all cases take turns, so that a noisy machine hurts them alike. What counts are the ratios to the floor.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from executus import Agent, Invocation, execute
from executus.reading import decode
from executus.transcript import Recorder
from executus.transition import is_over, next_wakeup
from executus.values import ModelReply, ToolCall, Usage
from interpreters.driving import at_once
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.memory import Memory, ScriptError
from interpreters.ports import ModelRequest
from interpreters.scripts import Turn
from interpreters.tools import tool

SIZES = (10, 100, 1000)
AGENT = Agent(name="bench", low_level_tools=("add",), max_iterations=10**9, max_runtime="30d")
USAGE = Usage(input_tokens=10, output_tokens=5)


@tool(effect="pure")
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool(effect="pure", name="add")
async def add_later(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def reply(step: int, steps: int) -> ModelReply:
    """The model's part of the work, the same in every case: one call a step, then the answer."""
    if step < steps:
        return ModelReply("", (ToolCall(f"call_{step}", "add", f'{{"a":{step},"b":1}}'),), USAGE)
    return ModelReply(f"done {step}", (), USAGE)


def floor(steps: int) -> None:
    """The loop one would write by hand: an async model, a tool, no limits, no record, no types checked."""

    async def ask(messages: list[dict[str, Any]]) -> ModelReply:
        last = messages[-1].get("id", "")
        return reply(int(last[5:]) + 1 if last else 0, steps)

    def run(arguments: str) -> str:
        return json.dumps(add(**json.loads(arguments)))

    async def loop() -> str:
        messages: list[dict[str, Any]] = [{"role": "user", "content": "go"}]
        while True:
            said = await ask(messages)
            messages.append({"role": "assistant", "content": said.text, "calls": said.calls})
            if not said.calls:
                return said.text
            for call in said.calls:
                result = run(call.arguments)
                messages.append({"role": "tool", "id": call.call_id, "content": result})

    assert at_once(loop(), _waited) == f"done {steps}"


def played(steps: int) -> Memory:
    """The same replies and the same tool in memory."""
    return Memory(model=[Turn(reply(step, steps), 10) for step in range(steps + 1)], tools=[add])


def memory(steps: int) -> None:
    """Everything on, recording in memory."""
    result = played(steps).run(AGENT, "go")
    assert result.output == f"done {steps}"


def drive(steps: int, lines_each_event: bool) -> Recorder:
    """The loop of execute.py, with the lines taken as a durable world takes them."""

    async def loop() -> Recorder:
        world = played(steps)
        recorder = Recorder(world.begin(AGENT, Invocation(prompt="go")))
        while True:
            if lines_each_event:
                recorder.lines()
            for effect in recorder.asked:
                world.perform(effect)
            run = recorder.run
            if is_over(run):
                return recorder
            recorder.feed(await world.next_event(next_wakeup(run)))

    return at_once(loop(), _waited)


def written(steps: int) -> None:
    """Everything on, with lines, fingerprints and chain written after each event."""
    recorder = drive(steps, lines_each_event=True)
    assert len(recorder.lines()) == 2 * steps + 5


async def model(request: ModelRequest) -> ModelReply:
    """The live model: it reads its step from the last message."""
    last = request.messages[-1].call_id
    return reply(int(last[5:]) + 1 if last else 0, int(request.messages[0].text))


def live(steps: int) -> None:
    """The asyncio world with everything on."""

    async def main() -> None:
        world = Live(Handlers(models=model, tools=[add_later]))
        result = await execute(AGENT, str(steps), using=world)
        assert result.output == f"done {steps}"

    asyncio.run(main())


def transcript_bytes(steps: int) -> bytes:
    return b"".join(line + b"\n" for line in drive(steps, False).transcript.lines())


def replayed(data: bytes) -> None:
    """From bytes: chain verified, decoded strictly, decided again, every fingerprint compared."""
    assert decode(data).unwrap().divergence() is None


def _waited() -> Exception:
    return ScriptError("the bench must not wait")


def cpu(work: Callable[[], object], repeat: int) -> float:
    """Seconds of CPU for one call of `work`."""
    start = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - start) / repeat


def measure(rounds: int) -> dict[str, dict[int, float]]:
    """Microseconds a step, by case and size; in each round all cases take turns."""
    recordings = {steps: transcript_bytes(steps) for steps in SIZES}
    cases: dict[str, Callable[[int], object]] = {
        "floor": floor,
        "memory": memory,
        "written": written,
        "live": live,
        "replay from bytes": lambda steps: replayed(recordings[steps]),
    }
    samples: dict[str, dict[int, list[float]]] = {name: {n: [] for n in SIZES} for name in cases}
    for _ in range(rounds):
        for steps in SIZES:
            for name, case in cases.items():
                once = cpu(lambda case=case, steps=steps: case(steps), max(1, 2000 // steps))
                samples[name][steps].append(once / steps * 1e6)
    return {name: {n: statistics.median(s) for n, s in by.items()} for name, by in samples.items()}


def bytes_per_step() -> dict[int, float]:
    """What a step adds to the file, the first lines and the end not counted."""
    empty = len(transcript_bytes(0))
    return {steps: (len(transcript_bytes(steps)) - empty) / steps for steps in SIZES}


def imports_aiohttp() -> bool:
    probe = "import sys, executus; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def report(times: dict[str, dict[int, float]], sizes: dict[int, float]) -> list[tuple[str, str, str, bool]]:
    """Each goal with what was reached."""
    memory_x = [times["memory"][n] / times["floor"][n] for n in SIZES]
    written_x = [times["written"][n] / times["floor"][n] for n in SIZES]
    flat = times["memory"][1000] / times["memory"][100]
    rate = 1e6 / times["replay from bytes"][1000]
    most = max(sizes.values())
    return [
        ("memory, x floor at 10 / 100 / 1000", "<= 4", _row(memory_x), max(memory_x) <= 4),
        ("memory, cost at 1000 / cost at 100", "<= 1.15", f"{flat:.2f}", flat <= 1.15),
        ("written, x floor at 10 / 100 / 1000", "<= 5", _row(written_x), max(written_x) <= 5),
        ("bytes a step at 10 / 100 / 1000", "<= 400", _row(list(sizes.values()), 0), most <= 400),
        ("verified replay from bytes, steps/s", ">= 50000", f"{rate:.0f}", rate >= 50_000),
        ("import executus imports aiohttp", "no", "yes" if imports_aiohttp() else "no", not imports_aiohttp()),
    ]


def _row(values: list[float], digits: int = 2) -> str:
    return " / ".join(f"{value:.{digits}f}" for value in values)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--fast", action="store_true", help="3 rounds instead of 15")
    options = parser.parse_args()
    times = measure(3 if options.fast else 15)
    sizes = bytes_per_step()
    print(f"Python {sys.version.split()[0]}; CPU microseconds a step")
    print(f"{'':20}" + "".join(f"{n:>10}" for n in SIZES))
    for name, by in times.items():
        print(f"{name:20}" + "".join(f"{by[n]:>10.2f}" for n in SIZES))
    goals = report(times, sizes)
    for what, goal, reached, is_met in goals:
        print(f"{'ok  ' if is_met else 'MISS'} {what}: {reached} (goal {goal})")
    if options.json:
        figures = {"us_per_step": times, "bytes_per_step": sizes, "goals": goals}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
