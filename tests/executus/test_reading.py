"""The hostile reader: whatever the bytes are, one clear fault with its line, no exception, no half a run."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from executus.reading import FaultyBecause, TranscriptFault, decode
from tests.forging import fault_in, file_of, joined
from tests.runs import rich_run

DATA = file_of(rich_run())
LINES = DATA.split(b"\n")[:-1]
CORRUPT, UNSUPPORTED = FaultyBecause.CORRUPT, FaultyBecause.UNSUPPORTED


def line_at(position: int) -> int:
    return DATA.count(b"\n", 0, position) + 1


def test_an_honest_file_is_read_and_written_again_byte_for_byte() -> None:
    past = decode(DATA).unwrap()
    assert file_of(past) == DATA
    assert past.divergence() is None
    assert past.started.run_id == "rich"
    assert past.status == "ok"


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_every_flipped_byte_is_found_where_it_is(mask: int) -> None:
    for position in range(len(DATA)):
        damaged = DATA[:position] + bytes([DATA[position] ^ mask]) + DATA[position + 1 :]
        fault = fault_in(damaged)
        assert fault.line in (line_at(position), line_at(position) + 1), (position, fault)
        if fault.because is not CORRUPT:
            assert b'"format":1' not in damaged, (position, fault)


def test_every_cut_is_found() -> None:
    for length in range(len(DATA)):
        fault = fault_in(DATA[:length])
        assert fault.because is CORRUPT
        assert fault.line == (line_at(length) if length else 0) or DATA[length - 1 : length] == b"\n"


def test_every_missing_byte_is_found() -> None:
    for position in range(len(DATA)):
        assert fault_in(DATA[:position] + DATA[position + 1 :]).because is CORRUPT


def test_every_missing_line_is_found() -> None:
    for index in range(len(LINES)):
        assert fault_in(joined(LINES[:index] + LINES[index + 1 :])).because is CORRUPT


def test_every_doubled_line_is_found() -> None:
    for index in range(len(LINES)):
        assert fault_in(joined(LINES[: index + 1] + LINES[index:])).because is CORRUPT


def test_every_swapped_pair_of_lines_is_found() -> None:
    for first in range(len(LINES)):
        for second in range(first):
            lines = list(LINES)
            lines[first], lines[second] = lines[second], lines[first]
            assert fault_in(joined(lines)).because is CORRUPT


def test_every_inserted_line_is_found() -> None:
    for index in range(len(LINES) + 1):
        for line in (b"", b"{}", b"null", LINES[1], LINES[-1]):
            assert fault_in(joined([*LINES[:index], line, *LINES[index:]])).because is CORRUPT


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="BOM"),
        pytest.param(lambda data: data.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(lambda data: data[:-1], id="no last newline"),
        pytest.param(lambda data: data + b"\n", id="an empty line more"),
        pytest.param(lambda data: data + b"x", id="garbage behind"),
        pytest.param(lambda data: data + b"x\n", id="a line of garbage behind"),
        pytest.param(lambda data: data + data, id="twice"),
        pytest.param(lambda data: data + b"\0" * 512, id="zeros behind"),
        pytest.param(lambda data: b"\n" + data, id="an empty line before"),
        pytest.param(lambda data: b"\0" * len(data), id="zeros"),
        pytest.param(lambda data: b"\n" * 9, id="empty lines"),
        pytest.param(lambda data: b"null\n" * 9, id="null"),
        pytest.param(lambda data: b"[" * 100_000 + b"\n" + data, id="a header too deep"),
        pytest.param(lambda data: data.replace(b"rich", b"rice"), id="another name"),
        pytest.param(lambda data: data.replace(b"rich", b"ri\xffh"), id="no UTF-8"),
        pytest.param(lambda data: data.replace(b"rich", b"ri\xed\xa0\x80h"), id="half a surrogate"),
    ],
)
def test_a_damaged_file_is_corrupt(damage: Callable[[bytes], bytes]) -> None:
    assert fault_in(damage(DATA)).because is CORRUPT


def test_an_empty_file_is_corrupt_as_a_whole() -> None:
    assert fault_in(b"") == TranscriptFault(CORRUPT, "the file is empty")
    assert str(fault_in(b"")) == "corrupt: the file is empty"


def test_a_fault_says_what_kind_of_damage_it_is() -> None:
    def said(lines: list[bytes]) -> str:
        return str(fault_in(joined(lines)))

    assert said([*LINES[:3], *LINES[4:]]) == (
        "corrupt: line 4: entry 2 should stand here, entry 3 does: entries are missing or reordered"
    )
    assert said([*LINES[:3], LINES[3].replace(b"break", b"bleak"), *LINES[4:]]) == (
        "corrupt: line 4: entry 2, or one before it, was edited: the hash does not fit"
    )
    assert said([*LINES[:3], LINES[-1], *LINES[3:]]) == "corrupt: line 4: the end stands where entry 2 should"
    assert said([*LINES[:3], b"[1]", *LINES[3:]]) == (
        "corrupt: line 4: this is not an entry, but entry 2 should stand here"
    )
    assert said(LINES[:-1]).endswith("the end line is missing: the file was cut")
    assert said(LINES[:2]) == "corrupt: line 2: the end line is missing: the file was cut"
    assert said([*LINES[:-1], LINES[-1].replace(b":13,", b":12,")]).endswith(
        "the end line does not fit the entries"
    )
    assert str(fault_in(DATA[:-9])).endswith("the last line is incomplete: the file was cut")


@given(st.binary(max_size=300))
@example(b"\n\n\n")
def test_no_bytes_at_all_raise(data: bytes) -> None:
    assert fault_in(data).because in (CORRUPT, UNSUPPORTED)


@given(st.lists(st.sampled_from([*LINES, b"", b"{}", b"\xff"]), max_size=8))
def test_no_mixture_of_honest_lines_raises(lines: list[bytes]) -> None:
    if lines != LINES:
        assert fault_in(joined(lines)).because is CORRUPT
