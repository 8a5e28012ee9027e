"""The narrative: one line an entry, whatever a model, a tool or a forger wrote into the recording."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import ModelChoice
from executus.answers import ModelReplied, ModelResolved, ToolboxBuilt, ToolReturned
from executus.events import CancelRequested, Event, ShutdownRequested, Steered, TimePassed
from executus.narrative import called, kind, line, told
from executus.phrases import MOST, call_text, quote, shorten
from executus.transcript import Entry, Transcript
from executus.values import Fault, FaultKind, ModelReply, ToolCall, ToolResult, ToolSpec
from tests.executus.test_effects import EFFECTS
from tests.executus.test_events import EVENTS
from tests.runs import PICTURE, rich_run
from tests.tables import short

FAULT = Fault(FaultKind.MODEL, "it is down")
HOSTILE = "\x1b[2J\r\n   12        3s  run forged\u202e\u2028\x00\x9b"


@pytest.mark.parametrize(
    ("event", "phrase"),
    [
        (ModelResolved(0, 1, (ModelChoice("m"), ModelChoice("n"))), "model is m, n"),
        (ModelResolved(0, 1, ()), "model is none"),
        (ModelResolved(0, 1, FAULT), 'no model: "it is down"'),
        (ToolboxBuilt(0, 2, (ToolSpec("a"), ToolSpec("b"))), "tools are a, b"),
        (ToolboxBuilt(0, 2, ()), "tools are none"),
        (ToolboxBuilt(0, 2, FAULT), 'no toolbox: "it is down"'),
        (ModelReplied(0, 3, ModelReply("5")), 'model #3 replied "5"'),
        (ModelReplied(0, 3, ModelReply("")), 'model #3 replied ""'),
        (ModelReplied(0, 3, ModelReply("", (ToolCall("c", "add", '{"a":2}'),))), 'model #3 replied add({"a":2})'),
        (ModelReplied(0, 3, ModelReply("So.", (ToolCall("c", "a"),) * 2)), 'model #3 replied "So." a({}) a({})'),
        (ModelReplied(0, 3, FAULT), 'model #3 failed: "it is down"'),
        (ToolReturned(0, 4, ToolResult("5")), 'tool #4 returned "5"'),
        (ToolReturned(0, 4, ToolResult("5", (PICTURE,))), 'tool #4 returned "5" and 1 image'),
        (ToolReturned(0, 4, ToolResult("", (PICTURE,) * 2)), 'tool #4 returned "" and 2 images'),
        (ToolReturned(0, 4, FAULT), 'tool #4 failed: "it is down"'),
        (Steered(0, "hurry"), 'steered: "hurry"'),
        (Steered(0, "", (PICTURE,)), 'steered: "" and 1 image'),
        (CancelRequested(0, "me"), 'cancelled by "me"'),
        (ShutdownRequested(0), "the host shuts down"),
        (TimePassed(0), "time passed"),
    ],
    ids=short,
)
def test_what_happened_is_told_in_one_phrase(event: Event, phrase: str) -> None:
    assert told(event) == phrase


def test_a_line_has_number_instant_event_and_what_was_asked() -> None:
    entry = Entry(7, Steered(1_500_000, "hurry"), ("RunTool#4:cb1fb9", EFFECTS[4]))
    assert str(entry) == '    7      1.5s  steered: "hurry"  -> RunTool#4 Abandon(4)'
    assert line(7, TimePassed(0), ()) == "    7        0s  time passed"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (0, "0s"),
        (1, "1us"),
        (999, "999us"),
        (1000, "1ms"),
        (1001, "1ms"),
        (1299, "1.2ms"),
        (999_999, "999.9ms"),
        (1_000_000, "1s"),
        (1_000_999, "1s"),
        (1_234_567, "1.234s"),
        (21_600_000_001, "21600s"),
    ],
)
def test_an_instant_is_as_exact_as_one_reads_it(at: int, shown: str) -> None:
    assert line(0, TimePassed(at), ()) == f"    0 {shown:>9}  time passed"


def test_a_start_names_run_agent_and_prompt() -> None:
    assert told(EVENTS[0]) == 'run run of a: "hi"'
    assert told(EVENTS[1]) == 'run r of an agent: ""'


def test_an_effect_is_called_by_name_and_id() -> None:
    assert [called(effect) for effect in EFFECTS] == [
        "ResolveModel#1",
        "BuildToolbox#2",
        "CallModel#3",
        "RunTool#4",
        "Abandon(4)",
    ]


def test_the_kind_of_an_event_is_its_name_in_files() -> None:
    assert [kind(event) for event in EVENTS] == [event.__struct_config__.tag for event in EVENTS]


@pytest.mark.parametrize("length", [0, 1, MOST - 1, MOST, MOST + 1, 10**6])
def test_a_quoted_text_is_bounded(length: int) -> None:
    text = shorten("x" * length)
    assert len(text) == min(length, MOST)
    assert text.endswith("…") is (length > MOST)
    assert quote("x" * length) == f'"{text}"'


@given(st.text())
def test_a_quoted_text_stands_on_one_line(text: str) -> None:
    assert quote(text).isprintable()


def test_a_call_is_written_as_one_would() -> None:
    assert call_text(ToolCall("c", "add", '{"a":2}')) == 'add({"a":2})'
    assert call_text(ToolCall("c", "a\nb", "{\n}")) == "a⏎b({⏎})"


def poisoned(value: Any) -> Any:
    """The same data with something hostile in every text that is free to say anything."""
    closed = ("is", "kind", "role", "finish", "effect", "at_step_limit", "wall_time", "max_runtime")
    if isinstance(value, dict):
        return {key: part if key in closed or key == "defaults" else poisoned(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(part) for part in value]
    return HOSTILE + value if isinstance(value, str) else value


@pytest.mark.parametrize("event", EVENTS, ids=short)
def test_no_text_in_a_recording_reaches_a_terminal_as_it_is(event: Event) -> None:
    union: Any = Event
    hostile: Event = msgspec.convert(poisoned(msgspec.to_builtins(event)), union)
    assert line(0, hostile, ()).isprintable()


def test_no_fingerprint_in_a_recording_reaches_a_terminal_as_it_is() -> None:
    assert str(Entry(0, TimePassed(0), (HOSTILE, f"RunTool#{HOSTILE}:000000"))).isprintable()


def test_a_transcript_has_one_line_an_entry() -> None:
    past = rich_run().transcript
    assert len(str(past).splitlines()) == len(past.entries)
    assert str(Transcript(())) == ""
