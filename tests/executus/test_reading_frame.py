"""Files whose chain fits, with a header, an end or a size that does not."""

import json
from typing import Any

import pytest
from returns.result import Success

from executus import reading
from executus.canonical import encode
from executus.codec import Header
from executus.reading import FaultyBecause, decode
from tests.forging import bodies_of, canonical, fault_in, file_of, forged, header_of, joined
from tests.runs import rich_run

DATA = file_of(rich_run())
LINES = DATA.split(b"\n")[:-1]
HEADER, BODIES = header_of(DATA), bodies_of(DATA)
CORRUPT, UNSUPPORTED = FaultyBecause.CORRUPT, FaultyBecause.UNSUPPORTED


class TestTheHeader:
    @pytest.mark.parametrize("number", [2, 3, 2**31, 2**70])
    def test_a_newer_format_is_unsupported_by_name(self, number: int) -> None:
        newer = canonical({"format": number, "what": ["nobody", "knows"]})
        fault = fault_in(forged(newer, BODIES))
        assert (fault.because, fault.line) == (UNSUPPORTED, 1)
        assert str(number) in fault.message

    def test_a_newer_format_is_unsupported_whatever_follows(self) -> None:
        assert fault_in(b'{"format":2}\n').because is UNSUPPORTED
        assert fault_in(b'{"format":2}\n\xff\xff\n').because is UNSUPPORTED

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"{}",
            b"[]",
            b"2",
            b"null",
            b'"format"',
            b'{"format":2',
            b'{"format":"2"}',
            b'{"format":2.0}',
            b'{"format":2.5}',
            b'{"format":true}',
            b'{"format":null}',
            b'{"format":0}',
            b'{"format":-1}',
            b'{"format":1e999}',
            b'{"format":NaN}',
            b'{"format":' + b"9" * 5000 + b"}",
            b'{"format":1}',
            b'{"format":1,"run_id":7}',
            b'{"format":1,"run_id":"rich","more":1}',
            b'{"format":1,"run_id":"rich","forked_from":{}}',
            b'{"format":1,"run_id":"rich","forked_from":{"entry":1.5,"run_id":"x"}}',
        ],
    )
    def test_a_header_that_is_none_is_corrupt(self, header: bytes) -> None:
        fault = fault_in(forged(header, BODIES))
        assert (fault.because, fault.line) == (CORRUPT, 1)

    def test_an_edited_header_is_corrupt(self) -> None:
        for changes in ({"kernel": "9.9.9"}, {"semantics": 7}, {"run_id": "other"}):
            header = canonical(json.loads(HEADER) | changes)
            assert fault_in(joined([header, *LINES[1:]])).because is CORRUPT

    def test_a_header_that_names_another_run_is_corrupt(self) -> None:
        fault = fault_in(forged(encode(Header("another")), BODIES))
        assert str(fault) == "corrupt: line 2: header and first entry name different runs"


class TestTheEnd:
    @pytest.mark.parametrize("status", ["fine", "OK", 1, True, [], {}, ""])
    def test_a_status_that_is_none_is_corrupt(self, status: object) -> None:
        fault = fault_in(forged(HEADER, BODIES, status))
        assert (fault.because, fault.line) == (CORRUPT, len(LINES))

    @pytest.mark.parametrize("more", [{"count": 3}, {"count": "13"}, {"head": ""}, {"head": 7}, {"more": 1}])
    def test_an_end_that_does_not_fit_is_corrupt(self, more: dict[str, Any]) -> None:
        fault = fault_in(forged(HEADER, BODIES, **more))
        assert (fault.because, fault.line) == (CORRUPT, len(LINES))

    @pytest.mark.parametrize("status", [b'"error"', b'"killed"', b"null"])
    def test_an_edited_status_is_corrupt(self, status: bytes) -> None:
        """The status is what people look at first: it must be proven as the entries are."""
        fault = fault_in(joined([*LINES[:-1], LINES[-1].replace(b'"ok"', status)]))
        assert (fault.because, fault.line) == (CORRUPT, len(LINES))

    def test_a_run_that_has_not_ended_is_readable(self) -> None:
        past = decode(forged(HEADER, BODIES[:5], None)).unwrap()
        assert past.status is None
        assert len(past.entries) == 5

    def test_the_shortest_recording_is_one_entry(self) -> None:
        assert len(decode(forged(HEADER, BODIES[:1], None)).unwrap().entries) == 1

    def test_a_file_without_entries_is_corrupt(self) -> None:
        assert fault_in(forged(HEADER, [])).because is CORRUPT

    def test_a_file_that_does_not_begin_with_the_beginning_is_corrupt(self) -> None:
        fault = fault_in(forged(HEADER, BODIES[1:]))
        assert str(fault) == "corrupt: line 2: the first entry is not run_started"


class TestBounds:
    def test_a_file_that_is_too_long_is_refused_unread(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MOST_BYTES", len(DATA))
        assert isinstance(decode(DATA), Success)
        monkeypatch.setattr(reading, "MOST_BYTES", len(DATA) - 1)
        fault = fault_in(DATA)
        assert (fault.because, fault.line) == (CORRUPT, 0)

    def test_a_line_that_is_too_long_is_refused_with_its_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        longest = max(map(len, BODIES))
        monkeypatch.setattr(reading, "MOST_LINE_BYTES", longest)
        assert isinstance(decode(DATA), Success)
        monkeypatch.setattr(reading, "MOST_LINE_BYTES", longest - 1)
        fault = fault_in(DATA)
        assert (fault.because, fault.line) == (CORRUPT, [len(body) for body in BODIES].index(longest) + 2)

    def test_a_header_that_is_too_long_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MOST_LINE_BYTES", len(HEADER) - 1)
        assert fault_in(DATA).line == 1

    @pytest.mark.parametrize("depth", [1_000, 100_000])
    @pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
    def test_depth_is_a_fault_and_no_recursion(self, pair: tuple[bytes, bytes], depth: int) -> None:
        deep = pair[0] * depth + b"1" + pair[1] * depth
        for body in (deep, b'{"asked":' + deep + b"}", b'{"event":' + deep + b"}", b'{"x":' + deep + b"}"):
            fault = fault_in(forged(HEADER, [*BODIES[:3], body, *BODIES[4:]]))
            assert (fault.because, fault.line) == (CORRUPT, 5)
        for line in (deep, pair[0] * depth):
            assert fault_in(joined([*LINES[:4], line, *LINES[5:]])).line == 5
            assert fault_in(joined([line, *LINES[1:]])).line == 1
            assert fault_in(joined([*LINES[:-1], line])).line == len(LINES)
