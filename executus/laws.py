"""The laws: what holds for every run, whoever carried it out.

Each is a predicate on a recording that was lived through again (`lived.py`), and finds its answer in another
way than the kernel does. `broken(transcript)` names the laws that a recording breaks. Here stand order
and causes; questions, time, the end, ports, turns, talk, bounds and lost outcomes have rooms of their own.
"""

from collections.abc import Callable
from typing import TypeAlias

from executus.account import error_of
from executus.asking_laws import ASKING_LAWS
from executus.bound_laws import BOUND_LAWS
from executus.buffer import Views, view
from executus.codec import fingerprint
from executus.effects import CallModel, Compact, Effect, MakeArtifacts
from executus.end_laws import END_LAWS
from executus.events import Event, RunResumed
from executus.lived import Lived, live_through
from executus.loss_laws import LOSS_LAWS
from executus.port_laws import PORT_LAWS
from executus.rules.status import Status, status_of
from executus.started import RunStarted
from executus.state import Run, Stage
from executus.talk_laws import TALK_LAWS
from executus.time_laws import TIME_LAWS
from executus.transcript import Transcript
from executus.transition import decide, is_over, transition
from executus.turn_laws import TURN_LAWS
from executus.values import replace

Law: TypeAlias = Callable[[Lived], bool]


def broken(transcript: Transcript) -> tuple[str, ...]:
    """The names of the laws that this recording breaks. Raises ValueError if it has no beginning."""
    lived = live_through(transcript)
    return tuple([law.__name__ for law in LAWS if not law(lived)])


def entries_are_numbered_from_the_start(lived: Lived) -> bool:
    """Entry 0 is RunStarted, no other is, and entry k has the number k (faces.md section 6)."""
    for index, entry in enumerate(lived.transcript.entries):
        if entry.seq != index or isinstance(entry.event, RunStarted) is not (index == 0):
            return False
    return True


def time_never_goes_back(lived: Lived) -> bool:
    """The inbox is drained in stamp order, and a run's clock never stands behind it (semantics.md section 3)."""
    stamps = [moment.event.at for moment in lived.moments]
    return stamps == sorted(stamps) and [moment.run.now for moment in lived.moments] == stamps


def todays_code_agrees(lived: Lived) -> bool:
    """Today's transition function over a recording gives the same effects (semantics.md section 9)."""
    return lived.transcript.divergence() is None


def effects_stay_true(lived: Lived) -> bool:
    """An effect shows for ever what it showed when it was asked, however far the run went on (house, buffer)."""
    return all(
        moment.prints == tuple([fingerprint(_afresh(effect)) for effect in moment.asked])
        for moment in lived.moments
    )


def _afresh(effect: Effect) -> Effect:
    """The effect with its conversation in a new buffer, which has no checksums kept yet."""
    match effect:
        case CallModel() | Compact():
            return replace(effect, conversation=view(*effect.conversation))
        case MakeArtifacts():
            return replace(effect, conversations=Views(*[view(*one) for one in effect.conversations]))
        case _:
            return effect


def the_same_event_gives_the_same_run(lived: Lived) -> bool:
    """The transition function is pure: a run that has gone on can be forked at any entry (section 9)."""
    return all(
        transition(moment.before, moment.event) == (moment.run, moment.asked) for moment in lived.moments[1:]
    )


def deciding_twice_asks_nothing_new(lived: Lived) -> bool:
    """Decisions look at the state alone: what was asked is in it, so the same run comes back (house law 3)."""
    for moment in lived.moments:
        run, asked = decide(moment.run)
        if run is not moment.run or asked:
            return False
    return True


def only_facts_stop_a_run(lived: Lived) -> bool:
    """The cause is set while a fact lands, never by a decision (house law 3)."""
    return all(moment.landed.cause == moment.run.cause for moment in lived.moments)


def the_first_cause_is_kept(lived: Lived) -> bool:
    """The first cause to reach a run is the one it keeps; nothing later renames it (semantics.md section 3)."""
    return all(before.cause is None or before.cause == after.cause for before, after in lived.pairs())


def a_run_is_done_when_it_has_a_status(lived: Lived) -> bool:
    """No outcome without a cause, and a status exactly where the run has ended (semantics.md section 10)."""
    for moment in lived.moments:
        if (moment.run.cause is not None) is not (moment.run.stage in (Stage.FINALIZING, Stage.DONE)):
            return False
    run, status = lived.last, lived.transcript.status
    if run.stage is Stage.DONE:
        return run.cause is not None and status == status_of(run.cause)
    return status is None


def nothing_happens_after_the_end(lived: Lived) -> bool:
    """The record is closed by the entry that ends the run; a suspended one is taken up (sections 3 and 9)."""
    return all(
        not is_over(moment.before) or (moment.before.stage is not Stage.DONE and _is_resumed(moment.event))
        for moment in lived.moments[1:]
    )


def epochs_are_counted(lived: Lived) -> bool:
    """Each time the run is taken up has the next number, and its run knows it (semantics.md section 8)."""
    epoch = 0
    for moment in lived.moments:
        if isinstance(moment.event, RunResumed):
            epoch += 1
            if moment.event.epoch != epoch:
                return False
        if moment.run.epoch != epoch:
            return False
    return True


def _is_resumed(event: Event) -> bool:
    return isinstance(event, RunResumed)


def stages_only_move_forward(lived: Lived) -> bool:
    """Preparing, conversing, finalizing, done: a stage that was left never comes back (house, Stage)."""
    moved = [(before.stage, after.stage) for before, after in lived.pairs() if before.stage is not after.stage]
    order = list(Stage) if moved else []
    return all(order.index(before) <= order.index(after) for before, after in moved)


def what_was_given_never_changes(lived: Lived) -> bool:
    """Agent, invocation and wiring of a run are those it was accepted with (semantics.md section 2)."""

    def given(run: Run) -> tuple[object, ...]:
        return (run.run_id, run.agent, run.invocation, run.wiring, run.started_at)

    return all(given(before) == given(after) for before, after in lived.pairs())


def status_and_error_agree(lived: Lived) -> bool:
    """An end is reported with an error exactly when it is neither ok nor a dry run (section 3)."""
    causes = [moment.run.cause for moment in lived.moments if moment.run.cause is not None]
    fine = (Status.OK, Status.DRY_RUN)
    return all((error_of(cause) is None) == (status_of(cause) in fine) for cause in causes)


LAWS: tuple[Law, ...] = (
    entries_are_numbered_from_the_start,
    time_never_goes_back,
    todays_code_agrees,
    effects_stay_true,
    the_same_event_gives_the_same_run,
    deciding_twice_asks_nothing_new,
    only_facts_stop_a_run,
    the_first_cause_is_kept,
    a_run_is_done_when_it_has_a_status,
    nothing_happens_after_the_end,
    epochs_are_counted,
    stages_only_move_forward,
    what_was_given_never_changes,
    status_and_error_agree,
    *ASKING_LAWS,
    *TIME_LAWS,
    *END_LAWS,
    *PORT_LAWS,
    *TALK_LAWS,
    *TURN_LAWS,
    *BOUND_LAWS,
    *LOSS_LAWS,
)
