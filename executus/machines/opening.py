"""How a conversation opens: system prompt, history, first turn (semantics.md sections 2.7 and 6).

Every phase opens a fresh one, with its own prompt, models, tools and step ceiling, each falling back to the
agent's.
"""

from executus.agent import ModelChoice, Phase, settled
from executus.bounds import tier_of
from executus.buffer import Names, names, view
from executus.machines.toolboxes import SUBMIT, toolbox_of
from executus.rules import deadlines
from executus.rules.deadlines import Deadlines
from executus.rules.templates import rendered
from executus.slices import Door, Talk
from executus.state import Run
from executus.toolbox import Setup, Toolbox
from executus.values import Instant, Message, replace


def open_phase(run: Run) -> Run:
    """The run with the conversation of its open phase, or of an agent that has none."""
    phase = phase_of(run)
    turns = opening_turns(run)
    before = run.talk
    talk = Talk(
        conversation=view(*turns),
        setup=setup_of(run, phase, 0),
        opening=len(turns),
        first_step=run.pipeline.steps_before,
        mailbox=before.mailbox if run.pipeline.index == 0 else view(),
        nudges=view(),
        call_ids=_ids(run, turns),
        calls_done=before.calls_done,
        cut=before.cut,
        window=chain_of(run, phase)[0].window,
        told=len(turns),
    )
    bounds = run.bounds
    if phase is not None:
        agents = run.agent.max_iterations or run.wiring.defaults.max_iterations
        if run.pipeline.index or bounds.max_iterations == agents:  # Else the host has changed it already.
            bounds = replace(bounds, max_iterations=phase.max_iterations or agents)
    return replace(run, talk=talk, bounds=bounds, is_plain=is_plain_with(run, talk.setup.toolbox))


def is_plain_with(run: Run, toolbox: Toolbox) -> bool:
    """Will a conversation with these tools be one that nobody watches, and in which nothing can wait or lapse?"""
    wiring = run.wiring
    watched = wiring.audit or wiring.observer or wiring.critic or wiring.checkpoints or wiring.compactor
    can_wait = wiring.approver or wiring.lanes or run.bounds.model_call_timeout
    return not (watched or can_wait) and toolbox.is_plain


def armed(run: Run, base: Instant) -> Deadlines:
    """The deadlines of a run whose clock began at `base`: its critic's where one watches, else max_runtime."""
    bounds = run.bounds
    if run.ports.critic is not Door.OPEN:
        return deadlines.arm_running(base, bounds.max_runtime)
    watched = deadlines.arm_critic(
        base,
        bounds.max_runtime,
        bounds.backstop_multiplier,
        bounds.critic_absolute_max,
        bounds.critic_soft_timeout,
    )
    return deadlines.stir(watched, run.now)  # Whoever has queued was not idle.


def phase_of(run: Run) -> Phase | None:
    """The phase that is open; None for an agent without phases."""
    phases = run.agent.phases
    return phases[run.pipeline.index] if phases else None


def chain_of(run: Run, phase: Phase | None) -> tuple[ModelChoice, ...]:
    """The models of the open phase, first choice first."""
    tier = (phase.model_tier if phase else "") or tier_of(run.agent, run.wiring.defaults)
    return next(chain for name, chain in run.preflight.chains if name == tier)


def setup_of(run: Run, phase: Phase | None, choice: int) -> Setup:
    """How the model number `choice` of the chain is asked: as the phase says, then the agent, then the tier."""
    model = chain_of(run, phase)[choice]
    settings = settled(run.agent.model_settings, model.settings)
    if phase is not None:
        settings = settled(phase.model_settings, settings)
    return Setup(model.model, _tools_of(run, phase), settings)


def wants_submit(run: Run) -> bool:
    """Only the last listed phase gives the structured output."""
    return bool(run.agent.output_type) and run.pipeline.index >= len(run.agent.phases) - 1


def _tools_of(run: Run, phase: Phase | None) -> Toolbox:
    toolbox = toolbox_of(run)
    if phase is None:
        return toolbox
    chosen = phase.tools or [spec.name for spec in toolbox.specs if spec.name != SUBMIT]
    kept = [spec for spec in toolbox.specs if spec.name in chosen or (spec.name == SUBMIT and wants_submit(run))]
    return toolbox if len(kept) == len(toolbox.specs) else Toolbox(tuple(kept))


def _ids(run: Run, turns: list[Message]) -> Names:
    """No call of the run has the id of another, whatever phase it is in, nor that of one in the history."""
    used = run.talk.call_ids
    if not len(used):
        return names(*dict.fromkeys(call.call_id for turn in turns for call in turn.calls))
    return used


def opening_turns(run: Run) -> list[Message]:
    """What the open phase began with. Blank texts are left out: a run may consist of pictures alone."""
    invocation, phase = run.invocation, phase_of(run)
    own = run.agent.system_prompt if phase is None else _prompt(run, phase)
    prompts = [text for text in (run.wiring.system_header, own) if text.strip()]
    turns = [Message("system", "\n\n".join(prompts))] if prompts else []
    turns += invocation.history
    parts = [text for text in (invocation.prompt, _attached(run)) if text.strip()]
    if parts or invocation.images:
        turns.append(Message("user", "\n\n".join(parts), invocation.images))
    return turns


def _attached(run: Run) -> str:
    staged = run.preflight.staged
    return "\n".join(("[ATTACHED FILES]", *staged)) if staged else ""


def _prompt(run: Run, phase: Phase) -> str:
    """The phase's prompt, filled in, instead of the agent's; the agent's where the phase has none."""
    if not phase.system_prompt:
        return run.agent.system_prompt
    texts = {"input": run.invocation.prompt} | {told.name: told.text for told in run.pipeline.done}
    return rendered(phase.system_prompt, texts)
