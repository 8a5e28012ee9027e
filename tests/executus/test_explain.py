"""Why a run ended: verdict, turning point, what led there, what was in flight, who lost; from the record alone."""

import pytest

from executus.agent import Agent, Limits
from executus.bounds import Defaults
from executus.events import CancelRequested
from executus.explain import error_of, why
from executus.failures import (
    BudgetExceeded,
    CancelledBy,
    KilledByCritic,
    RunError,
    ShutDownByHost,
    StepLimitReached,
    TimedOut,
)
from executus.reading import decode
from executus.result import RunResult
from executus.rules.status import (
    Cancelled,
    Cause,
    DryRan,
    Expired,
    Failed,
    Finished,
    Killed,
    Overspent,
    Refused,
    ShutDown,
    Status,
    status_of,
)
from executus.transcript import Recorder, Transcript
from executus.values import Usage
from interpreters.memory import Memory, calls, fails, hangs, says, scripted
from tests.executus.rules.test_status import ROWS, cause
from tests.forging import file_of
from tests.runs import rich_run
from tests.tables import short

TOOLS = [
    scripted("add", returns="5", takes="1s"),
    scripted("bad", raises=ValueError("no")),
    scripted("stuck", hangs=True),
]
AGENT = Agent(low_level_tools=("add", "bad", "stuck"), max_runtime="10s", limits=Limits(tokens=10))

LIVES: dict[str, RunResult] = {
    "ok": Memory(model=[calls("add"), says("5", takes="2s")], tools=TOOLS).run(AGENT),
    "timeout": Memory(model=[calls("add"), hangs()], tools=TOOLS).run(AGENT),
    "stuck": Memory(model=[calls("stuck", "stuck")], tools=TOOLS).run(AGENT),
    "cancelled": Memory(model=[hangs()], tools=TOOLS, happens=[("4s", "cancel")]).run(AGENT),
    "shut down": Memory(model=[hangs()], tools=TOOLS, happens=[("4s", "shutdown")]).run(AGENT),
    "overspent": Memory(model=[calls("add", usage=Usage(11))], tools=TOOLS).run(AGENT),
    "failed": Memory(model=[fails(status=500, retryable=False)], tools=TOOLS).run(AGENT),
    "errors": Memory(model=[calls("bad"), calls("bad", n=1), calls("bad", n=2)], tools=TOOLS).run(AGENT),
    "repeated": Memory(model=[calls("add")] * 3, tools=TOOLS, defaults=Defaults(max_same_tool_call_repeats=2)).run(
        AGENT
    ),
    "late": Memory(model=[hangs()], tools=TOOLS, happens=[CancelRequested(13_000_000, "me")]).run(AGENT),
}


def lost() -> Transcript:
    """A cancel that arrived with the deadline, because the world noticed late."""
    past = LIVES["late"].transcript
    recorder = Recorder(past.started)
    for entry in past.entries[1:-1]:
        recorder.feed(entry.event)
    recorder.feed(CancelRequested(13_000_000, "me"))
    return recorder.transcript


@pytest.mark.parametrize("row", ROWS, ids=short)
def test_only_an_answer_comes_without_an_error(row: dict[str, dict[str, object]]) -> None:
    error = error_of(cause(row["cause"]))
    assert (error is None) is (status_of(cause(row["cause"])) in (Status.OK, Status.DRY_RUN))
    assert error is None or isinstance(error, RunError)


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (Finished(5, "done"), None),
        (DryRan(5, "it would"), None),
        (Failed(5, StepLimitReached(3)), StepLimitReached(3)),
        (Refused(5, "nothing left"), BudgetExceeded("", 0, 0, "nothing left")),
        (Overspent(5, "tokens", 7, 6), BudgetExceeded("tokens", 7, 6)),
        (Expired(5, "max_runtime", 4), TimedOut("max_runtime", 4)),
        (Killed(5, "stuck"), KilledByCritic("stuck")),
        (Cancelled(5, "me"), CancelledBy("me")),
        (ShutDown(5, durable=False), ShutDownByHost()),
    ],
)
def test_an_error_holds_the_facts_of_its_cause(ending: Cause, error: RunError | None) -> None:
    assert error_of(ending) == error


def test_why_is_told_in_this_order() -> None:
    assert LIVES["errors"].why[1:] == (
        'decided by entry 8 at 0s: tool #8 failed: "ValueError: no"',
        "after 2 of at most 12 steps",
        "tool errors in a row until then: 2",
        "the deadline was max_runtime of 10s, at 10s, 10s away",
    )
    assert LIVES["ok"].why == (
        "status ok: the model answered",
        'decided by entry 5 at 3s: model #5 replied "5"',
        "after 1 of at most 12 steps",
        "the deadline was max_runtime of 10s, at 10s, 7s away",
    )


@pytest.mark.parametrize("name", LIVES)
def test_the_first_line_is_the_status_and_the_verdict(name: str) -> None:
    result = LIVES[name]
    first = result.why[0]
    assert f"status {result.status}" in first
    assert (str(result.error) if result.error else "the model answered") in first


@pytest.mark.parametrize("name", LIVES)
def test_the_second_line_is_the_entry_that_decided(name: str) -> None:
    last = LIVES[name].transcript.entries[-1]
    assert LIVES[name].why[1].startswith(f"decided by entry {last.seq} at ")


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("ok", "after 1 of at most 12 steps"),
        ("ok", "the deadline was max_runtime of 10s, at 10s, 7s away"),
        ("timeout", "in flight then: CallModel#5"),
        ("timeout", "the deadline was max_runtime of 10s, at 10s"),
        ("stuck", "in flight then: RunTool#4 stuck({}), RunTool#5 stuck({})"),
        ("cancelled", "the deadline was max_runtime of 10s, at 10s, 6s away"),
        ("errors", "tool errors in a row until then: 2"),
        ("repeated", "add had given the same outcome 2 times"),
    ],
)
def test_the_facts_that_led_there_are_told(name: str, fact: str) -> None:
    assert fact in LIVES[name].why


def test_an_answer_that_ends_a_run_was_not_in_flight() -> None:
    assert not any("in flight" in line for line in LIVES["ok"].why)


def test_who_lost_is_told_with_by_how_much() -> None:
    assert why(lost())[-1] == "lost by 3s: cancelled by me"


def test_warnings_are_told() -> None:
    assert why(rich_run().transcript)[-1] == "warning: the model's answer was cut by its output limit"


@pytest.mark.parametrize("index", [0, 3, 5])
def test_a_run_that_has_not_ended_is_told_with_what_it_waits_for(index: int) -> None:
    past = rich_run().transcript.fork(index)
    lines = why(past)
    assert lines[0] == f"not ended after {index + 1} entries"
    waits = {0: "ResolveModel#1", 3: 'RunTool#4 add({"a":2}), RunTool#5 break({})', 5: 'RunTool#4 add({"a":2})'}
    assert lines[1:] == (f"waits for: {waits[index]}",)


@pytest.mark.parametrize("name", LIVES)
def test_each_fact_is_one_line_of_plain_text(name: str) -> None:
    for line in LIVES[name].why:
        assert line.isprintable()


HOSTILE = "\x1b[2J\nstatus ok: forged"


def test_no_error_text_can_forge_a_line() -> None:
    """What a model server or a tool says stands in the error; told, it must stay one harmless line."""
    lives = [
        Memory(model=[fails(HOSTILE, retryable=False)]).run(Agent()),
        Memory(model=[hangs()], happens=[CancelRequested(5, HOSTILE)]).run(Agent()),
        Memory(
            model=[calls("bad")],
            tools=[scripted("bad", raises=ValueError(HOSTILE))],
            defaults=Defaults(max_consecutive_tool_errors=1),
        ).run(Agent(low_level_tools=("bad",))),
        Memory(model=[calls("x" + HOSTILE)], defaults=Defaults(max_consecutive_tool_errors=1)).run(Agent()),
    ]
    for result in lives:
        for line in result.why:
            assert line.isprintable(), line


def test_why_is_told_from_a_file_as_from_memory() -> None:
    for result in LIVES.values():
        assert why(decode(file_of(result)).unwrap()) == result.why


def test_a_transcript_without_a_beginning_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="begins with RunStarted"):
        why(Transcript(()))
