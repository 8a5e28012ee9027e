"""The laws of the conversation: what is said, in which order, and which result belongs to which call.

Part of `laws.py`, which says what a law is. These judge what a run itself added to its conversation: the
history it was given is not its work.
"""

from collections.abc import Callable
from itertools import chain

from executus.answers import ModelReplied, ToolReturned
from executus.effects import CallModel, RunTool
from executus.events import Steered
from executus.lived import Lived, is_overspent, own_messages
from executus.rules.status import Finished
from executus.state import Run
from executus.transition import evolve
from executus.values import Fault, Message, ModelReply, ToolResult


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


def a_fork_goes_its_own_way(lived: Lived) -> bool:
    """Another reply at an earlier entry is heard there, and nowhere else (semantics.md section 9)."""
    for moment in lived.moments:
        before = moment.before
        for question in before.pending:
            if not isinstance(question, CallModel):
                continue
            reply = ModelReplied(before.now, question.id, ModelReply("~"))
            talk = evolve(before, reply).talk.conversation
            if (*before.talk.conversation, Message("assistant", "~")) != tuple(talk):
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
        for effect in moment.asked:
            run = moment.run
            if not isinstance(effect, CallModel):
                continue
            if run.pending != (effect,) or run.talk.slots or effect.conversation != run.talk.conversation:
                return False
    return True


def a_model_is_told_of_the_agents_tools(lived: Lived) -> bool:
    """All of them in their order; none with the one call that must bring the answer (sections 2.6 and 5)."""
    for moment in lived.moments:
        run = moment.run
        must_answer = run.bounds.at_step_limit == "answer" and run.talk.steps_done >= run.bounds.max_iterations
        names = () if must_answer else run.agent.low_level_tools
        for effect in moment.asked:
            if isinstance(effect, CallModel) and tuple(spec.name for spec in effect.setup.toolbox.specs) != names:
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


def an_answer_was_said(lived: Lived) -> bool:
    """A run that finished gives its model's last text; no word is left unheard but over a grant (section 2.8)."""
    run = lived.last
    if not isinstance(run.cause, Finished):
        return True
    last = run.talk.conversation.last
    is_answer = (last.role, last.text, last.calls) == ("assistant", run.cause.output, ())
    return is_answer and (not run.talk.mailbox or is_overspent(run))


def a_result_says_what_its_tool_said(lived: Lived) -> bool:
    """Pairing is by id: each call gets the outcome of its own question (semantics.md section 2.8)."""
    calls: dict[int, str] = {}
    outcomes: dict[str, tuple[str, bool]] = {}
    for moment in lived.moments:
        if moment.answers in calls and isinstance(moment.event, ToolReturned):
            outcomes[calls[moment.answers]] = _read(moment.event.outcome)
        calls |= {effect.id: effect.call.call_id for effect in moment.asked if isinstance(effect, RunTool)}
    most = lived.last.bounds.max_tool_output
    for said in own_messages(lived.last):
        text, is_error = outcomes.get(said.call_id, (said.text, said.is_error))
        if said.is_error is not is_error or not said.text.startswith(text[:most]):
            return False
    return True


def _read(outcome: ToolResult | Fault) -> tuple[str, bool]:
    match outcome:
        case ToolResult(content=content):
            return content, False
        case Fault(message=message):
            return message, True


def a_silence_is_asked_about_once(lived: Lived) -> bool:
    """A reply without text and calls is asked for again once, then the run fails (semantics.md section 2.8)."""
    asked = [effect for moment in lived.moments for effect in moment.asked if isinstance(effect, CallModel)]
    sizes = [len(effect.conversation) for effect in asked]
    return all(first != third for first, third in zip(sizes, sizes[2:], strict=False))


TALK_LAWS: tuple[Callable[[Lived], bool], ...] = (
    counters_never_decrease,
    the_conversation_only_grows,
    a_fork_goes_its_own_way,
    results_stand_in_call_order,
    no_more_results_than_calls,
    call_ids_are_unique,
    a_serial_tool_runs_alone,
    a_model_is_asked_between_steps,
    a_model_is_told_of_the_agents_tools,
    every_word_from_outside_enters_once,
    an_answer_was_said,
    a_result_says_what_its_tool_said,
    a_silence_is_asked_about_once,
)
