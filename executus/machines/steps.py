"""The open step: its calls are asked, its slots filled, and once the last is full its results are read.

Results enter the conversation, and are judged, in call order whatever order they came in; a call whose outcome
was lost goes by its tool's class (semantics.md sections 2.8, 5 and 8).
"""

from executus.answers import ApprovalDecided, Delegated, Reconciled, ToolReturned
from executus.effects import AskApproval, Delegate, Question, Reconcile, RunTool
from executus.facts import Approved, ChildResult, NotDone, Refused, StillUnknown
from executus.failures import StepLimitReached, ToolErrorsExceeded
from executus.machines.calls import NOT_SAFE, approval_reason, is_lone_submit, next_calls
from executus.machines.delegation import use
from executus.machines.losses import lose, mark_unknown, once_more, still_cut, told_unknown
from executus.machines.opening import wants_submit
from executus.machines.phases import conclude, fail
from executus.machines.settling import settle_by_verifier
from executus.rules import guards, limits
from executus.rules.recovery import Lost
from executus.slices import Door, Due, Slot
from executus.state import Run, Transition, ask, fill, wait_until
from executus.values import (
    EffectId,
    Fault,
    FaultKind,
    Finish,
    Message,
    ToolCall,
    ToolResult,
    ToolSpec,
    replace,
)


def on_tool(run: Run, event: ToolReturned) -> Run:
    match event.outcome:
        case Fault(kind=FaultKind.TIMEOUT, message=reason):
            return lose(run, event.id, Lost.TIMEOUT, reason)
        case Fault(kind=FaultKind.UNKNOWN, message=reason):
            return lose(run, event.id, Lost.RAISED, reason)
        case outcome if run.talk.waiting == 1:
            return complete_step(run, _filled(run.talk.slots, event.id, outcome))
        case outcome:
            return fill(run, event.id, outcome)


def _filled(slots: tuple[Slot, ...], id: EffectId, outcome: ToolResult | Fault) -> tuple[Slot, ...]:
    return tuple([outcome if slot == id else slot for slot in slots])


def close_step(run: Run) -> Run:
    """The open step, if nothing in it is waited for any more."""
    return complete_step(run, run.talk.slots)


def on_delegated(run: Run, event: Delegated) -> Run:
    """What a child came to is told to the model in words."""
    clock = run.clock
    if event.id in clock.children:
        children = tuple([child for child in clock.children if child != event.id])
        run = replace(run, clock=replace(clock, children=children))
    match event.outcome:
        case Fault() as fault:
            return fill(run, event.id, fault)
        case ChildResult() as child:
            return fill(use(run, child.usage), event.id, _spoken(child))


def _spoken(child: ChildResult) -> ToolResult | Fault:
    if child.status == "ok":
        return ToolResult(child.output)
    got = f"; it had got as far as: {child.output}" if child.output.strip() else ""
    why = f": {child.error}" if child.error else ""
    return Fault(FaultKind.TOOL, f"the run {child.run_id} ended {child.status}{why}{got}")


def on_approval(run: Run, event: ApprovalDecided) -> Run:
    """A yes lets the call run; anything else is an error that the model reads."""
    match event.outcome:
        case Approved():
            return fill(run, event.id, Due(allowed=True))
        case Refused(reason=reason):
            why = f": {reason}" if reason.strip() else ""
            return fill(run, event.id, Fault(FaultKind.TOOL, f"refused{why}"))
        case Fault(kind=FaultKind.TIMEOUT):
            return fill(run, event.id, Fault(FaultKind.TOOL, "refused: nobody decided in time"))
        case Fault(message=message):
            return fill(run, event.id, Fault(FaultKind.TOOL, f"not run: nobody could approve it ({message})"))


def on_reconciled(run: Run, event: Reconciled) -> Run:
    """The tool itself says what became of a call: a result, never happened (then it runs), or it can't tell."""
    match event.outcome:
        case ToolResult() as result:
            return fill(run, event.id, result)
        case NotDone() if run.stale:
            return fill(run, event.id, Fault(FaultKind.TOOL, NOT_SAFE))
        case NotDone():
            return once_more(run, event.id)
        case StillUnknown():
            return mark_unknown(run, event.id, "its tool can't tell what became of it")
        case Fault(message=message):
            return mark_unknown(run, event.id, f"its tool could not be asked: {message}")


def run_calls(run: Run) -> Transition:
    """Ask for the calls that are due."""
    talk = run.talk
    if not talk.waiting or (run.wiring.lanes and run.ports.lane is Door.CLOSED):
        return run, ()
    due = next_calls(run)
    if not due:
        return run, ()
    is_plain = talk.setup.toolbox.is_plain and not run.unknowns
    id, slots, calls = run.next_id, list(talk.slots), talk.conversation.last.calls
    questions: list[Question] = []
    for index in due:
        if is_plain and slots[index] is None:
            questions.append(RunTool(id, calls[index], talk.calls_done + index))
        else:
            questions.append(_question(run, index, id))
        slots[index] = id
        id += 1
    run, effects = ask(run, *questions, talk=replace(talk, slots=tuple(slots)))
    return (run if is_plain else _bounded(run, questions, [talk.slots[index] for index in due])), effects


def _question(run: Run, index: int, id: EffectId) -> Question:
    """What running this call takes: a person's word first, another run, or just the tool."""
    talk = run.talk
    slot, call = talk.slots[index], talk.conversation.last.calls[index]
    number = talk.calls_done + index
    if isinstance(slot, Due) and slot.lost:
        return Reconcile(id, call, number)
    if not (isinstance(slot, Due) and slot.allowed):
        reason = approval_reason(run, call)
        if reason:
            return AskApproval(id, call, reason)
    spec = talk.setup.toolbox.find(call.name)
    if spec is not None and spec.delegate:
        return Delegate(id, call, spec.delegate, spec.subject, number)
    return RunTool(id, call, number)


def _bounded(run: Run, questions: list[Question], slots: list[Slot]) -> Run:
    """A tool may have its own timeout, and so may a person's decision: that one is an instant, and stays it."""
    for question, slot in zip(questions, slots, strict=True):
        match question:
            case AskApproval() if isinstance(slot, Due) and slot.until:
                timeout = max(slot.until - run.now, 1)
            case RunTool(call=call):
                spec = run.talk.setup.toolbox.find(call.name)
                timeout = (spec.timeout if spec is not None else None) or 0
            case AskApproval():
                timeout = run.bounds.approval_timeout
            case Reconcile():
                timeout = run.bounds.cleanup_timeout
            case _:
                timeout = 0
        if timeout:
            run = wait_until(run, question.id, run.now + timeout)
    return run


def complete_step(run: Run, slots: tuple[Slot, ...]) -> Run:
    """Every call has its result: they are read, counted and judged, in call order."""
    talk, seen, failure = run.talk, run.guards, None
    bounds, toolbox = run.bounds, talk.setup.toolbox
    conversation, calls = talk.conversation, talk.conversation.last.calls
    results = [slot for slot in slots if type(slot) is ToolResult or isinstance(slot, (ToolResult, Fault))]
    for call, result in zip(calls, results, strict=True):
        said = _as_message(run, call, result, bounds.max_tool_output)
        conversation = conversation.append(said)
        seen = _counted(seen, toolbox.find(call.name), call, said, result)
        if failure is None and guards.has_too_many_errors(seen, bounds.max_consecutive_tool_errors):
            failure = ToolErrorsExceeded(seen.error_streak, call.name, limits.cut(said.text, 500))
    is_answer = bool(run.agent.output_type) and wants_submit(run) and is_lone_submit(calls, Finish.STOP)
    was_last = is_answer and guards.is_at_step_limit(talk.steps_done, bounds.max_iterations)
    talk = replace(
        talk,
        conversation=conversation,
        slots=(),
        waiting=0,
        attempts=(),
        cut=still_cut(run) if talk.cut else (),
        steps_done=talk.steps_done + 1,
        calls_done=talk.calls_done + len(calls),
        empty_replies=0,
    )
    run = replace(run, talk=talk, guards=seen)
    if run.unknowns:
        run = settle_by_verifier(run, calls, results)
    if is_answer and isinstance(results[0], ToolResult):
        return conclude(replace(run, value=results[0].content), results[0].content)
    if was_last:
        return fail(run, StepLimitReached(bounds.max_iterations))
    return run if failure is None else fail(run, failure)


def _counted(
    seen: guards.Guards, spec: ToolSpec | None, call: ToolCall, said: Message, result: ToolResult | Fault
) -> guards.Guards:
    """Unknown outcomes don't count; a polling tool may repeat itself."""
    if isinstance(result, Fault) and result.kind is FaultKind.UNKNOWN:
        return seen
    if spec is not None and spec.repeatable:
        return guards.count_repeatable(seen, said.is_error)
    return guards.count(seen, call, said.text, said.is_error)


def _as_message(run: Run, call: ToolCall, result: ToolResult | Fault, most: int) -> Message:
    match result:
        case ToolResult(content=content, images=images):
            return Message("tool", limits.cut(content, most), images, (), call.call_id)
        case Fault(kind=FaultKind.UNKNOWN):
            return Message("tool", told_unknown(run, call), (), (), call.call_id)
        case Fault(message=message):
            return Message("tool", limits.cut(message, most), (), (), call.call_id, True)
