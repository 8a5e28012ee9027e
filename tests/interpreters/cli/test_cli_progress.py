"""What is told of a run while it goes: a line for each thing, and none that the recording would not say."""

import pytest

from executus.agent import Agent, ModelChoice
from executus.result import RunResult
from executus.transcript import Transcript
from interpreters.cli.progress import Teller, waiting
from interpreters.cli.watch import Follower
from interpreters.memory import Memory
from tests.interpreters.cli.living import rich, suspended


def followed(past: Transcript) -> tuple[list[str], list[str]]:
    """Every line that was told, and what was waited for after each event."""
    follower, teller = Follower(), Teller()
    lines: list[str] = []
    waits: list[str] = []
    for entry in past.entries:
        before = follower.run
        run, asked = follower.follow(entry.event)
        lines += [text for text, _ in teller.tell(before, run, entry.event, asked)]
        waits.append(waiting(run))
    return lines, waits


def test_a_run_with_everything_is_told_in_lines() -> None:
    lines, waits = followed(rich().transcript)
    assert lines == [
        'run memory of rich: "Go."',
        "budget grants 1000 tokens",
        "queues for a place in fast",
        "model is fast",
        "audit opened",
        "file staged as n.txt",
        "critic started",
        "phase draft, 1 of 2",
        '    1  "I look."',
        "    1  slow({})",
        "       slow left after 2s: nobody waits for it",
        "    1  slow({})",
        "       slow left after 2s: nobody waits for it",
        "    1  slow({})",
        "       slow left after 2s: nobody waits for it",
        "phase final, 2 of 2",
        'model #13 failed: "the model server answered 500"',
        "       asked again in 890.95ms, attempt 2 of 3",
        "    2  risky({}): asks a person, needs approval",
        '       risky in 3s: approved #15 by "me"',
        "queues for a place in fast",
        "    2  risky({})",
        '       risky done in 1s: "done"',
        "asks the critic: nothing goes on",
        'critic nudges "Hurry."',
        "asks the critic: its time is up",
        'critic kills: "stuck"',
    ]
    assert {
        "preparing",
        "queued for fast",
        "step 1: slow",
        "step 1: waits to ask again",
        "step 2: waits to ask fast again",
        "waits for a person to decide about risky",
        "ending: CloseAudit#23",
    } <= set(waits)


def test_the_next_model_of_a_tier_is_told() -> None:
    class Two:
        def resolve(self, tier: str) -> tuple[ModelChoice, ...]:
            return ModelChoice("first"), ModelChoice("second")

        async def __call__(self, request: object) -> object:
            raise NotImplementedError

    world = Memory(model=Two())  # type: ignore[arg-type]
    lines, _ = followed(world.run(Agent(), "x").transcript)
    assert "       the next model is second" in lines


@pytest.mark.parametrize("lived", [rich, suspended])
def test_no_event_has_lines_that_break(lived: object) -> None:
    result: RunResult = lived()  # type: ignore[operator]
    lines, waits = followed(result.transcript)
    assert all("\n" not in line for line in (*lines, *waits))
