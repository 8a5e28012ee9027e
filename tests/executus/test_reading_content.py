"""Files whose chain fits, with nonsense in them: judged by their content, at the line where it stands."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from executus.explain import why
from executus.laws import broken
from executus.reading import FaultyBecause, decode
from executus.transcript import Transcript
from tests.forging import bodies_of, canonical, fault_in, file_of, forged, header_of
from tests.runs import rich_run

DATA = file_of(rich_run())
LINES = DATA.split(b"\n")[:-1]
HEADER, BODIES = header_of(DATA), bodies_of(DATA)
CORRUPT, UNSUPPORTED = FaultyBecause.CORRUPT, FaultyBecause.UNSUPPORTED


def replaced(index: int, change: Callable[[Any], None]) -> bytes:
    """The file with one body changed, chained anew."""
    body = json.loads(BODIES[index])
    change(body)
    return forged(HEADER, [*BODIES[:index], canonical(body), *BODIES[index + 1 :]])


def setting(*path: str | int, to: object) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for key in path[:-1]:
            body = body[key]
        body[path[-1]] = to

    return change


NONSENSE = {
    "an unknown event": (3, setting("event", "is", to="model_dreamed")),
    "a class instead of a tag": (3, setting("event", "is", to="ModelReplied")),
    "no tag": (3, lambda body: body["event"].pop("is")),
    "no event": (3, lambda body: body.pop("event")),
    "an event that is a list": (3, setting("event", to=[])),
    "an extra key in the body": (3, setting("more", to=1)),
    "an extra key in the event": (3, setting("event", "more", to=1)),
    "an extra key in the agent": (0, setting("event", "agent", "more", to=1)),
    "an instant that is a float": (3, setting("event", "at", to=1.5)),
    "an instant that is a whole float": (3, setting("event", "at", to=1.0)),
    "an instant in words": (3, setting("event", "at", to="now")),
    "an instant that is true": (3, setting("event", "at", to=True)),
    "an id that is text": (3, setting("event", "id", to="3")),
    "an outcome of another kind": (3, setting("event", "outcome", to={"is": "result", "content": "5"})),
    "an outcome without a kind": (3, setting("event", "outcome", to={"text": "5"})),
    "an outcome that is null": (3, setting("event", "outcome", to=None)),
    "text that is a number": (3, setting("event", "outcome", "text", to=5)),
    "an unknown finish": (3, setting("event", "outcome", "finish", to="stopped")),
    "tokens that are a float": (3, setting("event", "outcome", "usage", to={"in": 1.5})),
    "tokens that are text": (3, setting("event", "outcome", "usage", to={"in": "1"})),
    "asked that is text": (3, setting("asked", to="RunTool#4:cb1fb9")),
    "asked that is a number": (3, setting("asked", to=[7])),
    "a negative step limit": (0, setting("event", "agent", "max_iterations", to=-1)),
    "a step limit that is a float": (0, setting("event", "agent", "max_iterations", to=3.0)),
    "a negative runtime": (0, setting("event", "agent", "max_runtime", to="-PT60S")),
    "a runtime of a thousand years": (0, setting("event", "agent", "max_runtime", to="P365000D")),
    "a runtime past all bounds": (0, setting("event", "agent", "max_runtime", to="P" + "9" * 30 + "D")),
    "a runtime that is a float": (0, setting("event", "agent", "max_runtime", to=60.5)),
    "a runtime as people write it": (0, setting("event", "agent", "max_runtime", to="5m")),
    "a negative token limit": (0, setting("event", "agent", "limits", to={"tokens": -1})),
    "an unknown way at the step limit": (0, setting("event", "agent", "at_step_limit", to="explode")),
    "a temperature that is none": (0, setting("event", "agent", "model_settings", to={"temperature": "NaN"})),
    "an infinite temperature": (0, setting("event", "agent", "model_settings", to={"temperature": "Infinity"})),
    "a temperature in words": (0, setting("event", "agent", "model_settings", to={"temperature": "warm"})),
    "a negative temperature": (0, setting("event", "agent", "model_settings", to={"temperature": "-1"})),
    "tools that are text": (0, setting("event", "agent", "low_level_tools", to="add")),
    "tools that are numbers": (0, setting("event", "agent", "low_level_tools", to=[1])),
    "a wall time that is none": (0, setting("event", "wall_time", to="yesterday")),
    "a wall time that is a number": (0, setting("event", "wall_time", to=1767225600)),
    "a role that is none": (0, setting("event", "invocation", "history", 0, "role", to="oracle")),
    "a default that is negative": (0, setting("event", "wiring", "defaults", "max_tool_output", to=-1)),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_with_a_fitting_chain_is_corrupt_where_it_stands(name: str) -> None:
    index, change = NONSENSE[name]
    fault = fault_in(replaced(index, change))
    assert (fault.because, fault.line) == (CORRUPT, index + 2)


NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "01", "+1", "0x1", "1.0", "9" * 5000, "-" + "9" * 5000, "1_0"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_no_integer_is_corrupt(number: str) -> None:
    body = BODIES[3].replace(b'"at":0', b'"at":' + number.encode())
    assert body != BODIES[3]
    fault = fault_in(forged(HEADER, [*BODIES[:3], body, *BODIES[4:]]))
    assert (fault.because, fault.line) == (CORRUPT, 5)


UNCANONICAL = {
    "twin keys": lambda body: body[:-1] + b',"event":{"at":0,"is":"time_passed"}}',
    "twin keys inside": lambda body: body.replace(b'"at":0', b'"at":7,"at":0'),
    "spaces": lambda body: body.replace(b'"at":0', b'"at": 0'),
    "spaces behind": lambda body: body[:-1] + b" }",
    "keys in another order": lambda body: b'{"event"' + body.split(b',"event"')[1][:-1] + b',"asked":[]}',
    "an escape nobody needs": lambda body: body.replace(b"add", b"\\u0061dd"),
}


@pytest.mark.parametrize("name", UNCANONICAL)
def test_what_is_not_canonical_is_corrupt(name: str) -> None:
    """Two readers must never see two runs in one file: what is read is exactly what would be written."""
    body = UNCANONICAL[name](BODIES[3])
    assert body != BODIES[3]
    fault = fault_in(forged(HEADER, [*BODIES[:3], body, *BODIES[4:]]))
    assert (fault.because, fault.line) == (CORRUPT, 5)


def test_a_header_that_is_not_canonical_is_corrupt() -> None:
    for header in (HEADER[:-1] + b',"semantics":1}', HEADER.replace(b":", b": "), HEADER + b" "):
        assert fault_in(forged(header, BODIES)).line == 1


VALUES: list[object] = [None, True, -1, 0, 1.5, 2**63, "", "x", "[" * 2000, [], {}, [[]], {"is": "fault"}]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a body that could be replaced."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


def test_what_a_fault_quotes_is_harmless_on_a_terminal() -> None:
    for key in ("\n", "\x1b[2J", "\r", "\u202e"):
        fault = fault_in(forged(HEADER, [*BODIES[:3], canonical({key: 1}), *BODIES[4:]]))
        assert str(fault).isprintable(), str(fault)


def test_an_instant_that_no_clock_can_show_is_corrupt() -> None:
    """Instants are 64 bits wide: what is longer is refused, so that all that is read can be told."""
    for at in (2**63, 10**400, -1):
        fault = fault_in(replaced(12, setting("event", "at", to=at)))
        assert (fault.because, fault.line) == (CORRUPT, 14)


@pytest.mark.parametrize("index", range(len(BODIES)))
def test_whatever_stands_in_an_entry_it_is_a_fault_or_a_run_that_can_be_told(index: int) -> None:
    for path in places(json.loads(BODIES[index])):
        for value in VALUES:
            data = replaced(index, setting(*path, to=value))
            found = decode(data)
            if isinstance(found, Success):
                hold_it_up_to_the_light(found.unwrap(), (path, str(value)[:50]))
            else:
                assert fault_in(data).line in (index + 2, 2), (path, value)


def hold_it_up_to_the_light(past: Transcript, what: object) -> None:
    """Whatever was read can be told, replayed, judged and written."""
    try:
        assert str(past)
        past.divergence()
        broken(past)
        why(past)
        list(past.lines())
    except Exception as error:
        raise AssertionError(f"{what}: what was read can't be used: {error!r}") from error


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(st.integers(0, len(BODIES) - 1), JSON)
def test_no_json_in_the_place_of_a_body_raises(index: int, value: object) -> None:
    data = forged(HEADER, [*BODIES[:index], canonical(value), *BODIES[index + 1 :]])
    assert fault_in(data).line == index + 2


@given(st.integers(1, len(BODIES) - 1), st.data())
def test_no_order_of_honest_entries_raises(count: int, data: st.DataObject) -> None:
    """Chained anew, entries may come in any order: then the run is another one, or none, but never a crash."""
    order = data.draw(st.lists(st.sampled_from(BODIES[1:]), min_size=count, max_size=count))
    found = decode(forged(HEADER, [BODIES[0], *order], None))
    if isinstance(found, Success):
        hold_it_up_to_the_light(found.unwrap(), order)
