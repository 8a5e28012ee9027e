"""The desk, port by port. Law: what a handler gives is proven, and what it raises or gives wrongly is a `Fault` of
the right kind, whatever it is."""

import asyncio
from typing import Any

import pytest

from executus import Agent, Invocation
from executus.agent import ModelChoice
from executus.effects import (
    AskApproval,
    BeginCheckpoint,
    BuildToolbox,
    CheckBudget,
    CommitBudget,
    Compact,
    Deliver,
    OpenAudit,
    Question,
    ReleaseBudget,
    ResolveModel,
    RunFinalizers,
    RunTool,
    StartCritic,
)
from executus.facts import Grant, Refusal
from executus.values import (
    Fault,
    FaultKind,
    Message,
    ModelReply,
    ToolSpec,
    Usage,
)
from interpreters.ports import ModelRequest, Resolved
from interpreters.services import BudgetRequest
from tests.interpreters.desks import (
    CALL,
    CALL_MODEL,
    FACTS,
    SPENT,
    TASK,
    WRONG,
    Later,
    Port,
    at_the_desk,
    desk_of,
    outcome,
)
from tests.interpreters.hosts import Raw


class Tiers:
    """A port with one tier, which gives what it is told to give, or raises it."""

    def __init__(self, gives: object) -> None:
        self._gives = gives

    def resolve(self, tier: str) -> Any:
        if isinstance(self._gives, Exception):
            raise self._gives
        return self._gives

    async def __call__(self, request: ModelRequest) -> ModelReply:
        return ModelReply(f"I am {request.model}")


class TestBudget:
    @pytest.mark.parametrize("gives", [Grant(10, 5, "r1"), Grant(), Refusal("enough for today")], ids=repr)
    @pytest.mark.parametrize("kind", [Port, Later])
    def test_it_grants_or_refuses(self, gives: Any, kind: type[Port]) -> None:
        port, agent = kind(gives), Agent(id="7", name="worker")
        desk = desk_of(agent, Invocation(caller_id="ann", labels=("team",)), budget=port)
        assert outcome(desk, CheckBudget(1, "ann")) == gives
        asked = BudgetRequest(run_id="4711", caller_id="ann", agent_id="7", agent_name="worker", labels=("team",))
        assert port.asked == [("check", asked)]

    @pytest.mark.parametrize("wrong", [None, *WRONG, Grant("many"), Grant(-1), Refusal(5)], ids=repr)
    def test_what_is_neither_is_a_fault(self, wrong: Any) -> None:
        self.is_fault(at_the_desk(CheckBudget(1, ""), budget=Port(wrong)))

    def test_a_grant_is_settled_with_what_was_spent(self) -> None:
        port = Port(Grant(10, None, "r1"))
        desk = desk_of(budget=port)
        outcome(desk, CheckBudget(1, ""))
        assert outcome(desk, CommitBudget(2, SPENT)) is True
        assert outcome(desk, ReleaseBudget(3)) is True
        assert port.asked[1:] == [("commit", Grant(10, None, "r1"), SPENT), ("release", Grant(10, None, "r1"))]

    def test_without_a_grant_there_is_nothing_to_settle(self) -> None:
        port = Port(Grant())
        desk = desk_of(budget=port)
        outcome(desk, CheckBudget(1, "", reserve=False))
        assert outcome(desk, CommitBudget(2, SPENT)) is True
        assert [name for name, *_ in port.asked] == ["check"]

    def is_fault(self, found: object) -> None:
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.PORT


class TestModels:
    def test_one_function_stands_for_every_tier(self) -> None:
        assert at_the_desk(ResolveModel(1, "smart")) == Resolved((ModelChoice("smart"),))

    def test_a_port_gives_its_chain_and_labels(self) -> None:
        chain = (ModelChoice("small", 8000), ModelChoice("tiny"))
        assert at_the_desk(ResolveModel(1, "x"), models=Tiers(chain)) == Resolved(chain)
        desk = desk_of(invocation=Invocation(labels=("a",)), models=Tiers(Resolved(chain, ("b", "a"))))
        found = outcome(desk, ResolveModel(1, "x"))
        event = desk.event_for(ResolveModel(1, "x"), 7, found)
        assert (event.at, event.id, event.outcome, event.labels) == (7, 1, chain, ("b", "a"))
        assert desk.book.labels == ("a", "b")

    def test_an_unknown_tier_is_said_in_its_own_words(self) -> None:
        for error, said in (
            (LookupError("no such tier"), "no such tier"),
            (KeyError("API_KEY"), "KeyError: 'API_KEY'"),  # Alone, a key says nothing.
        ):
            assert at_the_desk(ResolveModel(1, "x"), models=Tiers(error)) == Fault(FaultKind.MODEL, said)
        assert at_the_desk(ResolveModel(1, "x"), models=Tiers(KeyError())) == Fault(FaultKind.MODEL, "KeyError")

    def test_a_port_that_breaks_is_a_fault(self) -> None:
        found = at_the_desk(ResolveModel(1, "x"), models=Tiers(OSError("gone")))
        assert found == Fault(FaultKind.MODEL, "OSError: gone")

    @pytest.mark.parametrize("wrong", [None, "small", ("small",), ModelChoice("small"), Resolved("x")], ids=repr)
    def test_what_is_no_chain_is_a_fault(self, wrong: Any) -> None:
        found = at_the_desk(ResolveModel(1, "x"), models=Tiers(wrong))
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.MODEL

    def test_a_model_is_told_all_of_its_call(self) -> None:
        requests: list[ModelRequest] = []

        def look(request: ModelRequest) -> ModelReply:
            requests.append(request)
            return ModelReply("Hello!")

        invocation = Invocation(labels=("team",))
        assert outcome(desk_of(invocation=invocation, models=look), CALL_MODEL) == ModelReply("Hello!")
        (request,) = requests
        assert (request.model, request.run_id, request.tools) == ("small", "4711", (ToolSpec("add"),))
        assert (list(request.messages), request.labels) == ([Message("user", "Hi")], ("team",))
        assert request.on_delta is None  # Nobody listens.

    @pytest.mark.parametrize("usage", [Usage(input_tokens="many"), Usage(-1)], ids=repr)
    def test_a_reply_that_does_not_fit_is_a_fault_that_says_where(self, usage: Any) -> None:
        found = at_the_desk(CALL_MODEL, models=lambda _: ModelReply("Hi", usage=usage))
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.MODEL
        assert "usage" in found.message

    @pytest.mark.parametrize("wrong", [None, *WRONG], ids=repr)
    def test_what_is_no_reply_is_a_fault(self, wrong: Any) -> None:
        found = at_the_desk(CALL_MODEL, models=lambda _: wrong)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.MODEL

    def test_a_cancellation_goes_on(self) -> None:
        def cancelled(_: object) -> Any:
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):  # Whose it is, only the world can tell.
            at_the_desk(CALL_MODEL, models=cancelled)


RAISED: list[BaseException] = [ValueError("no"), SystemExit(3), GeneratorExit(), StopIteration(1), KeyError()]

QUESTIONS: list[tuple[Question, dict[str, Any]]] = [
    (CheckBudget(1, ""), {"budget": Port}),
    (CALL_MODEL, {"models": Port}),
    (OpenAudit(1, FACTS), {"audit": Port}),
    (BeginCheckpoint(1, FACTS), {"checkpoints": Port}),
    (StartCritic(1, FACTS), {"critic": Port}),
    (BuildToolbox(1, (), session=True), {"session": Port}),
    (BuildToolbox(1, (), agents=("a",)), {"palette": Port}),
    (AskApproval(1, CALL, ""), {"approver": Port}),
    (Compact(1, TASK, 5), {"compactor": Port}),
    (Deliver(1, "", False), {"delivery": Port}),
    (RunFinalizers(1), {"finalizers": lambda error: [Port(error)]}),
]


@pytest.mark.parametrize(("question", "slots"), QUESTIONS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_a_port_raises_is_a_fault(
    question: Question, slots: dict[str, Any], error: BaseException
) -> None:
    if isinstance(error, KeyError) and "palette" in slots:
        pytest.skip("a LookupError of a palette says: not configured")
    found = at_the_desk(question, **{slot: make(error) for slot, make in slots.items()})
    assert isinstance(found, Fault)


def test_a_tool_that_is_not_in_the_toolbox_is_not_run() -> None:
    ran: list[str] = []
    found = at_the_desk(RunTool(1, CALL), tools=[Raw(lambda: ran.append("work"))])
    assert isinstance(found, Fault)
    assert ran == []


def test_only_what_the_world_wants_for_itself_comes_out() -> None:
    def stops(_: object) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_the_desk(CALL_MODEL, models=stops)
