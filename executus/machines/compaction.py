"""Compaction: a conversation that grows too long for its model is made shorter (semantics.md section 6).

The core trusts no compactor: what parts a call from its result, or loses the system prompt or the task, is not
taken.
"""

from executus.account import segments
from executus.answers import Compacted
from executus.buffer import view
from executus.effects import Compact
from executus.facts import Noted
from executus.failures import ModelFailed
from executus.machines.opening import opening_turns
from executus.machines.phases import fail
from executus.rules import compaction
from executus.state import Run, Transition, ask_within, note, warn
from executus.values import Fault, FaultKind, Message, replace


def compact(run: Run) -> Transition:
    """Ask for it before a model call, once the conversation has reached its threshold and has grown since."""
    if not run.wiring.compactor or not _is_due(run):
        return run, ()
    talk = run.talk
    full = _tokens(run) if talk.window is None else compaction.threshold(talk.window, run.bounds.compaction_ratio)
    question = Compact(run.next_id, talk.conversation, full // 2)
    return ask_within(run, question, run.bounds.preflight_timeout)


def _is_due(run: Run) -> bool:
    talk = run.talk
    if talk.asking.overflowed:
        return True
    has_grown = len(talk.conversation) > talk.compacted
    return has_grown and compaction.is_due(_tokens(run), talk.window, run.bounds.compaction_ratio)


def _tokens(run: Run) -> int:
    talk = run.talk
    return compaction.estimate(talk.reported, _bytes(talk.conversation[talk.measured :]))


def _bytes(messages: tuple[Message, ...]) -> int:
    texts = [text for said in messages for text in (said.text, *[call.arguments for call in said.calls])]
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def on_compacted(run: Run, event: Compacted) -> Run:
    """The shorter conversation, if it is one; a compactor that fails is a warning."""
    match event.outcome:
        case Fault(message=reason):
            return _not_taken(run, reason)
        case turns:
            wrong = _what_is_wrong(run, turns)
            return _not_taken(run, wrong) if wrong else _take(run, turns)


def _not_taken(run: Run, reason: str) -> Run:
    """Not again until it has grown; a conversation that its provider has refused can't go on as it is."""
    talk, asking = run.talk, run.talk.asking
    run = warn(run, f"compactor failed: {reason}")
    talk = replace(talk, compacted=len(talk.conversation), asking=replace(asking, compacted=True))
    run = replace(run, talk=talk)
    if not asking.overflowed:
        return run
    return fail(
        run, ModelFailed(Fault(FaultKind.MODEL, f"the conversation is too long, and {reason}"), asking.tried + 1)
    )


def _take(run: Run, turns: tuple[Message, ...]) -> Run:
    talk, asking = run.talk, run.talk.asking
    before, tokens = len(talk.conversation), _tokens(run)
    facts = (
        ("messages_before", before),
        ("messages_after", len(turns)),
        ("tokens_before", tokens),
        ("tokens_after", compaction.estimate(0, _bytes(turns))),
    )
    run = note(run, Noted("compaction_fired", facts))
    talk = replace(
        talk,
        conversation=view(*turns),
        opening=len(turns),
        first_step=run.pipeline.steps_before + talk.steps_done,
        reported=0,
        measured=0,
        compacted=len(turns),
        told=len(turns),
        asking=replace(asking, overflowed=False, compacted=asking.compacted or asking.overflowed),
    )
    return replace(run, talk=talk, pipeline=replace(run.pipeline, segments=segments(run)))


def _what_is_wrong(run: Run, turns: tuple[Message, ...]) -> str:
    """A call and its result are never parted; system prompt and task stay."""
    for said in _to_be_kept(run):
        if said not in turns:
            return "it left out the system prompt or the task"
    expected: list[str] = []
    for said in turns:
        if said.role == "tool":
            if not expected or expected.pop(0) != said.call_id:
                return "it parted a tool's result from its call"
        elif expected:
            return "it parted a call from its result"
        expected = expected or [call.call_id for call in said.calls]
    return "it parted a call from its result" if expected else ""


def _to_be_kept(run: Run) -> list[Message]:
    """The system prompt of the phase, and the first user's turn of this run, wherever a compaction put them."""
    opening = opening_turns(run)
    system = [said for said in opening[:1] if said.role == "system"]
    task = [said for said in opening[-1:] if said.role == "user"]
    return system + task
