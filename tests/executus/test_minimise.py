"""What is left of a run that breaks a law breaks it still, and nothing of it can be left out."""

import pytest

from executus import reception
from executus.answers import ModelReplied, ToolReturned
from executus.events import CancelRequested, RunResumed, Steered, TimePassed
from executus.explore import Violation, gathered, look, recording
from executus.frontier import ENDLESS
from executus.laws import broken
from executus.machines.suspend import on_cancel
from executus.minimise import minimised, readdressed
from executus.state import Run
from executus.values import ModelReply, ToolCall, ToolResult, replace
from tests.executus.test_explore import FIVE
from tests.grounds import GROUNDS

CALLS = ModelReply("", (ToolCall("", "look"),))


def forgets_a_cancel_after_steering(run: Run, event: CancelRequested) -> Run:
    return replace(on_cancel(run, event), epoch=7) if run.talk.mailbox.length else on_cancel(run, event)


def test_what_has_no_part_in_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reception.FACTS, CancelRequested, forgets_a_cancel_after_steering)
    plain = GROUNDS["plain"]
    run, _ = plain.started, None
    events = (
        run,
        *recording_of_a_step(),
        Steered(0, "One."),
        Steered(0, "Two."),
        CancelRequested(0),
    )
    found = Violation(("epochs_are_counted",), events)
    least = minimised(found)
    assert least.laws == ("epochs_are_counted",)
    assert [type(event).__name__ for event in least.events] == ["RunStarted", "Steered", "CancelRequested"]
    assert broken(recording(least.events))


def recording_of_a_step() -> tuple[ModelReplied | ToolReturned, ...]:
    """Prepared, one step done, the model asked again: by the example of a run that finished."""
    found = gathered(GROUNDS["plain"], [look(replace(GROUNDS["plain"], depth=1))])
    finished = next(end for end in found.endings if end.name == "Finished")
    prepared = [event for event in finished.events[1:] if not isinstance(event, ModelReplied)]
    id = recording(finished.events[: 1 + len(prepared)]).at(-1).pending[0].id
    return (*prepared, ModelReplied(0, id, CALLS), ToolReturned(0, id + 1, ToolResult("fine")))  # type: ignore[return-value]  # and the preparing


@pytest.mark.parametrize("defect", FIVE)
def test_what_the_search_has_found_can_only_become_smaller(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, name, law = FIVE[defect]
    plant(monkeypatch)
    ground = replace(GROUNDS[name], depth=2)
    found = gathered(ground, [look(ground)]).violation
    assert found is not None
    least = minimised(found)
    assert len(least.events) <= len(found.events)
    assert law in broken(recording(least.events))
    for place in range(1, len(least.events)):
        fewer = readdressed(least.events, leaving_out=place)
        assert fewer is None or not set(least.laws) & set(broken(recording(fewer)))


def test_answers_keep_their_questions_when_others_are_left_out() -> None:
    events = (GROUNDS["plain"].started, *recording_of_a_step())
    assert readdressed(events, leaving_out=len(events)) == events
    steered = (*events[:3], Steered(0, "One."), *events[3:])
    assert readdressed(steered, leaving_out=3) == events
    assert readdressed(events, leaving_out=1) is None


def test_a_wakeup_stays_one_and_an_epoch_is_the_next() -> None:
    ground = replace(GROUNDS["budget"], depth=1)
    found = gathered(ground, [look(ground)])
    ending = next(end for end in found.endings if end.name == "Expired max_runtime")
    assert any(isinstance(event, TimePassed) for event in ending.events)
    assert readdressed(ending.events, leaving_out=len(ending.events)) == ending.events
    resumed = (
        *ending.events[:6],
        RunResumed(0, 1, ground.started.wall_time),
        RunResumed(0, 2, ground.started.wall_time),
    )
    fewer = readdressed(resumed, leaving_out=6)
    assert fewer is not None
    assert isinstance(fewer[-1], RunResumed)
    assert fewer[-1].epoch == 1


def test_what_only_a_search_can_see_stays_as_it_is() -> None:
    events = (GROUNDS["plain"].started, CancelRequested(0))
    assert minimised(Violation((ENDLESS,), events)).events == events
