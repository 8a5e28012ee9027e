"""What a run does once it has a cause to end: nothing here can rename it.

What is in flight is abandoned first, so that no error which the stopping provokes can come back.
"""

from executus.effects import Abandon
from executus.rules import deadlines
from executus.state import Run, Stage, Transition, tell
from executus.values import replace


def wind_up(run: Run) -> Transition:
    """A run with a cause to end has nothing more to say: it leaves its stage before anyone speaks."""
    if run.cause is None:
        return run, ()
    abandoned = [Abandon(question.id) for question in run.pending]
    ending = replace(run, stage=Stage.FINALIZING, pending=(), deadlines=deadlines.disarm(run.deadlines))
    return tell(ending, *abandoned)


def finish(run: Run) -> Transition:
    """Done once nothing is open any more."""
    if run.pending:
        return run, ()
    return replace(run, stage=Stage.DONE), ()
