"""The ports that a run opens before it begins and closes when it ends: what came of opening each.

One that declines, or fails, is asked for nothing more; the run goes on without it (semantics.md sections 2.5 and
7).
"""

from executus.answers import AuditOpened, CheckpointBegun, CriticStarted, FileStaged
from executus.slices import Door
from executus.state import Run, warn
from executus.values import Fault, replace


def on_audit_opened(run: Run, event: AuditOpened) -> Run:
    run = _warned(run, "audit", event.outcome)
    return replace(run, ports=replace(run.ports, audit=_door(event.outcome)))


def on_checkpoint_begun(run: Run, event: CheckpointBegun) -> Run:
    """A store that fails degrades the run to one that isn't durable."""
    run = _warned(run, "checkpoints", event.outcome)
    return replace(run, ports=replace(run.ports, checkpoint=_door(event.outcome)))


def on_critic_started(run: Run, event: CriticStarted) -> Run:
    run = _warned(run, "critic", event.outcome)
    return replace(run, ports=replace(run.ports, critic=_door(event.outcome)))


def _door(outcome: bool | Fault) -> Door:
    if isinstance(outcome, Fault):
        return Door.FAILED
    return Door.OPEN if outcome else Door.DECLINED


def _warned(run: Run, port: str, outcome: bool | Fault) -> Run:
    return warn(run, f"{port} failed: {outcome.message}") if isinstance(outcome, Fault) else run


def on_file_staged(run: Run, event: FileStaged) -> Run:
    """A file that fails to be staged is listed as unavailable."""
    staged = run.preflight.staged
    file = run.invocation.input_files[len(staged)]
    what = f"{file.name} ({file.mime}, {len(file.content)} bytes)"
    match event.outcome:
        case Fault(message=reason):
            run = warn(run, f"input file {file.name} could not be staged: {reason}")
            entry = f"- {what}: unavailable"
        case file_id:
            entry = f"- {what}: file id {file_id}"
    return replace(run, preflight=replace(run.preflight, staged=(*staged, entry)))
