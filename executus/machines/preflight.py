"""What must be settled before the first model call, one thing after the other: budget, lane, models, audit,
checkpoint, toolbox, files, critic.

A run that can't get what it needs fails here, before anybody has asked a model (semantics.md sections 2.2 to 2.7).
A run that is taken up again comes through here once more, and a dry run stops where the conversation would begin.
"""

from collections.abc import Callable

from executus.account import facts_of
from executus.agent import ModelChoice
from executus.answers import (
    BudgetChecked,
    LaneAcquired,
    ModelResolved,
)
from executus.bounds import tier_of
from executus.canonical import encode
from executus.effects import (
    AcquireLane,
    BeginCheckpoint,
    BuildToolbox,
    CheckBudget,
    OpenAudit,
    Question,
    ResolveModel,
    StageFile,
    StartCritic,
)
from executus.facts import Grant, Refusal
from executus.failures import ModelUnresolved, PortError
from executus.machines.opening import open_phase
from executus.machines.toolboxes import needs_toolbox
from executus.rules import limits
from executus.rules.status import DryRan, Failed, Refused
from executus.slices import Door
from executus.spans import say
from executus.state import Run, Transition, ask, ask_within, stop, wait_until
from executus.values import Fault, replace


def prepare(run: Run) -> Transition:
    """Ask for whatever is still missing."""
    if run.pending:
        return run, ()
    for needed in DRY if run.invocation.dry_run else NEEDS:
        question = needed(run)
        if question is not None:
            return _put(run, question)
    return run, ()


def is_ready(run: Run) -> bool:
    """Is nothing missing any more?"""
    return all(needed(run) is None for needed in (DRY if run.invocation.dry_run else NEEDS))


def _put(run: Run, question: Question) -> Transition:
    """A queue has no bound but one the host asks for; when a run is taken up again, all else has one."""
    if isinstance(question, AcquireLane):
        run = replace(run, preflight=replace(run.preflight, lane=question.lane))
        run, asked = ask(run, question)
        return (_bounded_queue(run, question), asked) if run.bounds.lane_wait_counts else (run, asked)
    if isinstance(question, BuildToolbox) and question.session:  # Whatever comes of it, it must be cleaned up.
        run = replace(run, ports=replace(run.ports, session=Door.OPEN))
    return ask_within(run, question, run.bounds.preflight_timeout if run.clock.regaining else 0)


def _bounded_queue(run: Run, question: AcquireLane) -> Run:
    return wait_until(run, question.id, run.now + max(run.bounds.max_runtime - run.clock.queued, 1))


def _budget(run: Run) -> Question | None:
    """Only the root of a tree of runs reserves."""
    if run.preflight.checked or not run.wiring.budget or run.invocation.parent_run_id:
        return None
    return CheckBudget(run.next_id, run.invocation.caller_id, not run.invocation.dry_run)


def lane_of(run: Run) -> str:
    """The lane the run must hold a place in, "" for none: a tree of runs holds only its root's."""
    wanted = run.invocation.lane or tier_of(run.agent, run.wiring.defaults)
    is_known = wanted in run.wiring.lanes or bool(run.invocation.lane)
    return wanted if run.wiring.lanes and is_known and not run.invocation.parent_run_id else ""


def _lane(run: Run) -> Question | None:
    if run.ports.lane is not Door.UNASKED or not lane_of(run):
        return None
    return AcquireLane(run.next_id, lane_of(run))


def _models(run: Run) -> Question | None:
    """All tiers are resolved here, those of the phases as well."""
    known = {tier for tier, _ in run.preflight.chains}
    first = tier_of(run.agent, run.wiring.defaults)
    for tier in (first, *[phase.model_tier or first for phase in run.agent.phases]):
        if tier not in known:
            return ResolveModel(run.next_id, tier)
    return None


def _audit(run: Run) -> Question | None:
    if not run.wiring.audit or run.ports.audit is not Door.UNASKED:
        return None
    return OpenAudit(run.next_id, facts_of(run))


def _checkpoint(run: Run) -> Question | None:
    if not run.wiring.checkpoints or run.ports.checkpoint is not Door.UNASKED:
        return None
    return BeginCheckpoint(run.next_id, facts_of(run))


def _toolbox(run: Run) -> Question | None:
    """A dry run opens no session."""
    if run.preflight.toolbox is not None:
        return None
    agent, invocation = run.agent, run.invocation
    session = run.wiring.session and not invocation.dry_run
    if not needs_toolbox(run):
        return None
    return BuildToolbox(
        run.next_id,
        agent.low_level_tools,
        agent.skill_palette,
        agent.sub_agent_palette,
        invocation.extra_tools,
        session,
    )


def _files(run: Run) -> Question | None:
    """Without the port they are ignored."""
    files, staged = run.invocation.input_files, len(run.preflight.staged)
    if not run.wiring.input_files or staged >= len(files):
        return None
    return StageFile(run.next_id, staged, files[staged].name, files[staged].mime)


def _critic(run: Run) -> Question | None:
    if not run.wiring.critic or not run.agent.critic.enabled or run.ports.critic is not Door.UNASKED:
        return None
    return StartCritic(run.next_id, facts_of(run))


NEEDS: tuple[Callable[[Run], Question | None], ...] = (
    _budget,
    _lane,
    _models,
    _audit,
    _checkpoint,
    _toolbox,
    _files,
    _critic,
)
DRY: tuple[Callable[[Run], Question | None], ...] = (_budget, _models, _toolbox)


def on_budget_checked(run: Run, event: BudgetChecked) -> Run:
    """A budget that fails refuses (it fails closed); a grant bounds what the agent's own limits leave open."""
    match event.outcome:
        case Fault(message=reason):
            return stop(run, Failed(run.now, PortError("budget", reason)))
        case Refusal(reason=reason):
            return stop(run, Refused(run.now, reason))
        case grant:
            return _granted(run, grant)


def _granted(run: Run, grant: Grant) -> Run:
    bounds = replace(
        run.bounds,
        tokens=limits.smaller(run.bounds.tokens, grant.tokens),
        cost=limits.smaller(run.bounds.cost, grant.cost),
    )
    kept = None if run.invocation.dry_run else grant
    return replace(run, bounds=bounds, preflight=replace(run.preflight, checked=True, grant=kept))


def on_lane_acquired(run: Run, event: LaneAcquired) -> Run:
    if isinstance(event.outcome, Fault):
        return stop(run, Failed(run.now, PortError("lanes", event.outcome.message)))
    return replace(run, ports=replace(run.ports, lane=Door.OPEN))


def on_model_resolved(run: Run, event: ModelResolved) -> Run:
    match event.outcome:
        case Fault(message=reason):
            return _unresolved(run, reason)
        case ():
            return _unresolved(run, "it stands for no model")
        case chain:
            return _take_chain(run, chain, event.labels)


def _tier_asked(run: Run) -> str:
    """The tier of the question that was just answered: the first that isn't known."""
    question = _models(run)
    return question.tier if isinstance(question, ResolveModel) else ""


def _unresolved(run: Run, reason: str) -> Run:
    return stop(run, Failed(run.now, ModelUnresolved(_tier_asked(run), reason)))


def _take_chain(run: Run, chain: tuple[ModelChoice, ...], labels: tuple[str, ...]) -> Run:
    preflight = run.preflight
    chains = (*preflight.chains, (_tier_asked(run), chain))
    known = (*preflight.labels, *[label for label in labels if label not in preflight.labels])
    return replace(run, preflight=replace(preflight, chains=chains, labels=known))


def rehearse(run: Run) -> Run:
    """A dry run ends where the conversation would begin, and says what it would do."""
    if run.cause is not None or not is_ready(run):
        return run
    opened = open_phase(run)  # A pipeline begins with its first phase.
    setup, bounds = opened.talk.setup, opened.bounds
    model, tools = setup.model, [spec.name for spec in setup.toolbox.specs]
    would = {
        "model": model,
        "tools": tools,
        "phases": [phase.name for phase in run.agent.phases],
        "max_iterations": bounds.max_iterations,
        "max_runtime": say(bounds.max_runtime),
        "tokens": bounds.tokens,
        "cost": bounds.cost,
    }
    output = (
        f"would ask {model} with {', '.join(tools) or 'no tools'}, "
        f"for at most {bounds.max_iterations} steps and {say(bounds.max_runtime)}"
    )
    return stop(replace(run, value=encode(would).decode()), DryRan(run.now, output))
