"""Replies of a real server, each in its own way odd, over the API: what becomes of them is the kernel's to say."""

import asyncio

import pytest

from executus import Defaults, Invocation, RunResult, execute
from executus.values import Message, ToolCall, replace
from interpreters.live import Handlers, Live
from interpreters.models import Models
from interpreters.tools import file_tools
from tests.peers import lawful
from tests.peers.aimock import LONG_TEXT
from tests.peers.desk import AGENT, Desk, asked
from tests.peers.relay import relaying

pytestmark = pytest.mark.peers

ANSWER = "The second note is beta, and the answer is 42: ½ mm 👍🏽."


def test_parallel_calls_keep_their_results_apart(desk: Desk) -> None:
    (desk.folder / "many").mkdir()
    for number in range(1, 21):
        (desk.folder / f"many/{number:02}.txt").write_text(f"the number {number}\n", encoding="utf-8")
    result = desk.lived("twenty")

    assert (result.status, result.output) == ("ok", "All twenty.")
    assert [step.content.splitlines()[-1] for step in result.steps] == [
        f"1\tthe number {number}" for number in range(1, 21)
    ]


def test_text_and_calls_of_one_reply_may_come_in_any_order(desk: Desk) -> None:
    result = desk.lived("call-first")

    assert result.output == "Done."
    assert [step.name for step in result.steps] == ["count_lines", "list_files"]
    assert desk.aimock.bodies()[1]["messages"][2]["content"] == "I count and list."


def test_one_id_for_all_calls_is_made_unique(desk: Desk) -> None:
    result = desk.lived("same-ids")

    assert result.output == "Each got its own."
    assert [step.content.splitlines()[-1] for step in result.steps[:2]] == ["3\tgamma", "2\t    return 42"]
    calls = [call["id"] for turn in desk.aimock.bodies()[-1]["messages"] for call in turn.get("tool_calls", ())]
    assert calls[0] == "call_1"
    assert len(set(calls)) == 3


def test_broken_arguments_are_for_the_model_to_read(desk: Desk) -> None:
    result = desk.lived("bad-arguments", defaults=Defaults(max_consecutive_tool_errors=4))

    assert (result.status, result.output) == ("ok", "beta")
    assert [step.is_error for step in result.steps] == [True, True, True, False]
    assert asked(result.transcript, "RunTool") == 1, "no tool runs with arguments that nobody wrote"
    sent = desk.aimock.bodies()[1]["messages"][2]["tool_calls"]
    assert {call["function"]["arguments"] for call in sent} == {"{}"}, "broken text is never sent back"


def test_three_tool_errors_in_a_row_end_the_run(desk: Desk) -> None:
    result = desk.lived("bad-arguments")

    assert result.status == "error"
    assert str(result.error).startswith("tool errors: 3 in a row")
    assert len(desk.aimock.bodies()) == 1


def test_arguments_that_do_not_fit_and_files_out_of_reach_are_tool_errors(desk: Desk) -> None:
    result = desk.lived("misfits")

    assert (result.status, result.output) == ("ok", "I give up.")
    assert [step.is_error for step in result.steps] == [True, True, False, True, True]
    assert not any("not for the model" in step.content for step in result.steps)


def test_an_unknown_tool_is_for_the_model_to_read(desk: Desk) -> None:
    result = desk.lived("unknown-tool")

    assert (result.status, result.output) == ("ok", "I may not.")
    assert result.steps[0].is_error
    assert result.steps[0].name == "delete everything!"


def test_a_call_that_is_asked_again_and_again_ends_the_run(desk: Desk) -> None:
    result = desk.lived("loops")

    assert result.status == "error"
    assert str(result.error).startswith("repeated call: count_lines")
    assert (len(result.steps), len(desk.aimock.bodies())) == (3, 4)


def test_a_reply_cut_by_length_runs_none_of_its_calls(desk: Desk) -> None:
    result = desk.lived("length-calls")

    assert (result.status, result.output) == ("ok", "I was cut.")
    assert [step.is_error for step in result.steps] == [True, True]
    assert asked(result.transcript, "RunTool") == 0


@pytest.mark.parametrize(("scenario", "output"), [("length-text", "Once upon a"), ("filtered", "I would rather")])
def test_a_text_that_was_cut_or_filtered_finishes_with_a_warning(desk: Desk, scenario: str, output: str) -> None:
    result = desk.lived(scenario)

    assert (result.status, result.output) == ("ok", output)
    assert len(result.warnings) == 1


def test_calls_run_even_if_the_finish_reason_is_stop(desk: Desk) -> None:
    result = desk.lived("stop-calls")

    assert (result.status, result.output) == ("ok", "Counted.")
    assert [step.is_error for step in result.steps] == [False]


@pytest.mark.parametrize("scenario", ["calls-text", "odd-finish"])
def test_a_text_ends_the_run_whatever_the_finish_reason(desk: Desk, scenario: str) -> None:
    result = desk.lived(scenario)

    assert result.status == "ok"
    assert len(desk.aimock.bodies()) == 1


def test_a_model_that_says_nothing_is_asked_once_more(desk: Desk) -> None:
    result = desk.lived("mute")

    assert result.status == "error"
    first, second = desk.aimock.bodies()
    assert first == second, "what said nothing leaves no trace"


def test_what_a_model_thought_goes_back_to_it(desk: Desk) -> None:
    result = desk.lived("thinks")

    assert (result.status, result.output) == ("ok", "Counted.")
    assert desk.aimock.bodies()[1]["messages"][2]["reasoning_content"] == "I should count the lines."


def test_cached_and_thinking_tokens_are_parts_of_the_whole(desk: Desk) -> None:
    """aimock reports them where it plays OpenRouter: same dialect, another path."""
    usage = desk.lived("thinks", path="/api/v1").usage

    assert (usage.input_tokens, usage.output_tokens) == (300, 55)
    assert (usage.cached_tokens, usage.thinking_tokens) == (64, 40)


def test_two_megabytes_in_one_delta_arrive_whole(desk: Desk) -> None:
    result = desk.lived("long-delta", defaults=Defaults(max_reply_output=len(LONG_TEXT)))

    assert result.status == "ok"
    assert result.output == LONG_TEXT


def test_a_long_reply_is_cut_and_says_so(desk: Desk) -> None:
    result = desk.lived("long-delta")

    assert result.output == f"{LONG_TEXT[:1_000_000]}\n[cut: 1000000 of 2000000 characters left out]"


def test_a_history_with_holes_is_sent_as_every_server_takes_it(desk: Desk) -> None:
    lost, same = ToolCall("call_a", "read_file", '{"path": "a'), ToolCall("call_a", "count_lines")
    history = (
        Message("user", "Before."),
        Message("assistant", calls=(lost, same)),
        Message("tool", "of nothing", call_id="call_z"),
        Message("assistant", "I stopped."),
    )
    result = desk.lived("says", Invocation(prompt="Go on.", history=history))

    assert result.status == "ok"
    roles = [message["role"] for message in desk.aimock.bodies()[0]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "assistant", "user"]


def test_the_calls_of_a_run_share_one_connection(desk: Desk) -> None:
    async def relayed() -> tuple[RunResult, int]:
        async with relaying(desk.aimock) as relay:
            return await desk.living(relay.spec("reading")), relay.connections

    result, connections = asyncio.run(relayed())
    assert (desk.kept(result).output, connections) == (ANSWER, 1)


def test_runs_at_once_share_their_models_and_nothing_else(desk: Desk) -> None:
    outputs = {"reading": ANSWER, "same-ids": "Each got its own.", "stop-calls": "Counted."}
    wanted = [(scenario, f"The prompt of run {number}.") for number in range(4) for scenario in outputs]

    async def all_at_once() -> list[RunResult]:
        async with Models({scenario: desk.aimock.spec(scenario) for scenario in outputs}) as models:
            handlers = Handlers(models=models, tools=file_tools(desk.folder))
            agents = [replace(AGENT, model_tier=scenario) for scenario, _ in wanted]
            runs = [execute(a, p, using=Live(handlers)) for a, (_, p) in zip(agents, wanted, strict=True)]
            return await asyncio.gather(*runs)

    results = asyncio.run(all_at_once())
    assert [result.output for result in results] == [outputs[scenario] for scenario, _ in wanted]
    bodies = desk.aimock.bodies()
    for result, (scenario, prompt) in zip(results, wanted, strict=True):
        own = [body for body in bodies if (body["model"], body["messages"][1]["content"]) == (scenario, prompt)]
        assert lawful.faults(own) == []
        assert len(own) == asked(result.transcript, "CallModel")
