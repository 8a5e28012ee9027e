"""A scenario as three worlds play it: in memory, live on a virtual clock, and again from a recording.

Memory takes the script as it is; live, each turn and tool is an async handler that sleeps as long as it takes, and
what happens is a timer. The host is the same in both (hosting.py, serving.py, attending.py). Law: nothing in here
decides what a run does. `python -m tests.scripted NAME` prints what came of a scenario.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from executus import Invocation, RunResult, Transcript, execute
from executus.events import ActivitySeen, CancelRequested, Event, LimitsChanged, OutcomeSettled, PortFailed
from executus.events import ShutdownRequested, Steered
from executus.execute import Interpreter, resume
from executus.transcript import Recorder
from executus.values import FaultKind, microseconds, replace
from interpreters.driving import Pause
from interpreters.handlers import Handlers, fault_of
from interpreters.live import Live
from interpreters.memory import Memory
from interpreters.scripts import Turn
from specs import script
from specs.conformance import FOLDER, judge
from specs.reading import read
from specs.scenario import Scenario
from specs.script import Happening
from specs.witness import Witness
from tests import virtual
from tests.attending import CompactorPort, DeliveryPort, FilesPort, ObserverPort, PalettePort, SessionPort, finalizer
from tests.hosting import ApproverPort, AuditPort, BudgetPort, CheckpointPort, CriticPort, Host
from tests.serving import ModelPort, PlayedTool


@dataclass(frozen=True)
class Played:
    """What came of a scenario: how the run ended, and what its host saw."""

    result: RunResult
    witness: Witness


class Crashed(Exception):
    """The process is gone; `past` is what it had stored."""

    def __init__(self, past: Transcript) -> None:
        super().__init__()
        self.past = past


def in_memory(scenario: Scenario) -> Played:
    """The scenario in memory."""
    witness, past, result = Witness(), None, None
    for part, crash in scenario.parts():
        host = Host(part, witness, _virtually)
        model, slots = slots_of(host)
        scripted = not _needs_handler(part)
        world = Memory(
            model=[_turn(turn) for turn in part.model] if scripted else model,
            happens=[event_of(happening) for happening in part.happens],
            takes=_taken(part),
            **slots,
        )
        if crash is not None:
            past = _until_crash(world, part, past, crash)
        else:
            result = world.run(part.agent, _named(part)) if past is None else world.resume(past)
            past = result.transcript
        if not scripted and crash is None:
            model.check_all_used()
        witness.runs += world.children
    assert result is not None
    return Played(result, witness)


def on_a_loop(scenario: Scenario, seed: int) -> Played:
    """The scenario live, in virtual time; `seed` draws the order of timers at one instant."""
    return virtual.run(_live(scenario), seed=seed)
