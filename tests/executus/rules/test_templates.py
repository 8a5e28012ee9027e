"""templates.toml, row by row: which holes nothing fills, and what a prompt becomes, in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.rules.templates import rendered, unknown_names
from tests.tables import each, is_judged

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
plain = st.text(st.characters(exclude_characters="{}"), max_size=9)


@each("templates", "unknown")
def test_a_hole_that_nothing_fills_is_named(says: str, template: str, unknown: list[str]) -> None:
    assert unknown_names(template, ["input", "Draft"]) == tuple(unknown)


@each("templates", "filled")
def test_a_prompt_is_filled_in_one_pass(says: str, template: str, texts: dict[str, str], gives: str) -> None:
    assert rendered(template, texts) == gives


def test_every_row_is_judged() -> None:
    assert is_judged("templates")


def test_names_may_come_one_by_one() -> None:
    assert unknown_names("{{.b}} {{.a}} {{.c}}", iter("ab")) == ("c",)


def test_a_hole_that_nothing_fills_must_have_been_found_before() -> None:
    with pytest.raises(KeyError, match="Outline"):
        rendered("{{.Outline}}", {"input": "x"})


@given(st.lists(st.tuples(plain, names, st.text(max_size=9))), plain)
def test_between_the_holes_nothing_changes(parts: list[tuple[str, str, str]], rest: str) -> None:
    texts = {name: text for _, name, text in parts}
    template = "".join(before + "{{." + name + "}}" for before, name, _ in parts) + rest
    assert rendered(template, texts) == "".join(before + texts[name] for before, name, _ in parts) + rest
    assert unknown_names(template, texts) == ()
    assert unknown_names(template, ()) == tuple(name for _, name, _ in parts)


@given(st.text(max_size=40))
def test_what_names_nothing_unknown_can_be_filled(template: str) -> None:
    missing = unknown_names(template, ())
    assert len(rendered(template, dict.fromkeys(missing, ""))) <= len(template)


@given(st.text(st.sampled_from("{}.a \n"), max_size=40))
def test_a_hole_that_is_named_is_all_that_is_filled(template: str) -> None:
    missing = unknown_names(template, ())
    assert (rendered(template, dict.fromkeys(missing, "")) == template) is (missing == ())
