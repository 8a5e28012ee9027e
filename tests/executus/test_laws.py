"""Every law can be broken: a recording that was tampered with after it was lived through is found by its law."""

import pytest

from executus.agent import Agent, Limits
from executus.answers import ModelReplied, ToolReturned
from executus.effects import CallModel
from executus.events import CancelRequested
from executus.failures import ShutDownByHost, StepLimitReached, ToolCallRepeated, ToolErrorsExceeded
from executus.laws import LAWS, Law, broken
from executus.lived import Lived, live_through
from executus.rules.status import Cause, Failed, Overspent, Status
from executus.state import Stage
from executus.transcript import Transcript
from executus.transition import evolve
from executus.values import Message, ModelReply, ToolResult, Usage, replace
from interpreters.memory import Memory, calls, hangs, says, scripted
from specs.worlds import world
from tests.breaches import BREACHES, LAW_OF, moment, recording, run, talk
from tests.breaches_of_worlds import BREACHES_OF_WORLDS
from tests.playing import play
from tests.runs import rich_run
from tests.tables import short

pytestmark = pytest.mark.xdist_group("laws")  # What they share costs too much to be made twice.

FIRST_WORLDS = 1000


@pytest.fixture(scope="module")
def lived() -> Lived:
    return live_through(rich_run().transcript)


def test_each_law_has_a_breach() -> None:
    assert {*BREACHES, *BREACHES_OF_WORLDS, "status_and_error_agree"} == set(LAW_OF)
    assert len(LAWS) == len(LAW_OF)


def test_an_answer_that_is_reported_with_an_error_is_found(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both follow from the cause, so only other code can break this law."""
    monkeypatch.setattr("executus.laws.error_of", lambda cause: ShutDownByHost())
    assert not LAW_OF["status_and_error_agree"](lived)


def test_a_kernel_that_listens_to_closed_questions_is_found(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("executus.asking_laws.transition", lambda run, event: (replace(run, now=run.now + 1), ()))
    assert not LAW_OF["a_late_answer_changes_nothing"](lived)


@pytest.mark.parametrize("law", LAWS)
def test_an_honest_recording_keeps_the_law(law: Law, lived: Lived) -> None:
    assert law(lived)


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found_by_its_law(name: str, lived: Lived) -> None:
    assert not LAW_OF[name](BREACHES[name](lived))


@pytest.fixture(scope="module")
def lives() -> list[Lived]:
    return [live_through(play(world(seed)).transcript) for seed in range(FIRST_WORLDS)]


@pytest.mark.parametrize("name", BREACHES_OF_WORLDS)
def test_a_breach_in_some_world_is_found_by_its_law(name: str, lives: list[Lived]) -> None:
    assert all(LAW_OF[name](lived) for lived in lives)
    assert any(not LAW_OF[name](BREACHES_OF_WORLDS[name](lived)) for lived in lives)


@pytest.mark.parametrize("law", LAWS)
def test_a_law_says_in_one_sentence_what_it_holds(law: Law) -> None:
    assert law.__doc__
    assert "section" in law.__doc__ or "house" in law.__doc__


@pytest.mark.parametrize(
    "cause",
    [
        Failed(0, StepLimitReached(12)),
        Failed(0, ToolErrorsExceeded(3, "break", "no")),
        Failed(0, ToolCallRepeated("poll", 2)),
        Overspent(0, "tokens", 5, 4),
    ],
    ids=short,
)
def test_a_bound_that_was_never_reached_is_found(cause: Cause, lived: Lived) -> None:
    breach = run(-1, lambda run: replace(run, cause=cause))
    assert not LAW_OF["a_bound_ends_a_run_only_when_it_is_reached"](breach(lived))


def test_a_word_that_was_never_heard_is_found(lived: Lived) -> None:
    assert not LAW_OF["an_answer_was_said"](talk(-1, mailbox=(Message("user", "wait"),))(lived))


def test_broken_names_what_a_recording_breaks() -> None:
    past = rich_run().transcript
    assert broken(past) == ()
    assert "a_run_is_done_when_it_has_a_status" in broken(replace(past, status=Status.KILLED))


def test_a_recording_that_goes_on_after_its_end_is_found() -> None:
    past = rich_run().transcript
    at = past.entries[-1].event.at
    more = replace(past.entries[-1], seq=len(past.entries), event=CancelRequested(at), asked=())
    assert "nothing_happens_after_the_end" in broken(replace(past, entries=(*past.entries, more)))


def test_a_recording_without_an_end_breaks_no_law() -> None:
    past = rich_run().transcript
    for index in range(len(past.entries)):
        assert broken(past.fork(index)) == ()


def test_a_recording_without_a_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with RunStarted"):
        broken(Transcript(()))


def test_a_second_beginning_is_found(lived: Lived) -> None:
    past = lived.transcript
    twice = (past.entries[0], replace(past.entries[0], seq=1), *past.entries[2:])
    assert not LAW_OF["entries_are_numbered_from_the_start"](
        recording(lambda past: replace(past, entries=twice))(lived)
    )


def test_a_question_that_is_forgotten_is_found(lived: Lived) -> None:
    assert not LAW_OF["every_question_is_closed_once"](run(4, lambda run: replace(run, pending=()))(lived))


def test_an_end_without_a_cause_is_found(lived: Lived) -> None:
    assert not LAW_OF["a_run_is_done_when_it_has_a_status"](run(-1, lambda run: replace(run, cause=None))(lived))


def test_a_cause_without_an_end_is_found(lived: Lived) -> None:
    breach = run(-1, lambda run: replace(run, stage=Stage.CONVERSING))
    assert not LAW_OF["a_run_is_done_when_it_has_a_status"](breach(lived))


def test_an_answer_at_the_deadline_is_no_answer_in_time(lived: Lived) -> None:
    moments = {60_000_000: False, 59_999_999: True}
    for at, holds in moments.items():
        breach = moment(-1, event=CancelRequested(at))
        assert LAW_OF["a_run_ends_by_its_deadline"](breach(lived)) is holds


def test_a_law_that_watches_an_overdue_answer_knows_it_is_late() -> None:
    """The answer comes with the deadline: it closes nothing, what was open is abandoned."""
    agent = Agent(max_runtime="1s", limits=Limits(tokens=100))
    past = Memory(model=[says("too late", takes="1s", usage=Usage(1, 1))]).run(agent).transcript
    reply = ModelReplied(1_000_000, 2, ModelReply("too late", usage=Usage(1, 1)))
    late = replace(past, entries=(*past.entries[:-1], replace(past.entries[-1], event=reply)))
    assert broken(late) == ()
    last = live_through(late).moments[-1]
    assert last.is_late
    assert last.answers is None


def test_what_is_asked_stays_true_in_a_shared_buffer() -> None:
    """Two branches of one run go on from the same conversation, and neither sees the other's words."""
    add = scripted("add", returns="5")
    past = Memory(model=[calls("add"), hangs()], tools=[add]).run(Agent(low_level_tools=("add",))).transcript
    before = past.at(3)
    question = past.at(4).pending[0]
    assert isinstance(question, CallModel)
    other = evolve(before, ToolReturned(0, 4, ToolResult("another result")))
    assert question.conversation.last.text == "5"
    assert other.talk.conversation.last.text == "another result"
