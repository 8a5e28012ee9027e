"""The whole vocabulary: every event has its handler, every question one answer, everything survives a file."""

import inspect
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executus.answers import Answer, Answered, PartDone
from executus.canonical import encode
from executus.codec import Chain, entry_line, fields_of, fingerprint
from executus.effects import Asked, Conversing, Effect, Finalizing, Notice, Preparing, Question, Told
from executus.events import Event, Signal, TimePassed
from executus.explain import why
from executus.narrative import called, told
from executus.reading import decode
from executus.reception import ACTIVITY, ANSWERS, FACTS, PROGRESS
from executus.started import Happened, RunStarted
from executus.state import Run
from executus.transcript import Entry, Transcript
from executus.values import Fault, Record
from tests.executus.instances import instances
from tests.forging import file_of
from tests.plain import back, plain

pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
"""The type checks look at one item of a list by chance, also while a record is drawn."""

EVENTS: tuple[Any, ...] = get_args(Event)
EFFECTS: tuple[Any, ...] = get_args(Effect)
QUESTIONS: tuple[Any, ...] = get_args(Question)
UNION: Any = Event

every_event = pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
every_effect = pytest.mark.parametrize("kind", EFFECTS, ids=lambda kind: kind.__name__)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def leaves(kind: type[Any]) -> set[type[Any]]:
    """All kinds below this one that nothing is below of."""
    below = kind.__subclasses__()
    return set().union(*[leaves(one) for one in below]) if below else {kind}


def test_every_event_is_the_start_an_answer_or_a_signal() -> None:
    assert set(EVENTS) == leaves(Happened)
    assert set(get_args(Answer)) == leaves(Answered)
    assert set(get_args(Signal)) == leaves(Happened) - leaves(Answered) - {RunStarted}


def test_every_effect_is_a_question_or_a_notice() -> None:
    assert set(QUESTIONS) == leaves(Asked)
    assert set(get_args(Notice)) == leaves(Told)
    assert {*get_args(Preparing), *get_args(Conversing), *get_args(Finalizing)} == set(QUESTIONS)
    assert len(EFFECTS) == len(QUESTIONS) + len(get_args(Notice))


def test_every_event_has_its_handler_and_nothing_else_has() -> None:
    assert set(FACTS) == set(EVENTS)


@every_event
def test_a_handler_is_annotated_with_what_it_takes(kind: type[Any]) -> None:
    handler = FACTS[kind]
    run, event = inspect.signature(handler).parameters
    hints = get_type_hints(handler)
    takes = hints[event]
    assert (hints[run], hints["return"]) == (Run, Run)
    assert kind in (get_args(takes) or (takes,)) or (takes is PartDone and issubclass(kind, PartDone))


def test_every_question_has_exactly_one_answer() -> None:
    assert set(ANSWERS) == set(QUESTIONS)
    assert set(ANSWERS.values()) == set(get_args(Answer))
    assert len(set(ANSWERS.values())) == len(ANSWERS)
    for question, answer in ANSWERS.items():
        assert answer.answers is question


@pytest.mark.parametrize("kind", get_args(Answer), ids=lambda kind: kind.__name__)
def test_every_answer_may_be_a_failure_and_every_question_says_what_answers_it(kind: type[Answered]) -> None:
    assert Fault in get_args(get_type_hints(kind)["outcome"])
    assert f"Answered by `{kind.__name__}`" in " ".join((kind.answers.__doc__ or "").split())


def test_signs_of_life_are_events() -> None:
    assert PROGRESS <= ACTIVITY <= set(EVENTS)


def tags(kinds: tuple[Any, ...]) -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in kinds]


def test_the_names_in_files_outlive_the_classes_and_mean_one_thing() -> None:
    """A renamed class keeps its tag; a tag that is changed on purpose is changed here."""
    assert tags(EFFECTS) == [kind.__name__ for kind in EFFECTS]
    assert len(set(tags(EFFECTS))) == len(EFFECTS)
    assert len(set(tags(EVENTS))) == len(EVENTS)
    for kind in EVENTS:
        words = "".join(f"_{char.lower()}" if char.isupper() else char for char in kind.__name__).lstrip("_")
        assert words == str(kind.__struct_config__.tag)


@every_event
@given(data=st.data())
@few
def test_every_event_survives_a_file_byte_for_byte(kind: type[Any], data: st.DataObject) -> None:
    event = data.draw(instances(kind))
    text = encode(event)
    assert msgspec.json.decode(text, type=UNION) == event
    assert encode(msgspec.json.decode(text, type=UNION)) == text
    assert msgspec.convert(msgspec.to_builtins(event), UNION) == event


@every_event
@given(data=st.data())
@few
def test_every_event_can_be_told_in_one_line(kind: type[Any], data: st.DataObject) -> None:
    event = data.draw(instances(kind))
    assert told(event)
    assert told(event).isprintable()
    assert str(Entry(0, event)).isprintable()


@every_event
@given(data=st.data())
@few
def test_every_event_in_a_recording_is_read_as_it_was_written(kind: type[Any], data: st.DataObject) -> None:
    start = data.draw(instances(RunStarted))
    event = start if kind is RunStarted else data.draw(instances(kind))
    past = Transcript((Entry(0, start), Entry(1, event), Entry(2, TimePassed(5))))
    found = decode(file_of(past)).unwrap()
    assert [entry.event for entry in found.entries] == [start, event, TimePassed(5)]
    assert file_of(found) == file_of(past)
    assert why(found)


@every_effect
@given(data=st.data())
@few
def test_every_effect_can_be_written_down_and_printed(kind: type[Any], data: st.DataObject) -> None:
    effect = data.draw(instances(kind))
    assert back(plain(effect), kind) == effect
    printed = fingerprint(effect)
    assert printed == fingerprint(back(plain(effect), kind))
    assert len(printed.partition(":")[2]) == 6 * len(fields_of(kind.__name__))
    assert called(effect) == called(printed) or not isinstance(effect, Asked)
    assert b"\n" not in entry_line(Chain(b""), TimePassed(0), (printed,))


@every_effect
@given(data=st.data())
@few
def test_a_fingerprint_holds_no_number_that_is_only_a_place(kind: type[Any], data: st.DataObject) -> None:
    """Neither the question's id nor the call's number is what is asked."""
    effect = data.draw(instances(kind))
    for name in kind.unprinted:
        other = msgspec.structs.replace(effect, **{name: getattr(effect, name) + 1})
        assert fingerprint(other).partition(":")[2] == fingerprint(effect).partition(":")[2]


@every_effect
def test_every_effect_is_frozen(kind: type[Record]) -> None:
    assert kind.__struct_config__.frozen
    assert not kind.__struct_config__.gc
