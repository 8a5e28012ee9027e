"""Failures that pass, models that stand in for others, answers of a type: who is asked how often."""

import asyncio
from dataclasses import dataclass

import pytest

from executus import Defaults, RunResult
from executus.answers import ModelReplied
from executus.events import Event
from executus.values import replace, seconds
from tests.peers.desk import AGENT, Desk, asked

pytestmark = pytest.mark.peers

QUICK = Defaults(retry_base="5ms", retry_cap="10ms")
SUBMIT_FIRST = "Give your answer by calling the tool submit."


@dataclass
class Verdict:
    """What the agent is to say of the files."""

    good: bool
    score: int


def chained(desk: Desk, *scenarios: str) -> RunResult:
    """A run whose tier is a chain of these."""
    specs = [desk.aimock.spec(scenario) for scenario in scenarios]
    return desk.kept(asyncio.run(desk.living(specs, defaults=QUICK)))


def models(desk: Desk) -> list[str]:
    """Which model each request was for."""
    return [body["model"] for body in desk.aimock.bodies()]


def replies(result: RunResult) -> list[Event]:
    return [entry.event for entry in result.transcript.entries if isinstance(entry.event, ModelReplied)]


def test_a_failure_that_passes_is_no_failure_of_the_run(desk: Desk) -> None:
    result = desk.lived("recovers", defaults=QUICK)

    assert (result.status, result.output, result.warnings) == ("ok", "Back again.", ())
    first, second = desk.aimock.bodies()
    assert first == second, "the same is asked again"


def test_a_run_waits_as_long_as_a_busy_server_asks(desk: Desk) -> None:
    result = desk.lived("rate-limited", defaults=QUICK)

    assert (result.status, result.output) == ("ok", "Now I may.")
    refused, taken = replies(result)
    assert taken.at - refused.at >= seconds(1), "its Retry-After, and not the few milliseconds of the policy"


def test_the_next_model_is_asked_once_the_first_has_failed_as_often_as_it_may(desk: Desk) -> None:
    result = chained(desk, "fails-500", "reading")

    assert result.status == "ok"
    assert result.output.startswith("The second note is beta")
    assert models(desk) == ["fails-500"] * 3 + ["reading"] * 3, "from there on it is the one that is asked"


def test_a_key_that_is_no_good_is_tried_once(desk: Desk) -> None:
    result = chained(desk, "unknown-key", "broke", "says")

    assert (result.status, result.output) == ("ok", "Nothing to look up.")
    assert models(desk) == ["unknown-key", "broke", "says"]


def test_a_request_that_is_wrong_is_wrong_for_every_model(desk: Desk) -> None:
    result = chained(desk, "too-long", "says")

    assert result.status == "error"
    assert models(desk) == ["too-long"]


def test_a_chain_that_fails_as_a_whole_says_how_often_it_was_asked(desk: Desk) -> None:
    result = chained(desk, "fails-500", "garbles")

    assert result.status == "error"
    assert str(result.error).endswith("after 6 attempts")
    assert models(desk) == ["fails-500"] * 3 + ["garbles"] * 3


def test_the_command_falls_back_as_well(desk: Desk) -> None:
    ran = desk.ran("unknown-key", "--model", f"fast={desk.aimock.spec('says')}", "--json")

    assert (ran.code, ran.told["output"]) == (0, "Nothing to look up.")
    assert models(desk) == ["unknown-key", "says"]


def test_an_answer_of_a_type_is_submitted_checked_and_given_as_a_value(desk: Desk) -> None:
    result = desk.lived("submits", agent=replace(AGENT, output_type=Verdict))

    assert (result.status, result.value) == ("ok", {"good": True, "score": 5})
    assert [(step.name, step.is_error) for step in result.steps] == [("submit", True), ("submit", False)]
    offered = desk.aimock.bodies()[0]["tools"][-1]["function"]
    assert (offered["name"], offered["parameters"]["required"]) == ("submit", ["good", "score"])
    reminded, refused = (body["messages"][-1] for body in desk.aimock.bodies()[1:])
    assert reminded == {"role": "user", "content": SUBMIT_FIRST}
    assert (refused["role"], "good" in refused["content"]) == ("tool", True)


def test_a_model_that_never_submits_is_reminded_once(desk: Desk) -> None:
    result = desk.lived("never-submits", agent=replace(AGENT, output_type=Verdict))

    assert (result.status, result.value) == ("error", None)
    assert str(result.error) == "output: the model answered in plain text, twice"
    assert asked(result.transcript, "CallModel") == 2
