"""What a run hears of those it delegated to while they go on (semantics.md sections 2.2, 4 and 6).

What came of them in the end is a result like any tool's (steps.py).
"""

from executus.effects import Delegate
from executus.events import ChildWaiting, UsageSeen
from executus.rules import limits
from executus.rules.status import Overspent
from executus.state import Run, stop
from executus.values import Usage, replace


def on_usage(run: Run, event: UsageSeen) -> Run:
    """A child's use counts as the run's own. Over the grant the run ends at once: nobody else judges it."""
    return use(run, event.usage)


def use(run: Run, usage: Usage) -> Run:
    """So much more was used, by another than the run itself."""
    run = replace(run, used=limits.add(run.used, usage))
    excess = limits.excess(run.used, run.bounds.tokens, run.bounds.cost)
    if excess is None:
        return run
    return stop(run, Overspent(run.now, excess.what, excess.used, excess.limit))


def on_child_waiting(run: Run, event: ChildWaiting) -> Run:
    """A run that waits only for children that wait is itself waiting."""
    known = any(isinstance(question, Delegate) and question.id == event.question for question in run.pending)
    others = tuple([child for child in run.clock.children if child != event.question])
    children = (*others, event.question) if known and event.waiting else others
    return replace(run, clock=replace(run.clock, children=children))
