"""docs/held.md: every sentence of the rules has a check that holds it, and the page tells the truth about it.

Law: no sentence of docs/semantics.md sections 2 to 7 and 9 is missing on the page, nothing stands there that is no
sentence, each check that is named exists, and a scenario shows the section whose sentence it holds.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sentences import HELD_SECTIONS, Row, Sentence, found, held, sentences, within

ROOT = Path(__file__).parents[1]
RULES = (ROOT / "docs" / "semantics.md").read_text("utf-8")
PAGE = (ROOT / "docs" / "held.md").read_text("utf-8")


def unheld(rules: str, page: str) -> list[str]:
    """Sentences that no row means, and rows that don't mean exactly one sentence."""
    all_of_them, rows = sentences(rules), held(page)
    meant = [(row, found(row, all_of_them)) for row in rows]
    times = {one: sum(one in ones for _, ones in meant) for one in all_of_them}
    missing = [f"{count} rows for: {one.section} {one.text}" for one, count in times.items() if count != 1]
    return missing + [f"{len(ones)} sentences are: {row.text}" for row, ones in meant if len(ones) != 1]


def absent(page: str) -> list[str]:
    """All checks on the page that there aren't, each once."""
    checks = dict.fromkeys(check for row in held(page) for check in row.checks)
    return [check for check in checks if not _exists(check)]


def misplaced(rules: str, page: str) -> list[str]:
    """Scenarios that are named for a sentence of a section they don't show."""
    shown, all_of_them = _scenarios(), sentences(rules)
    return [
        f"{name} shows {shown[name]}, and is named for {one.section}: {one.text}"
        for row in held(page)
        for one in found(row, all_of_them)
        for name in _named(row, "scenario")
        if name in shown and not within(shown[name], one.section)
    ]


def _named(row: Row, kind: str) -> Iterator[str]:
    for check in row.checks:
        if check.startswith(f"{kind}: "):
            yield check.removeprefix(f"{kind}: ")


def _scenarios() -> dict[str, str]:
    """The section that each scenario shows."""
    files = (ROOT / "specs" / "scenarios").glob("*.toml")
    return {path.stem: tomllib.loads(path.read_text("utf-8"))["section"] for path in files}


def _laws() -> frozenset[str]:
    from executus.laws import LAWS

    return frozenset(law.__name__ for law in LAWS)


def _exists(check: str) -> bool:
    kind, _, name = check.partition(": ")
    match kind:
        case "scenario":
            return (ROOT / "specs" / "scenarios" / f"{name}.toml").is_file()
        case "table":
            return _is_row(*name.split("/", 1))
        case "law":
            return name in _laws()
        case "test":
            path, _, function = name.partition("::")
            file = ROOT / path
            return file.is_file() and bool(re.search(rf"\bdef {re.escape(function)}\(", file.read_text("utf-8")))
        case _:
            return kind == "later" and bool(name)


def _is_row(table: str, row: str = "") -> bool:
    """Is it a kind of row, or a row by its name, its title, or the tag of what it is about?"""
    file = ROOT / "specs" / "tables" / f"{table}.toml"
    if not row or not file.is_file():
        return False
    kinds = tomllib.loads(file.read_text("utf-8"))
    return row in kinds or any(row in _names(one) for rows in kinds.values() for one in rows)


def _names(row: dict[str, Any]) -> list[object]:
    return [
        row.get("name"),
        row.get("title"),
        *[part.get("is") for part in row.values() if isinstance(part, dict)],
    ]


def _told(complaints: list[str]) -> str:
    return f"{len(complaints)}:\n" + "\n".join(sorted(complaints))


def test_every_sentence_stands_on_the_page_and_nothing_else() -> None:
    complaints = unheld(RULES, PAGE)
    assert not complaints, _told(complaints)


def test_every_check_that_is_named_exists() -> None:
    complaints = absent(PAGE)
    assert not complaints, _told(complaints)


def test_a_scenario_shows_the_section_it_is_named_for() -> None:
    complaints = misplaced(RULES, PAGE)
    assert not complaints, _told(complaints)


def test_every_sentence_that_is_left_out_is_missed() -> None:
    whole, lines = unheld(RULES, PAGE), PAGE.splitlines()
    rows = [number for number, line in enumerate(lines) if re.match(r"\| (?!sentence |---)", line)]
    assert len(rows) == len(held(PAGE))
    for number in (rows[0], rows[len(rows) // 2], rows[-1]):
        shorter = "\n".join(lines[:number] + lines[number + 1 :])
        assert len(unheld(RULES, shorter)) == len(whole) + 1, lines[number]


def test_a_new_sentence_and_a_changed_one_are_missed() -> None:
    more = RULES.replace("One success resets.", "One success resets. Two do as well.")
    other = RULES.replace("One success resets.", "No success resets.")
    assert unheld(more, PAGE) == ["0 rows for: 5 Two do as well.", *unheld(RULES, PAGE)]
    assert set(unheld(other, PAGE)) - set(unheld(RULES, PAGE)) == {
        "0 rows for: 5 No success resets.",
        "0 sentences are: One success resets.",
    }


@pytest.mark.parametrize(
    ("check", "exists"),
    [
        ("scenario: hello", True),
        ("scenario: goodbye", False),
        ("table: guards/circles", True),
        ("table: defaults/max_iterations", True),
        ("table: status/expired", True),
        ("table: status/whenever", False),
        ("table: status", False),
        ("table: nowhere/row", False),
        ("law: the_first_cause_is_kept", True),
        ("law: the_last_cause_is_kept", False),
        ("test: tests/test_held.py::test_every_check_that_is_named_exists", True),
        ("test: tests/test_held.py::test_every_check", False),
        ("test: tests/nowhere.py::test_it", False),
        ("later: needs a durable store", True),
        ("later: ", False),
        ("belief: it will hold", False),
        ("", False),
    ],
)
def test_a_check_is_there_or_not(check: str, exists: bool) -> None:
    page = f"## 5. Bounds\n\n| sentence | held by |\n| --- | --- |\n| One success resets. | later: x; {check} |\n"
    assert absent(page) == ([] if exists else [check.strip()])


def test_a_scenario_of_another_section_is_told() -> None:
    page = "## 5. Bounds\n\n| sentence | held by |\n| --- | --- |\n| One success resets. | scenario: hello |\n"
    assert misplaced(RULES, page) == ["hello shows 2.8, and is named for 5: One success resets."]


SMALL = """# Title. Not this.

## 1. Words

Not this either.

## 2. Life

Before. All of it (e.g. this)?

1. **Head.** First, in 10 s. **[mends S1]** Second
   goes on **[beyond]**. `third` is 0.5; so it is. (A fourth **[mends S2, S3]**.) Fifth:
   last
2. **Lane** (if any): one

After.

## 3. Ends

| a | b |
| --- | --- |
| x. Y | `z` |

- **One**: two. three_four is! Five.
"""


def test_sentences_are_split_where_a_reader_would() -> None:
    assert [(one.section, one.text) for one in sentences(SMALL)] == [
        ("2", "Before."),
        ("2", "All of it (e.g. this)?"),
        ("2.1", "First, in 10 s."),
        ("2.1", "**[mends S1]** Second goes on **[beyond]**."),
        ("2.1", "`third` is 0.5; so it is."),
        ("2.1", "(A fourth **[mends S2, S3]**.)"),
        ("2.1", "Fifth: last"),
        ("2.2", "**Lane** (if any): one"),
        ("2", "After."),
        ("3", "**One**: two."),
        ("3", "three_four is!"),
        ("3", "Five."),
        ("3", r"x. Y \| `z`"),
    ]


def test_all_that_is_to_be_held_is_split() -> None:
    every = sentences(RULES)
    assert {one.section.partition(".")[0] for one in every} == set(HELD_SECTIONS)
    assert len(every) == len(set(every)) > 100
    words = {
        section: sum(len(one.text.split()) for one in every if within(one.section, section)) for section in "26"
    }
    assert min(words.values()) > 400


def test_a_beginning_means_a_sentence_only_if_it_is_long_enough_and_of_its_section() -> None:
    every = [Sentence("2.1", "a" * 50), Sentence("2.2", "a" * 40 + "b"), Sentence("3", "a" * 45)]
    assert found(Row("2", "a" * 45 + " …", ()), every) == every[:1]
    assert found(Row("2", "a" * 40 + "…", ()), every) == every[:2]
    assert found(Row("2", "a" * 39 + "…", ()), every) == []
    assert found(Row("3", "a" * 45, ()), every) == every[2:]
    assert found(Row("3", "a" * 44, ()), every) == []
