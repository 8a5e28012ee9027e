"""More breaches, of laws that a plain run never comes near: each is tried in the first random worlds.

A breach here tampers with everything of a kind in a recording; its law must find it in one of them.
"""

from collections.abc import Callable
from typing import Any

from executus.answers import (
    ApprovalDecided,
    BudgetChecked,
    Compacted,
    Delegated,
    LaneAcquired,
    ModelReplied,
    ToolboxBuilt,
    ToolReturned,
)
from executus.buffer import view
from executus.effects import (
    CallModel,
    CheckBudget,
    CloseAudit,
    Compact,
    ConsultCritic,
    Deliver,
    Effect,
    ResolveModel,
    RunFinalizers,
    RunTool,
    SettleCheckpoint,
    TellObserver,
)
from executus.events import Event, PortFailed, TimePassed
from executus.facts import ChildResult, Fate, Unknown
from executus.lived import Lived, Moment
from executus.rules.guards import Guards
from executus.rules.status import Cancelled
from executus.state import Run
from executus.toolbox import Setup
from executus.values import ModelReply, ToolResult, replace
from tests.breaches import Breach

LATE = Cancelled(0, "somebody else")


def moments(change: Callable[[Moment], Moment]) -> Breach:
    """Every moment was another one."""
    return lambda lived: Lived(lived.transcript, tuple([change(moment) for moment in lived.moments]))


def asked(change: Callable[[tuple[Effect, ...]], tuple[Effect, ...]]) -> Breach:
    """Something else was asked, everywhere."""
    return moments(lambda moment: replace(moment, asked=change(moment.asked)))


def times(kind: type[Effect], count: int) -> Breach:
    """Each effect of a kind was asked so often: not at all, or more than once."""
    return asked(lambda effects: tuple([one for one in effects for _ in range(count if _is(one, kind) else 1)]))


def altered(kind: type[Effect], **changes: Any) -> Breach:
    """Each effect of a kind was another one."""
    return asked(lambda effects: tuple([replace(one, **changes) if _is(one, kind) else one for one in effects]))


def heard(kind: type[Event], other: Callable[[Any], Event]) -> Breach:
    """Something else happened instead of each event of a kind."""
    return moments(
        lambda moment: replace(moment, event=other(moment.event) if _is(moment.event, kind) else moment.event)
    )


def unheard(kind: type[Event]) -> Breach:
    return heard(kind, lambda event: TimePassed(event.at))


def runs(change: Callable[[Run], Run]) -> Breach:
    """The run was another one, everywhere."""
    return moments(
        lambda one: replace(one, before=change(one.before), landed=change(one.landed), run=change(one.run))
    )


def _is(one: object, kind: Any) -> bool:
    return isinstance(one, kind)


def _said_again(lived: Lived) -> Lived:
    """What was run is run once more at the end."""
    more = tuple(lived.asked(RunTool))
    last = lived.moments[-1]
    return Lived(lived.transcript, (*lived.moments[:-1], replace(last, asked=(*last.asked, *more))))


def _with_another_reason(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(
        [
            replace(one, consultation=replace(one.consultation, reason="whim"))
            if isinstance(one, ConsultCritic)
            else one
            for one in effects
        ]
    )


def _turned(event: Delegated) -> Delegated:
    if not isinstance(event.outcome, ChildResult):
        return event
    return replace(event, outcome=replace(event.outcome, status="error" if event.outcome.status == "ok" else "ok"))


def _forgetting(moment: Moment) -> Moment:
    if not isinstance(moment.event, Compacted):
        return moment
    talk = replace(moment.landed.talk, conversation=view())
    return replace(moment, landed=replace(moment.landed, talk=talk))


def _without_tools(run: Run) -> Run:
    return replace(run, talk=replace(run.talk, setup=Setup("model")))


def _with_an_equal_call_unknown(run: Run) -> Run:
    if not run.talk.slots:
        return run
    call = replace(run.talk.conversation.last.calls[-1], call_id="another")
    return replace(run, unknowns=(Unknown(question=0, call=call, number=0, reason="who knows"),))


def _in_another_phase(run: Run) -> Run:
    return replace(run, pipeline=replace(run.pipeline, index=5))


BREACHES_OF_WORLDS: dict[str, Breach] = {
    "what_is_in_flight_is_abandoned_first": asked(lambda effects: effects[::-1]),
    "the_parts_of_the_end_come_once_and_in_order": times(RunFinalizers, 2),
    "every_part_that_is_owed_is_asked": times(RunFinalizers, 0),
    "a_delivery_says_what_the_run_came_to": altered(Deliver, text="something else"),
    "what_is_settled_is_what_was": altered(SettleCheckpoint, fate=Fate.NONE),
    "a_suspended_run_lets_go_once_and_waits": times(SettleCheckpoint, 2),
    "an_audit_hears_nothing_while_it_is_closed": times(CloseAudit, 2),
    "epochs_are_counted": runs(lambda run: replace(run, epoch=7)),
    "a_critic_is_asked_when_it_should_be": asked(_with_another_reason),
    "what_is_not_charged_is_reported_apart": runs(
        lambda run: replace(run, clock=replace(run.clock, queued=run.clock.queued + 1))
    ),
    "a_model_is_asked_again_as_its_policy_says": times(CallModel, 9),
    "a_run_prepares_in_order": times(CheckBudget, 2),
    "a_run_asks_for_what_is_wired": times(ResolveModel, 0),
    "nothing_is_done_before_the_budget_says_yes": unheard(BudgetChecked),
    "nothing_is_done_without_a_place_in_the_lane": unheard(LaneAcquired),
    "what_could_not_be_had_ends_the_run": runs(lambda run: replace(run, cause=LATE if run.cause else None)),
    "a_store_that_fails_is_asked_no_more": heard(
        ToolboxBuilt, lambda event: PortFailed(event.at, "checkpoints", "gone")
    ),
    "a_dry_run_touches_nothing": runs(lambda run: replace(run, invocation=replace(run.invocation, dry_run=True))),
    "a_conversation_opens_as_it_should": runs(
        lambda run: replace(run, agent=replace(run.agent, system_prompt="Do something else."))
    ),
    "bytes_of_files_reach_no_model": runs(
        lambda run: replace(run, preflight=replace(run.preflight, staged=("- the bytes",)))
    ),
    "phases_go_in_order": runs(_in_another_phase),
    "a_skipped_phase_asks_nothing": times(CallModel, 0),
    "a_phase_begins_with_a_clean_slate": runs(lambda run: replace(run, guards=Guards(1))),
    "a_compaction_keeps_what_must_stay": moments(_forgetting),
    "a_conversation_is_compacted_when_it_should_be": altered(Compact, conversation=view()),
    "everybody_is_told_everything_once": times(TellObserver, 0),
    "who_is_told_first": asked(lambda effects: effects[::-1]),
    "limits_are_those_that_were_set": runs(
        lambda run: replace(run, bounds=replace(run.bounds, tokens=-run.next_id))
    ),
    "only_known_tools_run": runs(_without_tools),
    "nobody_works_for_itself": runs(lambda run: replace(run, agent=replace(run.agent, id="agent:other"))),
    "a_finished_call_is_never_run_again": _said_again,
    "an_unsafe_call_is_never_run_again_silently": times(RunTool, 2),
    "a_call_is_asked_again_only_when_it_was_lost": altered(RunTool, number=99),
    "the_first_result_of_any_attempt_is_the_calls": heard(
        ToolReturned, lambda event: replace(event, outcome=ToolResult("another"))
    ),
    "what_may_have_happened_is_reported": runs(lambda run: replace(run, unknowns=())),
    "a_held_call_waits_for_a_decision": runs(_with_an_equal_call_unknown),
    "nothing_runs_without_the_approval_it_needs": unheard(ApprovalDecided),
    "a_childs_end_is_told_in_words": heard(Delegated, _turned),
    "a_silence_is_asked_about_once": heard(ModelReplied, lambda event: replace(event, outcome=ModelReply(" "))),
    "a_model_is_told_of_the_agents_tools": unheard(ToolboxBuilt),
    "every_word_from_outside_enters_once": runs(
        lambda run: replace(run, talk=replace(run.talk, opening=max(run.talk.opening - 1, 0)))
    ),
}
"""Each is found by its law in one of the first worlds."""
