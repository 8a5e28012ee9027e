"""Exit codes: one for each of the seven ends of a run, as docs/faces.md has them."""

import pytest

from executus.rules.status import Status
from interpreters.cli.exits import exit_of

CODES = {
    Status.OK: 0,
    Status.DRY_RUN: 0,
    Status.ERROR: 1,
    Status.TIMEOUT: 10,
    Status.BUDGET_EXCEEDED: 11,
    Status.CANCELLED: 12,
    Status.KILLED: 13,
}


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_code(status: Status) -> None:
    assert exit_of(status) == CODES[status]
