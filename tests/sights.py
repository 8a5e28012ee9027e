"""What a reader of the code would worry about, and how to tell that it happened in a run.

The random worlds must come across each of these: worlds that never meet a case say nothing about it.
"""

from collections.abc import Iterator

from executus.answers import Answered, ModelReplied, ToolReturned
from executus.effects import CallModel
from executus.events import CancelRequested, ShutdownRequested, Steered, TimePassed
from executus.lived import Lived, Moment, own_messages
from executus.state import Run, Stage
from executus.values import Finish, ModelReply

SIGHTS = {
    "an answer exactly at the deadline",
    "an answer one microsecond before the deadline",
    "a cancel while preparing",
    "a cancel at the first instant",
    "a cancel while a model thinks",
    "a cancel while several tools run",
    "a cancel exactly at the deadline",
    "a shutdown while preparing",
    "a shutdown while a model thinks",
    "steering while preparing",
    "steering while tools run",
    "steering that keeps a run going",
    "an empty reply that is asked for again",
    "the same answer twice",
    "an answer to nothing",
    "an answer after the deadline",
    "a deadline noticed late",
    "results in another order than the calls",
    "a serial tool behind others",
    "an unknown tool",
    "arguments that are no object",
    "a reply that was cut",
    "a cut answer",
    "a call over the bound",
    "a call id that was taken",
    "a call without an id",
    "a tool that failed",
    "a run in pictures alone",
    "an answer without tools",
    "a long conversation",
    "several facts at one instant",
    "a cause that lost",
}


def seen_in(lived: Lived) -> Iterator[str]:
    """What happened in this run that a reader of the code would worry about."""
    for index, moment in enumerate(lived.moments[1:], 1):
        yield from _seen_in_time(moment)
        yield from _seen_of_signals(moment)
        yield from _seen_of_answers(moment)
        if moment.event.at == lived.moments[index - 1].event.at > 0:
            yield "several facts at one instant"
    yield from _seen_in_the_end(lived.last)


def _seen_in_time(moment: Moment) -> Iterator[str]:
    end, at = moment.before.deadlines.end, moment.event.at
    if isinstance(moment.event, Answered) and end is not None:
        if at == end:
            yield "an answer exactly at the deadline"
        if at == end - 1:
            yield "an answer one microsecond before the deadline"
        if at > end:
            yield "an answer after the deadline"
    if isinstance(moment.event, TimePassed) and end is not None and at > end:
        yield "a deadline noticed late"


def _seen_of_signals(moment: Moment) -> Iterator[str]:
    before, event = moment.before, moment.event
    where = "while preparing" if before.stage is Stage.PREPARING else _at_work(before)
    match event:
        case CancelRequested():
            yield f"a cancel {where}"
            if event.at == 0:
                yield "a cancel at the first instant"
            if event.at == before.deadlines.end:
                yield "a cancel exactly at the deadline"
        case ShutdownRequested():
            yield f"a shutdown {where}"
        case Steered():
            yield f"steering {where}"
            if before.talk.slots:
                yield "steering while tools run"
        case _:
            pass


def _at_work(run: Run) -> str:
    if not run.talk.slots:
        return "while a model thinks"
    return "while several tools run" if len(run.pending) > 1 else "while a tool runs"


def _seen_of_answers(moment: Moment) -> Iterator[str]:
    before, event = moment.before, moment.event
    if isinstance(event, Answered) and not moment.answers and not moment.is_late:
        yield "the same answer twice" if 0 < event.id < before.next_id else "an answer to nothing"
    if isinstance(event, ToolReturned) and moment.answers:
        if before.pending[0].id != event.id:
            yield "results in another order than the calls"
        if len(moment.asked) == 1 and moment.run.talk.slots:
            yield "a serial tool behind others"
    if isinstance(event, ModelReplied) and moment.answers and isinstance(event.outcome, ModelReply):
        yield from _seen_of_replies(event.outcome, moment)


def _seen_of_replies(reply: ModelReply, moment: Moment) -> Iterator[str]:
    if moment.run.talk.empty_replies:
        yield "an empty reply that is asked for again"
    if reply.text.strip() and not reply.calls and moment.run.cause is None:
        yield "steering that keeps a run going"
    if reply.finish is Finish.LENGTH:
        yield "a reply that was cut" if reply.calls else "a cut answer"
    if any(not call.call_id for call in reply.calls):
        yield "a call without an id"
    if any(call.call_id in moment.before.talk.call_ids for call in reply.calls):
        yield "a call id that was taken"
    question = moment.before.pending[0]
    if isinstance(question, CallModel) and question.setup != moment.before.talk.setup:
        yield "an answer without tools"


def _seen_in_the_end(run: Run) -> Iterator[str]:
    results = [said.text for said in own_messages(run) if said.role == "tool"]
    if any(text.startswith("unknown tool") for text in results):
        yield "an unknown tool"
    if any("not a JSON object" in text for text in results):
        yield "arguments that are no object"
    if any("a reply may call at most" in text for text in results):
        yield "a call over the bound"
    if any(said.is_error for said in own_messages(run)):
        yield "a tool that failed"
    if run.invocation.images and not run.invocation.prompt.strip():
        yield "a run in pictures alone"
    if len(run.talk.conversation) >= 30:
        yield "a long conversation"
    if run.losers:
        yield "a cause that lost"
