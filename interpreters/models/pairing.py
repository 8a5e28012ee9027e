"""A conversation as every provider accepts it: each tool call followed by exactly one result, in call order.

Pure, and the last line of defence: the kernel keeps these rules itself, but a history may come from anywhere and
one stray message makes a provider refuse the whole conversation, for ever. Nothing else is changed.
"""

from collections.abc import Collection, Iterable

from executus.values import Message, ToolCall, replace

LOST = "No result of this call was recorded."


def paired(messages: Iterable[Message]) -> list[Message]:
    """`messages` with every call answered once, and no id used twice.

    What was said between a call and its results follows the results. A second result of a call, and one of
    a call that isn't there, are left out.
    """
    out: list[Message] = []
    used: set[str] = set()
    for turn in _turns(messages):
        first, rest = turn[0], turn[1:]
        calls = tuple(_renamed(call, used) for call in first.calls)
        if first.role != "tool":
            out.append(replace(first, calls=calls) if calls else first)
        results = [message for message in rest if message.role == "tool"]
        out.extend(_answers(first.calls, calls, results))
        out.extend(message for message in rest if message.role != "tool")
    return out


def fresh(call_id: str, used: Collection[str]) -> str:
    """`call_id`, or the like of it that isn't used yet."""
    name, number = call_id, len(used)  # A number that is rarely taken: the search stays short.
    while not name or name in used:
        number += 1
        name = f"{call_id or 'call'}_{number}"
    return name


def _turns(messages: Iterable[Message]) -> list[list[Message]]:
    """Cut before each message that no call waits in front of; a turn with calls runs to the next assistant's."""
    turns: list[list[Message]] = []
    for message in messages:
        if turns and turns[-1][0].calls and message.role != "assistant":
            turns[-1].append(message)
        else:
            turns.append([message])
    return turns


def _renamed(call: ToolCall, used: set[str]) -> ToolCall:
    call_id = fresh(call.call_id, used)
    used.add(call_id)
    return call if call_id == call.call_id else replace(call, call_id=call_id)


def _answers(asked: Iterable[ToolCall], calls: Iterable[ToolCall], results: list[Message]) -> list[Message]:
    """One result for each call: the first that bears its id and isn't taken."""
    answers: list[Message] = []
    for old, new in zip(asked, calls, strict=True):
        found = next((result for result in results if result.call_id == old.call_id), None)
        if found is None:
            answers.append(Message("tool", LOST, call_id=new.call_id, is_error=True))
            continue
        results.remove(found)
        answers.append(replace(found, call_id=new.call_id))
    return answers
