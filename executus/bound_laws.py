"""The laws of bounds: what a run may do at most, and that nothing else than a reached bound ends it.

Part of `laws.py`, which says what a law is. Everything is counted anew, from events and messages.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from executus.answers import Advised, BudgetChecked, Delegated, ModelReplied
from executus.bounds import Bounds
from executus.effects import AskApproval, CallModel, Compact, Delegate, RunTool
from executus.events import LimitsChanged, UsageSeen
from executus.facts import Advice, ChildResult, Grant
from executus.failures import OutputInvalid, StepLimitReached, ToolCallRepeated, ToolErrorsExceeded
from executus.lived import Lived, Moment, is_overspent, own_messages, phase_messages
from executus.rules.limits import smaller
from executus.rules.status import Failed, Killed, Overspent
from executus.state import Run
from executus.values import NO_USAGE, Finish, Message, ModelReply, ToolCall, Usage, replace


def limits_are_those_that_were_set(lived: Lived) -> bool:
    """The agent's or the defaults; then grant, host, critic and phase alone move them (sections 2 to 6)."""
    expected = lived.moments[0].run.bounds
    grant = Grant()
    for moment in lived.moments:
        if isinstance(moment.event, BudgetChecked) and moment.answers and isinstance(moment.event.outcome, Grant):
            grant = moment.event.outcome
        expected = _moved(expected, moment, grant)
        if moment.run.bounds != expected:
            return False
        if moment.run.invocation.dry_run or not moment.run.preflight.checked:
            grant = Grant()
    return True


def _moved(bounds: Bounds, moment: Moment, grant: Grant) -> Bounds:
    match moment.event:
        case BudgetChecked(outcome=Grant(tokens=tokens, cost=cost)) if moment.answers:
            bounds = replace(bounds, tokens=smaller(bounds.tokens, tokens), cost=smaller(bounds.cost, cost))
        case LimitsChanged(max_runtime=runtime, max_iterations=steps, tokens=tokens, cost=cost):
            bounds = replace(
                bounds,
                max_runtime=runtime or bounds.max_runtime,
                max_iterations=steps or bounds.max_iterations,
                tokens=bounds.tokens if tokens is None else smaller(tokens, grant.tokens),
                cost=bounds.cost if cost is None else smaller(cost, grant.cost),
            )
        case Advised(outcome=Advice(raise_steps_by=by, kill_reason=None)) if moment.answers:
            bounds = replace(bounds, max_iterations=bounds.max_iterations + max(by, 0))
        case _:
            pass
    run, before, phases = moment.run, moment.before, moment.run.agent.phases
    if phases and (run.pipeline.index, run.began) != (before.pipeline.index, before.began):
        agents = run.agent.max_iterations or run.wiring.defaults.max_iterations
        if run.pipeline.index or bounds.max_iterations == agents:  # Else the host has changed the first one's.
            bounds = replace(bounds, max_iterations=phases[run.pipeline.index].max_iterations or agents)
    return bounds


def steps_stay_within_their_bound(lived: Lived) -> bool:
    """max_iterations = N: N replies with calls are executed, and a lone submit beyond (semantics.md section 5)."""
    for moment in lived.moments:
        run, said = moment.run, own_messages(moment.run)
        answered = {one.call_id for one in said if one.role == "tool"}
        steps = sum(bool(one.calls) and one.calls[-1].call_id in answered for one in said)
        if steps != run.pipeline.steps_before + run.talk.steps_done:
            return False
        opens = bool(run.talk.slots) and not moment.before.talk.slots
        if opens and run.talk.steps_done >= run.bounds.max_iterations:
            calls = run.talk.conversation.last.calls
            if len(calls) != 1 or calls[0].name != "submit" or not run.agent.output_type:
                return False
    return True


def streaks_stay_below_their_limits(lived: Lived) -> bool:
    """Errors in a row reach the limit: the run ends, or an optional phase (semantics.md sections 5 and 6)."""
    return all(
        moment.run.cause is not None
        or max(_errors_in_a_row(moment.run), default=0) < moment.run.bounds.max_consecutive_tool_errors
        for moment in lived.moments
    )


def a_bound_ends_a_run_only_when_it_is_reached(lived: Lived) -> bool:
    """No outcome without a cause: what a run is said to have reached, it has (semantics.md sections 5 and 10)."""
    if lived.end is None:
        return True
    run = lived.end.run
    match run.cause:
        case Failed(failure=StepLimitReached(limit=limit)):
            return run.talk.steps_done >= limit == run.bounds.max_iterations
        case Failed(failure=ToolErrorsExceeded(count=count)):
            return max(_errors_in_a_row(run)) >= count >= run.bounds.max_consecutive_tool_errors
        case Failed(failure=ToolCallRepeated(tool=tool, count=count)):
            return _same_at_the_end(run, tool) >= count >= run.bounds.max_same_tool_call_repeats
        case Failed(failure=OutputInvalid()):
            last = [one for one in own_messages(run) if one.role != "tool"][-1]
            return bool(run.agent.output_type) and run.talk.reminded and last.calls == ()
        case Overspent(used=used, limit=limit):
            return used > limit and limit in (run.bounds.tokens, run.bounds.cost)
        case Killed(reason=reason):
            event = lived.end.event
            kills = (
                event.outcome.kill_reason
                if isinstance(event, Advised) and isinstance(event.outcome, Advice)
                else None
            )
            return reason == kills
        case _:
            return True


def _results(run: Run) -> list[Message]:
    """What the tools of the phase have said, but those of which nobody knows what they did."""
    return [
        one
        for one in phase_messages(run)
        if one.role == "tool" and (one.is_error or not one.text.startswith("outcome unknown: "))
    ]


def _errors_in_a_row(run: Run) -> Iterator[int]:
    in_a_row = 0
    for said in _results(run):
        in_a_row = in_a_row + 1 if said.is_error else 0
        yield in_a_row


def _same_at_the_end(run: Run, tool: str) -> int:
    """How many of the last results came from this tool with one and the same outcome."""
    results = [(one.text, one.is_error, one.call_id) for one in _results(run)]
    names = {call.call_id: call.name for one in phase_messages(run) for call in one.calls}
    same = 0
    for text, is_error, id in reversed(results):
        if names[id] != tool or (text, is_error) != results[-1][:2]:
            break
        same += 1
    return same


def what_may_not_run_is_not_run(lived: Lived) -> bool:
    """No call of a cut reply, none over the bound, none without an object as arguments (section 2.8)."""
    is_cut = False
    for moment in lived.moments:
        outcome = moment.event.outcome if isinstance(moment.event, ModelReplied) else None
        if moment.answers and isinstance(outcome, ModelReply):
            is_cut = outcome.finish is Finish.LENGTH
        run_calls = [one.call for one in moment.asked if isinstance(one, RunTool | Delegate | AskApproval)]
        if run_calls and (is_cut or not set(run_calls) <= set(_allowed(moment.run))):
            return False
    return True


def _allowed(run: Run) -> Iterator[ToolCall]:
    for call in run.talk.conversation.last.calls[: run.bounds.max_calls_per_reply]:
        try:
            msgspec.json.decode(call.arguments, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, RecursionError):
            continue
        yield call


def usage_is_the_sum_of_the_replies(lived: Lived) -> bool:
    """What a run used is what its replies and its children report; absent is not zero (sections 2.2 and 9)."""
    taken: list[Usage] = []
    total, counted = NO_USAGE, 0
    for moment in lived.moments:
        event = moment.event
        if moment.answers and isinstance(event, ModelReplied) and isinstance(event.outcome, ModelReply):
            taken.append(event.outcome.usage)
        if isinstance(event, UsageSeen):
            taken.append(event.usage)
        if moment.answers and isinstance(event, Delegated) and isinstance(event.outcome, ChildResult):
            taken.append(event.outcome.usage)
        if len(taken) > counted:
            total, counted = _total(taken), len(taken)
        if moment.run.used != total:
            return False
    return True


def _total(usages: list[Usage]) -> Usage:
    return Usage(
        input_tokens=_sum([usage.input_tokens for usage in usages]),
        output_tokens=_sum([usage.output_tokens for usage in usages]),
        thinking_tokens=_sum([usage.thinking_tokens for usage in usages]),
        cached_tokens=_sum([usage.cached_tokens for usage in usages]),
        cost=_sum([usage.cost for usage in usages]),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def texts_are_bounded(lived: Lived) -> bool:
    """The output of one tool and of one reply is bounded; what is cut is said in the text (section 5)."""
    bounds = lived.last.bounds
    most = {"tool": bounds.max_tool_output, "assistant": bounds.max_reply_output}
    said = [one for one in own_messages(lived.last) if not one.text.startswith("outcome unknown: ")]
    too_long = [one for one in said if len(one.text) > most.get(one.role, len(one.text))]
    return all(one.text[most[one.role] :].startswith("\n[cut: ") for one in too_long)


def nothing_is_asked_over_the_grant(lived: Lived) -> bool:
    """Once a reply has used more than was granted, no tool is run and no model asked (semantics.md section 3)."""
    over = False
    for moment in lived.moments:
        is_taken = moment.answers is not None or isinstance(moment.event, UsageSeen)
        if (
            is_taken
            and isinstance(moment.event, ModelReplied | Delegated | UsageSeen)
            and not moment.run.suspended
        ):
            over = is_overspent(moment.run)
        if over and any(isinstance(effect, RunTool | CallModel | Delegate | Compact) for effect in moment.asked):
            return False
    return True


BOUND_LAWS: tuple[Callable[[Lived], bool], ...] = (
    limits_are_those_that_were_set,
    steps_stay_within_their_bound,
    streaks_stay_below_their_limits,
    a_bound_ends_a_run_only_when_it_is_reached,
    what_may_not_run_is_not_run,
    usage_is_the_sum_of_the_replies,
    texts_are_bounded,
    nothing_is_asked_over_the_grant,
)
