"""Memory with every port. Law: a port is asked when the run asks it, and takes as long as the script says."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from executus import Agent, Invocation, RunResult
from executus.agent import CriticConfig
from executus.events import LimitsChanged
from executus.facts import Approved, Grant, Refused
from executus.invocation import Target
from executus.values import ToolResult, seconds
from interpreters.memory import Memory, ScriptError, calls, gives, hangs, pause, says, scripted
from interpreters.played import ScriptedBudget, ScriptedCritic
from interpreters.ports import ModelRequest, OutcomeUnknown, ToolContext
from interpreters.seen import CallBegun
from interpreters.services import Done, NotDone, Session, SessionTools
from tests.interpreters.hosts import Raw

TALKER = Agent(name="talker", max_runtime="10s")
WATCHED = Agent(name="watched", max_runtime="10s", critic=CriticConfig(enabled=True, backstop_multiplier=2))


def asked(result: RunResult) -> list[str]:
    """What was asked, in order, without the ids."""
    return [type(effect).__name__ for entry in result.transcript.entries for effect in entry.asked]


class TestBudget:
    def test_it_grants_or_refuses_and_remembers(self) -> None:
        budget = ScriptedBudget({"tokens": 10})
        turn = calls("work", usage={"input_tokens": 11}, text="So far.")
        result = Memory(model=[turn], tools=[scripted("work")], budget=budget).run(
            Agent(low_level_tools=("work",)), "Hi"
        )
        assert (result.status, result.output) == ("budget_exceeded", "So far.")
        assert [spent.usage.input_tokens for spent in budget.committed] == [11]
        assert Memory(model=[says("Hello!")], budget="grant").run(TALKER, "Hi").status == "ok"
        assert Memory(model=[], budget="refuse").run(TALKER, "Hi").status == "budget_exceeded"

    @pytest.mark.parametrize("budget", ["maybe", {"dollars": 3}])
    def test_nonsense_is_refused_where_it_is_written(self, budget: object) -> None:
        with pytest.raises((ScriptError, TypeError)):
            Memory(model=[], budget=budget)  # type: ignore[arg-type] # as a careless test would


class TestCritic:
    def test_it_says_one_thing_after_the_other(self) -> None:
        critic = [{"extend_by": "15s", "takes": "1s"}, {"kill_reason": "stuck"}]
        result = Memory(model=[hangs()], critic=critic).run(WATCHED, "Hi")
        assert (str(result.error), result.runtime) == ("critic killed the run: stuck", timedelta(seconds=26))

    def test_after_the_last_advice_it_is_silent_for_ever(self) -> None:
        critic = ScriptedCritic([])
        result = Memory(model=[hangs()], critic=critic).run(WATCHED, "Hi")
        assert (result.status, result.runtime) == ("timeout", timedelta(seconds=20))
        assert [consultation.reason for consultation in critic.consulted] == ["soft"]

    def test_advice_that_is_never_asked_for_is_no_error(self) -> None:
        assert Memory(model=[says("Hello!")], critic=[{"nudge": "Go on."}]).run(WATCHED, "Hi").status == "ok"

    def test_an_exception_is_what_it_raises(self) -> None:
        result = Memory(model=[hangs()], critic=[RuntimeError("no idea")]).run(WATCHED, "Hi")
        assert "no idea" in " ".join(result.warnings)

    def test_what_is_no_advice_is_refused_where_it_is_written(self) -> None:
        with pytest.raises(ScriptError, match="that is no advice"):
            Memory(model=[], critic=[{"praise": "Well done."}])


class TestDelays:
    def test_any_port_may_be_slow(self) -> None:
        world = Memory(model=[says("Hello!")], takes={"ResolveModel": "3s", ("CheckBudget", 1): 2}, budget="grant")
        result = world.run(TALKER, "Hi")
        assert (result.preparing, result.runtime) == (timedelta(seconds=5), timedelta())

    def test_any_port_may_hang(self) -> None:
        world = Memory(model=[says("Hello!")], hangs=["CommitBudget"], budget="grant")
        result = world.run(TALKER, "Hi")
        assert (result.status, len(result.warnings)) == ("ok", 1)

    def test_one_time_of_several_may_be_meant(self) -> None:
        model = [calls("work"), says("Done.")]
        world = Memory(
            model=model, tools=[scripted("work")], takes={("CallModel", 2): "4s"}, hangs=[("RunTool", 2)]
        )
        assert world.run(Agent(low_level_tools=("work",)), "Hi").runtime == timedelta(seconds=4)

    def test_an_unknown_port_is_refused_where_it_is_written(self) -> None:
        with pytest.raises(ScriptError, match="no port is asked 'Commit'"):
            Memory(model=[], takes={"Commit": "5s"})

    def test_a_handler_may_let_virtual_time_pass(self) -> None:
        async def think(request: ModelRequest) -> object:
            await pause("2s")
            raise ValueError("no idea")

        result = Memory(model=think).run(TALKER, "Hi")  # type: ignore[arg-type] # it never returns
        assert (result.status, result.runtime) == ("error", timedelta(seconds=2))

    def test_a_call_that_is_abandoned_is_cancelled(self) -> None:
        ended: list[str] = []

        async def work() -> object:
            try:
                await pause(None)
            finally:
                ended.append("let go")
            return None

        result = Memory(model=[calls("work")], tools=[Raw(work)], happens=[("3s", "cancel")]).run(
            Agent(low_level_tools=("work",)), "Hi"
        )
        assert (result.status, ended) == ("cancelled", ["let go"])


class TestTools:
    def run(self, tool: object, *turns: object, **more: object) -> RunResult:
        world = Memory(model=[calls("work"), *turns], tools=[tool], **more)  # type: ignore[arg-type, list-item]
        return world.run(Agent(low_level_tools=("work",)), "Hi")

    def test_one_call_may_take_longer_than_another(self) -> None:
        tool = scripted("work", in_turn=[gives("a", takes="1s"), gives("b", takes="2s")])
        assert self.run(tool, calls("work"), says("Done.")).runtime == timedelta(seconds=3)

    def test_a_keyed_tool_is_asked_again_under_the_same_key(self) -> None:
        tool = scripted("work", in_turn=[gives(hangs=True), "done"], timeout="2s", effect="keyed")
        result = self.run(tool, says("Done."))
        assert [step.content for step in result.steps] == ["done"]
        assert len(tool.keys) == 2
        assert len(set(tool.keys)) == 1

    def test_it_can_be_asked_what_became_of_a_call(self) -> None:
        tool = scripted("work", raises=OutcomeUnknown("no line"), reconcile=[gives(Done("sent"), takes="1s")])
        result = self.run(tool, says("Done."))
        assert ([step.content for step in result.steps], result.runtime) == (["sent"], timedelta(seconds=1))
        again = scripted("work", in_turn=[OutcomeUnknown(), "done"], reconcile=NotDone())
        assert [step.content for step in self.run(again, says("Done.")).steps] == ["done"]

    def test_a_late_result_is_heard_of_a_tool_that_nobody_can_stop(self) -> None:
        tool = scripted("work", returns="sent", takes="5s", timeout="2s", late=True)
        result = self.run(tool, says("Hm.", takes="9s"), says("Sent."))
        assert result.unknown_outcomes[0].settled
        stopped = scripted("work", returns="sent", takes="5s", timeout="2s")
        assert not self.run(stopped, says("Hm.", takes="9s")).unknown_outcomes[0].settled

    def test_a_person_decides(self) -> None:
        decisions = iter([Refused("not on Fridays"), Approved()])

        async def approver(request: object) -> object:
            await pause("1h")
            return next(decisions)

        tool = scripted("work", returns="done", needs_approval=True)
        result = self.run(tool, calls("work"), says("Done."), approver=approver)
        assert [step.is_error for step in result.steps] == [True, False]
        assert result.waiting == timedelta(hours=2)

    def test_a_tool_sees_the_run(self) -> None:
        class Looks(Raw):
            def call(self, arguments: str, context: ToolContext) -> ToolResult:
                assert context.state is not None
                return ToolResult(
                    f"{context.state.iteration} of {context.state.max_iterations}, {context.remaining}"
                )

        (step,) = self.run(Looks(lambda: None), says("Done.")).steps
        assert step.content == "0 of 12, 0:01:00"


def test_every_handler_of_a_host_may_be_wired() -> None:
    delivered: list[str] = []

    class Delivery:
        def deliver(self, target: Target, output: str, artifacts: object, key: str) -> None:
            delivered.append(f"{target.id} {output} {key}")

        def deliver_error(self, target: Target, error: str, key: str) -> None:
            raise AssertionError

    finalized: list[str] = []
    world = Memory(model=[says("Hello!")], delivery=Delivery(), finalizers=[finalized.append], lanes={"fast": 1})
    result = world.run(TALKER, Invocation(prompt="Hi", delivery=Target("chat", "42")))
    assert (delivered, finalized) == (["42 Hello! memory"], ["memory"])
    assert asked(result) == [
        "AcquireLane",
        "ResolveModel",
        "CallModel",
        "ReleaseLane",
        "Deliver",
        "RunFinalizers",
    ]


def test_limits_can_be_changed_from_outside() -> None:
    happens = [("2s", LimitsChanged(0, max_runtime=seconds(5)))]
    result = Memory(model=[hangs()], happens=happens).run(TALKER, "Hi")
    assert (result.status, result.runtime) == ("timeout", timedelta(seconds=5))


def test_a_grant_may_be_written_out() -> None:
    assert Memory(model=[says("Hello!")], budget=Grant(tokens=5)).run(TALKER, "Hi").status == "ok"


@pytest.mark.parametrize("port", ["audit", "critic", "on_step"])
def test_the_live_state_shows_a_step_before_anybody_is_told_of_it(port: str) -> None:
    """Whoever is told looks at the state at once: of a reply he finds what it used, of a call that it is done."""
    sessions, seen = list[Session](), list[tuple[int, int, int]]()

    def open_session(session: Session) -> SessionTools:
        sessions.append(session)
        return SessionTools()

    def look(*_: object) -> None:
        state = sessions[0].state
        assert state is not None
        seen.append((state.iteration, state.tokens, state.tool_calls))

    told = SimpleNamespace(step=look, tool=look, event=len, error=len, close=len, consult=len, stop=lambda: None)
    ports: dict[str, Any] = {
        "audit": SimpleNamespace(start=lambda _: told),
        "critic": SimpleNamespace(monitor=lambda _: told),
        "on_step": lambda step: None if isinstance(step, CallBegun) else look(),
    }
    turns = [calls("work", usage={"input_tokens": 5}), says("Done.", usage={"input_tokens": 7})]
    agent = Agent(low_level_tools=("work",), critic=CriticConfig(enabled=True))
    world = Memory(model=turns, tools=[scripted("work")], session=open_session, **{port: ports[port]})
    assert world.run(agent, "Hi").status == "ok"
    assert seen == [(1, 5, 1)] if port == "on_step" else [(0, 5, 0), (1, 5, 1), (1, 12, 1)]
