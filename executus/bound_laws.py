"""The laws of bounds: what a run may do at most, and that nothing else than a reached bound ends it.

Part of `laws.py`, which says what a law is. Everything is counted anew, from events and messages.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from executus.answers import ModelReplied
from executus.effects import CallModel, RunTool
from executus.failures import StepLimitReached, ToolCallRepeated, ToolErrorsExceeded
from executus.lived import Lived, is_overspent, own_messages
from executus.rules.status import Expired, Failed, Overspent
from executus.state import Run
from executus.values import Finish, ModelReply, ToolCall, Usage


def steps_stay_within_their_bound(lived: Lived) -> bool:
    """max_iterations = N: N replies with calls are executed, and none beyond (semantics.md section 5)."""
    for moment in lived.moments:
        run = moment.run
        answered = {said.call_id for said in own_messages(run) if said.role == "tool"}
        steps = sum(bool(said.calls) and said.calls[-1].call_id in answered for said in own_messages(run))
        if steps != run.talk.steps_done or steps > run.bounds.max_iterations:
            return False
    return True


def streaks_stay_below_their_limits(lived: Lived) -> bool:
    """Errors in a row reach the limit: the run ends then and there (semantics.md section 5)."""
    return all(
        moment.run.cause is not None
        or max(_errors_in_a_row(moment.run), default=0) < moment.run.bounds.max_consecutive_tool_errors
        for moment in lived.moments
    )


def a_bound_ends_a_run_only_when_it_is_reached(lived: Lived) -> bool:
    """No outcome without a cause: what a run is said to have reached, it has (semantics.md sections 5 and 10)."""
    run = lived.last
    match run.cause:
        case Failed(failure=StepLimitReached(limit=limit)):
            return run.talk.steps_done == limit == run.bounds.max_iterations
        case Failed(failure=ToolErrorsExceeded(count=count)):
            return max(_errors_in_a_row(run)) >= count == run.bounds.max_consecutive_tool_errors
        case Failed(failure=ToolCallRepeated(tool=tool, count=count)):
            return _same_at_the_end(run, tool) >= count >= run.bounds.max_same_tool_call_repeats
        case Expired(at=at, limit=limit):
            return run.began is not None and at == run.began + limit and limit == run.bounds.max_runtime
        case Overspent(used=used, limit=limit):
            return used > limit and limit in (run.bounds.tokens, run.bounds.cost)
        case _:
            return True


def _errors_in_a_row(run: Run) -> Iterator[int]:
    in_a_row = 0
    for said in own_messages(run):
        if said.role == "tool":
            in_a_row = in_a_row + 1 if said.is_error else 0
            yield in_a_row


def _same_at_the_end(run: Run, tool: str) -> int:
    """How many of the last results came from this tool with one and the same outcome."""
    results = [(said.text, said.is_error) for said in own_messages(run) if said.role == "tool"]
    calls = [call for said in own_messages(run) for call in said.calls][: len(results)]
    same = 0
    for call, result in zip(reversed(calls), reversed(results), strict=True):
        if call.name != tool or result != results[-1]:
            break
        same += 1
    return same


def only_known_tools_run_and_once(lived: Lived) -> bool:
    """A tool runs only if the agent has it, and no call is run twice (semantics.md sections 2.8 and 10)."""
    run_calls = [effect.call for moment in lived.moments for effect in moment.asked if isinstance(effect, RunTool)]
    ids = [call.call_id for call in run_calls]
    names = {call.name for call in run_calls}
    return len(ids) == len(set(ids)) and names <= set(lived.last.agent.low_level_tools)


def what_may_not_run_is_not_run(lived: Lived) -> bool:
    """No call of a cut reply, none over the bound, none without an object as arguments (section 2.8)."""
    is_cut = False
    for moment in lived.moments:
        outcome = moment.event.outcome if isinstance(moment.event, ModelReplied) else None
        if moment.answers and isinstance(outcome, ModelReply):
            is_cut = outcome.finish is Finish.LENGTH
        run_calls = [effect.call for effect in moment.asked if isinstance(effect, RunTool)]
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
    """What a run used is what the replies it took report; absent is not zero (semantics.md section 9)."""
    taken: list[Usage] = []
    for moment in lived.moments:
        event = moment.event
        if moment.answers and isinstance(event, ModelReplied) and isinstance(event.outcome, ModelReply):
            taken.append(event.outcome.usage)
        if moment.run.used != _total(taken):
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
    too_long = [said for said in own_messages(lived.last) if len(said.text) > most.get(said.role, len(said.text))]
    return all(said.text[most[said.role] :].startswith("\n[cut: ") for said in too_long)


def nothing_is_asked_over_the_grant(lived: Lived) -> bool:
    """Once more is used than was granted, no tool is run and no model asked (semantics.md section 3)."""
    return not any(
        is_overspent(moment.run) and isinstance(effect, RunTool | CallModel)
        for moment in lived.moments
        for effect in moment.asked
    )


BOUND_LAWS: tuple[Callable[[Lived], bool], ...] = (
    steps_stay_within_their_bound,
    streaks_stay_below_their_limits,
    a_bound_ends_a_run_only_when_it_is_reached,
    only_known_tools_run_and_once,
    what_may_not_run_is_not_run,
    usage_is_the_sum_of_the_replies,
    texts_are_bounded,
    nothing_is_asked_over_the_grant,
)
