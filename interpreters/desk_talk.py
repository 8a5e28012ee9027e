"""Questions of a run that converses: models, compactor, approver, critic, and tools that are no other run.

Each takes the run's book and the question, and gives the outcome or raises; desk.py makes a fault of what is
raised.
"""

from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from types import CoroutineType
from typing import Any, cast

import msgspec

from executus.effects import AskApproval, CallModel, Compact, ConsultCritic, Reconcile, RunTool
from executus.events import PortFailed
from executus.facts import Advice, Approved, Found, NotDone, Refused, StillUnknown
from executus.values import Fault, FaultKind, Message, ModelReply, ToolResult, sound
from interpreters.book import Book
from interpreters.faults import (
    article,
    checked,
    checked_one,
    fault_of,
    is_passing,
    is_plain_reply,
    proven,
    settled,
)
from interpreters.ports import ModelRequest, OnDelta, Spoken, Tool
from interpreters.services import ApprovalRequest, Done, advice
from interpreters.tools import FunctionTool
from interpreters.tools.results import result_of

SUBMIT = "submit"

COROUTINE: type[object] = CoroutineType
"""What async functions give, by far the commonest: awaited in place, without asking what else it may be."""


def call_model(book: Book, question: CallModel) -> Awaitable[ModelReply]:
    """One reply, whole and proven, inside the limiter where there is one."""
    return _reply(book, question) if book.handlers.limiter is None else _limited(book, question)


async def _limited(book: Book, question: CallModel) -> ModelReply:
    place = await _place(book, question.setup.model.partition(":")[0])
    try:
        await place.__aenter__()
    except Exception as error:
        fault = fault_of(FaultKind.PORT, error)
        raise RuntimeError(f"limiter: {fault.message}") from error
    try:
        return await _reply(book, question)
    finally:
        try:
            await place.__aexit__(None, None, None)
        except BaseException as error:  # The reply is there all the same.
            if is_passing(error):
                raise
            message = fault_of(FaultKind.PORT, error).message
            book.world.post(PortFailed(book.world.now(), "limiter", message))


async def _place(book: Book, provider: str) -> Any:
    place: Any = cast(Any, book.handlers.limiter)(provider)
    if not hasattr(place, "__aenter__"):
        place = await settled(place)
    if not (hasattr(place, "__aenter__") and hasattr(place, "__aexit__")):
        raise TypeError(f"a limiter gives an async context manager, got {article(place)}")
    return place


async def _reply(book: Book, question: CallModel) -> ModelReply:
    models, setup = book.handlers.models, question.setup
    given: object
    request = ModelRequest(
        model=setup.model,
        messages=question.conversation,
        tools=setup.toolbox.specs,
        settings=setup.settings,
        run_id=book.run_id,
        labels=book.labels,
        on_delta=_ear(book),
    )
    if book.handlers.models_block:
        given = await settled(await book.world.aside(partial(models, request), "model"))
    else:
        given = models(request)
        if type(given) is COROUTINE:
            given = await cast("Awaitable[object]", given)
        if type(given) is not ModelReply:
            given = await settled(given)
    if is_plain_reply(given):
        return given
    reply = checked(given, ModelReply)
    if any(count is not None and count < 0 for count in msgspec.structs.astuple(reply.usage)):
        raise ValueError(f"the handler reported a negative usage: {reply.usage}")
    return reply


def _ear(book: Book) -> OnDelta | None:
    """Who listens to a reply while it comes in: a critic, which sees life in it, and those who observe."""
    observed = book.handlers.on_step is not None or book.invocation.on_step is not None
    watched = book.monitor is not None
    if not observed and not watched:
        return None

    def hear(spoken: object) -> None:
        if watched:
            book.heartbeat()
        said = Spoken(spoken) if isinstance(spoken, str) else spoken
        if observed and isinstance(said, Spoken) and (said.text or said.reasoning):
            book.world.observe(Spoken(sound(str(said.text)), sound(str(said.reasoning))))

    return hear


async def run_tool(book: Book, question: RunTool) -> ToolResult | Fault:
    call = question.call
    if call.name == SUBMIT and book.output is not None:
        return ToolResult(book.output.read(call.arguments))
    tool = book.tools.get(call.name)
    if tool is None:
        return Fault(FaultKind.TOOL, f"there is no tool named {call.name!r} in this run")
    context = book.context_of(question)
    given: object
    if tool.blocking:
        given = await book.world.aside(partial(tool.call, call.arguments, context), f"tool {call.name}")
    else:
        given = tool.call(call.arguments, context)
        if type(given) is COROUTINE:
            given = await cast("Awaitable[object]", given)
    if type(given) is not ToolResult:
        given = await settled(given)
    return proven(given)


async def reconcile(book: Book, question: Reconcile) -> Found | Fault:
    """What became of a call that was lost, as its tool says."""
    call = question.call
    tool = book.tools.get(call.name)
    if tool is None or not tool.spec.reconcile:
        return Fault(FaultKind.TOOL, f"tool {call.name!r} can't say what became of a call")
    key = book.key_of(question.number, call.arguments)
    found = await _asked(book, tool, key, call.arguments)
    match found:
        case Done(result=result):
            return proven(result_of(await settled(result)))
        case NotDone() | StillUnknown():
            return found
        case _:
            raise TypeError(f"reconcile gives Done(result), NotDone() or StillUnknown(), got {article(found)}")


async def _asked(book: Book, tool: Tool, key: str, arguments: str) -> object:
    ask: Any = getattr(tool, "reconcile")  # noqa: B009 # no part of the protocol: only some tools have it
    if isinstance(tool, FunctionTool) and not tool.reconciling_blocks:
        return await settled(ask(key, arguments))
    return await book.call(ask, key, arguments)


async def compact(book: Book, question: Compact) -> tuple[Message, ...]:
    given = await book.call(cast(Any, book.handlers.compactor), question.conversation, question.target)
    kind = article(given)
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(f"a compactor gives the conversation, got {kind}")
    return checked(tuple(cast("Iterable[object]", given)), tuple[Message, ...])


async def ask_approval(book: Book, question: AskApproval) -> Approved | Refused:
    call = question.call
    key = book.key_of(book.number_of(call), call.arguments)
    request = ApprovalRequest(run_id=book.run_id, call=call, why=question.why, key=key)
    decided = await book.call(cast(Any, book.handlers.approver), request)
    answer: Approved | Refused = checked_one(decided, Approved, Refused)
    return answer


async def consult_critic(book: Book, question: ConsultCritic) -> Advice:
    """None is an opinion, too: that nothing is to be done."""
    if book.monitor is None:
        raise LookupError("no critic watches this run")
    said = await book.call(book.monitor.consult, question.consultation)
    match said:
        case None:
            return Advice()
        case Mapping():
            said = advice(**dict(cast("Mapping[str, Any]", said)))
        case _:
            pass
    found: Advice = checked_one(said, Advice)
    return found
