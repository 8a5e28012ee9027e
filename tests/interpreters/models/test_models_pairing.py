"""The rules a server holds a conversation to: whatever the messages, each call has exactly one result."""

from hypothesis import given
from hypothesis import strategies as st

from executus.values import Message, ToolCall
from interpreters.models.pairing import LOST, paired
from tests.interpreters.models.spoken import PNG, sent


def test_a_call_without_a_result_gets_one() -> None:
    found = sent(
        Message("assistant", calls=(ToolCall("a", "f"), ToolCall("b", "f"))), Message("tool", "1", call_id="b")
    )
    assert paired([Message("assistant", calls=(ToolCall("a", "f"),))])[1] == Message(
        "tool", LOST, call_id="a", is_error=True
    )
    assert found[1:] == [
        {"role": "tool", "tool_call_id": "a", "content": LOST},
        {"role": "tool", "tool_call_id": "b", "content": "1"},
    ]


def test_what_is_said_between_a_call_and_its_result_follows_the_result() -> None:
    found = sent(
        Message("assistant", calls=(ToolCall("a", "f"),)),
        Message("user", "Hurry."),
        Message("tool", "1", call_id="a"),
    )
    assert [message["role"] for message in found] == ["assistant", "tool", "user"]


def test_a_result_without_a_call_is_left_out() -> None:
    assert sent(Message("tool", "0", call_id="x"), Message("user", "hi"), Message("tool", "1", call_id="a")) == [
        {"role": "user", "content": "hi"}
    ]
    answered_twice = (Message("tool", "1", call_id="a"), Message("tool", "2", call_id="a"))
    assert [
        m["content"] for m in sent(Message("assistant", calls=(ToolCall("a", "f"),)), *answered_twice)[1:]
    ] == ["1"]


def test_calls_with_one_id_keep_their_results() -> None:
    turn = (
        Message("assistant", calls=(ToolCall("a", "f"), ToolCall("a", "f"))),
        Message("tool", "1", call_id="a"),
        Message("tool", "2", call_id="a"),
    )
    found = sent(*turn, *turn)
    assert [(m["tool_call_id"], m["content"]) for m in found if m["role"] == "tool"] == [
        ("a", "1"),
        ("a_2", "2"),
        ("a_3", "1"),
        ("a_4", "2"),
    ]


IDS = st.sampled_from(["a", "b", "a_2", ""])
CALLS = st.lists(st.builds(ToolCall, IDS, st.sampled_from(["add", ""]), st.sampled_from(["{}", "{"])), max_size=3)
MESSAGES = st.lists(
    st.one_of(
        st.builds(Message, st.sampled_from(["system", "user"]), st.sampled_from(["", "hi"])),
        st.builds(
            lambda text, made: Message("assistant", text, calls=tuple(made)), st.sampled_from(["", "a"]), CALLS
        ),
        st.builds(
            lambda call_id, image: Message("tool", "r", image, call_id=call_id), IDS, st.sampled_from([(), (PNG,)])
        ),
    ),
    max_size=12,
)


@given(MESSAGES)
def test_every_call_is_followed_by_exactly_one_result(messages: list[Message]) -> None:
    found = sent(*messages)
    open_calls: list[str] = []
    seen: set[str] = set()
    for message in found:
        if message["role"] == "tool":
            assert message["tool_call_id"] == open_calls.pop(0)
            continue
        assert not open_calls, "something stands before the last result of the turn"
        if message["role"] == "assistant":
            assert message["content"] is not None or message["tool_calls"]
            assert message.get("tool_calls") != []
            open_calls = [call["id"] for call in message.get("tool_calls", [])]
            assert all(open_calls)
            assert not seen & set(open_calls)
            assert len(set(open_calls)) == len(open_calls)
            seen.update(open_calls)
    assert not open_calls
    kept = [message.role for message in messages if message.role in ("system", "user", "assistant")]
    pictures = [m for m in found if m["role"] == "user" and isinstance(m["content"], list)]
    assert sorted(kept) == sorted(m["role"] for m in found if m["role"] != "tool" and m not in pictures)
