"""guards.toml, row by row, and what a guard remembers."""

from typing import Any

import pytest

from executus.rules.guards import (
    Guards,
    canonical,
    count,
    count_repeatable,
    goes_in_circles,
    has_too_many_errors,
    is_at_step_limit,
    is_same_call,
)
from executus.values import ToolCall
from tests.tables import rows, short


def counted(done: list[list[str]]) -> Guards:
    """The guards after these calls; the tool named poll is a polling one."""
    guards = Guards()
    for number, (name, arguments, content) in enumerate(done):
        is_error = content.startswith("error:")
        text = content.removeprefix("error:")
        if name == "poll":
            guards = count_repeatable(guards, is_error)
        else:
            guards = count(guards, ToolCall(f"c{number}", name, arguments), text, is_error)
    return guards


@pytest.mark.parametrize("row", rows("guards", "errors"), ids=short)
def test_so_many_errors_in_a_row_are_too_many(row: dict[str, Any]) -> None:
    assert has_too_many_errors(counted(row["done"]), row["limit"]) is row["over"]


@pytest.mark.parametrize("row", rows("guards", "circles"), ids=short)
def test_the_same_call_with_the_same_outcome_goes_in_circles(row: dict[str, Any]) -> None:
    name, arguments = row["next"]
    assert goes_in_circles(counted(row["done"]), ToolCall("next", name, arguments), row["limit"]) is row["ends"]


@pytest.mark.parametrize("row", rows("guards", "last"), ids=short)
def test_so_many_steps_leave_one_call_for_the_answer(row: dict[str, Any]) -> None:
    assert is_at_step_limit(row["steps_done"], row["max_iterations"]) is row["last"]


@pytest.mark.parametrize("row", rows("guards", "canonical"), ids=short)
def test_arguments_have_one_canonical_form(row: dict[str, Any]) -> None:
    assert canonical(row["text"]) == row["form"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 100_000])
def test_text_that_can_not_be_read_stands_for_itself(text: str) -> None:
    assert canonical(text) == text


def test_a_guard_remembers_the_last_call_and_its_outcome() -> None:
    call = ToolCall("c", "add", "{}")
    assert count(Guards(), call, "5", False) == Guards(0, 1, call, "5", False)
    assert count(Guards(), call, "no", True) == Guards(1, 1, call, "no", True)
    assert count(Guards(1, 1, call, "no", True), call, "no", True) == Guards(2, 2, call, "no", True)


def test_a_polling_call_leaves_nothing_to_repeat() -> None:
    call = ToolCall("c", "add", "{}")
    assert count_repeatable(Guards(1, 2, call, "no", True), True) == Guards(2)
    assert count_repeatable(Guards(1, 2, call, "no", True), False) == Guards(0)


def test_no_call_is_the_same_as_one_that_never_was() -> None:
    assert is_same_call(None, ToolCall("c", "add", "{}")) is False
    assert goes_in_circles(Guards(), ToolCall("c", "add", "{}"), 0) is False


def test_a_run_begins_with_nothing_counted() -> None:
    assert Guards() == Guards(0, 0, None, "", False)
