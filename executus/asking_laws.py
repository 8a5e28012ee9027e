"""The laws of questions: each is asked once and closed once, and a run knows when it must be woken.

Part of `laws.py`, which says what a law is.
"""

from collections.abc import Callable

from executus.answers import Answered, ModelReplied, ToolReturned
from executus.effects import Abandon, AcquireLane, AskApproval, Asked, CallModel, Delegate, RunTool
from executus.events import RunResumed, TimePassed
from executus.lived import Lived
from executus.state import Run
from executus.transition import is_over, next_wakeup, transition
from executus.values import ModelReply


def questions_are_numbered_in_order(lived: Lived) -> bool:
    """Questions carry the numbers 1, 2, 3 … in the order they are asked (house law 7)."""
    ids = [effect.id for moment in lived.moments for effect in moment.asked if isinstance(effect, Asked)]
    return ids == list(range(1, len(ids) + 1)) and lived.last.next_id == len(ids) + 1


def every_question_is_closed_once(lived: Lived) -> bool:
    """A question is answered or abandoned, once, or its process is gone; no other is open (house law 7)."""
    waiting: set[int] = set()
    for moment in lived.moments:
        waiting.discard(moment.answers or 0)
        if isinstance(moment.event, RunResumed):
            waiting.clear()
        for effect in moment.asked:
            if isinstance(effect, Asked):
                waiting.add(effect.id)
            elif isinstance(effect, Abandon):
                if effect.question not in waiting:
                    return False
                waiting.remove(effect.question)
        if sorted(waiting) != [question.id for question in moment.run.pending]:
            return False
    return not waiting or not is_over(lived.last)


def no_wakeup_in_the_past(lived: Lived) -> bool:
    """The next timeout is an output, and always lies ahead (house law 5)."""
    wakeups = [(next_wakeup(moment.run), moment.run.now) for moment in lived.moments]
    return all(wakeup is None or wakeup > now for wakeup, now in wakeups)


def only_a_queue_people_and_the_end_need_no_wakeup(lived: Lived) -> bool:
    """No run without an end: it must be woken, unless it is over, queued, or waits for people (section 10)."""
    for moment in lived.moments:
        run = moment.run
        waits = any(isinstance(question, AcquireLane | AskApproval | Delegate) for question in run.pending)
        if next_wakeup(run) is None and not (is_over(run) or waits):
            return False
        if next_wakeup(run) is not None and is_over(run):
            return False
    return True


def a_late_answer_changes_nothing(lived: Lived) -> bool:
    """An answer to a question that isn't open changes nothing but the time; a call's result may (section 9)."""
    tools: set[int] = set()
    for moment in lived.moments:
        event = moment.event
        if isinstance(event, Answered) and moment.answers is None:
            is_result = isinstance(event, ToolReturned) and event.id in tools
            if not is_result and (moment.run, moment.asked) != transition(moment.before, TimePassed(event.at)):
                return False
        tools |= {effect.id for effect in moment.asked if isinstance(effect, RunTool)}
    return all(_keeps_its_calm(moment.run) for moment in lived.moments)


def _keeps_its_calm(run: Run) -> bool:
    """Does one more answer, to the latest closed question or to an open one of another kind, leave it as it is?"""
    waiting = {question.id for question in run.pending if isinstance(question, CallModel)}
    closed = next(id for id in reversed(range(run.next_id)) if id not in waiting)
    answer = ModelReplied(run.now, closed, ModelReply("much too late"))
    return transition(run, answer) == (run, ())


ASKING_LAWS: tuple[Callable[[Lived], bool], ...] = (
    questions_are_numbered_in_order,
    every_question_is_closed_once,
    no_wakeup_in_the_past,
    only_a_queue_people_and_the_end_need_no_wakeup,
    a_late_answer_changes_nothing,
)
