"""The laws as an explorer uses them: which can be told from one transition, and which need the whole run.

Law: nothing is judged here that laws.py doesn't judge; a law of one transition is the law itself, asked about a
run of one moment. A test holds that on whole recordings, sound and tampered with, both ways say the same.
"""

from collections.abc import Sequence
from typing import Any

from executus import (
    asking_laws,
    bound_laws,
    end_laws,
    laws,
    loss_laws,
    port_laws,
    talk_laws,
    time_laws,
    turn_laws,
)
from executus.answers import Answered
from executus.codec import fingerprint
from executus.effects import Asked
from executus.laws import LAWS, Law
from executus.lived import Lived, Moment
from executus.rules.status import Status
from executus.started import RunStarted
from executus.transcript import Entry, Transcript, ended_as
from executus.values import replace

OF_THE_TALK: tuple[Law, ...] = (
    talk_laws.the_conversation_only_grows,
    talk_laws.results_stand_in_call_order,
    talk_laws.no_more_results_than_calls,
    talk_laws.call_ids_are_unique,
    turn_laws.a_phase_begins_with_a_clean_slate,
    bound_laws.steps_stay_within_their_bound,
    bound_laws.streaks_stay_below_their_limits,
    bound_laws.texts_are_bounded,
)
"""The same, and these look at nothing but what `_is_quiet` compares."""

READS = ("agent", "invocation", "wiring", "talk", "pipeline", "bounds", "cause")

ALONE: tuple[Law, ...] = (
    laws.deciding_twice_asks_nothing_new,
    laws.only_facts_stop_a_run,
    laws.the_first_cause_is_kept,
    laws.a_run_is_done_when_it_has_a_status,
    laws.stages_only_move_forward,
    laws.what_was_given_never_changes,
    laws.status_and_error_agree,
    asking_laws.no_wakeup_in_the_past,
    asking_laws.only_a_queue_people_and_the_end_need_no_wakeup,
    end_laws.nothing_is_begun_after_the_cause,
    end_laws.what_is_settled_is_what_was,
    port_laws.what_could_not_be_had_ends_the_run,
    port_laws.a_dry_run_touches_nothing,
    talk_laws.counters_never_decrease,
    talk_laws.a_fork_goes_its_own_way,
    talk_laws.a_serial_tool_runs_alone,
    talk_laws.a_model_is_asked_between_steps,
    turn_laws.a_conversation_opens_as_it_should,
    turn_laws.bytes_of_files_reach_no_model,
    turn_laws.phases_go_in_order,
    turn_laws.a_compaction_keeps_what_must_stay,
    turn_laws.a_conversation_is_compacted_when_it_should_be,
    turn_laws.who_is_told_first,
    loss_laws.only_known_tools_run,
    loss_laws.nobody_works_for_itself,
)
"""Broken by a recording exactly when one of its moments, taken for a whole recording, breaks it."""

PAIRED: tuple[Law, ...] = (
    laws.nothing_happens_after_the_end,
    end_laws.what_is_in_flight_is_abandoned_first,
)
"""The same of a moment and the one before it."""

AT_THE_CAUSE: tuple[Law, ...] = (
    time_laws.a_timeout_has_an_owner,
    bound_laws.a_bound_ends_a_run_only_when_it_is_reached,
    talk_laws.an_answer_was_said,
)
"""The same of the moment at which the cause reached the run."""

OF_A_STATE: tuple[Law, ...] = (
    laws.effects_stay_true,
    laws.the_same_event_gives_the_same_run,
)
"""That the core is pure. An explorer asks it about each state once everything that comes of it was tried."""

OF_AN_EXAMPLE: tuple[Law, ...] = (laws.todays_code_agrees,)
"""What was made by today's code a moment ago agrees with it: asked of what is shown, with all other laws."""

OF_A_TRANSITION = (*OF_THE_TALK, *ALONE, *PAIRED, *AT_THE_CAUSE)

OF_A_RUN: tuple[Law, ...] = tuple(
    [law for law in LAWS if law not in (*OF_A_TRANSITION, *OF_A_STATE, *OF_AN_EXAMPLE)]
)
"""What is left needs to know what came before."""


def broken_by(before: Moment | None, moment: Moment) -> list[str]:
    """The names of the laws that this one transition breaks. `before` is how its first state was reached."""
    alone = Lived(Transcript((), ended_as(moment.run)), (moment,))
    wrong = [law.__name__ for law in ALONE if not law(alone)]
    if before is None or not _is_quiet(moment):
        wrong += [law.__name__ for law in OF_THE_TALK if not law(alone)]
    if before is not None:
        pair = Lived(alone.transcript, (before, moment))
        wrong += [law.__name__ for law in PAIRED if not law(pair)]
    if moment.run.cause is not None and (before is None or moment.before.cause is None):
        wrong += [law.__name__ for law in AT_THE_CAUSE if not law(alone)]
    return wrong


def _is_quiet(moment: Moment) -> bool:
    """Is everything that the laws of the talk look at what it was before, when they held?"""
    run, before = moment.run, moment.before
    is_same = run.talk is before.talk and run.pipeline is before.pipeline and run.bounds is before.bounds
    is_given = run.agent is before.agent and run.invocation is before.invocation and run.wiring is before.wiring
    return is_same and is_given and run.cause is before.cause


def broken_in(moments: Sequence[Moment]) -> list[str]:
    """The names of the laws of whole runs that this one breaks."""
    lived = lived_of(moments, ended_as(moments[-1].run))
    return [law.__name__ for law in OF_A_RUN if not law(lived)]


def broken_since(moment: Moment) -> list[str]:
    """The names of the laws of purity that this moment breaks, by what was done since."""
    lived = Lived(_NOTHING, (moment,) if isinstance(moment.event, RunStarted) else (moment, moment))
    return [law.__name__ for law in OF_A_STATE if not law(lived)]


def lived_of(moments: Sequence[Moment], status: Status | None) -> Lived:
    """The moments as a recording that was lived through, and what the file would call its end."""
    entries = [Entry(index, moment.event, moment.asked) for index, moment in enumerate(moments)]
    return Lived(Transcript(tuple(entries), status), tuple(moments))


_NOTHING = Transcript(())


def fingerprinted(moment: Moment) -> Moment:
    """The moment, with the fingerprints of what it asked as they are now."""
    return replace(moment, prints=tuple(map(fingerprint, moment.asked)))


class Seen(Moment, frozen=True):
    """A moment that remembers what every law asks of it."""

    is_late: Any = False  # pyright: ignore[reportIncompatibleMethodOverride]  # it was a question, here is its answer
    question: Any = None  # pyright: ignore[reportIncompatibleMethodOverride]  # the same
    answers: Any = None  # pyright: ignore[reportIncompatibleMethodOverride]  # the same
    own: tuple[Asked, ...] = ()

    def questions(self) -> list[Asked]:
        return list(self.own)


def seen(moment: Moment) -> Moment:
    """The same moment, faster to ask."""
    event, run = moment.event, moment.run
    question = moment.question if isinstance(event, Answered) else None
    id = None if question is None else question.id
    own = tuple([effect for effect in moment.asked if isinstance(effect, Asked)])
    return Seen(
        event, moment.before, moment.landed, run, moment.asked, moment.prints, moment.is_late, question, id, own
    )
