"""What is explored as a standard: agents with different wirings, small enough that everything can happen to them.

`python -m tests.grounds [DEPTH] [NAME…]` explores them, to their own depths or this one, and prints what it finds.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from os import times
from time import perf_counter
from typing import Any

from executus.agent import Agent, CriticConfig, Limits, ModelChoice, Phase
from executus.bounds import Defaults
from executus.canonical import encode
from executus.explore import Exploration, Ground
from executus.invocation import InputFile, Invocation, Target
from executus.moves import WALL_TIME
from executus.offers import Outside
from executus.started import RunStarted, Wiring
from executus.values import ToolClass, ToolSpec, replace, seconds
from interpreters.exploring import explored

SMALL = Defaults(max_iterations=2, max_consecutive_tool_errors=2, max_same_tool_call_repeats=2, model_attempts=2)
"""Limits that a few moves can reach."""

LOOK = ToolSpec("look", effect=ToolClass.PURE)
SEND = ToolSpec("send", effect=ToolClass.UNSAFE, timeout=seconds(5), verifier="look")
PAY = ToolSpec("pay", effect=ToolClass.UNSAFE, timeout=seconds(5), reconcile=True)
BOOK = ToolSpec("book", effect=ToolClass.KEYED, timeout=seconds(5))
ASK = ToolSpec("ask", effect=ToolClass.UNSAFE, needs_approval=True)
ALONE = ToolSpec("alone", effect=ToolClass.IDEMPOTENT, serial=True)
POLL = ToolSpec("poll", effect=ToolClass.PURE, repeatable=True)
SCOUT = ToolSpec("agent__scout", delegate="agent", subject="agent:scout")

GO = Invocation(prompt="Go.")
MAIL = Target("mail", "ann")
MODEL = ModelChoice("model")
WATCHED = CriticConfig(enabled=True)
OBJECT = '{"type":"object"}'
PHASES = (
    Phase(name="A", system_prompt="a {{.input}}", optional=True, max_iterations=1),
    Phase(name="B", system_prompt="b {{.A}}", when="A"),
    Phase(name="C", model_tier="smart"),
)


def ground(
    *tools: ToolSpec,
    agent: Agent = Agent(),  # noqa: B008  # frozen
    models: tuple[ModelChoice, ...] = (MODEL,),
    invocation: Invocation = GO,
    defaults: Defaults = SMALL,
    depth: int = 2,
    **wired: Any,
) -> Ground:
    """An agent with these tools in a world with these ports."""
    named = tuple([spec.name for spec in tools if not spec.delegate])
    palette = tuple([spec.name.removeprefix("agent__") for spec in tools if spec.delegate])
    agent = replace(agent, low_level_tools=named, sub_agent_palette=palette)
    started = RunStarted(0, "explored", agent, invocation, Wiring(defaults=defaults, **wired), WALL_TIME)
    return Ground(started=started, outside=Outside(tools=tools, models=models), depth=depth)


GROUNDS: dict[str, Ground] = {
    "plain": ground(LOOK, SEND, depth=3),
    "durable": ground(LOOK, SEND, BOOK, checkpoints=True, audit=True),
    "lost outcomes": ground(SEND, PAY, LOOK, checkpoints=True),
    "fails on unknown": ground(SEND, agent=Agent(on_unknown="fail"), checkpoints=True),
    "parks on unknown": ground(SEND, PAY, agent=Agent(on_unknown="park"), checkpoints=True, approver=True),
    "critic": ground(LOOK, agent=Agent(critic=WATCHED), critic=True),
    "watched": ground(SEND, agent=Agent(critic=WATCHED), critic=True, checkpoints=True, audit=True),
    "ports": ground(
        LOOK,
        agent=Agent(limits=Limits(cost=50)),
        invocation=replace(GO, delivery=MAIL, input_files=(InputFile("a.txt", "text/plain", b"aa"),)),
        budget=True,
        session=True,
        delivery=True,
        finalizers=True,
        observer=True,
        input_files=True,
    ),
    "lane": ground(ASK, defaults=replace(SMALL, approval_timeout=seconds(20)), lanes=("fast",), approver=True),
    "queue that counts": ground(
        LOOK, defaults=replace(SMALL, lane_wait_counts=True), lanes=("fast",), checkpoints=True
    ),
    "people": ground(ASK, SEND, approver=True, checkpoints=True, lanes=("fast",)),
    "people and critic": ground(
        ASK, LOOK, agent=Agent(critic=WATCHED), approver=True, critic=True, checkpoints=True
    ),
    "phases": ground(LOOK, agent=Agent(phases=PHASES), audit=True),
    "template": ground(agent=Agent(phases=(Phase(name="A", system_prompt="{{.B}}"),))),
    "submit": ground(LOOK, agent=Agent(output_type=OBJECT)),
    "must answer": ground(
        LOOK, agent=Agent(output_type=OBJECT, at_step_limit="answer", max_iterations=1), depth=3
    ),
    "compaction": ground(LOOK, models=(ModelChoice("model", 2), ModelChoice("other")), compactor=True, audit=True),
    "chain": ground(
        ALONE,
        POLL,
        models=(MODEL, ModelChoice("other")),
        defaults=replace(SMALL, model_call_timeout=seconds(4)),
        depth=3,
    ),
    "children": ground(LOOK, SCOUT, agent=Agent(limits=Limits(tokens=10)), checkpoints=True, lanes=("fast",)),
    "dry run": ground(LOOK, invocation=replace(GO, dry_run=True), budget=True),
    "budget": ground(LOOK, budget=True, checkpoints=True, audit=True),
    "everything": ground(
        LOOK,
        agent=Agent(critic=WATCHED),
        invocation=replace(GO, delivery=MAIL),
        session=True,
        checkpoints=True,
        audit=True,
        budget=True,
        critic=True,
        delivery=True,
        finalizers=True,
    ),
}


def found_in(name: str, depth: int, processes: int) -> Exploration:
    """What there is to be found in this ground, at this depth or at its own (0)."""
    one = GROUNDS[name] if not depth else replace(GROUNDS[name], depth=depth)
    return explored(one, processes=processes, watcher=lambda made: None)


def standard() -> dict[str, Exploration]:
    """All grounds at their own depths, two at a time, the large ones first."""
    names = sorted(GROUNDS, key=_is_large)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return dict(zip(names, pool.map(found_in, names, repeat(0), repeat(1)), strict=True))


def _is_large(name: str) -> bool:
    return name not in ("everything", "watched", "budget", "ports", "durable", "plain", "chain")


def told(name: str, found: Exploration) -> str:
    """One line of what was found."""
    return (
        f"{name:18}  depth {found.depth}  {found.states:>9,} states  {found.transitions:>10,} transitions  "
        f"{found.runs:>9,} runs  {found.checks:>12,} checks  {len(found.endings):>2} endings"
    )


def main(depth: int, names: list[str]) -> None:
    """Explore them and print what was found, and how fast."""
    began, total, checks = perf_counter(), 0, 0
    if depth or names:
        every = ((name, found_in(name, depth, 2)) for name in names or GROUNDS)
    else:
        every = iter(standard().items())
    for name, found in every:
        print(told(name, found), flush=True)
        total, checks = total + found.transitions, checks + found.checks
        if found.violation is not None:
            print(f"BROKEN {', '.join(found.violation.laws)}\n{found.violation.transcript}")
    took, worked = perf_counter() - began, sum(times()[:4:2]) + sum(times()[1:4:2])
    print(f"{total:,} transitions, {checks:,} checks in {took:.0f}s: {60 * total / took:,.0f} a minute")
    print(f"{worked:.0f}s of processors: {60 * total / worked:,.0f} a minute on one, twice that on two")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments == ["--json"]:
        sys.stdout.buffer.write(encode(standard()))
    else:
        main(int(arguments[0]) if arguments else 0, arguments[1:])
