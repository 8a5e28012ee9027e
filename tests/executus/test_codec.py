"""The file format: canonical lines, one fingerprint an effect with a checksum a field, a chain over everything."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus import codec
from executus.buffer import view
from executus.canonical import encode
from executus.codec import Chain, Header, Origin, end_line, entry_line, fields_of, fingerprint, header_line
from executus.effects import Abandon, BuildToolbox, CallModel, Effect, ResolveModel, RunTool
from executus.events import Steered, TimePassed
from executus.rules.status import Status
from executus.toolbox import Setup, Toolbox
from executus.values import Message, ToolCall, ToolSpec, replace
from tests.forging import bodies_of, file_of, forged, header_of
from tests.runs import rich_run
from tests.tables import short

CALL = CallModel(9, view(Message("user", "hi")), Setup("m", Toolbox((ToolSpec("add"),))))


@pytest.mark.parametrize(
    ("effect", "printed"),
    [
        (ResolveModel(1, "fast"), "ResolveModel#1:ca3c0a"),
        (BuildToolbox(2, ("add",)), "BuildToolbox#2:7af0324cbb294cbb294cbb29cd6830"),
        (RunTool(4, ToolCall("c", "add")), "RunTool#4:0ead08"),
        (Abandon(7), "Abandon:bf4a82"),
    ],
    ids=short,
)
def test_a_fingerprint_never_changes(effect: Effect, printed: str) -> None:
    """It stands in files: code that prints another one can't replay the recordings of yesterday."""
    assert fingerprint(effect) == printed


@pytest.mark.parametrize(
    "effect", [ResolveModel(1, "fast"), CALL, RunTool(4, ToolCall("c", "add")), Abandon(7)], ids=short
)
def test_a_fingerprint_is_name_id_and_six_digits_a_field(effect: Effect) -> None:
    name = type(effect).__name__
    digits = 6 * len(fields_of(name))
    assert re.fullmatch(rf"{name}(#\d+)?:[0-9a-f]{{{digits}}}", fingerprint(effect))


def test_the_fields_of_an_effect_are_known_by_name() -> None:
    assert fields_of("CallModel") == ("conversation", "setup")
    assert fields_of("RunTool") == ("call",)
    assert fields_of("Abandon") == ("question",)
    assert fields_of("Dream") == ()


def test_each_field_has_its_own_checksum() -> None:
    printed = fingerprint(CALL)
    other_talk = fingerprint(replace(CALL, conversation=view(Message("user", "ho"))))
    other_setup = fingerprint(replace(CALL, setup=Setup("n")))
    assert (printed[:-12], printed[-6:]) == (other_talk[:-12], other_talk[-6:])
    assert printed[-12:-6] != other_talk[-12:-6]
    assert printed[:-6] == other_setup[:-6]
    assert printed[-6:] != other_setup[-6:]


def test_the_id_is_no_part_of_the_checksums() -> None:
    assert fingerprint(replace(CALL, id=10)) == fingerprint(CALL).replace("#9:", "#10:")


@given(st.integers(1, 99), st.text(max_size=9), st.text(max_size=9))
def test_what_differs_is_printed_otherwise(id: int, one: str, other: str) -> None:
    same = fingerprint(ResolveModel(id, one)) == fingerprint(ResolveModel(id, other))
    assert same is (one == other)


def test_the_header_names_format_kernel_and_origin() -> None:
    assert json.loads(header_line(Header("r"))) == {
        "run_id": "r",
        "forked_from": None,
        "format": codec.FORMAT,
        "kernel": codec.KERNEL,
        "semantics": codec.SEMANTICS,
    }
    assert json.loads(header_line(Header("r", Origin("q", 3))))["forked_from"] == {"run_id": "q", "entry": 3}


def test_the_chain_is_as_described() -> None:
    """Written once more from its description: blake2b over the head and the digest of each body."""
    data = file_of(rich_run())
    assert forged(header_of(data), bodies_of(data)) == data


def test_every_line_is_canonical_json_without_floats() -> None:
    def refuse(number: str) -> Any:
        raise AssertionError(f"a float in the file: {number}")

    for line in file_of(rich_run()).splitlines():
        value = json.loads(line, parse_float=refuse, parse_constant=refuse)
        assert line == encode(value)
        assert list(value) == sorted(value)


def test_a_line_says_hash_and_number_last() -> None:
    chain = Chain(header_line(Header("r")))
    first = entry_line(chain, TimePassed(5), ("Abandon:000000",))
    second = entry_line(chain, TimePassed(5), ())
    assert first.startswith(b'{"asked":["Abandon:000000"],"event":{"at":5,"is":"time_passed"},"hash":"')
    assert first.endswith(b'","seq":0}')
    assert second.startswith(b'{"event":')
    assert second.endswith(b'","seq":1}')
    end = json.loads(end_line(chain, Status.OK))
    assert (end["count"], end["status"]) == (2, "ok")
    assert re.fullmatch("[0-9a-f]{128}", end["head"])


def test_every_line_depends_on_all_before_it() -> None:
    one, other = Chain(b"one"), Chain(b"other")
    assert entry_line(one, TimePassed(5), ()) != entry_line(other, TimePassed(5), ())
    assert one.head != other.head


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_stands_on_one_line(text: str) -> None:
    line = entry_line(Chain(b""), Steered(0, text), ())
    assert b"\n" not in line
    assert b"\r" not in line
    assert msgspec.json.decode(line)["event"].get("text", "") == text
