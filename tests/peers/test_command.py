"""`executus run` against a model server that nobody here wrote, over a real folder: the whole way of a user."""

from base64 import b64encode

import pytest

from executus.values import ToolCall
from interpreters.files import load
from tests.peers.desk import PROMPT, Desk

pytestmark = pytest.mark.peers


def test_an_agent_reads_a_folder_and_answers(desk: Desk) -> None:
    ran = desk.ran("reading", "--json")

    told = ran.told
    assert (ran.code, told["status"], told["error"]) == (0, "ok", None)
    assert told["output"] == "The second note is beta, and the answer is 42: ½ mm 👍🏽."
    assert [(step["step"], step["name"], step["is_error"]) for step in told["steps"]] == [
        (1, "list_files", False),
        (2, "read_file", False),
        (2, "read_file", False),
        (2, "search_files", False),
        (2, "count_lines", False),
    ]
    assert told["steps"][1]["content"].endswith("\n1\talpha\n2\tbeta\n3\tgamma")
    assert told["steps"][2]["content"].endswith("3\t½ mm 👍🏽")
    assert told["steps"][3]["content"].endswith("\nsrc/answer.py:2:     return 42")
    assert told["usage"]["input_tokens"] == 600
    assert told["usage"]["output_tokens"] == 60
    assert told["warnings"] == []


def test_the_model_is_told_what_the_tools_gave(desk: Desk) -> None:
    ran = desk.ran("reading", "--json")

    first, second, third = desk.aimock.bodies()
    assert first["messages"] == [
        {"role": "system", "content": "Answer from the files."},
        {"role": "user", "content": PROMPT},
    ]
    assert [message["role"] for message in second["messages"][2:]] == ["assistant", "tool"]
    asked, *results = third["messages"][4:]
    assert asked["content"] == "Let me look into all of them."
    assert [result["content"] for result in results] == [step["content"] for step in ran.told["steps"][1:]]


def test_the_recording_holds_the_calls_as_the_model_wrote_them(desk: Desk) -> None:
    ran = desk.ran("reading")

    conversation = load(ran.record).unwrap().at(-1).talk.conversation
    calls = [call for message in conversation for call in message.calls]
    assert calls[0] == ToolCall("call_list", "list_files", '{"recursive":true}')
    assert [call.call_id for call in calls[1:]] == ["call_notes", "call_sizes", "call_find", "call_count"]


def test_the_answer_alone_stands_on_stdout(desk: Desk) -> None:
    ran = desk.ran("says")

    assert (ran.code, ran.out) == (0, "Nothing to look up.\n")
    assert "ok in" in ran.err
    assert "7 tokens in, 0 out" in ran.err


def test_a_picture_goes_to_the_model_with_the_prompt(desk: Desk) -> None:
    picture = desk.place / "dot.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n, or so it says")
    desk.ran("says", "--image", str(picture))

    text, image = desk.aimock.bodies()[0]["messages"][1]["content"]
    assert text == {"type": "text", "text": PROMPT}
    assert image["image_url"]["url"] == "data:image/png;base64," + b64encode(picture.read_bytes()).decode()


def test_a_key_goes_to_the_server_and_nowhere_else(desk: Desk) -> None:
    key = "sk-this-is-no-real-key"
    desk.extra["OPENAI_API_KEY"] = key
    ran = desk.ran("reading", "--json")

    assert all("authorization" in entry["headers"] for entry in desk.aimock.asked())
    assert key not in ran.out + ran.err
    assert key.encode() not in ran.record.read_bytes()


def test_without_a_key_there_is_no_authorisation(desk: Desk) -> None:
    desk.ran("says")

    assert all("authorization" not in entry["headers"] for entry in desk.aimock.asked())


def test_a_server_that_fails_is_an_error_with_its_status(desk: Desk) -> None:
    ran = desk.ran("fails-500", "--json")

    assert (ran.code, ran.told["status"], ran.told["output"]) == (1, "error", "")
    assert "HTTP 500" in ran.told["error"]
    assert "the backend is on fire" in ran.told["error"]
    assert len(desk.aimock.bodies()) == 3
    assert "after 3 attempts" in ran.told["error"]


@pytest.mark.parametrize("scenario", ["cut-text", "cut-call", "cut-by-time", "hangs-up"])
def test_a_cut_stream_is_never_a_success(desk: Desk, scenario: str) -> None:
    ran = desk.ran(scenario, "--json")

    assert (ran.code, ran.told["status"], ran.told["output"]) == (1, "error", "")
    assert ran.told["steps"] == [], "no call of a cut reply runs"


def test_a_run_ends_at_its_max_runtime_in_the_middle_of_a_stream(desk: Desk) -> None:
    ran = desk.ran("drips", "--max-runtime", "500ms", "--json")

    assert (ran.code, ran.told["status"], ran.told["output"]) == (10, "timeout", "")
    assert "max_runtime of 500ms was reached" in ran.told["error"]
    assert 0.5 <= ran.told["runtime"] < 5


def test_the_latest_text_outlives_a_failure(desk: Desk) -> None:
    ran = desk.ran("fails-later", "--json")

    assert (ran.code, ran.told["status"]) == (1, "error")
    assert ran.told["output"] == "I will look."
    assert [step["name"] for step in ran.told["steps"]] == ["count_lines"]
