"""The heart: total, level-triggered, time first; a late or foreign answer changes nothing."""

from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executus.agent import Agent, CriticConfig, Limits, ModelChoice, Phase
from executus.answers import Answer, Answered, ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.bounds import Defaults
from executus.effects import ResolveModel
from executus.events import CancelRequested, Event, ShutdownRequested, Steered, TimePassed
from executus.laws import broken
from executus.reception import ANSWERS
from executus.started import RunStarted
from executus.state import Run, Stage
from executus.transcript import Recorder
from executus.transition import DECIDERS, decide, evolve, is_over, next_wakeup, start, transition
from executus.values import (
    Fault,
    FaultKind,
    Finish,
    ModelReply,
    ToolCall,
    ToolClass,
    ToolResult,
    ToolSpec,
    Usage,
    replace,
)
from tests.executus.acting import Story
from tests.executus.instances import instances
from tests.plain import back, plain
from tests.runs import after, started, state, wants

pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
"""The type checks look at one item of a list by chance, also while a record is drawn."""

AGENT = Agent(low_level_tools=("a", "b"), max_runtime="10s", max_iterations=2, limits=Limits(tokens=50))
RESOLVED = ModelResolved(1, 1, (ModelChoice("m"),))
BUILT = ToolboxBuilt(2, 2, (ToolSpec("a"), ToolSpec("b", serial=True)))
CALLED = ModelReplied(3, 3, wants("a", "b", "a"))
PATH: tuple[Event, ...] = (RESOLVED, BUILT, CALLED, ToolReturned(4, 4, ToolResult("1")))

FAULT = Fault(FaultKind.PORT, "down")


def test_every_stage_has_its_deciders_and_no_other_has() -> None:
    assert list(DECIDERS) == list(Stage)
    assert DECIDERS[Stage.DONE] == ()


def test_transition_is_decide_after_evolve() -> None:
    for count in range(len(PATH)):
        run, event = state(AGENT, *PATH[:count]), PATH[count]
        assert transition(run, event) == decide(evolve(run, event))


def test_a_fact_lands_and_asks_for_nothing() -> None:
    for count in range(len(PATH)):
        before = state(AGENT, *PATH[:count])
        landed = evolve(before, PATH[count])
        assert landed.next_id == before.next_id
        assert set(landed.pending) <= set(before.pending)


@pytest.mark.parametrize("count", range(len(PATH) + 1))
@pytest.mark.parametrize("kind", ANSWERS.values())
@pytest.mark.parametrize("id", [-1, 0, 99])
def test_an_answer_to_nothing_changes_nothing(count: int, kind: type[Answer], id: int) -> None:
    run = state(AGENT, *PATH[:count])
    assert transition(run, kind(run.now, id, FAULT)) == (run, ())


@pytest.mark.parametrize("count", range(1, len(PATH) + 1))
def test_a_second_answer_changes_nothing(count: int) -> None:
    run = state(AGENT, *PATH[:count])
    again = replace(PATH[count - 1], at=run.now)
    assert transition(run, again) == (run, ())


@pytest.mark.parametrize("count", range(len(PATH) + 1))
@pytest.mark.parametrize("kind", ANSWERS.values())
def test_an_answer_of_another_kind_than_the_question_changes_nothing(count: int, kind: type[Answer]) -> None:
    """A world that mixes its answers up, or a file that was forged, must not be believed, nor break a run."""
    run = state(AGENT, *PATH[:count])
    for question in run.pending:
        if ANSWERS[type(question)] is not kind:
            assert transition(run, kind(run.now, question.id, FAULT)) == (run, ())


def test_a_reply_to_a_tool_does_not_break_the_step_that_is_open() -> None:
    two = wants("a", "a")
    path = (RESOLVED, ToolboxBuilt(2, 2, (ToolSpec("a"),)), ModelReplied(3, 3, two), ModelReplied(4, 4, two))
    run = state(
        Agent(low_level_tools=("a",)), *path, ToolReturned(5, 5, ToolResult()), ToolReturned(6, 6, ToolResult())
    )
    assert run.cause is None


def test_a_reply_to_another_question_does_not_finish_a_run() -> None:
    assert state(AGENT, ModelReplied(1, 1, ModelReply("I was never asked."))).cause is None


@pytest.mark.parametrize("count", range(len(PATH) + 1))
def test_time_that_passes_before_the_deadline_changes_the_time_only(count: int) -> None:
    run = state(AGENT, *PATH[:count])
    wakeup = next_wakeup(run)
    assert wakeup is not None
    assert transition(run, TimePassed(wakeup - 1)) == (replace(run, now=wakeup - 1), ())


def test_a_second_start_changes_nothing() -> None:
    run = state(AGENT, *PATH)
    assert transition(run, replace(started(), at=run.now)) == (run, ())


def test_a_stamp_from_the_past_does_not_turn_the_clock_back() -> None:
    run = state(AGENT, RESOLVED)
    assert transition(run, Steered(0, "hurry"))[0].now == 1


def test_a_run_is_over_when_it_is_done() -> None:
    run = state(AGENT, *PATH)
    assert not is_over(run)
    done = state(AGENT, *PATH, CancelRequested(5))
    assert is_over(done)
    assert next_wakeup(done) is None


def test_a_run_begins_with_nothing_but_its_first_question() -> None:
    run, asked = start(replace(started(AGENT), at=7))
    assert asked == run.pending == (ResolveModel(1, "fast"),)
    assert (run.now, run.began, run.cause, run.stage) == (7, None, None, Stage.PREPARING)
    assert next_wakeup(run) == 30_000_007
    assert (run.run_id, run.agent, run.invocation.prompt) == ("run", AGENT, "hi")


def test_the_same_path_gives_the_same_run() -> None:
    assert after(AGENT, *PATH) == after(AGENT, *PATH)


IDS = st.integers(-1, 12)
AT = st.integers(0, 45_000_000)
CALLS = st.lists(
    st.builds(
        ToolCall, st.sampled_from(["", "x", "y"]), st.sampled_from(["a", "b", "?"]), st.sampled_from(["{}", "["])
    ),
    max_size=4,
).map(tuple)
FAULTS = st.just(FAULT)
REPLIES = st.builds(
    ModelReply, st.sampled_from(["", "text"]), CALLS, st.builds(Usage, st.none() | IDS), st.sampled_from(Finish)
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(ModelResolved, AT, IDS, FAULTS | st.sampled_from([(), (ModelChoice("m"),)])),
    st.builds(ToolboxBuilt, AT, IDS, FAULTS | st.sampled_from([(), BUILT.outcome])),
    st.builds(ModelReplied, AT, IDS, FAULTS | REPLIES),
    st.builds(ToolReturned, AT, IDS, FAULTS | st.builds(ToolResult, st.sampled_from(["", "5"]))),
    st.builds(Steered, AT, st.sampled_from(["", "hurry"])),
    st.builds(CancelRequested, AT),
    st.builds(ShutdownRequested, AT),
    st.builds(TimePassed, AT),
    st.just(started()),
)


@given(
    st.lists(EVENTS, max_size=12),
    st.sampled_from([AGENT, Agent(), Agent(at_step_limit="answer", max_iterations=1)]),
)
def test_no_events_in_any_order_break_a_run(events: list[Event], agent: Agent) -> None:
    """The transition function is total: what does not apply is no crash, also after the end."""
    run, _ = start(started(agent, prompt=""))
    for event in events:
        run, _ = transition(run, event)
        assert decide(run) == (run, ())
        assert back(plain(run), Run) == run


ANYTHING = st.one_of([instances(kind) for kind in get_args(Event) if kind is not RunStarted])
"""Any event of the vocabulary, with anything in it."""

PORTS = ("budget", "audit", "checkpoints", "critic", "delivery", "input_files", "compactor", "approver", "session")
TOOLS = (ToolSpec("a", timeout=500_000), ToolSpec("b", needs_approval=True, effect=ToolClass.KEYED))
CHILD = ToolSpec("agent__x", delegate="agent", subject="agent:x")
WHOLE = Agent(
    low_level_tools=("a", "b"),
    sub_agent_palette=("x",),
    critic=CriticConfig(enabled=True),
    phases=(Phase(name="A", optional=True), Phase(name="B", when="A")),
    output_type='{"type":"object"}',
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_nothing_in_the_vocabulary_breaks_a_run_that_has_every_port(data: st.DataObject) -> None:
    """What is open is answered kindly, or with anything at all, or something else happens."""
    wired = dict.fromkeys((*PORTS, "finalizers", "observer"), True)
    story = Story(data.draw(st.sampled_from([WHOLE, AGENT])), "hi", (*TOOLS, CHILD), lanes=("fast",), **wired)
    if story.run.agent is AGENT:
        story.specs = TOOLS
    for _ in range(data.draw(st.integers(0, 30))):
        after, question = f"{data.draw(st.integers(0, 2_000_000))}us", next(iter(story.run.pending), None)
        how = data.draw(st.sampled_from(["kindly", "kindly", "anyhow", "else"]))
        if how == "kindly" and question is not None:
            story.answer(type(question), story.kind_answer(question), after)
        elif how == "anyhow" and question is not None:
            story.tell(replace(data.draw(instances(ANSWERS[type(question)])), id=question.id), after)
        else:
            story.tell(data.draw(ANYTHING), after)
        assert back(plain(story.run), Run) == story.run
    assert story.recorder.transcript.divergence() is None


def fitting(run: Run) -> st.SearchStrategy[Event]:
    """Anything that an honest world could say now."""
    kinds = {ANSWERS[type(question)]: question.id for question in run.pending}
    end = next_wakeup(run) or run.now
    at = st.sampled_from([run.now, run.now + 1, end - 1, end, end + 1]).map(lambda at: max(at, run.now))

    def fits(event: Event) -> bool:
        return not isinstance(event, Answered) or type(event) in kinds

    def fitted(event: Event, at: int) -> Event:
        if isinstance(event, Answered):
            return replace(event, at=at, id=kinds[type(event)])
        return replace(event, at=at)

    return st.builds(fitted, EVENTS.filter(lambda event: event != started()).filter(fits), at)


@given(st.data())
def test_every_honest_life_keeps_the_laws(data: st.DataObject) -> None:
    defaults = Defaults(max_consecutive_tool_errors=2, max_same_tool_call_repeats=2)
    recorder = Recorder(started(AGENT, defaults=defaults))
    for _ in range(data.draw(st.integers(0, 15))):
        if is_over(recorder.run):
            break
        recorder.feed(data.draw(fitting(recorder.run)))
    assert broken(recorder.transcript) == ()
