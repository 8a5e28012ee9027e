"""Every law is asked of an exploration, and those that are asked of single transitions lose nothing by it."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from executus.events import TimePassed
from executus.laws import LAWS, Law, the_first_cause_is_kept
from executus.lived import Lived, Moment, live_through
from executus.state import Run
from executus.transcript import ended_as
from executus.values import replace
from executus.verdicts import (
    ALONE,
    AT_THE_CAUSE,
    OF_A_RUN,
    OF_A_STATE,
    OF_A_TRANSITION,
    OF_AN_EXAMPLE,
    OF_THE_TALK,
    PAIRED,
    READS,
    broken_by,
    broken_in,
    broken_since,
    fingerprinted,
    lived_of,
    seen,
)
from specs.worlds import world
from tests.breaches import BREACHES
from tests.breaches_of_worlds import BREACHES_OF_WORLDS
from tests.playing import play
from tests.runs import rich_run

pytestmark = pytest.mark.xdist_group("verdicts")  # What they share costs too much to be made twice.

WORLDS = 300

TAMPERING: dict[str, Callable[[Lived], Lived]] = {"nothing": lambda lived: lived, **BREACHES, **BREACHES_OF_WORLDS}

OF_A_FILE = "a_run_is_done_when_it_has_a_status"
"""Its breach changes what the file says of the end, which nobody has written down while a search goes on."""

each_law = pytest.mark.parametrize("law", OF_A_TRANSITION, ids=lambda law: law.__name__)


@pytest.fixture(scope="module")
def lives() -> list[Lived]:
    pasts = [rich_run().transcript, *[play(world(seed)).transcript for seed in range(WORLDS)]]
    return [live_through(past) for past in pasts]


def test_every_law_is_asked_and_once() -> None:
    asked = [*OF_A_TRANSITION, *OF_A_RUN, *OF_A_STATE, *OF_AN_EXAMPLE]
    assert sorted(law.__name__ for law in asked) == sorted(law.__name__ for law in LAWS)
    assert set(OF_A_TRANSITION) == {*OF_THE_TALK, *ALONE, *PAIRED, *AT_THE_CAUSE}


def test_an_honest_run_breaks_no_law_part_by_part(lives: list[Lived]) -> None:
    for lived in lives[:100]:
        moments = [seen(fingerprinted(moment)) for moment in lived.moments]
        assert [broken_by(*pair) for pair in zip([None, *moments], moments, strict=False)] == [[]] * len(moments)
        assert broken_in(moments) == []
        assert [wrong for moment in moments for wrong in broken_since(moment)] == []


@each_law
def test_what_no_transition_breaks_no_run_breaks(law: Law, lives: list[Lived]) -> None:
    """Whatever is tampered with: a run that breaks the law has a transition that does.

    What is judged at the cause is judged of the first one: that it is kept is another law of each transition.
    """
    for lived in lives[:15]:
        for tampering in TAMPERING.values():
            moments = _tampered(tampering, lived)
            is_renamed = law in AT_THE_CAUSE and _is_found(the_first_cause_is_kept, moments)
            is_found = _is_found(law, moments) or is_renamed
            assert is_found or _holds(law, moments) or not _is_a_chain(moments)


@each_law
def test_each_law_finds_something_in_a_transition(law: Law, lives: list[Lived]) -> None:
    name = law.__name__
    if name not in TAMPERING or name == OF_A_FILE:
        pytest.skip("only other code can break it")
    assert any(_is_found(law, _tampered(TAMPERING[name], lived)) for lived in lives)


@pytest.mark.parametrize("law", OF_THE_TALK, ids=lambda law: law.__name__)
def test_a_law_of_the_talk_looks_at_nothing_else(law: Law, lives: list[Lived]) -> None:
    """It says the same of runs that have nothing but what it reads."""
    for lived in lives[:10]:
        for tampering in TAMPERING.values():
            for moment in _tampered(tampering, lived):
                before, run = _bare(moment.before), _bare(moment.run)
                bare = Moment(TimePassed(0), before, run, run, (), ())
                assert _holds(law, (bare,)) is _holds(law, (moment,))


def _bare(run: Run) -> Run:
    """The run with nothing in it but what the laws of the talk read."""
    nothing: dict[str, Any] = dict.fromkeys(set(Run.__struct_fields__) - set(READS))
    return replace(run, **nothing)


def _is_found(law: Law, moments: tuple[Moment, ...]) -> bool:
    """Does an explorer that comes by this way find it?"""
    if law in PAIRED:
        return any(not _holds(law, pair) for pair in pairwise(moments))
    if law in AT_THE_CAUSE:
        ends = [one for one in moments if one.run.cause is not None]
        moments = tuple([one for one in ends if one.before.cause is None or one is moments[0]])
    return any(not _holds(law, (moment,)) for moment in moments)


def _is_a_chain(moments: tuple[Moment, ...]) -> bool:
    """Does each moment go on from the one before? In a search it does, however wrong the kernel is."""
    return all(before.run == after.before for before, after in pairwise(moments))


def _holds(law: Law, moments: tuple[Moment, ...]) -> bool:
    """A law that can't even be asked is broken."""
    try:
        return law(lived_of(moments, ended_as(moments[-1].run)))
    except Exception:
        return False


def _tampered(tampering: Callable[[Lived], Lived], lived: Lived) -> tuple[Moment, ...]:
    try:
        return tampering(lived).moments
    except (IndexError, ValueError, TypeError, AttributeError):
        return lived.moments  # There is nothing in this run to tamper with.
