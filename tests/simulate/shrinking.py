"""A storm that fails, made small: everything is left out that the failure does not need.

What is left out has a name, so that a command line can say it; then the recording itself is thinned out, event by
event, where it is a law that is broken: that needs no world.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from executus.laws import broken
from executus.started import Wiring
from executus.transcript import Recorder, Transcript
from executus.values import replace
from specs.fitting import KIND
from specs.outcomes import Said
from specs.storms import Storm
from specs.worlds import World

Fails: TypeAlias = Callable[[Storm], bool]

_FLAGS = (
    "budget", "audit", "checkpoints", "critic", "delivery", "input_files", "compactor", "approver", "session",
    "finalizers",
)  # fmt: skip


def parts(storm: Storm) -> list[str]:
    """What could be left out, the larger things first."""
    world = storm.world
    names = ["ports", "phases", "history", "happens", "lanes", *_FLAGS]
    names += [f"strike{index}" for index in range(len(storm.strikes))]
    names += [f"reply{index}" for index in reversed(range(len(world.replies) - 1))]
    names += [f"tool{index}" for index in reversed(range(len(world.tools)))]
    return [name for name in names if without(storm, [name]) != storm]


def without(storm: Storm, names: Iterable[str]) -> Storm:
    """The storm, with these parts left out. Raises ValueError for a name that is none."""
    gone, world = set(names), storm.world
    known = {"ports", "phases", "history", "happens", "lanes", *_FLAGS}
    strikes = tuple([one for index, one in enumerate(storm.strikes) if f"strike{index}" not in gone])
    replies = tuple(
        [
            one
            for index, one in enumerate(world.replies)
            if f"reply{index}" not in gone or index == len(world.replies) - 1
        ]
    )
    known |= {f"strike{index}" for index in range(len(storm.strikes))}
    known |= {f"reply{index}" for index in range(len(world.replies))}
    known |= {f"tool{index}" for index in range(len(world.tools))}
    if gone - known:
        raise ValueError(f"there is no part named {min(gone - known)!r}; there are {', '.join(sorted(known))}")
    world = replace(world, replies=replies, happens=() if "happens" in gone else world.happens)
    return replace(storm, strikes=strikes, world=_plainer(world, gone))


def _plainer(world: World, gone: set[str]) -> World:
    agent, invocation = world.agent, world.invocation
    tools = tuple([tool for index, tool in enumerate(world.tools) if f"tool{index}" not in gone])
    names = {tool.spec.name for tool in tools}
    named = tuple([name for name in agent.low_level_tools if name in names or name.startswith("no_")])
    agent = replace(agent, low_level_tools=named if len(tools) != len(world.tools) else agent.low_level_tools)
    if "phases" in gone:
        agent = replace(agent, phases=())
    if "history" in gone:
        invocation = replace(invocation, history=(), images=(), prompt="Go.")
    ports = world.ports
    if "ports" in gone:
        ports = tuple([(name, (KIND.get(name, Said(True)),)) for name, _ in ports])
    return replace(
        world, agent=agent, invocation=invocation, tools=tools, ports=ports, wiring=_unwired(world.wiring, gone)
    )


def _unwired(wiring: Wiring, gone: set[str]) -> Wiring:
    wiring = replace(wiring, lanes=() if "lanes" in gone else wiring.lanes)
    return replace(wiring, **{flag: False for flag in _FLAGS if flag in gone})


def smallest(storm: Storm, fails: Fails) -> tuple[str, ...]:
    """The parts that can be left out together while it still fails: none of the others can be left out as well."""
    gone: list[str] = []
    is_new = True
    while is_new:
        is_new = False
        for name in parts(storm):
            if name not in gone and fails(without(storm, [*gone, name])):
                gone.append(name)
                is_new = True
    return tuple(gone)


def thinned(past: Transcript, law: str) -> Transcript:
    """A short recording that still breaks this law: events are left out, in ever finer cuts (delta debugging)."""
    events = [entry.event for entry in past.entries[1:]]
    size = max(1, len(events) // 2)
    while size:
        place = 0
        while place < len(events):
            rest = events[:place] + events[place + size :]
            if _breaks(past, rest, law):
                events = rest
            else:
                place += size
        size //= 2
    return _recorded(past, events)


def _breaks(past: Transcript, events: list[object], law: str) -> bool:
    try:
        return law in broken(_recorded(past, events))
    except Exception:
        return False  # It breaks the kernel, which is another failure.


def _recorded(past: Transcript, events: list[object]) -> Transcript:
    recorder = Recorder(past.started)
    for event in events:
        recorder.feed(event)  # type: ignore[arg-type] # events of a recording
    return recorder.transcript
