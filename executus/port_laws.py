"""The laws of the ports: in which order a run prepares, what it does without, and what it may never do before.

Part of `laws.py`, which says what a law is. Everything is told from what was asked and what was answered.
"""

from collections.abc import Callable, Iterator

from executus.answers import AuditOpened, BudgetChecked, CheckpointBegun, LaneAcquired, ModelResolved, ToolboxBuilt
from executus.bounds import tier_of
from executus.effects import (
    Abandon,
    AcquireLane,
    AskApproval,
    Asked,
    BeginCheckpoint,
    BuildToolbox,
    CallModel,
    CheckBudget,
    CloseAudit,
    Compact,
    ConsultCritic,
    Delegate,
    OpenAudit,
    Reconcile,
    ReleaseLane,
    ResolveModel,
    RunTool,
    StageFile,
    StartCritic,
    TellAudit,
)
from executus.events import Event, PortFailed, RunResumed
from executus.facts import Grant, Refusal
from executus.failures import ModelUnresolved, PortError, RunError, ToolboxInvalid
from executus.lived import Lived, Moment
from executus.rules.status import DryRan, Failed, Refused
from executus.state import Run
from executus.transition import is_over
from executus.values import Fault

NEEDS: tuple[type[Asked], ...] = (
    CheckBudget,
    AcquireLane,
    ResolveModel,
    OpenAudit,
    BeginCheckpoint,
    BuildToolbox,
    StageFile,
    StartCritic,
)
"""What is settled before the first model call, in this order."""

WORK = (CallModel, RunTool, Delegate, Reconcile, Compact, AskApproval, ConsultCritic)


def a_run_prepares_in_order(lived: Lived) -> bool:
    """Budget, lane, models, audit, checkpoint, toolbox, files, critic: one at a time (sections 2.2-2.7)."""
    for epoch in lived.epochs():
        places: list[int] = []
        for moment in epoch:
            opening = [one for one in moment.questions() if isinstance(one, NEEDS) and moment.run.cause is None]
            is_again = moment.run.began is not None and not moment.run.clock.regaining
            if len(opening) > 1 or (opening and not is_again and len(moment.run.pending) > 1):
                return False
            places += [
                NEEDS.index(type(one)) for one in opening if not (is_again and isinstance(one, AcquireLane))
            ]
        many = (NEEDS.index(ResolveModel), NEEDS.index(StageFile))
        once = [place for place in places if place not in many]
        if places != sorted(places) or len(once) != len(set(once)):
            return False
    return True


def a_run_asks_for_what_is_wired(lived: Lived) -> bool:
    """Before it converses it has asked every port it was given, and no other (sections 2.2 to 2.7).

    A record is begun until the record itself says that it was: its store may be asked twice.
    """
    has_begun = False
    for epoch in lived.epochs():
        asked: set[type[Asked]] = set()
        for moment in epoch:
            asked |= set(map(type, moment.questions())) if moment.run.cause is None else set()
            if not asked.isdisjoint(WORK):
                break
        if not asked.isdisjoint(WORK) and asked & set(NEEDS) != _wired(epoch[0].run, has_begun):
            return False
        has_begun |= any(isinstance(moment.event, CheckpointBegun) and moment.answers for moment in epoch)
    return True


def _wired(run: Run, has_begun: bool) -> set[type[Asked]]:
    agent, invocation, wiring = run.agent, run.invocation, run.wiring
    named = (agent.low_level_tools, agent.skill_palette, agent.sub_agent_palette, invocation.extra_tools)
    lane = invocation.lane or (tier_of(agent, wiring.defaults) in wiring.lanes)
    is_root = not invocation.parent_run_id
    wired: dict[type[Asked], bool] = {
        CheckBudget: wiring.budget and is_root,
        AcquireLane: bool(wiring.lanes) and bool(lane) and is_root,
        ResolveModel: True,
        OpenAudit: wiring.audit,
        BeginCheckpoint: wiring.checkpoints and not has_begun,
        BuildToolbox: any(named) or wiring.session,
        StageFile: wiring.input_files and len(run.preflight.staged) < len(invocation.input_files),
        StartCritic: wiring.critic and agent.critic.enabled,
    }
    return {need for need, is_wired in wired.items() if is_wired}


def nothing_is_done_before_the_budget_says_yes(lived: Lived) -> bool:
    """Refused: no model is resolved or called. A budget that fails refuses as well (semantics.md section 2.2)."""
    for epoch in lived.epochs():
        is_allowed = not lived.last.wiring.budget or bool(lived.last.invocation.parent_run_id)
        for moment in epoch:
            if isinstance(moment.question, CheckBudget) and isinstance(moment.event, BudgetChecked):
                outcome = moment.event.outcome
                is_allowed = isinstance(outcome, Grant)
                if moment.before.cause is None and not _is_refused_as_it_should_be(moment, outcome):
                    return False
            for question in moment.questions():
                if isinstance(question, (ResolveModel, AcquireLane, *WORK)) and not is_allowed:
                    return False
    return True


def _is_refused_as_it_should_be(moment: Moment, outcome: Grant | Refusal | Fault) -> bool:
    cause, now = moment.run.cause, moment.run.now
    match outcome:
        case Refusal(reason=reason):
            return cause == Refused(now, reason)
        case Fault(message=message):
            return cause == Failed(now, PortError("budget", message))
        case Grant(tokens=tokens, cost=cost):
            most = [(tokens, moment.run.bounds.tokens), (cost, moment.run.bounds.cost)]
            return all(given is None or (kept is not None and kept <= given) for given, kept in most)


def nothing_is_done_without_a_place_in_the_lane(lived: Lived) -> bool:
    """The lane is held while anything is run, and given back at the end (semantics.md sections 2.3 and 4)."""
    places, is_bound = 0, False
    for moment in lived.moments:
        places = 0 if isinstance(moment.event, RunResumed) else places
        places += isinstance(moment.event, LaneAcquired) and bool(moment.answers) and moment.event.outcome is True
        for effect in moment.asked:
            is_bound = is_bound or isinstance(effect, AcquireLane)
            places -= isinstance(effect, ReleaseLane)
            if is_bound and places != 1 and isinstance(effect, WORK) and not isinstance(effect, ConsultCritic):
                return False
        if places not in (0, 1) or (places and (is_over(moment.run) or moment.run.cause is not None)):
            return False
    return True


def what_could_not_be_had_ends_the_run(lived: Lived) -> bool:
    """Models, lanes and toolbox that fail are errors which name them (semantics.md sections 2.4, 2.6, 7)."""
    for moment in lived.moments:
        outcome = getattr(moment.event, "outcome", None)
        if moment.question is None or moment.before.cause is not None:
            continue
        kinds: dict[type[Event], type[RunError]] = {
            ModelResolved: ModelUnresolved,
            LaneAcquired: PortError,
            ToolboxBuilt: ToolboxInvalid,
        }
        kind = kinds.get(type(moment.event))
        if kind is None or not (isinstance(outcome, Fault) or outcome == ()):
            continue
        if kind is ToolboxInvalid and outcome == ():
            continue
        cause = moment.run.cause
        if not isinstance(cause, Failed) or not isinstance(cause.failure, kind):
            return False
    return True


def a_store_that_fails_is_asked_no_more(lived: Lived) -> bool:
    """The run goes on with a warning, but keyed and unsafe tools are refused from then on (section 8)."""
    is_open = has_failed = False
    for moment in lived.moments:
        event = moment.event
        if isinstance(event, CheckpointBegun) and moment.answers:
            is_open = event.outcome is True
            if isinstance(event.outcome, Fault) and not any("checkpoints" in said for said in moment.run.warnings):
                return False
        if isinstance(event, PortFailed) and event.port == "checkpoints" and is_open:
            has_failed = True
        if has_failed and any(_is_dangerous(moment.run, effect.call.name) for effect in _tools(moment)):
            return False
    return True


def _tools(moment: Moment) -> Iterator[RunTool]:
    return (effect for effect in moment.asked if isinstance(effect, RunTool))


def _is_dangerous(run: Run, name: str) -> bool:
    spec = run.talk.setup.toolbox.find(name)
    return spec is not None and spec.effect in ("keyed", "unsafe")


def a_dry_run_touches_nothing(lived: Lived) -> bool:
    """It asks only the budget, without reserving, the models and the toolbox (semantics.md section 2)."""
    if not lived.last.invocation.dry_run:
        return not isinstance(lived.cause, DryRan)
    for moment in lived.moments:
        for effect in moment.asked:
            if not isinstance(effect, CheckBudget | ResolveModel | BuildToolbox | Abandon):
                return False
            if isinstance(effect, CheckBudget) and effect.reserve:
                return False
            if isinstance(effect, BuildToolbox) and effect.session:
                return False
    return True


def an_audit_hears_nothing_while_it_is_closed(lived: Lived) -> bool:
    """Opened once in an epoch and closed once; only between the two it is told anything (sections 2.5 and 9)."""
    is_open, closing = False, 0
    for moment in lived.moments:
        is_open = is_open and not isinstance(moment.event, RunResumed)
        if moment.answers and isinstance(moment.event, AuditOpened):
            is_open = moment.event.outcome is True
        for effect in moment.asked:
            if isinstance(effect, CloseAudit | TellAudit) and not is_open:
                return False
            if isinstance(effect, CloseAudit):
                is_open, closing = False, effect.id
            elif effect == Abandon(closing) and moment is lived.end:  # A cancel makes an end of a suspension.
                is_open = True
    return True


PORT_LAWS: tuple[Callable[[Lived], bool], ...] = (
    a_run_prepares_in_order,
    a_run_asks_for_what_is_wired,
    nothing_is_done_before_the_budget_says_yes,
    nothing_is_done_without_a_place_in_the_lane,
    what_could_not_be_had_ends_the_run,
    a_store_that_fails_is_asked_no_more,
    a_dry_run_touches_nothing,
    an_audit_hears_nothing_while_it_is_closed,
)
