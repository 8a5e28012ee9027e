"""Every version of a shared buffer stays true, whoever appends to whichever version, in whatever order."""

from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.buffer import Names, View, names, view
from executus.canonical import encode
from executus.values import Message

GROWING = st.lists(st.tuples(st.integers(0, 99), st.text(max_size=2)), max_size=40)


@given(GROWING)
def test_versions_of_a_view_stay_true(steps: list[tuple[int, str]]) -> None:
    versions: list[tuple[View[str], list[str]]] = [(view(), [])]
    for which, item in steps:
        grown, items = versions[which % len(versions)]
        versions.append((grown.append(item), [*items, item]))
        if which % 3 == 0:
            grown.seal()
    for grown, items in versions:
        assert list(grown) == items
        assert len(grown) == len(items)
        assert grown.seal() == _sum(items)
        assert grown == view(*items)


def _sum(items: list[str]) -> int:
    total = 0
    for item in items:
        total = crc32(encode(item), total)
    return total


@given(GROWING)
def test_versions_of_names_stay_true(steps: list[tuple[int, str]]) -> None:
    versions: list[tuple[Names, list[str]]] = [(names(), [])]
    for which, name in steps:
        used, listed = versions[which % len(versions)]
        if name not in listed:
            versions.append((used.add(name), [*listed, name]))
    everything = {name for _, listed in versions for name in listed}
    for used, listed in versions:
        assert list(used) == listed
        assert len(used) == len(listed)
        assert {name for name in everything if name in used} == set(listed)
        assert used == names(*listed)
        assert hash(used) == hash(names(*listed))


def test_appending_to_the_newest_version_copies_nothing() -> None:
    first = view("a")
    second = first.append("b")
    assert second._items is first._items
    assert first.append("c")._items is not first._items
    assert list(second) == ["a", "b"]


def test_a_view_is_a_sequence_of_its_own_items_only() -> None:
    old = view("a", "b")
    old.append("c")
    assert (old[0], old[1], old[-1], old.last) == ("a", "b", "b", "b")
    assert old[:1] == ("a",)
    assert old[::-1] == ("b", "a")
    assert list(reversed(old)) == ["b", "a"]
    assert "c" not in old
    for index in (2, -3):
        with pytest.raises(IndexError):
            old[index]


def test_views_are_compared_by_what_they_show() -> None:
    assert view("a") == view("a")
    assert view("a") != view("b")
    assert view("a") != view("a", "b")
    assert hash(view("a")) == hash(view("a"))
    other: Any = ["a"]
    assert view("a") != other
    assert (view("a") == other) is (names("a") == other) is False
    assert hash(view("a")) != hash(view("b"))
    assert hash(names("a")) != hash(names("b")) != hash(names())
    assert names("a") != other
    assert repr(view("a")) == "<1 items>"
    assert repr(names("a")) == "<1 names>"


def test_a_seal_changes_with_any_part() -> None:
    assert view().seal() == 0
    seals = {
        view(message).seal()
        for message in (
            Message("user"),
            Message("assistant"),
            Message("user", "a"),
            Message("user", is_error=True),
        )
    }
    assert len(seals) == 4
    assert view("a", "b").seal() != view("b", "a").seal()


def test_extending_is_appending_one_after_the_other() -> None:
    old = view("a")
    assert list(old.extend(["b", "c"])) == ["a", "b", "c"]
    assert list(old) == ["a"]
    assert old.extend([]) is old


def test_what_is_appended_to_one_empty_view_is_in_no_other() -> None:
    first, second = view().append("a"), view().append("b")
    assert (list(first), list(second), list(view())) == (["a"], ["b"], [])
    assert (view().seal(), len(view())) == (0, 0)
    assert first.seal() == view("a").seal()
