"""Re-deciding a recording under other limits: the same give the same end, others theirs, or an honest no."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus.agent import Agent, AtStepLimit, Limits, ModelChoice
from executus.answers import ModelReplied, ModelResolved
from executus.bounds import Defaults
from executus.reading import decode
from executus.result import RunResult
from executus.rules.status import Status
from executus.transcript import Recorder, Transcript
from executus.values import ModelReply, Usage
from executus.whatif import SETTINGS, WhatIf, changed, what_if
from interpreters.memory import Memory, calls, fails, hangs, says, scripted, steer
from interpreters.scripts import Turn
from specs.worlds import world
from tests.forging import bodies_of, file_of, forged, header_of
from tests.playing import play
from tests.runs import rich_run, started
from tests.tables import short


def lived(
    *model: Turn, happens: Any = (), steps: int = 12, at: AtStepLimit = "fail", runtime: str = "60s"
) -> RunResult:
    tools = [
        scripted("add", in_turn=["1", "2", "3", "4"], takes="1s"),
        scripted("bad", raises=ValueError("no"), takes="1s"),
        scripted("same", returns="5", takes="1s"),
    ]
    agent = Agent(
        low_level_tools=("add", "bad", "same"), max_iterations=steps, at_step_limit=at, max_runtime=runtime
    )
    return Memory(model=list(model), tools=tools, happens=happens).run(agent, "go")


THREE = lived(
    calls("add", usage=Usage(10)),
    calls("add", usage=Usage(10)),
    says("done", takes="10s", usage=Usage(10, cost=5)),
).transcript
SLOW = lived(calls("add"), hangs(), runtime="5s").transcript
CANCELLED = lived(calls("add"), hangs(), happens=[("30s", "cancel")]).transcript
BAD = lived(calls("bad"), calls("bad", n=1), calls("add"), says("done")).transcript
SAME = lived(calls("same"), calls("same"), says("done")).transcript


@pytest.mark.parametrize(
    ("past", "changes", "would_be", "decided_at"),
    [
        (THREE, {}, "ok", 7),
        (THREE, {"max_runtime": "12.000001s"}, "ok", 7),
        (THREE, {"max_runtime": "12s"}, "timeout", 7),
        (THREE, {"max_runtime": "2.000001s"}, "timeout", 7),
        (THREE, {"max_runtime": "2s"}, "timeout", 6),
        (THREE, {"max_runtime": "1.5s"}, "timeout", 6),
        (THREE, {"max_runtime": "1us"}, "timeout", 4),
        (THREE, {"max_iterations": 2}, "ok", 7),
        (THREE, {"max_iterations": 1}, "error", 5),
        (THREE, {"tokens": 30}, "ok", 7),
        (THREE, {"tokens": 19}, "budget_exceeded", 5),
        (THREE, {"tokens": 9}, "budget_exceeded", 3),
        (THREE, {"tokens": 0, "max_iterations": 1}, "budget_exceeded", 3),
        (THREE, {"cost": 4}, "ok", 7),
        (THREE, {"preflight_timeout": "1us"}, "ok", 7),
        (CANCELLED, {"max_runtime": "5s"}, "timeout", 5),
        (CANCELLED, {}, "cancelled", 5),
        (BAD, {"max_consecutive_tool_errors": 2}, "error", 6),
        (BAD, {"max_consecutive_tool_errors": 1}, "error", 4),
        (SAME, {"max_same_tool_call_repeats": 1}, "error", 5),
        (SAME, {"max_same_tool_call_repeats": 2}, "ok", 7),
    ],
    ids=short,
)
def test_other_limits_give_another_end_at_the_entry_that_decides(
    past: Transcript, changes: dict[str, Any], would_be: str, decided_at: int
) -> None:
    stored = decode(file_of(past)).unwrap()
    for each in (past, stored):
        assert what_if(each, **changes) == WhatIf(past.status, Status(would_be), decided_at, False)


@pytest.mark.parametrize("changes", [{"max_runtime": "60s"}, {"max_runtime": 5.000001}], ids=short)
def test_a_recording_that_ends_too_early_says_so(changes: dict[str, Any]) -> None:
    """It ended at five seconds with a model still thinking: nobody knows what it would have said."""
    assert what_if(SLOW, **changes) == WhatIf(Status.TIMEOUT, None, None, True)


def test_a_question_that_was_never_asked_stays_open() -> None:
    """With two steps the run asked a third time; with another tool output that call would have been another."""
    past = lived(calls("add"), calls("add"), steps=1).transcript
    assert past.status == "error"
    assert what_if(past, max_iterations=2) == WhatIf(Status.ERROR, None, None, True)
    assert what_if(THREE, max_tool_output=1).would_be == "ok"
    assert what_if(rich_run().transcript, max_tool_output=1) == WhatIf(Status.OK, None, None, True)


def test_a_call_without_tools_is_another_call() -> None:
    past = lived(calls("add"), says("done"), steps=1).transcript
    assert what_if(past, at_step_limit="answer") == WhatIf(Status.OK, None, None, True)
    assert what_if(past, at_step_limit="answer", max_iterations=5).would_be == "ok"


def test_steering_is_lived_through_again() -> None:
    past = lived(says("half", takes="2s"), says("whole", takes="2s"), happens=[("1s", steer("and?"))]).transcript
    assert what_if(past).would_be == "ok"
    assert what_if(past, max_runtime="2s") == WhatIf(Status.OK, Status.TIMEOUT, 4, False)


def test_a_second_answer_does_not_answer_another_question_that_looks_alike() -> None:
    """Asking a silent model again is the same call under another id."""
    silence = ModelReply("")
    recorder = Recorder(started())
    for event in (
        ModelResolved(0, 1, (ModelChoice("m"),)),
        ModelReplied(1, 2, silence),
        ModelReplied(2, 2, silence),
        ModelReplied(3, 3, ModelReply("done")),
    ):
        recorder.feed(event)
    assert what_if(recorder.transcript) == WhatIf(Status.OK, Status.OK, 4, False)


def test_questions_are_matched_by_what_they_ask_not_by_their_numbers() -> None:
    """Another release may have asked for more before: its numbers are others, its answers are not."""
    text = file_of(THREE).decode()
    for id in range(9, 0, -1):
        text = text.replace(f"#{id}:", f"#{id + 50}:").replace(f'"id":{id},', f'"id":{id + 50},')
    data = text.encode()
    shifted = decode(forged(header_of(data), bodies_of(data))).unwrap()
    assert shifted.entries[1].event != THREE.entries[1].event
    assert what_if(shifted) == WhatIf(Status.OK, Status.OK, 7, False)
    assert what_if(shifted, max_iterations=1) == WhatIf(Status.OK, Status.ERROR, 5, False)


def test_what_failed_fails_again() -> None:
    past = lived(calls("add"), fails(retryable=False)).transcript
    assert what_if(past) == WhatIf(Status.ERROR, Status.ERROR, 5, False)


@pytest.mark.parametrize("written", ["2m", 120, 120.0, 0.5])
def test_a_duration_is_read_as_people_write_it(written: Any) -> None:
    assert (
        changed(THREE.started, {"max_runtime": written}).agent.max_runtime
        == Agent(max_runtime=written).max_runtime
    )


@pytest.mark.parametrize("name", ["prompt", "model", "max_steps", "", "system_prompt"])
def test_what_is_no_limit_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match=f"^what_if can't change '{name}'; it knows max_runtime, "):
        what_if(THREE, **{name: 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_runtime", "soon"), ("max_runtime", -1), ("max_iterations", -1), ("tokens", -1), ("at_step_limit", "x")],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        what_if(THREE, **{name: value})


def test_a_recording_without_a_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with RunStarted"):
        what_if(Transcript(()), max_iterations=3)


def test_every_limit_can_be_changed() -> None:
    others = {"at_step_limit": "answer", "fallback_tier": "smart", "lane_wait_counts": True}
    numbers: dict[str, Any] = {name: 7 for name in SETTINGS if name not in others}
    started = changed(THREE.started, numbers | others)
    assert started.agent.limits == Limits(tokens=7, cost=7)
    assert (started.agent.max_iterations, started.agent.at_step_limit) == (7, "answer")
    assert set(SETTINGS) >= set(Defaults.__struct_fields__)
    for name in Defaults.__struct_fields__:
        if name in numbers and name not in ("max_iterations", "max_runtime"):
            assert getattr(started.wiring.defaults, name) != getattr(Defaults(), name)
    assert changed(THREE.started, {}) == THREE.started


def test_the_recording_is_not_touched() -> None:
    before = list(THREE.lines())
    what_if(THREE, max_runtime="1s", tokens=0)
    assert list(THREE.lines()) == before


@given(st.integers(0, 3000))
def test_the_same_limits_give_the_same_end(seed: int) -> None:
    past = play(world(seed)).transcript
    found = what_if(past)
    assert (found.recorded, found.would_be, found.ended_before) == (past.status, past.status, False)
    assert found.decided_at == past.first(lambda run: run.cause is not None)


@given(st.integers(0, 3000), st.integers(0, 70_000_000), st.integers(0, 5), st.none() | st.integers(0, 100))
def test_no_limits_break_a_recording(seed: int, runtime: int, steps: int, tokens: int | None) -> None:
    past = play(world(seed)).transcript
    found = what_if(past, max_runtime=f"{runtime}us", max_iterations=steps, tokens=tokens)
    assert (found.would_be is None) == (found.decided_at is None) == found.ended_before
