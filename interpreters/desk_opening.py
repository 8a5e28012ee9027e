"""Questions of a run that prepares: budget, lane, models, audit, checkpoint, files, critic.

Each takes the run's book and the question, and gives the outcome or raises; desk.py makes a fault of what is
raised.
"""

from typing import Any

from executus.account import facts_of
from executus.agent import ModelChoice
from executus.effects import (
    AcquireLane,
    BeginCheckpoint,
    CheckBudget,
    OpenAudit,
    ResolveModel,
    StageFile,
    StartCritic,
)
from executus.facts import Grant, Refusal
from executus.values import Fault, FaultKind, sound
from interpreters.book import Book
from interpreters.desk_late import Unwanted
from interpreters.faults import article, checked, checked_one, reason_of, settled
from interpreters.ports import Resolved
from interpreters.services import BudgetRequest

RECORDER = ("step", "tool", "event", "error", "close")
CHECKPOINT = ("save", "complete", "fail", "leave")


async def check_budget(book: Book, question: CheckBudget) -> Grant | Refusal | Unwanted:
    request = BudgetRequest(
        run_id=book.run_id,
        caller_id=question.caller,
        agent_id=book.agent.id,
        agent_name=book.agent.name,
        labels=book.labels,
        reserve=question.reserve,
    )
    given = checked_one(await book.call(_port(book.handlers.budget).check, request), Grant, Refusal)
    if isinstance(given, Grant):
        for name in ("tokens", "cost"):
            granted = getattr(given, name)
            if granted is not None and granted < 0:
                raise ValueError(f"the budget granted {granted} {name}")
        if question.id in book.dropped:
            return Unwanted(given)
        if question.reserve:
            book.grant = given
    answer: Grant | Refusal = given
    return answer


async def acquire_lane(book: Book, question: AcquireLane) -> bool:
    await book.handlers.lanes.acquire(question.lane)
    book.lane = question.lane
    return True


async def resolve_model(book: Book, question: ResolveModel) -> Resolved | Fault:
    """The chain of models behind a tier; one function stands for every tier."""
    port = book.handlers.port
    if port is None:
        return Resolved((ModelChoice(question.tier),))
    try:
        given = await settled(port.resolve(question.tier))
    except LookupError as error:
        if type(error) is not LookupError:
            raise  # A key that is missing somewhere says nothing about the tier.
        return Fault(FaultKind.MODEL, reason_of(error))
    if isinstance(given, Resolved):
        given = Resolved(tuple(given.chain), tuple(given.labels))
        found = checked(given, Resolved)
    else:
        found = Resolved(checked(given, tuple[ModelChoice, ...]))
    book.labels = tuple(dict.fromkeys((*book.labels, *found.labels)))
    return found


async def open_audit(book: Book, question: OpenAudit) -> bool | Unwanted:
    given = await book.call(_port(book.handlers.audit).start, question.facts)
    recorder = _with(given, "the audit's recorder", RECORDER)
    if question.id in book.dropped:
        return Unwanted(recorder)
    book.recorder = recorder
    return recorder is not None


async def begin_checkpoint(book: Book, question: BeginCheckpoint) -> bool | Unwanted:
    given = await book.call(_port(book.handlers.checkpoints).begin, question.facts)
    checkpoint = _with(given, "the checkpoint", CHECKPOINT)
    if question.id in book.dropped:
        return Unwanted(checkpoint)
    book.checkpoint = checkpoint
    return checkpoint is not None


async def adopted(book: Book) -> Any:
    """The run's checkpoint. A run that is taken up again has one already, which nobody asks it to begin."""
    if book.checkpoint is None and book.run is not None and book.run.epoch:
        port = _port(book.handlers.checkpoints)
        adopt = getattr(port, "adopt", None)
        checkpoint = await book.call(adopt if callable(adopt) else port.begin, facts_of(book.run))
        book.checkpoint = _with(checkpoint, "the checkpoint", CHECKPOINT)
    return book.checkpoint


async def stage_file(book: Book, question: StageFile) -> str:
    file = book.invocation.input_files[question.index]
    stage = _port(book.handlers.input_files).stage
    given = await book.call(stage, book.run_id, book.agent.id, file.name, file.mime, file.content)
    if not isinstance(given, str) or not given.strip():
        raise TypeError(f"a file's id is text, got {article(given)}")
    return sound(str(given))


async def start_critic(book: Book, question: StartCritic) -> bool | Unwanted:
    critic = _port(book.handlers.critic)
    if not callable(getattr(critic, "monitor", None)):
        book.monitor = _Function(critic)
        return True
    monitor = _with(await book.call(critic.monitor, question.facts), "the critic's monitor", ("consult",))
    if question.id in book.dropped:
        return Unwanted(monitor)
    book.monitor = monitor
    return monitor is not None


class _Function:
    """A critic that is one function: it watches nothing, and is asked."""

    def __init__(self, critic: Any) -> None:
        self.consult = critic


def _with(port: Any, name: str, methods: tuple[str, ...]) -> Any:
    if port is None:
        return None
    for method in methods:
        if not callable(getattr(port, method, None)):
            raise TypeError(f"{name} has no {method}: {article(port)}")
    return port


def _port(port: Any) -> Any:
    if port is None:
        raise LookupError("nothing is wired here")
    return port
