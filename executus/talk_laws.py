"""The laws of the conversation: what is said, in which order, and which result belongs to which call.

Part of `laws.py`, which says what a law is. These judge what a run itself added to its conversation: the
history it was given is not its work.
"""

from collections.abc import Callable

from executus.account import own, segments
from executus.answers import Advised, ModelReplied, ToolboxBuilt
from executus.effects import AskApproval, CallModel, Compact, ConsultCritic, Delegate, Reconcile, RunTool
from executus.events import Steered
from executus.facts import Advice
from executus.lived import Lived, Moment, is_overspent, own_messages
from executus.machines.loop import REMINDER
from executus.rules.status import Finished
from executus.state import Run
from executus.transition import evolve
from executus.values import Message, ModelReply


def counters_never_decrease(lived: Lived) -> bool:
    """Live counters only grow, over phases and resumes: steps, tokens, calls, waits (semantics.md section 9)."""
    return all(
        all(less <= more for less, more in zip(_counters(before), _counters(after), strict=True))
        for before, after in lived.pairs()
    )


def _counters(run: Run) -> tuple[int, ...]:
    talk, used, clock = run.talk, run.used, run.clock
    steps = run.pipeline.steps_before + talk.steps_done
    counted = (run.next_id, steps, talk.calls_done, len(run.warnings), len(run.losers), run.epoch)
    waited = (clock.queued, clock.waited, clock.regained, len(run.unknowns))
    tokens = (used.input_tokens, used.output_tokens, used.thinking_tokens, used.cached_tokens, used.cost)
    return (*counted, *waited, *[-1 if count is None else count for count in tokens])


def the_conversation_only_grows(lived: Lived) -> bool:
    """What the run has said stays said, in its place, also when it is compacted (semantics.md section 6)."""
    for before, after in lived.pairs():
        said = own_messages(before)
        if own_messages(after)[: len(said)] != said:
            return False
    return True


def a_fork_goes_its_own_way(lived: Lived) -> bool:
    """Another reply at an earlier entry is heard there, and nowhere else (semantics.md section 9)."""
    for moment in lived.moments:
        before = moment.before
        for question in before.pending:
            if not isinstance(question, CallModel):
                continue
            said = own_messages(before)
            reply = ModelReplied(before.now, question.id, ModelReply("~"))
            heard = own_messages(evolve(before, reply))[: len(said) + 1]
            if (*said, Message("assistant", "~")) != heard:
                return False
    return True


def results_stand_in_call_order(lived: Lived) -> bool:
    """Results enter the conversation in call order, paired by id, all of a step at once (section 2.8)."""
    for moment in lived.moments:
        every = segments(moment.run)
        for index, segment in enumerate(every):
            rest = _unanswered(own(segment))
            is_open = bool(moment.run.talk.slots) or moment.run.cause is not None
            is_last = index == len(every) - 1
            if rest is None or (rest and not (is_open if is_last else moment.run.agent.phases)):
                return False
    return True


def _unanswered(turns: tuple[Message, ...]) -> list[str] | None:
    """The calls that have no result at the end of it; None where a result stands at a wrong place."""
    expected: list[str] = []
    for message in turns:
        if message.role == "tool":
            if not expected or expected.pop(0) != message.call_id:
                return None
        elif expected:
            return None
        expected = expected or [call.call_id for call in message.calls]
    return expected


def no_more_results_than_calls(lived: Lived) -> bool:
    """A result without a call, or a call without a place for its result, does not exist (section 2.8)."""
    for moment in lived.moments:
        talk, said = moment.run.talk, own_messages(moment.run)
        calls = sum(len(message.calls) for message in said)
        results = sum(message.role == "tool" for message in said)
        if results > calls or (talk.slots and len(talk.slots) != len(said[-1].calls)):
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
        open_calls = [
            question.call
            for question in moment.run.pending
            if isinstance(question, RunTool | Delegate | AskApproval | Reconcile)
        ]
        specs = [moment.run.talk.setup.toolbox.find(call.name) for call in open_calls]
        if len(specs) > 1 and any(spec is None or spec.serial for spec in specs):
            return False
    return True


def a_model_is_asked_between_steps(lived: Lived) -> bool:
    """One model call at a time, with the whole conversation, and no step left open (semantics.md section 2.8)."""
    for moment in lived.moments:
        run = moment.run
        for effect in moment.asked:
            if not isinstance(effect, CallModel):
                continue
            others = [one for one in run.pending if one != effect and not isinstance(one, ConsultCritic)]
            if others or run.talk.slots or effect.conversation != run.talk.conversation:
                return False
    return True


def a_model_is_told_of_the_agents_tools(lived: Lived) -> bool:
    """Its phase's in order, submit in the last; only submit with the last call (sections 2.6, 5, 6)."""
    built: list[str] = []
    for moment in lived.moments:
        if isinstance(moment.event, ToolboxBuilt) and moment.answers and isinstance(moment.event.outcome, tuple):
            built = [spec.name for spec in moment.event.outcome]
        for effect in moment.asked:
            names = [spec.name for spec in effect.setup.toolbox.specs] if isinstance(effect, CallModel) else []
            if isinstance(effect, CallModel) and names != _tools(moment.run, built):
                return False
    return True


def _tools(run: Run, built: list[str]) -> list[str]:
    phases, bounds = run.agent.phases, run.bounds
    must_answer = bounds.at_step_limit == "answer" and run.talk.steps_done >= bounds.max_iterations
    chosen = phases[run.pipeline.index].tools if phases else ()
    names = [] if must_answer else [name for name in built if name in chosen or not chosen]
    is_last = run.pipeline.index >= len(phases) - 1
    return [*names, "submit"] if run.agent.output_type and is_last else names


def every_word_from_outside_enters_once(lived: Lived) -> bool:
    """In the order they came, the host's before the critic's; what its phase left is gone (section 6)."""
    host: list[tuple[object, ...]] = []
    critic: list[tuple[object, ...]] = []
    entered: list[tuple[object, ...]] = []
    for moment in lived.moments:
        if moment.run.pipeline.index != moment.before.pipeline.index:
            host, critic = [], []
        _put_in(moment, host, critic)
        if any(isinstance(effect, CallModel | Compact) for effect in moment.asked):
            entered += [*host, *critic]
            host, critic = [], []
        heard = [(one.text, one.images) for one in own_messages(moment.run) if one.role == "user"]
        if [said for said in heard if not _is_the_kernels(str(said[0]))] != entered:
            return False
    return True


def _put_in(moment: Moment, host: list[tuple[object, ...]], critic: list[tuple[object, ...]]) -> None:
    match moment.event:
        case Steered(text=text, images=images) if text.strip() or images:
            host.append((text, images))
        case Advised(outcome=Advice(nudges=nudges, kill_reason=None)) if moment.answers:
            critic += [(nudge, ()) for nudge in nudges if nudge.strip()]
        case _:
            pass


def _is_the_kernels(text: str) -> bool:
    return text == REMINDER or text.startswith("Outcome of the earlier call ")


def an_answer_was_said(lived: Lived) -> bool:
    """A run that finished gives its last text or value; no word is left unheard but over a grant (section 2.8)."""
    run = lived.last if lived.end is None else lived.end.run
    if not isinstance(run.cause, Finished):
        return True
    said, output = own_messages(run), run.cause.output
    if run.agent.output_type and (run.value or not run.agent.phases):
        calls = [call for one in said for call in one.calls]
        is_value = bool(calls) and (calls[-1].name, run.value) == ("submit", output)
        return is_value and said[-1].role == "tool" and not said[-1].is_error
    is_said = any((one.role, one.text, one.calls) == ("assistant", output, ()) for one in said)
    if run.agent.phases:
        return is_said or not output
    is_last = (said[-1].role, said[-1].text, said[-1].calls) == ("assistant", output, ())
    return is_last and ((not run.talk.mailbox and not run.talk.nudges) or is_overspent(run))


def a_silence_is_asked_about_once(lived: Lived) -> bool:
    """A reply without text and calls is asked for again once, then the run fails (semantics.md section 2.8)."""
    silent = 0
    for moment in lived.moments:
        reply = moment.event.outcome if isinstance(moment.event, ModelReplied) and moment.answers else None
        if isinstance(reply, ModelReply):
            silent = 0 if reply.text.strip() or reply.calls else silent + 1
        silent = silent if moment.run.pipeline.index == moment.before.pipeline.index else 0
        if silent > 1 and any(isinstance(effect, CallModel) for effect in moment.asked):
            return False
    return True


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
    a_silence_is_asked_about_once,
)
