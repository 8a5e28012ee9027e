"""What it means for a run that its deadline has passed: a run that prepares fails, one that talks expires."""

from executus.failures import PreflightTimedOut
from executus.rules.deadlines import Owner
from executus.rules.status import Expired, Failed
from executus.state import Run, stop


def expire(run: Run) -> Run:
    """Stop the run at the deadline's own instant, however late the world noticed."""
    deadline = run.deadlines
    at = run.now if deadline.end is None else deadline.end
    if deadline.owner is Owner.PREFLIGHT:
        return stop(run, Failed(at, PreflightTimedOut(deadline.limit)))
    return stop(run, Expired(at, deadline.owner, deadline.limit))
