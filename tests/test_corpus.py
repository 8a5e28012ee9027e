"""Hostile input: every case of the corpus keeps the law of its target, and so does what is drawn around it.

A case that ever failed stays: `python -m tests.fuzz TARGET --seconds N` looks for more, coverage-guided where
atheris is installed.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executus.values import Fault, ModelReply
from tests.fuzz.dialects import events, reply
from tests.fuzz.mutating import mutated
from tests.fuzz.targets import CORPUS, MOST_BYTES, TARGETS, cases

EVERY = [pytest.param(name, path, id=f"{name}/{path.name}") for name in TARGETS for path in cases(name)]

FEWEST = 5
"""A target without cases to start from would be a target that nobody has thought about."""


@pytest.mark.parametrize(("target", "path"), EVERY)
def test_a_case_keeps_the_law_of_its_target(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("path", cases("openai"), ids=lambda path: path.name)
def test_every_split_of_every_stream_gives_the_same_reply(path: Path) -> None:
    data = path.read_bytes()
    whole = reply([data])
    for place in range(len(data) + 1):
        assert reply([data[:place], data[place:]]) == whole, place
    assert reply([data[place : place + 1] for place in range(len(data))]) == whole


@pytest.mark.parametrize("path", cases("openai"), ids=lambda path: path.name)
def test_a_stream_that_was_cut_anywhere_is_no_other_reply(path: Path) -> None:
    data = path.read_bytes()
    whole = reply([data])
    if isinstance(whole, ModelReply):
        for place in range(len(data)):
            cut = reply([data[:place]])
            assert isinstance(cut, Fault) or cut == whole, place


@pytest.mark.parametrize("path", cases("sse"), ids=lambda path: path.name)
def test_every_split_of_every_stream_gives_the_same_events(path: Path) -> None:
    events(path.read_bytes(), 10**6)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_what_is_drawn_around_the_cases_keeps_it_as_well(target: str, seed: int) -> None:
    known = [path.read_bytes() for path in cases(target)]
    TARGETS[target](mutated(known, seed, 2000))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=15)
@given(data=st.binary(max_size=200))
def test_any_bytes_keep_it_too(target: str, data: bytes) -> None:
    TARGETS[target](data)


def test_every_target_has_cases_and_no_case_is_of_none() -> None:
    assert {path.name for path in CORPUS.iterdir()} == TARGETS.keys()
    for target in TARGETS:
        assert len(cases(target)) >= FEWEST, target
        assert all(path.stat().st_size <= MOST_BYTES for path in cases(target)), target
