"""Questions of a run that ends: the post-run hook, the budget, delivery, audit, critic, session, checkpoint.

Each takes the run's book and the question, and gives the outcome or raises; desk.py makes a fault of what is
raised.
"""

from collections.abc import Mapping
from typing import Any, cast

from executus.effects import (
    CleanUp,
    CloseAudit,
    CommitBudget,
    Deliver,
    MakeArtifacts,
    ReleaseBudget,
    RunFinalizers,
    SettleCheckpoint,
    StopCritic,
)
from executus.facts import Fate, Grant, Made
from executus.values import Fault, FaultKind, replace
from interpreters.book import Book
from interpreters.desk_late import error_text
from interpreters.desk_opening import adopted
from interpreters.faults import checked_one, fault_of, is_passing
from interpreters.services import SessionTools


async def make_artifacts(book: Book, question: MakeArtifacts) -> Made:
    hook = book.session.post_run
    if hook is None:
        return Made()
    given = await book.call(hook, tuple(question.conversations), question.output, question.error)
    if given is None:
        return Made()
    if isinstance(given, Made):
        metadata = cast("object", given.metadata)
        pairs = cast("Mapping[str, str]", metadata).items() if isinstance(metadata, Mapping) else given.metadata
        given = replace(given, artifacts=tuple(given.artifacts), metadata=tuple(pairs))
    found: Made = checked_one(given, Made)
    return found


async def commit_budget(book: Book, question: CommitBudget) -> bool:
    grant = _grant(book)
    if grant is not None:
        await book.call(cast(Any, book.handlers.budget).commit, grant, question.spent)
    return True


async def release_budget(book: Book, question: ReleaseBudget) -> bool:
    grant = _grant(book)
    if grant is not None:
        await book.call(cast(Any, book.handlers.budget).release, grant)
    return True


def _grant(book: Book) -> Grant | None:
    """The run's own grant; of a run that is taken up again, what its record holds."""
    if book.grant is not None or book.run is None:
        return book.grant
    return book.run.preflight.grant


async def deliver(book: Book, question: Deliver) -> bool:
    port, target = cast(Any, book.handlers.delivery), book.invocation.delivery
    if question.is_error:
        await book.call(port.deliver_error, target, question.text, book.run_id)
    else:
        await book.call(port.deliver, target, question.text, question.artifacts, book.run_id)
    return True


async def close_audit(book: Book, question: CloseAudit) -> bool:
    if book.recorder is not None:
        await book.call(book.recorder.close, question.roll_up)
    return True


async def stop_critic(book: Book, question: StopCritic) -> bool:
    monitor, book.monitor = book.monitor, None
    stop = getattr(monitor, "stop", None)
    if callable(stop):
        await book.call(stop)
    return True


async def clean_up(book: Book, question: CleanUp) -> bool:
    cleanup, book.session = book.session.cleanup, SessionTools()
    if cleanup is not None:
        await book.call(cleanup)
    return True


async def run_finalizers(book: Book, question: RunFinalizers) -> bool | Fault:
    """All of them, whatever one does."""
    failed: list[str] = []
    for finalizer in book.handlers.finalizers:
        try:
            await book.call(cast(Any, finalizer), book.run_id)
        except BaseException as error:
            if is_passing(error):
                raise
            failed.append(fault_of(FaultKind.PORT, error).message)
    return Fault(FaultKind.PORT, "; ".join(failed)) if failed else True


async def settle_checkpoint(book: Book, question: SettleCheckpoint) -> bool:
    checkpoint = await adopted(book)
    if checkpoint is None:
        return True
    match question.fate:
        case Fate.COMPLETE:
            await book.call(checkpoint.complete)
        case Fate.FAIL:
            await book.call(checkpoint.fail, error_text(book))
        case Fate.KEEP:
            await book.call(checkpoint.leave)
        case Fate.NONE:
            pass
    return True
