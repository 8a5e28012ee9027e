"""A reply put together from its deltas, with the tool calls that servers spell in their own ways.

Pure. A piece of a call belongs where its index says, but not blindly: servers leave the index out, give every call
the index 0, send one id for all calls, or none. Every call of a reply ends up with an id of its own, which no
call earlier in the conversation has. Argument text is kept as it came, broken or not.
"""

from collections.abc import Iterable, Iterator

import msgspec

from executus.values import Finish, ModelReply, ToolCall, Usage
from interpreters.models.pairing import fresh
from interpreters.models.wire import CallPart, Delta, mend


class _Growing:
    """A call while its pieces come in."""

    def __init__(self) -> None:
        self.call_id = ""
        self.name = ""
        self.arguments: list[str] = []

    def add(self, part: CallPart) -> None:
        self.call_id = self.call_id or part.call_id
        self.name = self.name or part.name
        if part.arguments:
            self.arguments.append(part.arguments)

    @property
    def came_whole(self) -> bool:
        """One piece made the complete arguments: asked at most once, as a second piece makes it false."""
        return len(self.arguments) == 1 and is_object(self.arguments[0])


def assemble(deltas: Iterable[Delta], taken: frozenset[str] = frozenset()) -> ModelReply | None:
    """The reply; finish UNKNOWN if none was told, None if nothing was said either.

    `taken` are the ids of the calls that the conversation has already.
    """
    every = tuple(deltas)
    refusal = mend(delta.refusal for delta in every)
    text = mend(delta.text for delta in every)
    calls = tuple(_named(_gathered(part for delta in every for part in delta.calls), taken))
    finish = _last_finish(every)
    if finish is None and not (text or calls or refusal):
        return None
    return ModelReply(
        text="\n".join(part for part in (text, refusal) if part),
        calls=calls,
        usage=_last_usage(every),
        finish=Finish.REFUSED if refusal else finish or Finish.UNKNOWN,
        reasoning=mend(delta.reasoning for delta in every),
    )


def is_object(text: str) -> bool:
    """Is `text` a complete JSON object? Only such arguments may be sent back."""
    try:
        msgspec.json.decode(text, type=dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


def _last_finish(deltas: tuple[Delta, ...]) -> Finish | None:
    return next((delta.finish for delta in reversed(deltas) if delta.finish is not None), None)


def _last_usage(deltas: tuple[Delta, ...]) -> Usage:
    return next((delta.usage for delta in reversed(deltas) if delta.usage is not None), Usage())


def _gathered(parts: Iterable[CallPart]) -> list[_Growing]:
    """The calls in the order in which they began."""
    calls: list[_Growing] = []
    known: dict[int | str, _Growing] = {}
    for part in parts:
        key = part.call_id if part.index is None else part.index
        call = _last(part, calls) if key == "" else known.get(key)
        if call is None or _begins_another(part, call):
            call = _Growing()
            calls.append(call)
        call.add(part)
        known[key] = call
    return calls


def _last(part: CallPart, calls: list[_Growing]) -> _Growing | None:
    """The call that a piece with neither index nor id goes on with: the last, unless it brings another name."""
    return calls[-1] if calls and not (part.name and calls[-1].name) else None


def _begins_another(part: CallPart, call: _Growing) -> bool:
    """A wrong index, or an id that is used again, is seen by what else the piece brings."""
    if part.call_id and call.call_id and part.call_id != call.call_id:
        return True
    return bool(part.name and part.arguments and call.came_whole)


def _named(calls: Iterable[_Growing], taken: frozenset[str]) -> Iterator[ToolCall]:
    used = set(taken)
    for call in calls:
        if not call.name and not call.arguments:
            continue  # A piece of nothing; some servers open every reply with one.
        call_id = fresh(mend([call.call_id]), used)
        used.add(call_id)
        yield ToolCall(call_id, mend([call.name]), mend(call.arguments))
