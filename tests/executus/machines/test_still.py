"""When a run stands still, in figures: for a queue, for people, for what it needs again; for nothing else."""

from executus.agent import Agent, CriticConfig
from executus.bounds import Defaults
from executus.effects import AcquireLane, AskApproval, CallModel, ConsultCritic, Delegate, ReleaseLane, RunTool
from executus.events import ChildWaiting, Steered, TimePassed
from executus.facts import Advice, Approved, ChildResult
from executus.invocation import Invocation
from executus.laws import broken
from executus.slices import Clock, Door
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolSpec
from tests.executus.acting import SECOND, Story, wanting
from tests.executus.machines.suspending import again, suspended

ASKING = ToolSpec("t", needs_approval=True)
CHILD = ToolSpec("agent__x", delegate="agent", subject="agent:x")
PARENT = Agent(low_level_tools=("t",), sub_agent_palette=("x",))


def spans(story: Story) -> tuple[int, int, int]:
    """Queued, waited, regained, in seconds."""
    clock = story.run.clock
    return clock.queued // SECOND, clock.waited // SECOND, clock.regained // SECOND


def test_each_stillness_is_a_sum_of_its_own() -> None:
    about = Invocation(prompt="hi", lane="wide")
    story = Story(Agent(), about, (ASKING,), approver=True, lanes=("fast",), checkpoints=True)
    story.tell(Steered(0, "x"), "1s").answer(AcquireLane, True, "2s").converse()
    assert spans(story) == (3, 0, 0)
    story.reply(wanting("t")).tell(Steered(0, "y"), "10s").answer(AskApproval, Approved(), "20s")
    assert spans(story) == (3, 30, 0)
    story.tell(TimePassed(0), "100s").answer(AcquireLane, True, "100s")
    assert (spans(story), story.run.clock.queued_before) == ((203, 30, 0), 3 * SECOND)
    again(suspended(story), "7s").answer(AcquireLane, True, "300s").tell(TimePassed(0), "5s")
    assert spans(story) == (503, 30, 5)
    story.tell(TimePassed(0), "6s").oblige(CallModel, RunTool)
    assert spans(story) == (503, 30, 11)
    assert [one.lane for one in story.of(AcquireLane)] == ["wide"] * 3
    assert [one.lane for one in story.of(ReleaseLane)] == ["wide"] * 2
    assert broken(story.end().recorder.transcript) == ()


def test_nothing_else_stands_still() -> None:
    story = Story(Agent(), "hi", (ToolSpec("p"),), lanes=("fast",)).converse()
    story.tell(TimePassed(0), "2s").reply(wanting("p"), "2s").tell(TimePassed(0), "3s").returns(after="1s")
    assert story.run.clock == Clock()
    assert next_wakeup(story.run) == 60 * SECOND


def test_a_call_that_waits_to_be_asked_again_is_no_stillness() -> None:
    keyed = ToolSpec("k", effect=ToolClass.KEYED)
    story = Story(None, "hi", (keyed, ASKING), approver=True).converse().reply(wanting("k", "t"))
    story.returns(Fault(FaultKind.TIMEOUT, "cut"))
    assert story.run.clock.paused is None
    assert (next_wakeup(story.run) or 0) <= SECOND


def test_while_the_critic_thinks_a_run_that_waits_for_people_still_waits() -> None:
    agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="10s"))
    story = Story(agent, "hi", (ASKING, ToolSpec("p")), approver=True, critic=True).converse()
    story.reply(wanting("t", "p")).tell(TimePassed(0), "10s")
    assert story.pending == ["AskApproval", "RunTool", "ConsultCritic"]
    story.returns()
    assert (story.run.clock.paused, next_wakeup(story.run)) == (10 * SECOND, None)
    story.answer(ConsultCritic, Advice(), "5s")
    assert (story.run.clock.paused, story.run.clock.waited) == (15 * SECOND, 5 * SECOND)


def test_a_run_that_waits_for_its_critic_alone_does_not_wait() -> None:
    agent = Agent(critic=CriticConfig(enabled=True, soft_timeout="10s"))
    story = Story(agent, "hi", (ToolSpec("k", effect=ToolClass.KEYED, timeout=10 * SECOND),), critic=True)
    story.converse().reply(wanting("k")).tell(TimePassed(0), "10s")
    assert story.pending == ["ConsultCritic"]
    assert story.run.clock.paused is None


def test_a_child_that_works_beside_one_that_waits_is_no_stillness() -> None:
    story = Story(PARENT, "hi", (ASKING, CHILD), approver=True, lanes=("fast",)).converse()
    story.reply(wanting("agent__x", ToolCall("b", "agent__x", '{"n":2}'), "t"))
    first, second = [one.id for one in story.of(Delegate)]
    story.tell(ChildWaiting(0, first), "1s")
    assert (story.run.clock.paused, story.run.ports.lane) == (None, Door.OPEN)
    story.tell(ChildWaiting(0, second), "1s")
    assert (story.run.clock.paused, story.run.ports.lane) == (2 * SECOND, Door.CLOSED)
    assert story.run.clock.children == (first, second)
    story.tell(ChildWaiting(0, first), "1s")
    assert story.run.clock.children == (second, first)
    story.answer(Delegate, ChildResult("r", "ok", "5"), "1s")
    assert story.run.clock.children == (second,)
    assert story.run.clock.waited == 2 * SECOND
    assert story.pending == ["Delegate", "AskApproval"]


def test_a_queue_that_counts_is_given_the_runs_own_time_and_no_more() -> None:
    defaults = Defaults(lane_wait_counts=True, preflight_timeout="5s")
    story = Story(Agent(max_runtime="10s"), lanes=("fast",), budget=True, defaults=defaults)
    story.tell(TimePassed(0), "3s").oblige(AcquireLane)
    assert next_wakeup(story.run) == 13 * SECOND
    story.answer(AcquireLane, True, "9s")
    assert next_wakeup(story.run) == 14 * SECOND
    assert next_wakeup(story.converse().run) == 13 * SECOND


def test_without_lanes_there_is_none_to_give_back_while_people_decide() -> None:
    story = Story(None, "hi", (ASKING,), approver=True).converse().reply(wanting("t"))
    assert story.names == ["AskApproval"]
    story.answer(AskApproval, Approved(), "10s")
    assert story.pending == ["RunTool"]
    assert not story.of(AcquireLane)
