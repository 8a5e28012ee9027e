"""The tools of a run: what is asked for, and whether it is what came (semantics.md section 2.6)."""

from executus.answers import ToolboxBuilt
from executus.failures import ToolboxInvalid
from executus.rules.status import Failed
from executus.state import Run, stop
from executus.toolbox import NO_TOOLS, Toolbox
from executus.values import Fault, ToolClass, ToolSpec, replace

SUBMIT = "submit"
"""The tool by which a model gives a structured output."""


def needs_toolbox(run: Run) -> bool:
    """Without tools there is nothing to build."""
    agent, invocation = run.agent, run.invocation
    named = agent.low_level_tools or agent.skill_palette or agent.sub_agent_palette or invocation.extra_tools
    chosen = any(phase.tools for phase in agent.phases)
    return bool(named) or chosen or (run.wiring.session and not invocation.dry_run)


def submit_spec(run: Run) -> tuple[ToolSpec, ...]:
    """The tool that takes the answer, where the agent's answer has a type."""
    if not run.agent.output_type:
        return ()
    told = "Give your answer. Call this alone, once, when you are done."
    return (ToolSpec(SUBMIT, told, run.agent.output_type, ToolClass.PURE, timeout=run.bounds.cleanup_timeout),)


def toolbox_of(run: Run) -> Toolbox:
    """The tools of the run; before they are built, none but `submit`."""
    if run.preflight.toolbox is not None:
        return run.preflight.toolbox
    submit = submit_spec(run)
    return Toolbox(submit) if submit else NO_TOOLS


def on_toolbox_built(run: Run, event: ToolboxBuilt) -> Run:
    match event.outcome:
        case Fault(message=reason, provider=stage):
            return _invalid(run, reason, stage or "build toolbox")
        case specs:
            return _take_tools(run, specs)


def _invalid(run: Run, reason: str, stage: str) -> Run:
    return stop(run, Failed(run.now, ToolboxInvalid(reason, stage)))


def _take_tools(run: Run, specs: tuple[ToolSpec, ...]) -> Run:
    """The world gives exactly the tools that were named: the core trusts nobody's count."""
    built, wanted = [spec.name for spec in specs], _wanted(run)
    if built[: len(wanted)] != wanted or (len(built) > len(wanted) and not run.wiring.session):
        return _invalid(run, f"asked for {wanted}, got {built}", "build toolbox")
    every = (*specs, *submit_spec(run))
    seen: dict[str, int] = {}
    for index, spec in enumerate(every):
        if spec.name in seen:  # Of `submit`, which nobody brings, it is the other that came from somewhere.
            place = index if index < len(specs) else seen[spec.name]
            return _invalid(run, f"two tools are named {spec.name!r}", _stage(run, place))
        seen[spec.name] = index
    if run.wiring.session and run.invocation.dry_run:
        return _with_tools(run, every)  # What a session would bring is not known.
    for phase in run.agent.phases:
        for name in phase.tools:
            if name not in seen:
                return _invalid(run, f"phase {phase.name} has no tool {name!r} to choose", "build toolbox")
    return _with_tools(run, every)


def _with_tools(run: Run, every: tuple[ToolSpec, ...]) -> Run:
    return replace(run, preflight=replace(run.preflight, toolbox=Toolbox(every)))


def _wanted(run: Run) -> list[str]:
    agent = run.agent
    return [
        *agent.low_level_tools,
        *[f"skill__{name}" for name in agent.skill_palette],
        *[f"agent__{name}" for name in agent.sub_agent_palette],
        *run.invocation.extra_tools,
    ]


def _stage(run: Run, index: int) -> str:
    """Where the tool at this place came from."""
    last = len(_wanted(run))
    if index >= last:
        return "add session tool"
    return "add extra tool" if index >= last - len(run.invocation.extra_tools) else "build toolbox"
