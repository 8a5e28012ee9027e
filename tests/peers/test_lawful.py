"""The judge of requests must itself be judged: one that finds nothing wrong would let everything pass."""

from typing import Any

import pytest

from tests.peers import lawful

USER = {"role": "user", "content": "hi"}
CALL = {"id": "a", "type": "function", "function": {"name": "add", "arguments": "{}"}}
ASKING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "5"}


def body(*messages: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"stream": True, "stream_options": {"include_usage": True}, "messages": list(messages), **rest}


def test_a_lawful_run_of_requests_has_no_faults() -> None:
    assert lawful.faults([body(USER), body(USER, ASKING, RESULT)]) == []


@pytest.mark.parametrize(
    "broken",
    [
        body(USER, ASKING),
        body(USER, ASKING, USER),
        body(USER, ASKING, RESULT, RESULT),
        body(USER, RESULT),
        body(USER, ASKING, RESULT, ASKING, RESULT),
        body(USER, ASKING | {"tool_calls": []}, USER),
        body(USER, ASKING | {"content": ""}, RESULT),
        body(USER, {"role": "assistant", "content": None}, USER),
        body(USER, {"role": "assistant", "content": "bye"}),
        body(USER | {"content": ""}),
        body(USER, {"role": "system", "content": "late"}, USER),
        body(USER, ASKING | {"tool_calls": [CALL | {"function": {"name": "add", "arguments": "[]"}}]}, RESULT),
        body(USER, ASKING | {"tool_calls": [CALL | {"function": {"name": "a b", "arguments": "{}"}}]}, RESULT),
        body(USER, tools=[]),
        body(USER) | {"stream": False},
    ],
)
def test_a_request_that_a_provider_refuses_is_a_fault(broken: dict[str, Any]) -> None:
    assert lawful.faults([broken])


def test_a_run_may_not_change_what_it_said() -> None:
    assert lawful.faults([body(USER), body(USER | {"content": "ho"})])
    assert lawful.faults([body(USER, ASKING, RESULT), body(USER)])


def test_a_run_may_leave_its_tools_out_but_not_change_them() -> None:
    function = {"name": "add", "parameters": {"type": "object"}}
    tools = [{"type": "function", "function": function}]
    assert lawful.faults([body(USER, tools=tools), body(USER)]) == []
    assert lawful.faults([body(USER), body(USER, tools=tools)])
