"""Runs that many tests look at, and small ways to make more."""

from executus.agent import Agent
from executus.bounds import Defaults
from executus.events import Event
from executus.invocation import Invocation
from executus.result import RunResult
from executus.started import RunStarted, Wiring
from executus.state import Run, Transition
from executus.transition import start, transition
from executus.values import Image, Message, ModelReply, ToolCall, Usage
from interpreters.memory import Memory, calls, says, scripted, steer
from tests.playing import WALL_TIME

PICTURE = Image("image/png", "aGk=")


def started(agent: Agent | None = None, prompt: str = "hi", defaults: Defaults | None = None) -> RunStarted:
    """Entry 0 of a run of `agent`."""
    wiring = Wiring(defaults=defaults or Defaults())
    return RunStarted(0, "run", agent or Agent(), Invocation(prompt=prompt), wiring, WALL_TIME)


def after(agent: Agent, *events: Event, defaults: Defaults | None = None) -> Transition:
    """The run of `agent` after these events, and what it then asked."""
    run, asked = start(started(agent, defaults=defaults))
    for event in events:
        run, asked = transition(run, event)
    return run, asked


def state(agent: Agent, *events: Event, defaults: Defaults | None = None) -> Run:
    """The run of `agent` after these events."""
    return after(agent, *events, defaults=defaults)[0]


def wants(*names: str, **more: str) -> ModelReply:
    """A reply that calls these tools; their ids are c0, c1, …"""
    text = more.get("text", "")
    return ModelReply(text, tuple([ToolCall(f"c{index}", name) for index, name in enumerate(names)]))


def rich_run() -> RunResult:
    """A run with everything in it: history, a picture, parallel and failing tools, steering, usage, a warning."""
    tools = [
        scripted("add", in_turn=["5", "6"], takes="2s"),
        scripted("break", raises=ValueError("it broke"), takes="1s"),
        scripted("poll", returns="not yet", repeatable=True),
    ]
    model = [
        calls(("add", {"a": 2}), ("break", "{}"), ("nothing", "{}"), text="I look.", usage=Usage(10, 5, cost=3)),
        calls(ToolCall("call-2", "poll", '{"b": 1}'), usage=Usage(20, 5, 1, 1)),
        says("Half an answer.", takes="1s"),
        says("The answer.", takes="1s", finish="length", reasoning="so I thought"),
    ]
    history = (Message("user", "Before."), Message("assistant", "Yes."))
    happens = [("1s", steer("Hurry.", PICTURE)), ("2.5s", steer("  ")), ("2.5s", steer("And add."))]
    defaults = Defaults(max_tool_output=50_000)
    world = Memory(model=model, tools=tools, happens=happens, system_header="You are played.", defaults=defaults)
    agent = Agent(
        id="7", name="worker", system_prompt="Work.", low_level_tools=("add", "break", "poll"), max_runtime="1m"
    )
    return world.run(agent, Invocation(prompt="Go.", history=history, images=(PICTURE,), run_id="rich"))
