"""The splitter's law: how the bytes are cut changes nothing, and what the format allows is accepted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.models.sse import Event, Splitter, flush, split

CASES = {
    "line feeds": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "carriage returns and line feeds": (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    "mixed line ends": (b"data: a\r\n\ndata: b\n\r\n", [b"a", b"b"]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
    "a mark inside is data": (b"data: \xef\xbb\xbfa\n\n", [b"\xef\xbb\xbfa"]),
    "a second mark is no data": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [b"a"]),
    "comments": (b": hello\n\ndata: a\n: in between\ndata: b\n\n:\n\n", [b"a\nb"]),
    "several lines": (b"data: a\ndata:\ndata: b\n\n", [b"a\n\nb"]),
    "several lines with carriage returns": (b"data: a\r\ndata: b\r\n\r\n", [b"a\nb"]),
    "blanks at the end are data": (b"data: a \t\n\ndata: X\n\n", [b"a \t", b"X"]),
    "one space is taken": (b"data:a\n\ndata:  b\n\n", [b"a", b" b"]),
    "other fields": (b"id: 1\nretry: 5\ndata: a\nfoo: b\nbar\n\n", [b"a"]),
    "no data is no event": (b"event: ping\n\ndata: a\n\n", [b"a"]),
    "empty data is an event": (b"data\n\ndata: a\n\n", [b"", b"a"]),
    "the last line needs no end": (b"data: a\n\ndata: b", [b"a", b"b"]),
    "the last event needs no end": (b"data: a\n\ndata: b\n", [b"a", b"b"]),
    "vertical tabs end no line": (b"data: a\x0bb\x0cc\x1c\xc2\x85\n\n", [b"a\x0bb\x0cc\x1c\xc2\x85"]),
    "nothing": (b"", []),
}


def events_of(*chunks: bytes) -> list[Event]:
    state = Splitter()
    found: list[Event] = []
    for chunk in chunks:
        state, events = split(state, chunk)
        found.extend(events)
    return [*found, *flush(state)]


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES)
def test_what_the_format_allows_is_accepted(body: bytes, expected: list[bytes]) -> None:
    assert [event.data for event in events_of(body)] == expected


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES)
def test_no_cut_changes_the_events(body: bytes, expected: list[bytes]) -> None:
    for place in range(len(body) + 1):
        assert [event.data for event in events_of(body[:place], b"", body[place:])] == expected, place
    assert [event.data for event in events_of(*(bytes([byte]) for byte in body))] == expected


def test_an_event_has_the_name_of_its_own_lines_only() -> None:
    body = b"event: error\r\ndata: a\r\n\r\ndata: b\r\n\r\n"
    for place in range(len(body)):
        found = events_of(body[:place], body[place:])
        assert found == [Event(b"error", b"a"), Event(b"", b"b")]


def test_a_state_is_a_value_that_its_successors_leave_alone() -> None:
    state, _ = split(Splitter(), b"data: a\ndata: b")
    first = split(state, b"c\n\n")[1]
    second = split(state, b"d\n\n")[1]
    assert [first[0].data, second[0].data] == [b"a\nbc", b"a\nbd"]
    assert split(Splitter(), b"\n\n")[1] == ()


@given(
    st.lists(st.sampled_from([b"data: x", b"data", b": c", b"event: e", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf"])),
    st.lists(st.integers(0, 60)),
)
def test_any_split_of_any_bytes_gives_the_same_events(pieces: list[bytes], places: list[int]) -> None:
    body = b"".join(pieces)
    marks = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    assert events_of(*(body[start:end] for start, end in pairwise(marks))) == events_of(body)
