"""A world in which much goes wrong, as data: `storm(seed, mode)` is a random world, and what strikes it when.

The same seed is the same storm on every Python. In mode "safety" faults come for ever; in mode "liveness" they
stop at an instant (`calm`), and so does every other misbehaviour: from then on the run must come to its end in its
own time. Each seed aims at one cell of faults.toml, the next seed at the next.
"""

from random import Random
from typing import Literal, TypeAlias

from executus.values import Instant, ModelReply, Record, ToolCall, seconds
from specs.faults import FAULTS, ON_THE_WAY, STAGES, Cell, Fault, Strike, named, reachable
from specs.fitting import DEEP, fit
from specs.worlds import Played, World, world

Mode: TypeAlias = Literal["safety", "liveness"]

MODES: tuple[Mode, ...] = ("safety", "liveness")


def mode_of(seed: int) -> Mode:
    """In which mode this seed is played: two rounds of the cells in safety, then one in liveness."""
    return "liveness" if seed // len(CELLS) % 3 == 2 else "safety"


CELLS: tuple[Cell, ...] = tuple(dict.fromkeys([*reachable("memory"), *reachable("live")]))
"""What the seeds aim at, in turn."""


class Storm(Record, frozen=True, kw_only=True):
    """A world, what strikes it, what runs are told that it delegates to, and when the faults stop."""

    seed: int
    world: World
    strikes: tuple[Strike, ...]
    child: tuple[Played, ...]
    invokes: bool
    """Whether the palette runs its agents itself."""
    calm: Instant | None = None


def storm(seed: int, mode: Mode) -> Storm:
    """The storm of this number."""
    draw = Random(f"storm {seed}")
    strikes = _strikes(draw, CELLS[seed % len(CELLS)])
    return Storm(
        seed=seed,
        world=fit(draw, world(seed), strikes),
        strikes=strikes,
        child=tuple([_childs_reply(draw) for _ in range(draw.choice([1, 1, 2]))]),
        invokes=draw.random() < 0.3,
        calm=draw.choice([seconds(1), seconds(5), seconds(20)]) if mode == "liveness" else None,
    )


def _strikes(draw: Random, cell: Cell) -> tuple[Strike, ...]:
    """One that is aimed, some that aren't, and who interrupts the run where it must be."""
    name, stage = cell
    fault = named(name)
    found = [_aimed(draw, fault, stage)]
    for _ in range(draw.choice([0, 0, 1, 2, 4])):
        other = draw.choice(FAULTS)
        found.append(_strike(draw, other, draw.choice(other.at)))
    if name == "store.old-version" and stage != "suspended":  # It is read because the process died there.
        found.append(Strike("outside.crash", stage, draw.choice([1, 2, 6] if stage == "preparing" else [1, 1, 2])))
    is_needed = stage in ("suspended", "regaining") or any(one.at == "load" for one in found)
    if is_needed or (any(one.at in _AGAIN for one in found) and draw.random() < 0.2):
        found.append(_interruption(draw, stage))
    return tuple(found)


_AGAIN = ("Save", "OpenAudit", "StartCritic", "CheckBudget", "StopCritic", "CleanUp", "CloseAudit", "TellAudit")
"""What may be asked again of a run that was interrupted, or while it is."""

_ASKED_IN = {
    "preparing": ("OpenAudit", "StartCritic", "CheckBudget", "BeginCheckpoint", "Save"),
    "conversing": ("TellAudit", "TellCritic", "ConsultCritic", "CallModel", "RunTool", "Save"),
    "suspended": ("StopCritic", "CleanUp", "CloseAudit", "TellAudit", "SettleCheckpoint", "Save"),
    "regaining": ("CheckBudget", "OpenAudit", "StartCritic", "Save"),
}
"""What a host is asked in each stage; at the end, anything but this."""


def _aimed(draw: Random, fault: Fault, stage: str) -> Strike:
    """In this stage, as far as it can be said."""
    count = 1 if stage in DEEP else draw.choice([1, 1, 2, 3])
    if fault.by == "outside":
        most = {"preparing": 7, "finalizing": 5}.get(stage, 2)
        return Strike(fault.name, stage, draw.randint(1, most), draw.randrange(60))
    if fault.at == ("load",):
        return Strike(fault.name, "load", 2 if stage == "regaining" else 1)
    fits = _ASKED_IN.get(stage, ())
    likely = [at for at in fault.at if at in ON_THE_WAY or (at in fits if fits else at not in _ASKED_EARLY)]
    at = draw.choice(likely or list(fault.at))
    if at in ON_THE_WAY:
        return _astray(draw, fault.name, at, stage)
    within = "" if fault.by == "way" else stage
    for_ever = fault.name != "store.torn" and draw.random() < 0.2
    return Strike(fault.name, at, count, draw.randrange(60), for_ever, within)


def _astray(draw: Random, name: str, at: str, stage: str) -> Strike:
    """An answer that comes when the run is in this stage, as far as it can be said."""
    down = {"suspended": (0,), "regaining": (1,)}.get(stage, (2, 3))
    later = {"finalizing": (1, 2, 3), "regaining": (1, 2)}.get(stage, (0, 1, 2))
    mores = [more for more in range(60) if more % 4 in down and more % 5 in later]
    if stage == "finalizing" and not name.endswith(
        "late"
    ):  # The last answer as well, which comes in its own words, too.
        mores = [more for more in mores if more // 5 % 2]
        return Strike(name, at, 1, draw.choice(mores), for_ever=True)
    return Strike(name, at, draw.choice([1, 1, 1, 2]), draw.choice(mores))


_ASKED_EARLY = ("CheckBudget", "StartCritic", "ConsultCritic", "TellCritic", "BeginCheckpoint")


def _strike(draw: Random, fault: Fault, at: str) -> Strike:
    most = 4 if at in STAGES else 8 if at in ("Save", "TellAudit", "TellCritic") else 3
    count = 1 if draw.random() < 0.4 else draw.randint(1, most)
    for_ever = fault.by != "outside" and fault.name != "store.torn" and draw.random() < 0.25
    return Strike(fault.name, at, count, draw.randrange(60), for_ever)


def _interruption(draw: Random, stage: str) -> Strike:
    """Somebody has to go on with the run."""
    names = ["outside.shutdown"] if stage == "suspended" else ["outside.shutdown", "outside.crash"]
    return Strike(draw.choice(names), "conversing", draw.choice([1, 1, 2, 3]), draw.randrange(60))


def _childs_reply(draw: Random) -> Played:
    calls = (ToolCall("c", "tool0"),) if draw.random() < 0.3 else ()
    reply = ModelReply("" if calls else "Helped.", calls)
    return Played(draw.choice([reply, reply, reply, None]), draw.choice([0, seconds(1), seconds(3)]))
