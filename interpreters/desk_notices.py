"""What audit, critic and observers are told while a run goes: begun here, and awaited by the world in its own
order.

A plain function of an audit or a critic may take its time and runs aside; one that observes is called where the
run lives, because it mostly hands on to something that lives there, too.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

from executus.effects import Delegate, Question, RunTool
from executus.facts import CallSeen, ChildResult, Erred, Noted, Seen, StepSeen
from executus.invocation import Invocation
from executus.transcript import Entry
from executus.values import Fault, ToolResult
from interpreters.book import Book
from interpreters.desk_opening import adopted
from interpreters.faults import MOST, is_passing, settled
from interpreters.handlers import Handlers
from interpreters.seen import Observed

Observers: TypeAlias = tuple[Callable[[Observed], object], ...]


def observers_of(handlers: Handlers, invocation: Invocation) -> Observers:
    """The host's and the invocation's; of a child, its parent's alone, which hear of it once."""
    own, host = invocation.on_step, handlers.on_step
    if own is None:
        return () if host is None else (host,)
    return (own,) if host is None or invocation.parent_run_id else (host, own)


def tell_observers(observers: Observers, seen: Observed) -> Awaitable[object] | None:
    """Each of them, whatever another does; raises what one raised when all are told."""
    left: list[Awaitable[object]] = []
    failed: BaseException | None = None
    for observer in observers:
        try:
            given = observer(seen)
        except KeyboardInterrupt:
            _close(left)
            raise
        except BaseException as error:
            failed = failed or error
            continue
        if isinstance(given, Awaitable):
            left.append(cast("Awaitable[object]", given))
    if left:
        return _all(left, failed)
    if failed is not None:
        raise failed
    return None


async def _all(left: list[Awaitable[object]], failed: BaseException | None) -> None:
    for place, one in enumerate(left):
        try:
            await settled(one)
        except BaseException as error:
            if is_passing(error):
                _close(left[place + 1 :])
                raise
            failed = failed or error
    if failed is not None:
        raise failed


def _close(left: list[Awaitable[object]]) -> None:
    """Nobody will await them."""
    for one in left:
        close: object = getattr(one, "close", None)
        if callable(close):
            close()


def tell_audit(book: Book, seen: Seen) -> Awaitable[object] | None:
    recorder = book.recorder
    if recorder is None:
        return None
    match seen:
        case StepSeen():
            return book.call(recorder.step, seen)
        case CallSeen():
            return book.call(recorder.tool, seen)
        case Noted():
            return book.call(recorder.event, seen)
        case Erred(error=error):
            return book.call(recorder.error, error)


def tell_critic(book: Book, seen: Seen) -> Awaitable[object] | None:
    """A critic need not watch: it may have neither `step` nor `tool`."""
    name = "step" if isinstance(seen, StepSeen) else "tool" if isinstance(seen, CallSeen) else ""
    watch: Any = getattr(book.monitor, name, None) if name else None
    return book.call(watch, seen) if callable(watch) else None


async def save(book: Book, entry: Entry) -> None:
    """An entry, into the checkpoint."""
    checkpoint = await adopted(book)
    if checkpoint is None:
        raise LookupError("there is no checkpoint to save to")
    await book.call(checkpoint.save, entry)


def note_late(book: Book, question: Question, outcome: object) -> Awaitable[object] | None:
    """`late_result`, in the audit of a run that has ended."""
    if book.recorder is None or not isinstance(question, RunTool | Delegate):
        return None
    match outcome:
        case ToolResult(content=content):
            is_error, said = 0, content
        case Fault(message=message):
            is_error, said = 1, message
        case ChildResult(output=output, error=error):
            is_error, said = int(bool(error)), error or output
        case _:
            return None
    call = question.call
    facts = (("call", call.call_id), ("tool", call.name), ("is_error", is_error), ("content", said[:MOST]))
    return book.call(book.recorder.event, Noted("late_result", facts))
