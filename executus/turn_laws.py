"""The laws of turns: how a conversation opens, phases, what a compaction keeps, and who is told of what.

Part of `laws.py`, which says what a law is.
"""

import re
from collections.abc import Callable, Iterator

from executus.answers import AuditOpened, Compacted, CriticStarted
from executus.effects import CallModel, Compact, TellAudit, TellCritic, TellObserver
from executus.facts import CallSeen, Noted, Seen, StepSeen
from executus.lived import Lived, Moment, own_messages, results_of_open_step
from executus.rules.status import Finished
from executus.state import Run
from executus.values import Fault, Message


def a_conversation_opens_as_it_should(lived: Lived) -> bool:
    """System prompt, history, then the first turn: prompt, attached files, images (sections 2.7, 6)."""
    for moment in lived.moments:
        run = moment.run
        had_begun = moment.before.began is not None
        if run.began is None or (run.pipeline.index == moment.before.pipeline.index and had_begun):
            continue
        if tuple(run.talk.conversation)[: run.talk.opening] != _opening(run):
            return False
    return True


def _opening(run: Run) -> tuple[Message, ...]:
    invocation, phases = run.invocation, run.agent.phases
    prompt = phases[run.pipeline.index].system_prompt if phases else ""
    texts = {told.name: told.text for told in run.pipeline.done} | {"input": invocation.prompt}
    parts = re.split(r"\{\{\s*\.(\w+)\s*\}\}", prompt or run.agent.system_prompt)
    filled = [texts[part] if place % 2 else part for place, part in enumerate(parts)] if prompt else parts[:1]
    own = "".join(filled)
    system = "\n\n".join(text for text in (run.wiring.system_header, own) if text.strip())
    first = [invocation.prompt] if invocation.prompt.strip() else []
    if run.preflight.staged:
        first.append("\n".join(["[ATTACHED FILES]", *run.preflight.staged]))
    turns = [Message("system", system)] if system else []
    turns += invocation.history
    if first or invocation.images:
        turns.append(Message("user", "\n\n".join(first), invocation.images))
    return tuple(turns)


def bytes_of_files_reach_no_model(lived: Lived) -> bool:
    """Raw bytes never enter the model's context: a line for each file, and none without the port (section 2.7)."""
    staged = lived.last.preflight.staged
    files = lived.last.invocation.input_files
    if lived.last.began is None or not lived.last.wiring.input_files:
        return staged == () or lived.last.wiring.input_files
    return [line.split(" (")[0] for line in staged] == [f"- {file.name}" for file in files] or _regains(lived)


def _regains(lived: Lived) -> bool:
    return lived.last.epoch > 0


def phases_go_in_order(lived: Lived) -> bool:
    """One after the other, skipped where their `when` gave nothing; the last text is the output (section 6)."""
    phases = lived.last.agent.phases
    if not phases:
        return lived.last.pipeline.index == 0 and not lived.last.pipeline.done
    for before, after in lived.pairs():
        done = after.pipeline.done
        if done[: len(before.pipeline.done)] != before.pipeline.done:
            return False
        if [told.name for told in done] != [phase.name for phase in phases[: len(done)]]:
            return False
        is_through = isinstance(after.cause, Finished) and len(done) == len(phases)
        if after.pipeline.index != (before.pipeline.index if is_through else len(done)):
            return False
    told = {told.name: told.text for told in lived.last.pipeline.done}
    cause = lived.cause
    if not isinstance(cause, Finished):
        return True
    last = [text for text in told.values() if text.strip()]
    return len(told) == len(phases) and cause.output == (last[-1] if last else "")


def a_skipped_phase_asks_nothing(lived: Lived) -> bool:
    """A phase whose `when` names one without text is skipped, any other is asked (semantics.md section 6)."""
    phases = lived.last.agent.phases
    asked = {moment.run.pipeline.index for moment in lived.moments if _asks(moment)}
    for index, told in enumerate(lived.last.pipeline.done):
        when = phases[index].when
        texts = {one.name: one.text for one in lived.last.pipeline.done}
        is_skipped = bool(when) and not texts[when].strip()
        if is_skipped and (index in asked or told.text):
            return False
        if not is_skipped and index not in asked:
            return False
    return True


def _asks(moment: Moment) -> bool:
    return any(isinstance(effect, CallModel | Compact) for effect in moment.asked)


def a_phase_begins_with_a_clean_slate(lived: Lived) -> bool:
    """Guards, steps and words are per phase; clock, critic and budget span all (semantics.md section 6)."""
    for before, after in lived.pairs():
        if after.pipeline.index == before.pipeline.index:
            continue
        phase, guards, talk = after.agent.phases[after.pipeline.index], after.guards, after.talk
        ceiling = phase.max_iterations or after.agent.max_iterations or after.wiring.defaults.max_iterations
        is_new = (guards.error_streak, guards.repeat_streak, talk.steps_done) == (0, 0, 0)
        if not is_new or after.bounds.max_iterations != ceiling or talk.mailbox or talk.nudges:
            return False
        if (after.began, after.deadlines.base) != (before.began, after.deadlines.base):
            return False
    return True


def a_compaction_keeps_what_must_stay(lived: Lived) -> bool:
    """Calls stay with their results, system prompt and task stay; else it isn't taken (semantics.md section 6)."""
    for moment in lived.moments:
        if not isinstance(moment.question, Compact) or not isinstance(moment.event, Compacted):
            continue
        if moment.before.cause is not None or moment.landed.pipeline.index != moment.before.pipeline.index:
            continue
        before, after = tuple(moment.before.talk.conversation), tuple(moment.landed.talk.conversation)
        outcome = moment.event.outcome
        is_good = not isinstance(outcome, Fault) and _is_whole(outcome) and set(_kept(moment.run)) <= set(outcome)
        fired = Noted("compaction_fired") in [_bare(note) for note in moment.landed.notes]
        if (after != (outcome if is_good else before)) or (fired is not (is_good and moment.run.wiring.audit)):
            return False
    return True


def _bare(note: object) -> object:
    return Noted(note.name) if isinstance(note, Noted) else note


def _kept(run: Run) -> Iterator[Message]:
    opening = _opening(run)
    yield from (said for said in opening[:1] if said.role == "system")
    yield from (said for said in opening[-1:] if said.role == "user")


def _is_whole(turns: tuple[Message, ...]) -> bool:
    calls = [call.call_id for said in turns for call in said.calls]
    results = [said.call_id for said in turns if said.role == "tool"]
    owed = 0
    for said in turns:
        if (said.role == "tool") is (owed == 0):
            return False
        owed = owed - 1 if said.role == "tool" else len(said.calls)
    return calls == results and owed == 0


def a_conversation_is_compacted_when_it_should_be(lived: Lived) -> bool:
    """With a compactor and a known window, or when the provider says it is too long; off else (section 6)."""
    for moment in lived.moments:
        for question in moment.questions():
            if isinstance(question, Compact):
                talk = moment.run.talk
                known = talk.window is not None or talk.asking.overflowed
                if not moment.run.wiring.compactor or not known or question.conversation != talk.conversation:
                    return False
    return True


def everybody_is_told_everything_once(lived: Lived) -> bool:
    """Audit, critic and observer hear of each reply and each call, once, in order (semantics.md section 9)."""
    said = [one for one in own_messages(lived.last) if one.role in ("assistant", "tool")]
    said += results_of_open_step(lived.end.run) if lived.end is not None else []
    opened = [
        one.event.outcome is True for one in lived.moments if isinstance(one.event, AuditOpened | CriticStarted)
    ]
    heard = {
        "audit": [one.seen for one in lived.asked(TellAudit) if isinstance(one.seen, StepSeen | CallSeen)],
        "observer": [one.seen for one in lived.asked(TellObserver) if isinstance(one.seen, StepSeen | CallSeen)],
        "critic": [one.seen for one in lived.asked(TellCritic) if isinstance(one.seen, StepSeen | CallSeen)],
    }
    if lived.last.wiring.observer:
        results = [one for one in said if one.role == "tool"]
        if [_as_said(one) for one in heard["observer"]] != [_as_read(one) for one in results]:
            return False
    is_whole = all(opened) and not any(moment.run.suspended or moment.run.epoch for moment in lived.moments)
    for who, is_there in (("audit", lived.last.wiring.audit), ("critic", _has_critic(lived))):
        if is_there and is_whole and [_as_said(one) for one in heard[who]] != [_as_read(one) for one in said]:
            return False
        if len(heard[who]) > len(said):
            return False
    return True


def _has_critic(lived: Lived) -> bool:
    return any(isinstance(one.event, CriticStarted) and one.answers for one in lived.moments)


def _as_said(seen: StepSeen | CallSeen) -> tuple[object, ...]:
    if isinstance(seen, StepSeen):
        return "assistant", seen.text, seen.calls
    return "tool", seen.content, seen.call.call_id


def _as_read(said: Message) -> tuple[object, ...]:
    return said.role, said.text, said.calls if said.role == "assistant" else said.call_id


def who_is_told_first(lived: Lived) -> bool:
    """Of a step audit, then critic; of a call critic, then on_step, then audit (semantics.md section 9)."""
    for moment in lived.moments:
        told: list[tuple[Seen, list[str]]] = []
        for effect in moment.asked:
            if not isinstance(effect, TellAudit | TellCritic | TellObserver):
                continue
            if not told or told[-1][0] is not effect.seen:
                told.append((effect.seen, []))
            told[-1][1].append(type(effect).__name__)
        for seen, names in told:
            is_step = isinstance(seen, StepSeen)
            order = ["TellAudit", "TellCritic"] if is_step else ["TellCritic", "TellObserver", "TellAudit"]
            if names != [name for name in order if name in names]:
                return False
    return True


TURN_LAWS: tuple[Callable[[Lived], bool], ...] = (
    a_conversation_opens_as_it_should,
    bytes_of_files_reach_no_model,
    phases_go_in_order,
    a_skipped_phase_asks_nothing,
    a_phase_begins_with_a_clean_slate,
    a_compaction_keeps_what_must_stay,
    a_conversation_is_compacted_when_it_should_be,
    everybody_is_told_everything_once,
    who_is_told_first,
)
