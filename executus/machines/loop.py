"""The agent loop: model, tools, model, until the model has nothing to call (semantics.md section 2.8).

A step is one reply with the results of its calls. Results enter the conversation, and are judged, in call
order once the last has arrived; a call that can't run is answered here, for the model to read.
"""

from executus.buffer import view
from executus.effects import CallModel, RunTool
from executus.events import ModelReplied, Steered, ToolReturned
from executus.failures import (
    ModelFailed,
    StepLimitReached,
    ToolCallRepeated,
    ToolErrorsExceeded,
)
from executus.machines.calls import identified, next_calls, refusals
from executus.rules import guards, limits
from executus.rules.status import Cause, Failed, Finished, Overspent
from executus.state import Run, Slot, Transition, ask, stop, warn
from executus.toolbox import Setup
from executus.values import (
    Fault,
    FaultKind,
    Finish,
    Message,
    ModelReply,
    ToolCall,
    ToolResult,
    Usage,
    replace,
)

MOST_EMPTY_REPLIES = 1
"""A reply without text and calls is asked for again so often."""


def on_model(run: Run, event: ModelReplied) -> Run:
    match event.outcome:
        case Fault() as fault:
            return stop(run, Failed(run.now, ModelFailed(fault)))
        case reply:
            return _take_reply(run, reply)


def _take_reply(run: Run, reply: ModelReply) -> Run:
    if reply.calls:
        return _take_calls(run, reply)
    run = replace(run, used=limits.add(run.used, reply.usage))
    if reply.text.strip():
        return _take_answer(run, reply)
    return _take_nothing(run)


def _take_calls(run: Run, reply: ModelReply) -> Run:
    """The reply opens a step, unless a bound says that none of its calls may run."""
    talk, bounds = run.talk, run.bounds
    used = limits.add(run.used, reply.usage)
    most = bounds.max_reply_output
    calls, call_ids = identified(reply.calls, talk.call_ids, most)
    text, reasoning = limits.cut(reply.text, most), limits.cut(reply.reasoning, most)
    said = Message("assistant", text, (), calls, "", False, reasoning)
    conversation = talk.conversation.append(said)
    cause = _forbidden(run, used, calls[0])
    if cause is not None:
        talk = replace(talk, conversation=conversation, call_ids=call_ids)
        return stop(replace(run, used=used, talk=talk), cause)
    slots = refusals(calls, talk.setup.toolbox, bounds, reply.finish)
    waiting = slots.count(None)
    talk = replace(talk, conversation=conversation, call_ids=call_ids, slots=slots, waiting=waiting)
    run = replace(run, used=used, talk=talk)
    return run if waiting else _complete_step(run, slots)


def _forbidden(run: Run, used: Usage, first: ToolCall) -> Cause | None:
    """Why no call of this reply may run: the grant first, then the steps, then the repetition."""
    bounds, talk = run.bounds, run.talk
    excess = limits.excess(used, bounds.tokens, bounds.cost)
    if excess is not None:
        return Overspent(run.now, excess.what, excess.used, excess.limit)
    if guards.is_at_step_limit(talk.steps_done, bounds.max_iterations):
        return Failed(run.now, StepLimitReached(bounds.max_iterations))
    if not guards.goes_in_circles(run.guards, first, bounds.max_same_tool_call_repeats):
        return None
    return Failed(run.now, ToolCallRepeated(first.name, run.guards.repeat_streak))


def _take_answer(run: Run, reply: ModelReply) -> Run:
    """Text alone ends the run, unless somebody has put in a word meanwhile and there is something left to use."""
    talk, bounds = run.talk, run.bounds
    text = limits.cut(reply.text, bounds.max_reply_output)
    said = Message("assistant", text, reasoning=limits.cut(reply.reasoning, bounds.max_reply_output))
    run = replace(run, talk=replace(talk, conversation=talk.conversation.append(said), empty_replies=0))
    if reply.finish in (Finish.LENGTH, Finish.FILTERED, Finish.REFUSED):
        run = warn(run, f"the model's answer was {_CUT[reply.finish]}")
    excess = limits.excess(run.used, bounds.tokens, bounds.cost)
    if excess is not None:
        run = warn(run, f"used {excess.used} {excess.what} of {excess.limit}: finished all the same")
    elif talk.mailbox:
        return run
    return stop(run, Finished(run.now, text))


_CUT = {
    Finish.LENGTH: "cut by its output limit",
    Finish.FILTERED: "filtered by the provider",
    Finish.REFUSED: "a refusal",
}


def _take_nothing(run: Run) -> Run:
    excess = limits.excess(run.used, run.bounds.tokens, run.bounds.cost)
    if excess is not None:
        return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))
    if run.talk.empty_replies >= MOST_EMPTY_REPLIES:
        fault = Fault(FaultKind.MODEL, "the model replied with neither text nor calls, twice")
        return stop(run, Failed(run.now, ModelFailed(fault)))
    return replace(run, talk=replace(run.talk, empty_replies=run.talk.empty_replies + 1))


def on_tool(run: Run, event: ToolReturned) -> Run:
    """The step is complete when every call has its result."""
    talk, id, outcome = run.talk, event.id, event.outcome
    slots = tuple([outcome if slot == id else slot for slot in talk.slots])
    if talk.waiting == 1:
        return _complete_step(run, slots)
    return replace(run, talk=replace(talk, slots=slots, waiting=talk.waiting - 1))


def _complete_step(run: Run, slots: tuple[Slot, ...]) -> Run:
    talk, seen, failure = run.talk, run.guards, None
    bounds, toolbox = run.bounds, talk.setup.toolbox
    conversation = talk.conversation
    results = [slot for slot in slots if isinstance(slot, (ToolResult, Fault))]
    for call, result in zip(conversation.last.calls, results, strict=True):
        said = _as_message(call, result, bounds.max_tool_output)
        conversation = conversation.append(said)
        spec = toolbox.find(call.name)
        if spec is not None and spec.repeatable:
            seen = guards.count_repeatable(seen, said.is_error)
        else:
            seen = guards.count(seen, call, said.text, said.is_error)
        if failure is None and guards.has_too_many_errors(seen, bounds.max_consecutive_tool_errors):
            failure = ToolErrorsExceeded(seen.error_streak, call.name, limits.cut(said.text, 500))
    steps_done = talk.steps_done + 1
    talk = replace(talk, conversation=conversation, slots=(), waiting=0, steps_done=steps_done, empty_replies=0)
    run = replace(run, talk=talk, guards=seen)
    return run if failure is None else stop(run, Failed(run.now, failure))


def _as_message(call: ToolCall, result: ToolResult | Fault, most: int) -> Message:
    match result:
        case ToolResult(content=content, images=images):
            return Message("tool", limits.cut(content, most), images, (), call.call_id)
        case Fault(message=message):
            return Message("tool", limits.cut(message, most), (), (), call.call_id, True)


def on_steering(run: Run, event: Steered) -> Run:
    """A word from outside waits for the next model call; an empty one is dropped."""
    if not event.text.strip() and not event.images:
        return run
    said = Message("user", event.text, event.images)
    return replace(run, talk=replace(run.talk, mailbox=run.talk.mailbox.append(said)))


def converse(run: Run) -> Transition:
    """Ask for the next thing the conversation needs, if it waits for nothing."""
    talk = run.talk
    if talk.slots:
        return _run_calls(run)
    for question in run.pending:
        if type(question) is CallModel:
            return run, ()
    if talk.mailbox:
        talk = replace(talk, conversation=talk.conversation.extend(talk.mailbox), mailbox=view())
        run = replace(run, talk=talk)
    return ask(run, CallModel(run.next_id, talk.conversation, _setup(run)))


def _run_calls(run: Run) -> Transition:
    talk = run.talk
    slots, calls = talk.slots, talk.conversation.last.calls
    due = next_calls(calls, slots, talk.setup.toolbox)
    if not due:
        return run, ()
    id, asked = run.next_id, list(slots)
    questions: list[RunTool] = []
    for index in due:
        asked[index] = id
        questions.append(RunTool(id, calls[index]))
        id += 1
    return ask(run, *questions, talk=replace(talk, slots=tuple(asked)))


def _setup(run: Run) -> Setup:
    """The call past the step limit carries no tools when it must bring the answer."""
    bounds, setup = run.bounds, run.talk.setup
    if bounds.at_step_limit == "fail":
        return setup
    if not guards.is_at_step_limit(run.talk.steps_done, bounds.max_iterations):
        return setup
    return Setup(setup.model, settings=setup.settings)
