"""What was opened for a run that no longer waits for it: it is closed again, whenever it comes.

Law: what a budget granted is released, an audit closed, a record settled as failed, a critic stopped and a session
cleaned up, each once, also where the run has ended long before.
"""

from dataclasses import dataclass
from typing import Any, cast

from executus.account import error_of, roll_up
from executus.effects import BeginCheckpoint, BuildToolbox, CheckBudget, OpenAudit, Question, StartCritic
from executus.facts import Grant, Refusal
from executus.values import Fault
from interpreters.book import Book
from interpreters.faults import checked_one
from interpreters.services import SessionTools

OPENING = frozenset((CheckBudget, OpenAudit, BeginCheckpoint, BuildToolbox, StartCritic))
"""Questions that leave something open."""


@dataclass(frozen=True, slots=True)
class Unwanted:
    """What a handler gave when nobody waited for it any more."""

    thing: object


async def give_back(book: Book, question: Question, outcome: object) -> None:
    """Close what this question opened. Raises what the handler raises that closes it."""
    thing: Any = outcome.thing if isinstance(outcome, Unwanted) else _kept(book, question, outcome)
    if thing is None:
        return
    match question:
        case CheckBudget(reserve=True):
            is_held = book.run is not None and book.run.preflight.grant is not None  # The end settles it.
            if isinstance(checked_one(thing, Grant, Refusal), Grant) and not is_held:
                await book.call(cast(Any, book.handlers.budget).release, thing)
        case OpenAudit():
            if book.run is not None:
                await _call(book, thing, "close", roll_up(book.run))
        case BeginCheckpoint():
            await _call(book, thing, "fail", error_text(book) or "nobody waited for the record any more")
        case StartCritic():
            await _call(book, thing, "stop")
        case BuildToolbox() if isinstance(thing, SessionTools):
            await _call(book, thing, "cleanup")
        case _:
            pass


def error_text(book: Book) -> str:
    """Of what the run ended, for its record."""
    cause = book.run.cause if book.run is not None else None
    return str((error_of(cause) if cause is not None else None) or "")


def _kept(book: Book, question: Question, outcome: object) -> object:
    """What the book has of it already: it is taken out."""
    thing: object = None
    match question:
        case BuildToolbox():
            thing, book.session = book.session, SessionTools()
        case _ if isinstance(outcome, Fault):
            pass
        case CheckBudget():
            thing, book.grant = outcome, None
        case OpenAudit():
            thing, book.recorder = book.recorder, None
        case BeginCheckpoint():
            thing, book.checkpoint = book.checkpoint, None
        case StartCritic():
            thing, book.monitor = book.monitor, None
        case _:
            pass
    return thing


async def _call(book: Book, thing: object, name: str, *arguments: object) -> None:
    function: object = getattr(thing, name, None)
    if callable(function):
        await book.call(function, *arguments)
