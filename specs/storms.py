"""A world in which much goes wrong, as data: `storm(seed, mode)` is a random world, and what strikes it when.

The same seed is the same storm on every Python. In mode "safety" faults come for ever; in mode "liveness" they stop
at an instant (`calm`), and so does every other misbehaviour: from then on the run must come to its end in its own time.
"""

from random import Random
from typing import Literal, TypeAlias

from executus.agent import Agent, CriticConfig
from executus.answers import Answered
from executus.invocation import InputFile, Target
from executus.started import Wiring
from executus.values import Instant, ModelReply, Record, ToolCall, replace, seconds
from specs.faults import FAULTS, STAGES, Fault
from specs.worlds import Played, PlayedTool, World, world

Mode: TypeAlias = Literal["safety", "liveness"]

MODES: tuple[Mode, ...] = ("safety", "liveness")


class Strike(Record, frozen=True):
    """A fault strikes at the `count`th occasion of this kind, and if it is `for_ever` at each one after it.

    `more` is a number that whoever carries it out may vary it by.
    """

    fault: str
    at: str
    count: int
    more: int = 0
    for_ever: bool = False


class Storm(Record, frozen=True, kw_only=True):
    """A world, what strikes it, what runs are told that it delegates to, and when the faults stop."""

    world: World
    strikes: tuple[Strike, ...]
    child: tuple[Played, ...]
    invokes: bool
    """Whether the palette runs its agents itself."""
    calm: Instant | None = None


HELPER = "helper"
"""The agent that others may hand work to."""


def storm(seed: int, mode: Mode) -> Storm:
    """The storm of this number."""
    draw = Random(f"storm {seed}")
    strikes = _strikes(draw)
    given = _able(draw, _plainly(world(seed)), strikes)
    child = draw.random() < 0.25
    if child:
        given = _with_child(draw, given)
    calm = draw.choice([0, seconds(1), seconds(5), seconds(20)]) if mode == "liveness" else None
    return Storm(
        world=given,
        strikes=strikes,
        child=tuple([_childs_reply(draw) for _ in range(draw.choice([1, 1, 2]))]),
        invokes=draw.random() < 0.3,
        calm=calm,
    )


def _strikes(draw: Random) -> tuple[Strike, ...]:
    """Most of them early, where most runs come to."""
    found: list[Strike] = []
    for _ in range(draw.choice([1, 2, 3, 4, 6])):
        fault = draw.choice(FAULTS)
        found.append(_strike(draw, fault, draw.choice(fault.at)))
    if any(one.at in ("suspended", "regaining", "load") for one in found):
        found.append(_interruption(draw))
    elif any(one.at in _AGAIN for one in found) and draw.random() < 0.5:
        found.append(_interruption(draw))
    return tuple(found)


_AGAIN = ("Save", "OpenAudit", "StartCritic", "CheckBudget", "StopCritic", "CleanUp", "CloseAudit", "TellAudit")
"""What may be asked again of a run that was interrupted, or while it is."""


def _strike(draw: Random, fault: Fault, at: str) -> Strike:
    most = 3 if at in STAGES or at in _AGAIN else 6
    count = 1 if draw.random() < 0.4 else draw.randint(1, most)
    for_ever = fault.by != "outside" and fault.name != "store.torn" and draw.random() < 0.25
    return Strike(fault.name, at, count, draw.randrange(60), for_ever)


def _interruption(draw: Random) -> Strike:
    """Somebody has to go on with the run."""
    name = draw.choice(["outside.shutdown", "outside.shutdown", "outside.crash"])
    return Strike(name, draw.choice(["conversing", "conversing", "preparing"]), draw.randint(1, 5), draw.randrange(60))


def _plainly(given: World) -> World:
    """Without what its own interpreter does to it, and without tools that only look like another run."""
    tools = tuple([PlayedTool(replace(tool.spec, delegate="", subject=""), tool.answers) for tool in given.tools])
    happens = tuple([event for event in given.happens if not isinstance(event, Answered)])
    return replace(given, tools=tools, happens=happens, loses=None, crashes=(), meddling="")


_NEEDS = {
    "critic": "critic", "store": "checkpoints", "audit": "audit", "delivery": "delivery", "budget": "budget",
    "cleanup": "session", "post-run": "session",
}  # fmt: skip
"""The port that a fault needs to be wired."""


def _able(draw: Random, given: World, strikes: tuple[Strike, ...]) -> World:
    """What is to be struck is mostly there."""
    wiring, agent, invocation = given.wiring, given.agent, given.invocation
    for strike in strikes:
        group, _, kind = strike.fault.partition(".")
        if draw.random() < 0.1:
            continue
        needs = _NEEDS.get(group)
        if needs is not None:
            wiring = replace(wiring, **{needs: True})
        if group == "critic":
            agent = replace(agent, critic=_watched(draw, agent))
        if group == "delivery":
            invocation = replace(invocation, delivery=Target("mail", "ann"))
        if group == "cleanup":
            wiring = replace(wiring, finalizers=wiring.finalizers or draw.random() < 0.5)
        if kind in ("crash", "shutdown") or strike.at in ("suspended", "regaining", "load"):
            wiring = replace(wiring, checkpoints=draw.random() < 0.9)
    if wiring.input_files and draw.random() < 0.5:
        invocation = replace(invocation, input_files=(InputFile("a.txt", "text/plain", b"aa"),))
    return replace(given, wiring=_known(wiring), agent=agent, invocation=invocation)


def _watched(draw: Random, agent: Agent) -> CriticConfig:
    """The critic is asked soon: not only where a run goes on for very long."""
    return replace(agent.critic, enabled=True, soft_timeout=draw.choice(["1s", "2s", "5s"]))


def _known(wiring: Wiring) -> Wiring:
    """Whoever is told of steps changes nothing here, and costs time."""
    return replace(wiring, observer=False)


def _with_child(draw: Random, given: World) -> World:
    """Some of the calls hand work on."""
    agent = replace(given.agent, sub_agent_palette=(HELPER,))
    replies = tuple(
        [replace(one, outcome=_handing_on(draw, one.outcome)) if draw.random() < 0.6 else one for one in given.replies]
    )
    return replace(given, agent=agent, replies=replies)


def _handing_on(draw: Random, outcome: object) -> object:
    if not isinstance(outcome, ModelReply) or not outcome.calls:
        return outcome
    place = draw.randrange(len(outcome.calls))
    asked = ToolCall(outcome.calls[place].call_id, f"agent__{HELPER}", '{"prompt":"Help."}')
    calls = (*outcome.calls[:place], asked, *outcome.calls[place + 1 :])
    return replace(outcome, calls=calls)


def _childs_reply(draw: Random) -> Played:
    calls = (ToolCall("c", "tool0"),) if draw.random() < 0.3 else ()
    reply = ModelReply("" if calls else "Helped.", calls)
    return Played(draw.choice([reply, reply, reply, None]), draw.choice([0, seconds(1), seconds(3)]))
