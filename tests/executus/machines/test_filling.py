"""What each answer about a call leaves in its slot: a result, an error, an unknown, or a wait; nothing else."""

import pytest

from executus.answers import ApprovalDecided, Delegated, Reconciled
from executus.facts import Approved, ChildResult, NotDone, Refused, StillUnknown
from executus.machines.calls import NOT_SAFE
from executus.machines.steps import on_approval, on_delegated, on_reconciled
from executus.slices import Due, Slot
from executus.state import Run
from executus.values import Fault, FaultKind, ToolResult, replace
from tests.executus.machines.test_calls import TOOLS, stepping
from tests.tables import short

DOWN = Fault(FaultKind.PORT, "down")


def error(text: str) -> Fault:
    return Fault(FaultKind.TOOL, text)


def open_call() -> Run:
    """Two calls: question 7 is about the first, the second was not asked yet."""
    run = stepping(TOOLS, "pp", "?.")
    return replace(run, talk=replace(run.talk, waiting=2))


def left(run: Run) -> Slot:
    """What stands in the slot of the first call; the second is as it was, and the count is right."""
    first, second = run.talk.slots
    assert second is None
    assert run.talk.waiting == (1 if isinstance(first, (ToolResult, Fault)) else 2)
    return first


@pytest.mark.parametrize(
    ("outcome", "slot"),
    [
        (Approved(), Due(allowed=True)),
        (Refused("not today"), error("refused: not today")),
        (Refused(" "), error("refused")),
        (Fault(FaultKind.TIMEOUT, "no answer in time"), error("refused: nobody decided in time")),
        (DOWN, error("not run: nobody could approve it (down)")),
    ],
    ids=short,
)
def test_anything_but_a_yes_is_an_error_that_the_model_reads(
    outcome: Approved | Refused | Fault, slot: Slot
) -> None:
    assert left(on_approval(open_call(), ApprovalDecided(5, 7, outcome))) == slot


@pytest.mark.parametrize(
    ("outcome", "slot"),
    [
        (ToolResult("done"), ToolResult("done")),
        (NotDone(), Due(allowed=True)),
        (StillUnknown(), Fault(FaultKind.UNKNOWN, "its tool can't tell what became of it")),
        (DOWN, Fault(FaultKind.UNKNOWN, "its tool could not be asked: down")),
    ],
    ids=short,
)
def test_a_tool_says_itself_what_became_of_a_call(
    outcome: ToolResult | NotDone | StillUnknown | Fault, slot: Slot
) -> None:
    run = open_call()
    approver = replace(run, wiring=replace(run.wiring, approver=True))  # Else the equal call beside it is held.
    assert left(on_reconciled(approver, Reconciled(5, 7, outcome))) == slot


def test_what_did_not_happen_is_not_run_unrecorded() -> None:
    run = replace(open_call(), stale=True)
    assert left(on_reconciled(run, Reconciled(5, 7, NotDone()))) == error(NOT_SAFE)


@pytest.mark.parametrize(
    ("child", "slot"),
    [
        (ChildResult("r/0", "ok", "stones"), ToolResult("stones")),
        (ChildResult("r/0", "ok", ""), ToolResult("")),
        (ChildResult("r/0", "timeout", ""), error("the run r/0 ended timeout")),
        (ChildResult("r/0", "error", " ", "it broke"), error("the run r/0 ended error: it broke")),
        (
            ChildResult("r/0", "killed", "sto", "in circles"),
            error("the run r/0 ended killed: in circles; it had got as far as: sto"),
        ),
        (ChildResult("r/0", "cancelled", "sto"), error("the run r/0 ended cancelled; it had got as far as: sto")),
        (DOWN, DOWN),
    ],
    ids=short,
)
def test_what_a_child_came_to_is_told_in_words(child: ChildResult | Fault, slot: Slot) -> None:
    run = open_call()
    run = replace(run, clock=replace(run.clock, children=(3, 7, 9)))
    after = on_delegated(run, Delegated(5, 7, child))
    assert left(after) == slot
    assert after.clock.children == (3, 9)
