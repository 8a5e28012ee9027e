"""Who runs what in a random world: its agent, its invocation, what is wired, and what happens meanwhile.

Part of worlds.py.
"""

from random import Random

from executus.agent import Agent, AtStepLimit, CriticConfig, Limits, OnUnknown, Phase
from executus.answers import Advised, ModelReplied, ToolReturned
from executus.bounds import Defaults
from executus.events import (
    ActivitySeen,
    CancelRequested,
    ChildWaiting,
    Event,
    LimitsChanged,
    OutcomeSettled,
    PortFailed,
    ShutdownRequested,
    Steered,
    ToolStarted,
    UsageSeen,
)
from executus.facts import Advice
from executus.invocation import InputFile, Invocation, Target
from executus.started import Wiring
from executus.values import (
    Image,
    Instant,
    Message,
    ModelReply,
    ToolCall,
    ToolResult,
    Usage,
    replace,
    seconds,
)

SECOND = seconds(1)

PORTS = (
    "CheckBudget", "AcquireLane", "OpenAudit", "BeginCheckpoint", "StageFile", "StartCritic", "Delegate",
    "AskApproval", "Reconcile", "Compact", "ConsultCritic", "MakeArtifacts", "CommitBudget", "ReleaseBudget",
    "Deliver", "CloseAudit", "StopCritic", "CleanUp", "RunFinalizers", "SettleCheckpoint",
)  # fmt: skip
"""The questions that a port answers which isn't a model or a tool."""


def agent_of(draw: Random, names: tuple[str, ...], is_plain: bool) -> Agent:
    limits = Limits(tokens=_rarely(draw, [0, 5, 30, 200, 500], 10), cost=_rarely(draw, [0, 3, 50], 12))
    modes: list[AtStepLimit] = ["fail", "answer"]
    agent = Agent(
        name=draw.choice(["", "worker"]),
        system_prompt=draw.choice(["", "Work.", "  "]),
        max_iterations=draw.choice([0, 0, 0, 1, 2, 3, 6]),
        max_runtime=draw.choice(["60s", "60s", "60s", "60s", "10s", "10s", "1s", "0.000009s"]),
        at_step_limit=draw.choice(modes),
        limits=limits,
        low_level_tools=names,
    )
    if is_plain:
        return agent
    unknown: list[OnUnknown] = ["tell", "tell", "tell", "park", "fail"]
    return replace(
        agent,
        phases=_phases(draw, names) if draw.random() < 0.4 else (),
        critic=CriticConfig(enabled=draw.random() < 0.8, backstop_multiplier=draw.choice([0, 1, 2, 100])),
        output_type='{"type":"object"}' if draw.random() < 0.2 else "",
        on_unknown=draw.choice(unknown),
    )


def defaults_of(draw: Random) -> Defaults:
    return Defaults(
        max_consecutive_tool_errors=draw.choice([1, 2, 3, 50, 50, 50, 50]),
        max_same_tool_call_repeats=draw.choice([1, 2, 3, 50]),
        preflight_timeout=draw.choice(["30s", "30s", "30s", "1s"]),
        max_tool_output=draw.choice([5, 100_000]),
        max_reply_output=draw.choice([4, 100_000]),
        max_calls_per_reply=draw.choice([1, 3, 64, 64, 64, 64]),
        max_delegation_depth=draw.choice([1, 5]),
        cleanup_timeout=draw.choice(["10s", "1s"]),
        model_call_timeout=draw.choice([0, 0, "5s"]),
        approval_timeout=draw.choice([0, 0, "1s", "0.000003s"]),
        critic_soft_timeout=draw.choice(["90s", "5s", "1s", "1s"]),
        critic_absolute_max=draw.choice(["200s", "100s", "10s", "1s"]),
        retry_base=draw.choice(["1s", "0.000001s"]),
        lane_wait_counts=draw.random() < 0.2,
    )


def _phases(draw: Random, names: tuple[str, ...]) -> tuple[Phase, ...]:
    count = draw.choice([1, 2, 3])
    prompts = ["", "Phase of {{.input}}.", "Go on from {{.P0}}.", "{{.nowhere}}"]
    return tuple(
        [
            Phase(
                name=f"P{index}",
                system_prompt=draw.choice(prompts[: 3 if index else 2] if draw.randrange(12) else prompts),
                model_tier=draw.choice(["", "", "smart"]),
                max_iterations=draw.choice([0, 1, 2]),
                tools=names[: draw.choice([0, 0, 1])],
                when=f"P{index - 1}" if index and draw.random() < 0.4 else "",
                optional=draw.random() < 0.6,
            )
            for index in range(count)
        ]
    )


def invocation_of(draw: Random, is_plain: bool) -> Invocation:
    call = ToolCall("call-2", "tool0")
    earlier = (
        Message("user", "Before."),
        Message("assistant", "Look.", calls=(call,)),
        Message("tool", "Found.", call_id=call.call_id),
        Message("assistant", "Done."),
    )
    invocation = Invocation(
        prompt=draw.choice(["", "Go.", "Go.", " "]),
        images=draw.choice([(), (), (picture(),)]),
        history=draw.choice([(), (), earlier]),
        run_id=f"world-{draw.randrange(1000)}",
    )
    if is_plain:
        return invocation
    return replace(
        invocation,
        parent_run_id=draw.choice(["", "", "", "parent"]),
        ancestry=draw.choice([(), (), ("agent:other",)]),
        input_files=draw.choice([(), (InputFile("a.txt", "text/plain", b"aa"), InputFile("b", "b/c", b""))]),
        lane=draw.choice(["", "", "slow"]),
        delivery=draw.choice([Target(), Target("mail", "ann")]),
        dry_run=draw.randrange(20) == 0,
    )


def wired(draw: Random, wiring: Wiring) -> Wiring:
    """Each port is there in half of the worlds."""
    flags = {name: draw.random() < 0.6 for name in _FLAGS}
    return replace(wiring, lanes=draw.choice([(), ("slow",), ("slow", "fast")]), **flags)


_FLAGS = (
    "budget", "audit", "checkpoints", "critic", "delivery", "input_files", "compactor", "approver", "session",
    "finalizers", "observer",
)  # fmt: skip


def happening(draw: Random, deadline: Instant) -> Event:
    turning = draw.choice(
        [0, 5, SECOND, SECOND, seconds(2), seconds(3), seconds(5), seconds(10), deadline, deadline]
    )
    at, kind = max(0, turning + draw.choice([-1, 0, 0, 0, 1])), draw.random()
    if kind < 0.16:
        return CancelRequested(at, draw.choice(["caller", ""]))
    if kind < 0.34:
        return ShutdownRequested(at)
    if kind < 0.55:
        return Steered(
            at, draw.choice(["", " ", "Hurry.", "And look there."]), draw.choice([(), (), (picture(),)])
        )
    return _stray(draw, at) if kind < 0.65 else _reported(draw, at)


def _stray(draw: Random, at: Instant) -> Event:
    stray = draw.choice([0, 999])
    strays: list[Event] = [
        ModelReplied(at, stray, ModelReply("From nowhere.")),
        ToolReturned(at, stray, ToolResult("From nowhere.")),
        Advised(at, stray, Advice(kill_reason="from nowhere")),
    ]
    return draw.choice(strays)


def _reported(draw: Random, at: Instant) -> Event:
    question = draw.choice([0, 0, *range(3, 14)])  # 0: whichever child is open.
    events: list[Event] = [
        ActivitySeen(at),
        ToolStarted(at, question),
        UsageSeen(at, Usage(input_tokens=draw.choice([0, 20, 400])), "child"),
        ChildWaiting(at, question, draw.random() < 0.7),
        ChildWaiting(at, question, draw.random() < 0.7),
        ChildWaiting(at, question),
        OutcomeSettled(at, draw.choice(["", "call", "call-2"]), draw.random() < 0.5, "so it is"),
        OutcomeSettled(at, "", draw.random() < 0.5, "so it was"),  # "": whichever is unknown.
        OutcomeSettled(at, "", draw.random() < 0.5),
        PortFailed(at, draw.choice(["audit", "on_step"]), "gone"),
        LimitsChanged(at, max_runtime=draw.choice([None, 1, SECOND, seconds(200)])),
        LimitsChanged(at, max_iterations=draw.choice([1, 4]), tokens=draw.choice([None, 0, 100]), cost=5),
    ]
    return draw.choice(events)


def picture() -> Image:
    return Image("image/png", "aGk=")


def _rarely(draw: Random, values: list[int], one_in: int) -> int | None:
    return draw.choice(values) if draw.randrange(one_in) == 0 else None
