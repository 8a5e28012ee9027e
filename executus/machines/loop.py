"""The agent loop: model, tools, model, until the model has nothing to call (semantics.md section 2.8).

Here stands what a reply means and when the model is asked; the calls of a reply are steps.py's.
"""

from executus.answers import ModelReplied
from executus.buffer import view
from executus.effects import CallModel
from executus.events import Steered
from executus.facts import Erred
from executus.failures import ModelFailed, OutputInvalid, StepLimitReached, ToolCallRepeated
from executus.machines.calls import identified, is_lone_submit, refusals
from executus.machines.opening import chain_of, phase_of, setup_of, wants_submit
from executus.machines.phases import conclude, fail
from executus.machines.toolboxes import SUBMIT
from executus.rules import guards, limits, retry
from executus.rules.status import Overspent
from executus.slices import NOT_YET, Asking, Talk
from executus.state import Run, Transition, ask_within, note, stop, warn
from executus.toolbox import Setup, Toolbox
from executus.values import (
    Fault,
    FaultKind,
    Finish,
    Message,
    ModelReply,
    ToolCall,
    Usage,
    replace,
)

MOST_EMPTY_REPLIES = 1
"""A reply without text and calls is asked for again so often."""

REMINDER = "Give your answer by calling the tool submit."


def on_model(run: Run, event: ModelReplied) -> Run:
    match event.outcome:
        case Fault() as fault:
            return _take_fault(run, fault)
        case reply:
            return _take_reply(run, reply)


def _take_reply(run: Run, reply: ModelReply) -> Run:
    talk = run.talk
    if talk.asking is not NOT_YET:
        kept = Asking(talk.asking.choice) if talk.asking.choice else NOT_YET
        run = replace(run, talk=replace(talk, asking=kept))
    if reply.calls:
        return _take_calls(run, reply)
    run = replace(run, used=limits.add(run.used, reply.usage))
    if reply.text.strip():
        return _take_answer(run, reply)
    return _take_nothing(run)


def _take_fault(run: Run, fault: Fault) -> Run:
    """Again, the next model, or the end; a conversation that is too long is compacted first, once."""
    asking = run.talk.asking
    if fault.overflow and run.wiring.compactor and not asking.compacted:
        return _ask_again(run, fault, replace(asking, overflowed=True))
    key = f"{run.run_id}:{run.talk.steps_done}:{asking.choice}"
    match retry.after_fault(fault, asking.attempt, run.bounds, run.now, run.deadlines.end, key):
        case retry.Again(at=at):
            again = replace(asking, attempt=asking.attempt + 1, at=at, tried=asking.tried + 1)
            return _ask_again(run, fault, again)
        case retry.NextModel():
            return _fall_back(run, fault)
        case retry.GiveUp():
            return fail(run, ModelFailed(fault, asking.tried + 1))


def _ask_again(run: Run, fault: Fault, asking: Asking) -> Run:
    run = note(run, Erred(str(ModelFailed(fault))))
    return replace(run, talk=replace(run.talk, asking=asking))


def _fall_back(run: Run, fault: Fault) -> Run:
    """The tier's next model, and its window: from here on it is the one that is asked."""
    asking, phase = run.talk.asking, phase_of(run)
    chain, choice, tried = chain_of(run, phase), asking.choice + 1, asking.tried + 1
    if choice >= len(chain):
        return fail(run, ModelFailed(fault, tried))
    talk = replace(run.talk, setup=setup_of(run, phase, choice), window=chain[choice].window)
    return _ask_again(replace(run, talk=talk), fault, Asking(choice, tried=tried))


def _take_calls(run: Run, reply: ModelReply) -> Run:
    """The reply opens a step, unless a bound says that none of its calls may run."""
    talk, bounds = run.talk, run.bounds
    used = limits.add(run.used, reply.usage)
    most = bounds.max_reply_output
    calls, call_ids = identified(reply.calls, talk.call_ids, most)
    text, reasoning = limits.cut(reply.text, most), limits.cut(reply.reasoning, most)
    said = Message("assistant", text, (), calls, "", False, reasoning)
    conversation = talk.conversation.append(said)
    excess = limits.excess(used, bounds.tokens, bounds.cost)
    failure = _forbidden(run, reply, calls[0])
    slots = () if failure is not None or excess is not None else refusals(run, calls, reply.finish)
    talk = replace(
        talk,
        conversation=conversation,
        call_ids=call_ids,
        usage=reply.usage,
        slots=slots,
        waiting=slots.count(None),
    )
    if run.wiring.compactor:
        talk = _measured(talk, reply.usage)
    run = replace(run, used=used, talk=talk)
    if excess is not None:
        return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))
    return run if failure is None else fail(run, failure)


def _forbidden(run: Run, reply: ModelReply, first: ToolCall) -> StepLimitReached | ToolCallRepeated | None:
    """Why no call of this reply may run: the steps, then the repetition."""
    bounds, talk = run.bounds, run.talk
    is_at_limit = guards.is_at_step_limit(talk.steps_done, bounds.max_iterations)
    if is_at_limit and not (wants_submit(run) and is_lone_submit(reply.calls, reply.finish)):
        return StepLimitReached(bounds.max_iterations)
    if not guards.goes_in_circles(run.guards, first, bounds.max_same_tool_call_repeats):
        return None
    return ToolCallRepeated(first.name, run.guards.repeat_streak)


def _measured(talk: Talk, usage: Usage) -> Talk:
    """How long the conversation is, for a compactor to know."""
    reported = (usage.input_tokens or 0) + (usage.output_tokens or 0)
    return replace(talk, reported=reported, measured=len(talk.conversation)) if reported else talk


def _take_answer(run: Run, reply: ModelReply) -> Run:
    """Text alone ends the conversation, unless somebody has put in a word and there is something left to use."""
    talk, bounds = run.talk, run.bounds
    text = limits.cut(reply.text, bounds.max_reply_output)
    said = Message("assistant", text, reasoning=limits.cut(reply.reasoning, bounds.max_reply_output))
    talk = replace(talk, conversation=talk.conversation.append(said), empty_replies=0, usage=reply.usage)
    run = replace(run, talk=_measured(talk, reply.usage) if run.wiring.compactor else talk)
    if reply.finish in (Finish.LENGTH, Finish.FILTERED, Finish.REFUSED):
        run = warn(run, f"the model's answer was {_CUT[reply.finish]}")
    excess = limits.excess(run.used, bounds.tokens, bounds.cost)
    if excess is not None and wants_submit(run):
        return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))
    if excess is not None:
        run = warn(run, f"used {excess.used} {excess.what} of {excess.limit}: finished all the same")
    elif run.talk.mailbox or run.talk.nudges:
        return run
    return _remind(run) if wants_submit(run) else conclude(run, text)


_CUT = {
    Finish.LENGTH: "cut by its output limit",
    Finish.FILTERED: "filtered by the provider",
    Finish.REFUSED: "a refusal",
}


def _remind(run: Run) -> Run:
    """Plain text where a value was wanted: the model is told so, once."""
    if run.talk.reminded:
        return fail(run, OutputInvalid("the model answered in plain text, twice"))
    conversation = run.talk.conversation.append(Message("user", REMINDER))
    return replace(run, talk=replace(run.talk, conversation=conversation, reminded=True))


def _take_nothing(run: Run) -> Run:
    excess = limits.excess(run.used, run.bounds.tokens, run.bounds.cost)
    if excess is not None:
        return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))
    if run.talk.empty_replies >= MOST_EMPTY_REPLIES:
        fault = Fault(FaultKind.MODEL, "the model replied with neither text nor calls, twice")
        return fail(run, ModelFailed(fault))
    return replace(run, talk=replace(run.talk, empty_replies=run.talk.empty_replies + 1))


def on_steering(run: Run, event: Steered) -> Run:
    """A word from outside waits for the next model call; an empty one is dropped."""
    if not event.text.strip() and not event.images:
        return run
    said = Message("user", event.text, event.images)
    return replace(run, talk=replace(run.talk, mailbox=run.talk.mailbox.append(said)))


def hear(run: Run) -> Transition:
    """What waits enters the conversation before the model is asked: first the host's words, then the critic's."""
    talk = run.talk
    if not talk.mailbox.length and not talk.nudges.length:
        return run, ()
    conversation = talk.conversation.extend(talk.mailbox).extend(talk.nudges)
    told = len(conversation) if talk.told == len(talk.conversation) else talk.told  # Words of users aren't told.
    talk = replace(talk, conversation=conversation, mailbox=view(), nudges=view(), told=told)
    return replace(run, talk=talk), ()


def converse(run: Run) -> Transition:
    """Ask the model."""
    question = CallModel(run.next_id, run.talk.conversation, _setup(run))
    return ask_within(run, question, run.bounds.model_call_timeout)


def _setup(run: Run) -> Setup:
    """The call past the step limit carries no tools, but the one that takes the answer."""
    bounds, setup = run.bounds, run.talk.setup
    if bounds.at_step_limit == "fail":
        return setup
    if not guards.is_at_step_limit(run.talk.steps_done, bounds.max_iterations):
        return setup
    submit = setup.toolbox.find(SUBMIT) if wants_submit(run) else None
    return Setup(setup.model, Toolbox((submit,) if submit else ()), setup.settings)
