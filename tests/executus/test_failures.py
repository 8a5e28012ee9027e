"""failures.toml, row by row: what went wrong in one line, from its stage to its cause."""

from typing import Any, get_args

import msgspec
import pytest

from executus.failures import (
    BudgetExceeded,
    CancelledBy,
    Failure,
    KilledByCritic,
    RunError,
    ShutDownByHost,
    TimedOut,
)
from tests.tables import rows, short

ROWS = rows("failures")
ERROR = Failure | BudgetExceeded | CancelledBy | KilledByCritic | ShutDownByHost | TimedOut


def error(row: dict[str, Any]) -> RunError:
    found = msgspec.convert(row["error"], ERROR)
    assert isinstance(found, RunError)
    return found


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_an_error_is_one_line_from_stage_to_cause(row: dict[str, Any]) -> None:
    assert str(error(row)) == row["text"]


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_an_error_survives_being_written_down(row: dict[str, Any]) -> None:
    assert msgspec.to_builtins(error(row)) == row["error"] or "reason" in row["error"]


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_an_error_stays_one_line_whatever_a_model_or_tool_said(row: dict[str, Any]) -> None:
    text = msgspec.json.encode(row).replace(b'down"', b'down\\nstatus ok"')
    for word in ("overloaded", "it broke", "stuck", "caller", "add", "smart", "there is no such tier"):
        text = text.replace(b'"%b' % word.encode(), b'"\\u001b[2J\\n%b' % word.encode())
    assert len(str(error(msgspec.json.decode(text))).splitlines()) == 1


def test_the_table_knows_every_failure() -> None:
    assert {type(error(row)) for row in ROWS} == set(get_args(ERROR))
    assert set(get_args(ERROR)) == set(RunError.__subclasses__())


def test_errors_are_values() -> None:
    assert TimedOut("max_runtime", 5) == TimedOut("max_runtime", 5)
    assert TimedOut("max_runtime", 5) != TimedOut("max_runtime", 6)
    with pytest.raises(AttributeError):
        TimedOut("max_runtime", 5).limit = 6  # type: ignore[misc]
