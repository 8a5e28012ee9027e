"""Worlds that are fit to be struck: what is to go wrong is there, and the run comes to where it goes wrong.

Part of storms.py. Most worlds are made kind, so that what goes wrong in them is what strikes them.
"""

from random import Random

from executus.agent import Agent, CriticConfig, Limits, ModelChoice
from executus.answers import Answered
from executus.bounds import Defaults
from executus.facts import Advice, Approved, ChildResult, Grant, Made, NotDone, Refusal
from executus.invocation import InputFile, Target
from executus.values import Fault, ModelReply, ToolCall, ToolResult, ToolSpec, Usage, replace, seconds
from specs.faults import ON_THE_WAY, Strike
from specs.outcomes import Said
from specs.worlds import Played, PlayedTool, World

PHASE = r"<phase (\d+)>"
"""How a prompt says which phase it is, for those who judge a run by what was asked."""

HELPER = "helper"
"""The agent that others may hand work to."""


DEEP = ("suspended", "regaining", "load")
"""A run must have come far, and have been interrupted, before anything strikes here."""


def fit(draw: Random, given: World, strikes: tuple[Strike, ...]) -> World:
    """The same world, where these can strike."""
    given = _plainly(given)
    is_deep = strikes[0].at in (*ON_THE_WAY, "RunTool") or any({one.within, one.at} & set(DEEP) for one in strikes)
    if is_deep or draw.random() < 0.7:
        given = _kindly(draw, given)
    given = _able(draw, given, strikes)
    return _with_child(draw, given) if draw.random() < 0.25 else given


def _plainly(given: World) -> World:
    """Without what its own interpreter does to it, and without tools that only look like another run."""
    tools = tuple([PlayedTool(replace(tool.spec, delegate="", subject=""), tool.answers) for tool in given.tools])
    happens = tuple([event for event in given.happens if not isinstance(event, Answered)])
    phases = tuple(
        [
            replace(one, system_prompt=f"{one.system_prompt} <phase {index}>")
            for index, one in enumerate(given.agent.phases)
        ]
    )
    agent = replace(given.agent, phases=phases, on_unknown="tell" if phases else given.agent.on_unknown)
    return replace(given, agent=agent, tools=tools, happens=happens, loses=None, crashes=(), meddling="")


def _kindly(draw: Random, given: World) -> World:
    """A world that lets a run come far, so that there is much to strike."""
    defaults = Defaults(
        critic_soft_timeout=draw.choice(["1s", "5s"]),
        critic_absolute_max=draw.choice(["100s", "200s"]),
        model_call_timeout=draw.choice([0, 0, "5s"]),
        max_reply_output=draw.choice([20, 100_000]),
        max_tool_output=draw.choice([20, 100_000]),
        max_calls_per_reply=draw.choice([5, 64]),
    )
    agent = replace(
        given.agent,
        limits=Limits(),
        max_iterations=draw.choice([0, 0, 8]),
        max_runtime=draw.choice(["10s", "60s"]),
        phases=tuple(
            [
                replace(phase, max_iterations=0, tools=(), system_prompt=_prompt(phase.system_prompt))
                for phase in given.agent.phases[:2]
            ]
        ),
    )
    tools = given.tools or (PlayedTool(ToolSpec("tool0"), (Played(ToolResult("fine"), seconds(1)),)),)
    tools = tuple([_working(draw, tool) for tool in tools])
    names = [tool.spec.name for tool in tools]
    replies = tuple([_working_reply(draw, names) for _ in range(draw.choice([1, 2, 3, 5]))])
    return replace(
        given,
        agent=replace(agent, low_level_tools=tuple(names)),
        invocation=replace(given.invocation, dry_run=False, parent_run_id="", lane=""),
        wiring=replace(given.wiring, defaults=defaults),
        resolving=Played((ModelChoice("model", 8000), ModelChoice("second"))),
        building=Played(()),
        tools=tools,
        replies=(*replies, Played(ModelReply("The answer."), draw.choice([0, 5, seconds(1)]))),
        ports=tuple(
            [(name, answers if draw.random() < 0.2 else _fine(name, answers)) for name, answers in given.ports]
        ),
        happens=given.happens if draw.random() < 0.2 else (),
    )


def _prompt(prompt: str) -> str:
    """Without the name of a phase that there isn't."""
    return prompt.replace("{{.nowhere}}", "").replace("{{.P0}}", "")


def _working(draw: Random, tool: PlayedTool) -> PlayedTool:
    """Mostly it does what it should, and each time something else."""
    if draw.random() < 0.3:
        return tool
    results = [Played(ToolResult(f"fine {number}"), draw.choice([0, 5, seconds(1)])) for number in range(6)]
    return PlayedTool(replace(tool.spec, timeout=draw.choice([None, None, seconds(1)])), tuple(results))


def _working_reply(draw: Random, names: list[str]) -> Played:
    calls = [
        ToolCall(draw.choice(["", "call", "call-2"]), draw.choice(names), f'{{"a":{draw.randrange(9)}}}')
        for _ in range(draw.choice([1, 1, 2, 3]))
    ]
    return Played(ModelReply("I look.", tuple(calls), Usage(10, 5)), draw.choice([0, 1, seconds(1), seconds(2)]))


KIND: dict[str, Said] = {
    "CheckBudget": Said(Grant()), "StageFile": Said("file-1"), "AskApproval": Said(Approved()),
    "Delegate": Said(ChildResult("child", "ok", "done")), "Reconcile": Said(NotDone()), "Compact": Said("shorter"),
    "ConsultCritic": Said(Advice()), "MakeArtifacts": Said(Made()),
}  # fmt: skip
"""What a port answers that means well, where that isn't True."""


def _fine(name: str, answers: tuple[Said, ...]) -> tuple[Said, ...]:
    """What is not fine of it is left out, and what takes long."""
    fine = [said for said in answers if said.takes <= seconds(2) and said.outcome not in (None, False)]
    fine = [said for said in fine if not isinstance(said.outcome, Fault | Refusal | Advice)]
    return tuple(fine) or (KIND.get(name, Said(True)),)


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
        if strike is not strikes[0] and draw.random() < 0.2:
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
        if kind in ("crash", "shutdown") or strike.at in DEEP:
            wiring = replace(wiring, checkpoints=True)
        if strike.at in DEEP or strike.within in DEEP:  # So that there is much to regain.
            wiring = replace(wiring, audit=True, session=True, budget=True)
        if strike.at in ON_THE_WAY and strike.more % 4 < 2:
            wiring = replace(wiring, checkpoints=True)
    if strikes[0].at in ("preparing", "finalizing"):  # So that there is much to open, and to close.
        wiring = replace(wiring, audit=True, session=True, budget=True, critic=True, lanes=("fast",))
        agent = replace(agent, critic=replace(agent.critic, enabled=True))
    if strikes[0].at in ON_THE_WAY:  # So that there is something left to happen when the answer comes.
        wiring = replace(wiring, audit=True, session=True, delivery=True)
        invocation = replace(invocation, delivery=Target("mail", "ann"))
    if strikes[0].fault.startswith("critic."):  # So that the critic has a reason to say something.
        given = replace(
            given, replies=tuple([replace(one, takes=max(one.takes, seconds(2))) for one in given.replies])
        )
    if wiring.input_files and draw.random() < 0.5:
        invocation = replace(invocation, input_files=(InputFile("a.txt", "text/plain", b"aa"),))
    wiring = replace(wiring, observer=False)  # Whoever is told of steps changes nothing here, and costs time.
    return replace(given, wiring=wiring, agent=agent, invocation=invocation)


def _watched(draw: Random, agent: Agent) -> CriticConfig:
    """The critic is asked soon: not only where a run goes on for very long."""
    return replace(agent.critic, enabled=True, soft_timeout=draw.choice(["1s", "2s", "5s"]))


def _with_child(draw: Random, given: World) -> World:
    """Some of the calls hand work on."""
    agent = replace(given.agent, sub_agent_palette=(HELPER,))
    replies = tuple(
        [
            replace(one, outcome=_handing_on(draw, one.outcome)) if draw.random() < 0.6 else one
            for one in given.replies
        ]
    )
    return replace(given, agent=agent, replies=replies)


def _handing_on(draw: Random, outcome: object) -> object:
    if not isinstance(outcome, ModelReply) or not outcome.calls:
        return outcome
    place = draw.randrange(len(outcome.calls))
    asked = ToolCall(outcome.calls[place].call_id, f"agent__{HELPER}", '{"prompt":"Help."}')
    calls = (*outcome.calls[:place], asked, *outcome.calls[place + 1 :])
    return replace(outcome, calls=calls)
