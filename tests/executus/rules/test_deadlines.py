"""deadlines.toml and critic.toml, row by row; and laws that hold whatever a run lives through."""

from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.rules import deadlines as rule
from executus.rules.deadlines import Deadlines, Owner
from executus.spans import ratio
from executus.values import Duration, replace
from tests.tables import duration, each, instant, is_judged, rows

Done: TypeAlias = list[list[str]]
Lived: TypeAlias = tuple[Any, Duration, Duration, Duration]

MULTIPLIER, ABSOLUTE_MAX = 3000, duration("5m")
WATCHED = rule.arm_critic(duration("10s"), duration("60s"), MULTIPLIER, ABSOLUTE_MAX, duration("20s"))
"""What the stories of critic.toml begin with."""


def lived(deadlines: Deadlines, done: Done) -> Deadlines:
    """The deadlines after all that."""
    for verb, *words in done:
        match verb, words:
            case "asked", [reason]:
                deadlines = rule.consulted(deadlines, reason)
            case "lost", [now, reason]:
                deadlines = rule.unconsulted(deadlines, duration(now), reason)
            case "lifted" | "disarmed", []:
                deadlines = rule.lift(deadlines) if verb == "lifted" else rule.disarm(deadlines)
            case _:
                deadlines = moved(deadlines, verb, [duration(word) for word in words])
    return deadlines


def moved(deadlines: Deadlines, verb: str, spans: list[Duration]) -> Deadlines:
    match verb, spans:
        case "stirred", [now]:
            return rule.stir(deadlines, now)
        case "waited", [by]:
            return rule.shift(deadlines, by)
        case "extended", [now, by]:
            return rule.extend(deadlines, now, by)
        case "changed", [old, new]:
            return rule.change(deadlines, old, new, MULTIPLIER, ABSOLUTE_MAX)
        case _:
            raise AssertionError(f"a story knows no {verb} with {spans}")


def watched_by(began: str, max_runtime: str, multiplier: str, absolute_max: str, window: str) -> Deadlines:
    times = int(ratio(multiplier) * 1000)
    armed = rule.arm_critic(
        duration(began), duration(max_runtime), times, duration(absolute_max), duration(window)
    )
    assert (armed.base, armed.window) == (duration(began), duration(window))
    return armed


def changed(deadlines: Deadlines, change: dict[str, str]) -> Deadlines:
    read = {name: Owner(text) if name == "owner" else instant(text) for name, text in change.items()}
    return replace(deadlines, **read)


@each("deadlines", "preflight")
def test_preparing_ends_so_long_after_acceptance(says: str, accepted: str, limit: str, ends: str) -> None:
    armed = rule.arm_preflight(duration(accepted), duration(limit))
    assert armed == Deadlines(duration(ends), Owner.PREFLIGHT, duration(limit), duration(accepted))


@each("deadlines", "running")
def test_running_ends_so_long_after_the_conversation_began(says: str, began: str, limit: str, ends: str) -> None:
    armed = rule.arm_running(duration(began), duration(limit))
    assert armed == Deadlines(duration(ends), Owner.MAX_RUNTIME, duration(limit), duration(began))


@each("deadlines", "over")
def test_an_instant_at_the_deadline_is_late(says: str, ends: str, now: str, over: bool) -> None:
    assert rule.has_expired(Deadlines(instant(ends), Owner.MAX_RUNTIME, 1), duration(now)) is over


@each("deadlines", "come")
def test_an_instant_has_come_when_it_is_there(says: str, at: str, now: str, come: bool) -> None:
    assert rule.has_come(duration(at), duration(now)) is come


@each("deadlines", "earliest")
def test_the_earliest_is_the_first_of_those_that_are_set(says: str, of: list[str], first: str) -> None:
    assert rule.earliest(*map(instant, of)) == instant(first)


@each("deadlines", "story")
def test_without_a_critic_only_waits_and_limits_move_a_deadline(
    says: str, owner: str, done: Done, change: dict[str, str]
) -> None:
    armed = Deadlines(duration("70s"), Owner(owner), duration("60s"), duration("10s"))
    assert lived(armed, done) == changed(armed, change)


@each("critic", "armed")
def test_a_critic_has_a_backstop_and_a_ceiling_above_it(
    says: str, run: dict[str, str], gives: dict[str, str], end: list[str]
) -> None:
    now = watched_by(**run)
    expected = Deadlines(instant(end[0]), Owner(end[1]), duration(end[2]), now.base, window=now.window)
    assert now == changed(expected, gives)


@each("critic", "story")
def test_what_happens_moves_so_much_and_nothing_else(says: str, done: Done, change: dict[str, str]) -> None:
    assert lived(WATCHED, done) == changed(WATCHED, change)


@each("critic", "cut")
def test_what_goes_past_the_ceiling_is_cut(says: str, done: Done, by: str, cut: bool) -> None:
    assert rule.is_cut(lived(WATCHED, done), duration(by)) is cut


@each("critic", "due")
def test_the_critic_is_asked_when_time_is_up_or_nothing_goes_on(says: str, done: Done, now: str, why: str) -> None:
    assert rule.due(lived(WATCHED, done), duration(now)) == why


@each("critic", "wakeup")
def test_a_run_is_woken_for_what_comes_first(says: str, done: Done, consulting: bool, at: str) -> None:
    assert rule.next_wakeup(lived(WATCHED, done), consulting) == instant(at)


def test_every_row_is_judged() -> None:
    assert is_judged("deadlines")
    assert is_judged("critic")


def test_the_stories_begin_as_their_table_says() -> None:
    first, *_ = rows("critic", "armed")
    assert changed(WATCHED, first["gives"]) == WATCHED
    assert [WATCHED.end, WATCHED.owner] == [duration("190s"), first["end"][1]]


@pytest.mark.parametrize("is_consulting", [False, True])
@pytest.mark.parametrize("armed", [rule.arm_preflight(3, 7), rule.arm_running(3, 7)])
def test_a_run_without_a_critic_is_woken_at_its_deadline_alone(armed: Deadlines, is_consulting: bool) -> None:
    assert rule.next_wakeup(armed, is_consulting) == 10
    assert rule.due(armed, 10**9) == ""
    assert rule.is_cut(armed, 10**9) is False


@pytest.mark.parametrize("is_consulting", [False, True])
def test_without_a_ceiling_there_is_no_critic_to_ask_and_nothing_to_cut(is_consulting: bool) -> None:
    nobodys = Deadlines(10, Owner.MAX_RUNTIME, 7, 3, soft=5, idle=6, window=2, backstop=8)
    assert rule.next_wakeup(nobodys, is_consulting) == 10
    assert rule.is_cut(nobodys, 10**9) is False


@pytest.mark.parametrize("owner", Owner)
def test_a_disarmed_deadline_never_passes_and_keeps_its_facts(owner: Owner) -> None:
    off = rule.disarm(Deadlines(60, owner, 50, 10, 20, 30, 5, 60, 70))
    assert off == Deadlines(None, owner, 50, 10)
    assert rule.has_expired(off, 10**18) is False


def test_owners_have_the_names_of_their_limits() -> None:
    assert list(Owner) == ["preflight_timeout", "max_runtime", "the critic's backstop", "the ceiling"]


spans = st.integers(1, 1000)
moments = st.integers(0, 3000)


@st.composite
def watched(draw: st.DrawFn) -> Lived:
    """Deadlines under a critic that have lived, with max_runtime, multiplier and absolute maximum."""
    began, runtime, multiplier, most = draw(moments), draw(spans), draw(st.integers(0, 4000)), draw(spans)
    deadlines = rule.arm_critic(began, runtime, multiplier, most, draw(spans))
    for what in draw(st.lists(st.sampled_from(["stir", "extend", "lift", "soft", "idle", "shift", "change"]))):
        match what:
            case "stir":
                deadlines = rule.stir(deadlines, deadlines.base + draw(moments))
            case "extend":
                deadlines = rule.extend(deadlines, deadlines.base + draw(moments), draw(spans))
            case "lift":
                deadlines = rule.lift(deadlines)
            case "shift":
                deadlines = rule.shift(deadlines, draw(moments))
            case "change":
                old, runtime = runtime, draw(spans)
                deadlines = rule.change(deadlines, old, runtime, multiplier, most)
            case reason:
                deadlines = rule.consulted(deadlines, reason)
    return deadlines, runtime, multiplier, most


@given(watched())
def test_the_end_lies_between_max_runtime_and_the_ceiling(run: Lived) -> None:
    now, runtime, _, most = run
    assert now.ceiling == now.base + max(runtime, most)
    assert now.base + runtime <= now.end <= now.ceiling
    assert now.limit == now.end - now.base
    assert (now.owner is Owner.CEILING) is (now.end == now.ceiling)
    assert now.soft is None or now.base <= now.soft <= now.ceiling


@given(watched(), moments, spans)
def test_an_extension_never_shortens_a_deadline(run: Lived, now: int, by: int) -> None:
    before = run[0]
    after = rule.extend(before, now, by)
    assert before.end <= after.end <= before.ceiling == after.ceiling
    if before.backstop is not None:
        assert rule.is_cut(before, by) is (after.backstop - before.backstop < by)


@given(watched(), moments, moments)
def test_what_is_moved_is_judged_as_before_so_much_later(run: Lived, now: int, by: int) -> None:
    before = run[0]
    after = rule.shift(before, by)
    assert rule.has_expired(after, now + by) is rule.has_expired(before, now)
    assert rule.due(after, now + by) == rule.due(before, now)
    assert rule.next_wakeup(after, False) == rule.next_wakeup(before, False) + by
    assert rule.shift(rule.shift(before, now), by) == rule.shift(before, now + by)


@given(watched(), spans)
def test_a_limit_that_is_raised_and_taken_back_leaves_no_trace(run: Lived, more: int) -> None:
    before, runtime, multiplier, most = run
    there = rule.change(before, runtime, runtime + more, multiplier, most)
    assert there.end >= before.end
    is_granted_until_then = (
        before.soft == before.base + runtime + more
    )  # It can't be told from the trigger itself.
    if not is_granted_until_then and not rule.is_cut(before, 4 * more):
        assert rule.change(there, runtime + more, runtime, multiplier, most) == before


@given(watched(), moments)
def test_who_was_asked_is_not_asked_again_for_the_same(run: Lived, now: int) -> None:
    before = run[0]
    reason = rule.due(before, now)
    if reason:
        assert rule.due(rule.consulted(before, reason), now) == ""
