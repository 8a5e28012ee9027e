"""What audit, critic and observer are told, and in which order (semantics.md section 9).

For one step: audit, then critic; then for each call in call order critic, observer, audit. The conversation
itself is what is told: `talk.told` says how far.
"""

from executus.account import answered_calls, is_observed, untold
from executus.effects import Abandon, CloseAudit, Notice, TellAudit, TellCritic, TellObserver
from executus.facts import CallSeen, Seen, StepSeen
from executus.slices import Door
from executus.state import Run, Transition
from executus.values import replace


def report(run: Run) -> Transition:
    """Tell what has happened since the last time, and let go of what nobody waits for any more."""
    said = run.talk.conversation.length
    has_more = said != run.talk.told and is_observed(run)
    if not has_more and not run.notes and not run.lapsed:
        return run, ()
    if run.ports.audit is Door.UNASKED and run.wiring.audit:
        return _let_go(run)  # What is noted waits for the audit to be opened.
    seen = (*run.notes, *(untold(run) if has_more else ()))
    notices = [notice for one in seen for notice in _told(run, one)]
    abandoned = [Abandon(question) for question in run.lapsed]
    talk = replace(run.talk, told=said) if has_more else run.talk
    return replace(run, talk=talk, lapsed=(), notes=()), (*abandoned, *notices)


def _let_go(run: Run) -> Transition:
    if not run.lapsed:
        return run, ()
    return replace(run, lapsed=()), tuple([Abandon(question) for question in run.lapsed])


def report_open_step(run: Run) -> list[Notice]:
    """The results of a step that will not be completed any more: nobody has been told of them yet."""
    return [notice for one in answered_calls(run) for notice in _told(run, one)] if is_observed(run) else []


def hears_audit(run: Run) -> bool:
    """May the audit be told something? Not any more once it is being closed."""
    return run.ports.audit is Door.OPEN and not any(type(question) is CloseAudit for question in run.pending)


def _told(run: Run, seen: Seen) -> list[Notice]:
    """Who is told of it, in order."""
    audit: list[Notice] = [TellAudit(seen)] if hears_audit(run) else []
    critic: list[Notice] = [TellCritic(seen)] if run.ports.critic is Door.OPEN else []
    match seen:
        case StepSeen():
            return audit + critic
        case CallSeen():
            observer: list[Notice] = [TellObserver(seen)] if run.wiring.observer else []
            return critic + observer + audit
        case _:
            return audit
