"""A breach for each law: a recording that was tampered with after it was lived through.

A law that nothing breaks says nothing. `BREACHES` has one for every law but those that only other code can break.
"""

from collections.abc import Callable

from executus.answers import ToolReturned
from executus.buffer import View, view
from executus.effects import Abandon, RunTool
from executus.events import CancelRequested
from executus.laws import LAWS
from executus.lived import Lived
from executus.rules.deadlines import disarm
from executus.rules.status import Cancelled, Expired, Finished, Overspent, Status
from executus.state import Run, Stage
from executus.transcript import Transcript
from executus.values import Message, ToolCall, ToolResult, Usage, replace

LAW_OF = {law.__name__: law for law in LAWS}

Breach = Callable[[Lived], Lived]


def moment(index: int, **changes: object) -> Breach:
    """Something else happened, was asked, or came of it at one entry."""

    def breach(lived: Lived) -> Lived:
        moments = list(lived.moments)
        moments[index] = replace(moments[index], **changes)  # type: ignore[arg-type]  # any field of a Moment
        return replace(lived, moments=tuple(moments))

    return breach


def run(index: int, change: Callable[[Run], Run]) -> Breach:
    """The run was another one after an entry."""
    return lambda lived: moment(index, run=change(lived.moments[index].run))(lived)


def recording(change: Callable[[Transcript], Transcript]) -> Breach:
    """The recording itself was changed."""
    return lambda lived: replace(lived, transcript=change(lived.transcript))


def said(index: int, *more: Message) -> Breach:
    """The conversation holds something else after an entry."""

    def change(run: Run) -> Run:
        conversation = view(*tuple(run.talk.conversation)[:-1], *more)
        return replace(run, talk=replace(run.talk, conversation=conversation))

    return run(index, change)


def talk(index: int, **changes: object) -> Breach:
    return run(index, lambda run: replace(run, talk=replace(run.talk, **changes)))  # type: ignore[arg-type]


LATE = Cancelled(0, "somebody else")
ONE_CALL = Message("assistant", calls=(ToolCall("x", "add"),))


class Forged(View[Message]):
    """A conversation that hears what was said elsewhere."""

    def append(self, item: Message) -> View[Message]:
        return view(*self, Message("assistant", "said elsewhere"))


FORGED = Forged([], 0, [])

BREACHES: dict[str, Breach] = {
    "entries_are_numbered_from_the_start": recording(lambda past: replace(past, entries=past.entries[::-1])),
    "time_never_goes_back": run(5, lambda run: replace(run, now=0)),
    "todays_code_agrees": recording(
        lambda past: replace(past, entries=(*past.entries[:-1], replace(past.entries[-1], asked=(Abandon(9),))))
    ),
    "effects_stay_true": moment(3, prints=("RunTool#4:000000", "RunTool#5:000000")),
    "the_same_event_gives_the_same_run": moment(4, asked=(Abandon(4),)),
    "deciding_twice_asks_nothing_new": lambda lived: moment(7, run=lived.moments[7].landed)(lived),
    "only_facts_stop_a_run": lambda lived: moment(-1, landed=lived.moments[-1].before)(lived),
    "the_first_cause_is_kept": lambda lived: moment(-1, before=replace(lived.moments[-1].run, cause=LATE))(lived),
    "questions_are_numbered_in_order": moment(
        3, asked=(RunTool(5, ToolCall("", "a")), RunTool(4, ToolCall("", "b")))
    ),
    "every_question_is_closed_once": moment(4, asked=(Abandon(3),)),
    "a_run_is_done_when_it_has_a_status": recording(lambda past: replace(past, status=Status.ERROR)),
    "nothing_happens_after_the_end": lambda lived: moment(
        5, before=replace(lived.moments[4].run, stage=Stage.DONE)
    )(lived),
    "stages_only_move_forward": run(4, lambda run: replace(run, stage=Stage.PREPARING)),
    "what_was_given_never_changes": run(4, lambda run: replace(run, run_id="another")),
    "no_wakeup_in_the_past": run(4, lambda run: replace(run, now=60_000_000)),
    "only_a_queue_people_and_the_end_need_no_wakeup": run(
        4, lambda run: replace(run, deadlines=disarm(run.deadlines))
    ),
    "a_run_ends_by_its_deadline": moment(-1, event=CancelRequested(60_000_000)),
    "nothing_is_begun_after_the_cause": moment(-1, asked=(RunTool(10, ToolCall("x", "add")),)),
    "a_late_answer_changes_nothing": moment(4, event=ToolReturned(1_000_000, 1, ToolResult("late"))),
    "counters_never_decrease": run(-1, lambda run: replace(run, used=Usage())),
    "the_conversation_only_grows": said(5, Message("user", "Something else.")),
    "a_fork_goes_its_own_way": lambda lived: moment(
        8, before=replace(lived.moments[8].run, talk=replace(lived.moments[7].run.talk, conversation=FORGED))
    )(lived),
    "results_stand_in_call_order": said(-1, Message("tool", "Whose?", call_id="nobody's")),
    "no_more_results_than_calls": said(-1, *[Message("tool", "More.")] * 9),
    "call_ids_are_unique": said(
        -1, ONE_CALL, Message("tool", call_id="x"), ONE_CALL, Message("tool", call_id="x")
    ),
    "a_serial_tool_runs_alone": run(
        3,
        lambda run: replace(run, pending=(RunTool(4, ToolCall("x", "unknown")), RunTool(5, ToolCall("y", "add")))),
    ),
    "a_model_is_asked_between_steps": lambda lived: moment(3, asked=lived.moments[2].asked)(lived),
    "steps_stay_within_their_bound": talk(6, steps_done=0),
    "streaks_stay_below_their_limits": run(
        6, lambda run: replace(run, bounds=replace(run.bounds, max_consecutive_tool_errors=1))
    ),
    "usage_is_the_sum_of_the_replies": run(4, lambda run: replace(run, used=Usage(1, 1))),
    "an_answer_was_said": run(-1, lambda run: replace(run, cause=Finished(0, "Never said."))),
    "texts_are_bounded": run(-1, lambda run: replace(run, bounds=replace(run.bounds, max_tool_output=5))),
    "a_bound_ends_a_run_only_when_it_is_reached": run(
        -1, lambda run: replace(run, cause=Overspent(0, "tokens", 4, 5))
    ),
    "a_timeout_has_an_owner": run(
        -1, lambda run: replace(run, cause=Expired(59_999_999, "max_runtime", 60_000_000))
    ),
    "what_may_not_run_is_not_run": moment(3, asked=(RunTool(4, ToolCall("x", "add", "[]")),)),
    "nothing_is_asked_over_the_grant": run(3, lambda run: replace(run, bounds=replace(run.bounds, tokens=1))),
}
