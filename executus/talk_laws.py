"""The laws of the conversation: steps, calls and their results, words from outside, counts.

Part of `laws.py`, which says what a law is. These judge what a run itself added to its conversation: the
history it was given is not its work.
"""

from collections.abc import Callable, Iterable
from itertools import chain

from executus.effects import CallModel, RunTool
from executus.events import ModelReplied, Steered
from executus.lived import Lived, own_messages
from executus.rules.status import Finished
from executus.state import Run
from executus.values import ModelReply, Usage

NOTICE = 100
"""Characters that the word about what was cut may have."""


def counters_never_decrease(lived: Lived) -> bool:
    """Live counters only grow: steps, questions, tokens, messages, warnings (semantics.md section 9)."""
    return all(
        all(less <= more for less, more in zip(_counters(before), _counters(after), strict=True))
        for before, after in lived.pairs()
    )


def _counters(run: Run) -> tuple[int, ...]:
    talk, used = run.talk, run.used
    counted = (run.next_id, talk.steps_done, len(talk.call_ids), len(run.warnings), len(run.losers))
    tokens = (used.input_tokens, used.output_tokens, used.thinking_tokens, used.cached_tokens, used.cost)
    return (*counted, *[-1 if count is None else count for count in tokens])


def the_conversation_only_grows(lived: Lived) -> bool:
    """What was said stays said, in its place; nothing is put in between (semantics.md section 6)."""
    for before, after in lived.pairs():
        said = tuple(before.talk.conversation)
        if tuple(after.talk.conversation)[: len(said)] != said:
            return False
    return True


def results_stand_in_call_order(lived: Lived) -> bool:
    """Results enter the conversation in call order, paired by id, all of a step at once (section 2.8)."""
    for moment in lived.moments:
        expected: list[str] = []
        for message in own_messages(moment.run):
            if message.role == "tool":
                if not expected or expected.pop(0) != message.call_id:
                    return False
            elif expected:
                return False
            expected = expected or [call.call_id for call in message.calls]
        is_open = bool(moment.run.talk.slots) or moment.run.cause is not None
        if expected and not is_open:
            return False
    return True


def no_more_results_than_calls(lived: Lived) -> bool:
    """A result without a call, or a call without a place for its result, does not exist (section 2.8)."""
    for moment in lived.moments:
        talk, own = moment.run.talk, own_messages(moment.run)
        calls = sum(len(message.calls) for message in own)
        results = sum(message.role == "tool" for message in own)
        if results > calls or (talk.slots and len(talk.slots) != len(own[-1].calls)):
            return False
    return True


def call_ids_are_unique(lived: Lived) -> bool:
    """Duplicate or empty ids from a provider are renamed: in a conversation an id means one call (section 2.8)."""
    ids = [call.call_id for message in own_messages(lived.last) for call in message.calls]
    earlier = {call.call_id for message in lived.last.invocation.history for call in message.calls}
    return all(ids) and len(ids) == len(set(ids)) and earlier.isdisjoint(ids)


def only_known_tools_run_and_once(lived: Lived) -> bool:
    """A tool runs only if the agent has it, and no call is run twice (semantics.md sections 2.8 and 10)."""
    run_calls = [effect.call for moment in lived.moments for effect in moment.asked if isinstance(effect, RunTool)]
    ids = [call.call_id for call in run_calls]
    names = {call.name for call in run_calls}
    return len(ids) == len(set(ids)) and names <= set(lived.last.agent.low_level_tools)


def a_serial_tool_runs_alone(lived: Lived) -> bool:
    """Calls run in parallel unless a tool says otherwise (semantics.md section 2.8)."""
    for moment in lived.moments:
        open_calls = [question.call for question in moment.run.pending if isinstance(question, RunTool)]
        specs = [moment.run.talk.setup.toolbox.find(call.name) for call in open_calls]
        if len(specs) > 1 and any(spec is None or spec.serial for spec in specs):
            return False
    return True


def a_model_is_asked_between_steps(lived: Lived) -> bool:
    """One model call at a time, with the whole conversation, and no step left open (semantics.md section 2.8)."""
    for moment in lived.moments:
        asked = [effect for effect in moment.asked if isinstance(effect, CallModel)]
        for effect in asked:
            run = moment.run
            if run.pending != (effect,) or run.talk.slots or effect.conversation != run.talk.conversation:
                return False
    return True


def every_word_from_outside_enters_once(lived: Lived) -> bool:
    """Steering enters as user turns in the order it came, once; empty words are dropped (sections 2.8 and 6)."""
    for count, moment in enumerate(lived.moments, 1):
        put_in = [past.event for past in lived.moments[:count] if isinstance(past.event, Steered)]
        words = [(event.text, event.images) for event in put_in if event.text.strip() or event.images]
        entered = [said for said in own_messages(moment.run) if said.role == "user"]
        heard = [(said.text, said.images) for said in chain(entered, moment.run.talk.mailbox)]
        if moment.run.began is not None and heard != words:
            return False
    return True


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
    for moment in lived.moments:
        run, in_a_row = moment.run, 0
        if run.cause is not None:
            continue
        for said in own_messages(run):
            if said.role == "tool":
                in_a_row = in_a_row + 1 if said.is_error else 0
                if in_a_row >= run.bounds.max_consecutive_tool_errors:
                    return False
    return True


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


def an_answer_was_said(lived: Lived) -> bool:
    """A run that finished gives the text its model said last (semantics.md sections 2.8 and 3)."""
    run = lived.last
    if not isinstance(run.cause, Finished):
        return True
    last = run.talk.conversation.last
    return (last.role, last.text, last.calls) == ("assistant", run.cause.output, ())


def texts_are_bounded(lived: Lived) -> bool:
    """The output of one tool and of one reply is bounded; what is cut is said in the text (section 5)."""
    bounds = lived.last.bounds
    most = {"tool": bounds.max_tool_output, "assistant": bounds.max_reply_output}
    return all(
        len(said.text) <= most[said.role] + NOTICE for said in own_messages(lived.last) if said.role in most
    )


def overspending_runs_no_tool(lived: Lived) -> bool:
    """A reply that goes over a granted limit runs none of its calls (semantics.md section 3)."""
    for moment in lived.moments:
        bounds, used = moment.run.bounds, moment.run.used
        tokens = (used.input_tokens or 0) + (used.output_tokens or 0)
        is_over = (bounds.tokens is not None and tokens > bounds.tokens) or (
            bounds.cost is not None and (used.cost or 0) > bounds.cost
        )
        if is_over and any(isinstance(effect, RunTool) for effect in moment.asked):
            return False
    return True


TALK_LAWS: tuple[Callable[[Lived], bool], ...] = (
    counters_never_decrease,
    the_conversation_only_grows,
    results_stand_in_call_order,
    no_more_results_than_calls,
    call_ids_are_unique,
    only_known_tools_run_and_once,
    a_serial_tool_runs_alone,
    a_model_is_asked_between_steps,
    every_word_from_outside_enters_once,
    steps_stay_within_their_bound,
    streaks_stay_below_their_limits,
    usage_is_the_sum_of_the_replies,
    an_answer_was_said,
    texts_are_bounded,
    overspending_runs_no_tool,
)
