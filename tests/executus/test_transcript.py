"""The record: replay is a fold, so is every question about it; a divergence says which field differs."""

from collections.abc import Callable

import pytest

from executus.agent import Agent
from executus.codec import Origin, fingerprint
from executus.effects import Abandon, CallModel, ResolveModel, RunTool
from executus.reading import decode
from executus.rules.status import Status
from executus.state import Stage
from executus.toolbox import Setup
from executus.transcript import Asking, Entry, Recorder, Transcript
from executus.transition import start, transition
from executus.values import Message, ToolCall, replace
from interpreters.memory import Memory, hangs
from tests.forging import file_of
from tests.runs import rich_run, started
from tests.tables import short

PAST = rich_run().transcript
STORED = decode(file_of(PAST)).unwrap()
LAST = len(PAST.entries) - 1

both = pytest.mark.parametrize("past", [PAST, STORED], ids=["in memory", "from a file"])


@both
def test_replay_is_a_fold_of_the_recorded_events(past: Transcript) -> None:
    lived = list(past.replay())
    run, asked = start(past.started)
    assert lived[0] == (run, asked)
    for entry, step in zip(past.entries[1:], lived[1:], strict=True):
        run, asked = transition(run, entry.event)
        assert step == (run, asked)
    assert run.stage is Stage.DONE


@both
@pytest.mark.parametrize("index", [0, 1, 5, LAST, -1, -LAST - 1])
def test_the_state_after_an_entry_is_that_of_the_replay(past: Transcript, index: int) -> None:
    assert past.at(index) == list(past.replay())[index][0]


@both
@pytest.mark.parametrize("index", [LAST + 1, -LAST - 2, 10**9])
def test_there_is_no_state_after_an_entry_that_is_none(past: Transcript, index: int) -> None:
    with pytest.raises(IndexError):
        past.at(index)
    with pytest.raises(IndexError):
        past.fork(index)


@both
def test_the_first_entry_after_which_something_holds(past: Transcript) -> None:
    assert past.first(lambda run: True) == 0
    assert past.first(lambda run: run.stage is Stage.CONVERSING) == 2
    assert past.first(lambda run: run.talk.steps_done == 1) == 6
    assert past.first(lambda run: run.cause is not None) == LAST
    assert past.first(lambda run: run.guards.error_streak == 99) is None


@both
def test_what_was_recorded_is_what_is_asked_today(past: Transcript) -> None:
    assert past.divergence() is None


def test_a_fork_stops_after_its_entry_and_names_its_origin() -> None:
    fork = PAST.fork(5)
    assert fork.entries == PAST.entries[:6]
    assert fork.forked_from == Origin("rich", 5)
    assert fork.status is None
    assert fork.at(-1) == PAST.at(5)
    assert PAST.fork(-2).forked_from == Origin("rich", LAST - 1)


def test_a_fork_at_the_last_entry_has_ended_as_the_run_did() -> None:
    assert PAST.fork(LAST).status == "ok"
    assert PAST.fork(-1).entries == PAST.entries


def test_a_fork_is_written_and_read_with_its_origin() -> None:
    fork = PAST.fork(5)
    read = decode(file_of(fork)).unwrap()
    assert (read.forked_from, read.status, len(read.entries)) == (Origin("rich", 5), None, 6)
    assert file_of(read) == file_of(fork)


def test_what_was_recorded_is_written_never_what_would_be_asked_today() -> None:
    strange = with_asked(3, ("RunTool#4:000000",))
    assert b'"RunTool#4:000000"' in file_of(strange)
    assert file_of(decode(file_of(strange)).unwrap()) == file_of(strange)


def with_asked(index: int, asked: tuple[Asking, ...], past: Transcript = PAST) -> Transcript:
    entries = list(past.entries)
    entries[index] = replace(entries[index], asked=asked)
    return replace(past, entries=tuple(entries))


QUESTION = PAST.entries[2].asked[0]
assert isinstance(QUESTION, CallModel)
ONE, TWO = PAST.entries[3].asked
assert isinstance(ONE, RunTool)
assert isinstance(TWO, RunTool)

OTHERWISE: list[tuple[str, int, tuple[Asking, ...]]] = [
    ("count", 3, (ONE,)),
    ("count", 3, (ONE, TWO, Abandon(3))),
    ("count", 3, ()),
    ("count", 12, (Abandon(9),)),
    ("kind", 3, (ResolveModel(4, "fast"), TWO)),
    ("kind", 3, (Abandon(4), TWO)),
    ("id", 3, (replace(ONE, id=9), TWO)),
    ("id", 3, (TWO, ONE)),
    ("call", 3, (ONE, replace(TWO, call=ToolCall("x", "break")))),
    ("conversation", 2, (replace(QUESTION, conversation=QUESTION.conversation.append(Message("user", "more"))),)),
    ("setup", 2, (replace(QUESTION, setup=Setup("another")),)),
    ("tier", 0, (ResolveModel(1, "smart"),)),
    ("names", 1, ("BuildToolbox#2:000000",)),
    ("content", 3, (fingerprint(ONE) + "ff", TWO)),
]


@pytest.mark.parametrize("printed", [False, True])
@pytest.mark.parametrize(("field", "index", "asked"), OTHERWISE, ids=short)
def test_a_divergence_names_the_first_entry_and_field_that_differ(
    field: str, index: int, asked: tuple[Asking, ...], printed: bool
) -> None:
    if printed:
        asked = tuple([effect if isinstance(effect, str) else fingerprint(effect) for effect in asked])
    past = with_asked(index, asked, with_asked(LAST, (Abandon(1), Abandon(2))) if index < LAST else PAST)
    found = past.divergence()
    assert found is not None
    assert (found.index, found.field) == (index, field)
    assert found.event == PAST.entries[index].event
    assert found.recorded == asked
    assert found.asked == PAST.entries[index].asked


@pytest.mark.parametrize(
    ("past", "end"),
    [
        (replace(PAST, status=Status.ERROR), "recorded as error, now ok"),
        (replace(PAST, status=None), "recorded as not ended, now ok"),
        (replace(PAST.fork(3), status=Status.OK), "recorded as ok, now not ended"),
    ],
    ids=short,
)
def test_another_end_is_a_divergence_at_the_last_entry(past: Transcript, end: str) -> None:
    """A last decision asks for nothing: only its name tells that it changed."""
    found = past.divergence()
    last = past.entries[-1]
    assert found is not None
    assert (found.index, found.event, found.recorded, found.field) == (last.seq, last.event, last.asked, "status")
    assert str(found).endswith(f": {end}; differs in status")


def test_a_divergence_is_said_in_one_line() -> None:
    found = with_asked(3, (ONE,)).divergence()
    assert str(found) == (
        'diverged at entry 3 (model #3 replied "I look." add({"a":2}) break({}) nothing({})): '
        "recorded RunTool#4, asked now RunTool#4 RunTool#5; differs in count"
    )
    assert "recorded nothing, asked now RunTool#4 RunTool#5; " in str(with_asked(3, ()).divergence())
    assert "recorded Abandon(9), asked now nothing; " in str(with_asked(LAST, (Abandon(9),)).divergence())


@pytest.mark.parametrize("past", [Transcript(()), Transcript(PAST.entries[1:])])
@pytest.mark.parametrize(
    "question",
    [
        lambda past: past.started,
        lambda past: past.at(0),
        lambda past: past.divergence(),
        lambda past: past.first(bool),
        lambda past: list(past.lines()),
        lambda past: list(past.replay()),
    ],
)
def test_a_transcript_without_a_beginning_is_refused_in_words(
    past: Transcript, question: Callable[[Transcript], object]
) -> None:
    with pytest.raises((ValueError, IndexError)):
        question(past)


def test_a_transcript_says_in_short_what_it_is() -> None:
    assert repr(PAST) == "<transcript of rich: 13 entries, ok>"
    assert repr(PAST.fork(3)) == "<transcript of rich: 4 entries, not ended>"
    assert repr(Transcript(())) == "<transcript of : 0 entries, not ended>"


def test_a_recorder_keeps_what_it_is_fed() -> None:
    recorder = Recorder(PAST.started)
    for entry in PAST.entries[1:]:
        assert recorder.transcript.status is None
        recorder.feed(entry.event)
    assert recorder.transcript == PAST
    assert recorder.run == PAST.at(-1)
    assert recorder.asked == ()


def test_a_recorder_writes_a_line_once_however_often_it_is_asked() -> None:
    recorder = Recorder(PAST.started)
    assert len(recorder.lines()) == 2
    for entry in PAST.entries[1:]:
        recorder.feed(entry.event)
    assert list(recorder.lines()) == list(recorder.lines()) == list(PAST.lines())[:-1]


def test_transcripts_are_values() -> None:
    assert rich_run().transcript == PAST
    assert PAST.entries[0] == Entry(0, PAST.started, PAST.entries[0].asked)


def test_a_run_that_never_ended_is_a_transcript_too() -> None:
    recorder = Recorder(started(Agent()))
    assert recorder.transcript.status is None
    assert Memory(model=[hangs()]).run(Agent()).transcript.status == "timeout"
