"""What must be settled before the first model call: the chain of models, then the toolbox.

A run that can't get them fails here, before anybody has asked a model (semantics.md sections 2.4 and 2.6).
"""

from executus.agent import tier_of
from executus.effects import BuildToolbox, ResolveModel
from executus.events import ModelResolved, ToolboxBuilt
from executus.failures import ModelUnresolved, ToolboxInvalid
from executus.rules.status import Failed
from executus.state import Run, Transition, ask, stop
from executus.toolbox import NO_TOOLS, Toolbox
from executus.values import Fault, ModelChoice, ToolSpec, replace


def on_model_resolved(run: Run, event: ModelResolved) -> Run:
    match event.outcome:
        case Fault(message=reason):
            return _unresolved(run, reason)
        case ():
            return _unresolved(run, "it stands for no model")
        case chain:
            return _take_chain(run, chain)


def on_toolbox_built(run: Run, event: ToolboxBuilt) -> Run:
    match event.outcome:
        case Fault(message=reason):
            return stop(run, Failed(run.now, ToolboxInvalid(reason)))
        case specs:
            return _take_tools(run, specs)


def prepare(run: Run) -> Transition:
    """Ask for whatever is still missing, one thing after the other."""
    if run.pending:
        return run, ()
    if not run.preflight.chain:
        return ask(run, ResolveModel(run.next_id, tier_of(run.agent, run.wiring.defaults)))
    if run.preflight.toolbox is None:
        return ask(run, BuildToolbox(run.next_id, run.agent.low_level_tools))
    return run, ()


def _unresolved(run: Run, reason: str) -> Run:
    tier = tier_of(run.agent, run.wiring.defaults)
    return stop(run, Failed(run.now, ModelUnresolved(tier, reason)))


def _take_chain(run: Run, chain: tuple[ModelChoice, ...]) -> Run:
    """Without tools there is nothing to build."""
    toolbox = None if run.agent.low_level_tools else NO_TOOLS
    return replace(run, preflight=replace(run.preflight, chain=chain, toolbox=toolbox))


def _take_tools(run: Run, specs: tuple[ToolSpec, ...]) -> Run:
    """The world gives exactly the tools that were named: the core trusts nobody's count."""
    built = tuple([spec.name for spec in specs])
    if built != run.agent.low_level_tools:
        reason = f"asked for {list(run.agent.low_level_tools)}, got {list(built)}"
        return stop(run, Failed(run.now, ToolboxInvalid(reason)))
    return replace(run, preflight=replace(run.preflight, toolbox=Toolbox(specs)))
