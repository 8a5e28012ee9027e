"""The laws of lost outcomes: what is run again, what never is, and what settles a call that may have happened.

Part of `laws.py`, which says what a law is. A call is known by its id; its attempts are questions.
"""

from collections.abc import Callable

from executus.answers import ApprovalDecided, Delegated, Reconciled, ToolReturned
from executus.effects import AskApproval, Delegate, Reconcile, RunTool
from executus.facts import Approved, NotDone
from executus.lived import Lived, Moment, own_messages
from executus.rules.guards import is_same_call
from executus.state import Run
from executus.values import Fault, FaultKind, ToolCall, ToolClass, ToolResult


def a_finished_call_is_never_run_again(lived: Lived) -> bool:
    """Once a call has its result, nothing is asked for it any more, across resumes too (section 8)."""
    finished: set[str] = set()
    for moment in lived.moments:
        for effect in moment.asked:
            if (
                isinstance(effect, RunTool | Delegate | AskApproval | Reconcile)
                and effect.call.call_id in finished
            ):
                return False
        finished |= _finished(moment)
    return True


def _finished(moment: Moment) -> set[str]:
    """The calls that have their result by now."""
    talk = moment.run.talk
    calls = talk.conversation.last.calls if talk.slots else ()
    done = {
        call.call_id for call, slot in zip(calls, talk.slots, strict=True) if isinstance(slot, ToolResult | Fault)
    }
    question, outcome = moment.question, getattr(moment.event, "outcome", None)
    is_call = isinstance(question, RunTool | Delegate)
    if is_call and not (isinstance(outcome, Fault) and outcome.kind in (FaultKind.TIMEOUT, FaultKind.UNKNOWN)):
        done.add(question.call.call_id)  # type: ignore[union-attr]  # a call
    return done


def an_unsafe_call_is_never_run_again_silently(lived: Lived) -> bool:
    """Not without its tool's word that it never happened; a person decides of an equal one (section 8)."""
    asked: dict[str, int] = {}
    allowed: dict[str, int] = {}
    for moment in lived.moments:
        question, event = moment.question, moment.event
        if (
            isinstance(question, Reconcile)
            and isinstance(event, Reconciled)
            and isinstance(event.outcome, NotDone)
        ):
            allowed[question.call.call_id] = allowed.get(question.call.call_id, 0) + 1
        for effect in moment.asked:
            if not isinstance(effect, RunTool):
                continue
            spec = moment.run.talk.setup.toolbox.find(effect.call.name)
            id = effect.call.call_id
            asked[id] = asked.get(id, 0) + 1
            is_unsafe = spec is None or spec.effect is ToolClass.UNSAFE
            if is_unsafe and asked[id] > 1 + allowed.get(id, 0):
                return False
    return True


def a_call_is_asked_again_only_when_it_was_lost(lived: Lived) -> bool:
    """Under the same number each time, and a keyed one at most as often as its policy says (section 8)."""
    numbers: dict[str, int] = {}
    attempts: dict[str, int] = {}
    calls: list[RunTool | Delegate | Reconcile] = lived.asked(RunTool, Delegate, Reconcile)
    for effect in calls:
        id = effect.call.call_id
        if numbers.setdefault(id, effect.number) != effect.number:
            return False
        attempts[id] = attempts.get(id, 0) + isinstance(effect, RunTool)
    if len(set(numbers.values())) != len(numbers):
        return False
    return max(attempts.values(), default=1) <= lived.last.bounds.model_attempts + lived.last.epoch


def the_first_result_of_any_attempt_is_the_calls(lived: Lived) -> bool:
    """Pairing is by id; whichever attempt gives a result first has given it (semantics.md sections 2.8 and 8)."""
    call_of: dict[int, ToolCall] = {}
    results: dict[str, tuple[str, bool]] = {}
    shown: dict[str, tuple[str, bool]] = {}
    for moment in lived.moments:
        event = moment.event
        if isinstance(event, ToolReturned) and event.id in call_of and not moment.is_late:
            call = call_of[event.id]
            is_lapsing = not moment.answers and any(one.id == event.id for one in moment.before.pending)
            is_open = moment.before.cause is None and call in _open_calls(moment.before) and not is_lapsing
            if is_open and not _lost(event.outcome):
                results.setdefault(call.call_id, _read(event.outcome))
        call_of |= {effect.id: effect.call for effect in moment.asked if isinstance(effect, RunTool)}
    for said in own_messages(lived.last):
        if said.role == "tool":
            shown[said.call_id] = (said.text, said.is_error)
    most = lived.last.bounds.max_tool_output
    return all(
        shown[id][0].startswith(text[:most]) and shown[id][1] is is_error
        for id, (text, is_error) in results.items()
        if id in shown
    )


def _open_calls(run: Run) -> list[ToolCall]:
    """The calls that have no result yet."""
    calls = run.talk.conversation.last.calls if run.talk.slots else ()
    slots = zip(calls, run.talk.slots, strict=True)
    return [call for call, slot in slots if not isinstance(slot, ToolResult | Fault)]


def _lost(outcome: ToolResult | Fault) -> bool:
    return isinstance(outcome, Fault) and outcome.kind is not FaultKind.TOOL


def _read(outcome: ToolResult | Fault) -> tuple[str, bool]:
    match outcome:
        case ToolResult(content=content):
            return content, False
        case Fault(message=message):
            return message, True


def what_may_have_happened_is_reported(lived: Lived) -> bool:
    """Every keyed or unsafe call that never had its result is among the unknown outcomes (section 8)."""
    if lived.last.cause is None or lived.end is None:
        return True
    known = {unknown.call.call_id for unknown in lived.last.unknowns}
    asked = {effect.call.call_id for effect in lived.asked(RunTool)}
    for call in _open_calls(lived.end.run):
        spec = lived.end.run.talk.setup.toolbox.find(call.name)
        is_risky = spec is None or spec.effect in (ToolClass.KEYED, ToolClass.UNSAFE)
        if is_risky and call.call_id in asked and call.call_id not in known:
            return False
    return len(known) == len(lived.last.unknowns)


def a_held_call_waits_for_a_decision(lived: Lived) -> bool:
    """A call equal to one that may have happened is not run unless a person allows it (section 8).

    One that had begun before anybody knew is no new call: whatever attempt it is at, it has its own key.
    """
    allowed: set[str] = set()
    begun: set[str] = set()
    for moment in lived.moments:
        question, event = moment.question, moment.event
        if isinstance(question, AskApproval) and isinstance(event, ApprovalDecided):
            allowed |= {question.call.call_id} if isinstance(event.outcome, Approved) else set()
        for effect in moment.asked:
            if not isinstance(effect, RunTool) or effect.call.call_id in allowed | begun:
                continue
            begun.add(effect.call.call_id)
            for unknown in moment.before.unknowns:
                same = is_same_call(unknown.call, effect.call) and unknown.call != effect.call
                if same and not unknown.settled and unknown in moment.run.unknowns:
                    return False
    return True


def nothing_runs_without_the_approval_it_needs(lived: Lived) -> bool:
    """A tool may need a decision before it runs; refusal is an error result with its reason (section 6)."""
    allowed: set[str] = set()
    refused: dict[str, str] = {}
    for moment in lived.moments:
        question, event = moment.question, moment.event
        if isinstance(question, AskApproval) and isinstance(event, ApprovalDecided):
            if isinstance(event.outcome, Approved):
                allowed.add(question.call.call_id)
            else:
                refused[question.call.call_id] = getattr(event.outcome, "reason", "")
        for effect in moment.asked:
            if not isinstance(effect, RunTool):
                continue
            spec, id = moment.run.talk.setup.toolbox.find(effect.call.name), effect.call.call_id
            if id in refused or (spec is not None and spec.needs_approval and id not in allowed):
                return False
    most = lived.last.bounds.max_tool_output
    said = {one.call_id: one for one in own_messages(lived.last) if one.role == "tool"}
    return all(
        said[id].is_error and (reason in said[id].text or most < len(reason) + 10)
        for id, reason in refused.items()
        if id in said
    )


def a_childs_end_is_told_in_words(lived: Lived) -> bool:
    """A child's output is its call's result; any other status is an error that says so (section 6)."""
    told = {one.call_id: one for one in own_messages(lived.last) if one.role == "tool"}
    most = lived.last.bounds.max_tool_output
    for moment in lived.moments:
        question, event = moment.question, moment.event
        if not isinstance(question, Delegate) or not isinstance(event, Delegated):
            continue
        said, outcome = told.get(question.call.call_id), event.outcome
        if said is None or isinstance(outcome, Fault):
            continue
        if said.is_error is (outcome.status == "ok"):
            return False
        if said.is_error and outcome.status not in said.text and most > 50:
            return False
    return True


def only_known_tools_run(lived: Lived) -> bool:
    """A tool runs only if the agent has it; a delegation is one of its palettes (sections 2.6 and 6)."""
    for moment in lived.moments:
        for effect in moment.asked:
            if not isinstance(effect, RunTool | Delegate):
                continue
            spec = moment.run.talk.setup.toolbox.find(effect.call.name)
            if spec is None or bool(spec.delegate) is not isinstance(effect, Delegate):
                return False
    return True


def nobody_works_for_itself(lived: Lived) -> bool:
    """A subject already at work above is refused, and so is a tree that is too deep (semantics.md section 6)."""
    run = lived.last
    above = (*run.invocation.ancestry, run.agent.subject)
    asked = lived.asked(Delegate)
    return all(effect.subject not in above for effect in asked) and (
        not asked or len(above) <= run.bounds.max_delegation_depth
    )


LOSS_LAWS: tuple[Callable[[Lived], bool], ...] = (
    a_finished_call_is_never_run_again,
    an_unsafe_call_is_never_run_again_silently,
    a_call_is_asked_again_only_when_it_was_lost,
    the_first_result_of_any_attempt_is_the_calls,
    what_may_have_happened_is_reported,
    a_held_call_waits_for_a_decision,
    nothing_runs_without_the_approval_it_needs,
    a_childs_end_is_told_in_words,
    only_known_tools_run,
    nobody_works_for_itself,
)
