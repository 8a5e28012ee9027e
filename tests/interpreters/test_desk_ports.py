"""The desk, port by port: audit, checkpoint, critic, people, files, delivery, session.

Law: what a handler gives is proven, and what it gives wrongly is a `Fault`, whatever it is.
"""

from typing import Any

import pytest

from executus import Agent, Invocation
from executus.effects import (
    AcquireLane,
    AskApproval,
    BeginCheckpoint,
    CloseAudit,
    Compact,
    ConsultCritic,
    Deliver,
    OpenAudit,
    Question,
    RunFinalizers,
    SettleCheckpoint,
    StageFile,
    StartCritic,
    StopCritic,
)
from executus.facts import Advice, Approved, Fate, Refused
from executus.invocation import InputFile, Target
from executus.values import (
    Artifact,
    Fault,
    FaultKind,
    Message,
)
from interpreters.desk import Desk
from interpreters.services import ApprovalRequest
from tests.interpreters.desks import (
    CALL,
    CONSULTATION,
    FACTS,
    ROLL_UP,
    TASK,
    WRONG,
    Nowhere,
    Opens,
    Port,
    at_the_desk,
    desk_of,
    opened,
    outcome,
)

OPENS = (
    ("audit", OpenAudit(1, FACTS)),
    ("checkpoints", BeginCheckpoint(1, FACTS)),
    ("critic", StartCritic(1, FACTS)),
)


class TestPortsThatAreOpened:
    @pytest.mark.parametrize(("slot", "question"), OPENS)
    def test_it_may_decline(self, slot: str, question: Question) -> None:
        assert at_the_desk(question, **{slot: Opens(None)}) is False

    @pytest.mark.parametrize(("slot", "question"), OPENS)
    @pytest.mark.parametrize("wrong", WRONG, ids=repr)
    def test_what_can_not_do_it_is_a_fault(self, slot: str, question: Question, wrong: Any) -> None:
        found = at_the_desk(question, **{slot: Opens(wrong)})
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.PORT
        assert "has no " in found.message

    def test_a_critic_may_be_one_function(self) -> None:
        assert at_the_desk(StartCritic(1, FACTS), critic=lambda _: None) is True

    def test_a_monitor_is_stopped_once(self) -> None:
        monitor = Port(None)
        desk = opened("critic", Opens(monitor), StartCritic(1, FACTS))
        assert [outcome(desk, StopCritic(2)), outcome(desk, StopCritic(3))] == [True, True]
        assert monitor.asked == [("stop",)]

    def test_an_audit_is_closed_with_its_roll_up(self) -> None:
        recorder = Port(None)
        desk = opened("audit", Opens(recorder), OpenAudit(1, FACTS))
        assert outcome(desk, CloseAudit(2, ROLL_UP)) is True
        assert recorder.asked == [("close", ROLL_UP)]

    @pytest.mark.parametrize(
        ("fate", "asked"),
        [
            (Fate.COMPLETE, [("complete",)]),
            (Fate.FAIL, [("fail", "")]),
            (Fate.KEEP, [("leave",)]),
            (Fate.NONE, []),
        ],
    )
    def test_a_checkpoint_is_settled(self, fate: Fate, asked: list[object]) -> None:
        checkpoint = Port(None)
        desk = opened("checkpoints", Opens(checkpoint), BeginCheckpoint(1, FACTS))
        assert outcome(desk, SettleCheckpoint(2, fate)) is True
        assert checkpoint.asked == asked


class TestCritics:
    def advised(self, says: Any) -> Any:
        desk = opened("critic", lambda _: says, StartCritic(1, FACTS))
        return outcome(desk, ConsultCritic(2, CONSULTATION))

    @pytest.mark.parametrize(
        ("says", "advice"),
        [
            (None, Advice()),
            ({}, Advice()),
            ({"extend_by": "1h"}, Advice(extend_by=3_600_000_000)),
            ({"nudge": "Hurry.", "nudges": ["Now."]}, Advice(nudges=("Hurry.", "Now."))),
            ({"raise_steps_by": 5, "lift_backstop": True}, Advice(raise_steps_by=5, lift_backstop=True)),
            ({"kill_reason": "stuck"}, Advice(kill_reason="stuck")),
            (Advice(nudges=("Hurry.",)), Advice(nudges=("Hurry.",))),
        ],
        ids=repr,
    )
    def test_advice_is_written_as_people_write(self, says: Any, advice: Advice) -> None:
        assert self.advised(says) == advice

    @pytest.mark.parametrize(
        "wrong",
        [
            *[one for one in WRONG if one != {"text": 5}],
            {"extend": "1h"},
            {"extend_by": "soon"},
            {"nudge": 5},
            {"raise_steps_by": "5"},
            Advice(nudges="Hurry."),
            Advice(extend_by="1h"),
            Advice(kill_reason=5),
        ],
        ids=repr,
    )
    def test_what_is_no_advice_is_a_fault(self, wrong: Any) -> None:
        found = self.advised(wrong)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.PORT

    def test_a_monitor_that_was_never_started_is_a_fault(self) -> None:
        assert isinstance(at_the_desk(ConsultCritic(2, CONSULTATION)), Fault)


class TestOthers:
    def test_a_file_is_staged_with_its_bytes(self) -> None:
        port = Port("f1")
        invocation = Invocation(input_files=(InputFile("a.txt", "text/plain", b"hi"),))
        desk = desk_of(Agent(id="7"), invocation, input_files=port)
        assert outcome(desk, StageFile(1, 0, "a.txt", "text/plain")) == "f1"
        assert port.asked == [("stage", "4711", "7", "a.txt", "text/plain", b"hi")]

    @pytest.mark.parametrize("wrong", [None, "", " ", 5, b"f1"], ids=repr)
    def test_what_is_no_id_of_a_file_is_a_fault(self, wrong: Any) -> None:
        invocation = Invocation(input_files=(InputFile("a.txt", "text/plain", b"hi"),))
        desk = desk_of(invocation=invocation, input_files=Port(wrong))
        assert isinstance(outcome(desk, StageFile(1, 0, "a.txt", "text/plain")), Fault)

    def test_a_compactor_gives_turns(self) -> None:
        said = [Message("user", "in short")]
        port = Port(said)
        assert at_the_desk(Compact(1, TASK, 500), compactor=port) == tuple(said)
        assert port.asked == [("__call__", TASK, 500)]
        assert at_the_desk(Compact(1, TASK, 500), compactor=lambda turns, _: turns) == tuple(TASK)

    @pytest.mark.parametrize(
        "wrong", [None, 5, "text", ["hi"], [Message("king", "hi")], {"role": "user"}], ids=repr
    )
    def test_what_is_no_conversation_is_a_fault(self, wrong: Any) -> None:
        assert isinstance(at_the_desk(Compact(1, TASK, 500), compactor=lambda *_: wrong), Fault)

    @pytest.mark.parametrize("gives", [Approved("ann"), Refused("no", "ann")], ids=repr)
    def test_a_person_decides(self, gives: Any) -> None:
        port = Port(gives)
        desk = desk_of(approver=port)
        assert outcome(desk, AskApproval(1, CALL, "the tool needs it")) == gives
        ((_, request),) = port.asked
        key = desk.book.key_of(0, CALL.arguments)
        assert request == ApprovalRequest(run_id="4711", call=CALL, why="the tool needs it", key=key)

    @pytest.mark.parametrize("wrong", [None, *WRONG, Approved(5), Refused(None)], ids=repr)
    def test_nothing_else_is_a_yes(self, wrong: Any) -> None:
        found = at_the_desk(AskApproval(1, CALL, "why"), approver=Port(wrong))
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.PORT

    def test_an_answer_or_an_error_is_delivered_under_the_runs_key(self) -> None:
        port, target, chart = Port(None), Target("chat", "7"), Artifact("a", "text/plain", b"x")
        desk = desk_of(invocation=Invocation(delivery=target), delivery=port)
        assert outcome(desk, Deliver(1, "Done.", False, (chart,))) is True
        assert outcome(desk, Deliver(2, "no", True)) is True
        assert port.asked == [
            ("deliver", target, "Done.", (chart,), "4711"),
            ("deliver_error", target, "no", "4711"),
        ]

    def test_every_finalizer_runs_whatever_another_does(self) -> None:
        ran: list[str] = []

        def breaks(run_id: str) -> None:
            raise ValueError("no")

        async def later(run_id: str) -> None:
            ran.append(run_id)

        found = at_the_desk(RunFinalizers(1), finalizers=[breaks, ran.append, breaks, later])
        assert found == Fault(FaultKind.PORT, "ValueError: no; ValueError: no")
        assert ran == ["4711", "4711"]

    def test_a_lane_is_taken_and_given_back(self) -> None:
        desk = desk_of(lanes={"fast": 1})
        assert outcome(desk, AcquireLane(1, "fast")) is True
        desk.release_lane()
        desk.release_lane()  # Once is enough.
        again = Desk(desk.book.handlers, Nowhere(), "3", Agent(), Invocation())
        assert outcome(again, AcquireLane(1, "fast")) is True
        assert isinstance(outcome(again, AcquireLane(2, "slow")), Fault)
