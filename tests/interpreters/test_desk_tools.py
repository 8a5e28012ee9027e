"""The desk's toolbox: registry, palettes, the invocation's own tools, the session's; and what runs of them.

Law: each name once, in that order, and whatever is wrong with one is a fault that says where and which.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from executus import Agent, Invocation
from executus.answers import ToolboxBuilt
from executus.effects import BuildToolbox, Question, Reconcile
from executus.events import ActivitySeen, Event, Steered
from executus.facts import NotDone, StillUnknown
from executus.values import Fault, FaultKind, Image, ToolCall, ToolClass, ToolResult, ToolSpec, seconds
from interpreters.desk import Desk
from interpreters.played import scripted
from interpreters.ports import OutcomeUnknown, ToolContext
from interpreters.services import Done, SessionTools, Skill
from interpreters.tools import tool
from tests.interpreters.desks import THING, Nowhere, at_the_desk, desk_of, outcome
from tests.interpreters.hosts import Raw
from tests.interpreters.toolboxes import HELPER, NAMED, Palette, built, run
from tests.plain import back, plain


class TestTheToolbox:
    def test_the_tools_come_in_the_order_of_their_origin(self) -> None:
        invocation = Invocation(extra_tools=(scripted("extra"),))
        session = SessionTools(tools=[scripted("own")])
        desk = desk_of(
            invocation=invocation,
            tools=[scripted("look"), scripted("add")],
            palette=Palette(study=Skill(name="study", agent=HELPER, description="Studies.", inputs=NAMED)),
            session=lambda _: session,
        )
        question = BuildToolbox(1, ("add", "look"), ("study",), ("helper",), ("extra",), True)
        specs = outcome(desk, question)
        assert [spec.name for spec in specs] == ["add", "look", "skill__study", "agent__helper", "extra", "own"]
        skill, agent = specs[2:4]
        assert (skill.delegate, skill.subject, skill.description) == ("skill", "42", "Studies.")
        assert (agent.delegate, agent.subject, agent.effect) == ("agent", "42", ToolClass.KEYED)
        assert msgspec.json.decode(agent.parameters)["required"] == ["prompt"]
        assert msgspec.json.decode(skill.parameters) == NAMED

    def test_what_a_tool_promises_is_kept_whole(self) -> None:
        """Nothing of its spec is left as it would be for another tool, and the record has all of it."""
        raw = Raw(lambda: None)
        raw.spec = ToolSpec(
            "pay",
            "Pays.",
            '{"type":"object","required":["sum"]}',
            ToolClass.KEYED,
            serial=True,
            repeatable=True,
            timeout=seconds(5),
            needs_approval=True,
            reconcile=True,
            verifier="look",
        )
        raw.reconcile = lambda: None
        defaults = ToolSpec("other")
        left = [name for name in ToolSpec.__struct_fields__ if getattr(raw.spec, name) == getattr(defaults, name)]
        assert left == ["delegate", "subject"]
        question = BuildToolbox(1, ("pay",))
        specs = outcome(desk_of(tools=[raw]), question)
        assert specs == (raw.spec,)
        event = ToolboxBuilt(0, 1, specs)
        assert back(plain(event), Event) == event

    @pytest.mark.parametrize(
        ("question", "fault"),
        [
            (BuildToolbox(1, ("ad",)), ("build toolbox", "there is no tool named 'ad'; there are: add, look")),
            (BuildToolbox(1, ("add", "add")), ("build toolbox", "tool 'add' is listed twice")),
            (BuildToolbox(1, (), ("x", "x")), ("build toolbox", "two tools are named 'skill__x'")),
            (BuildToolbox(1, (), (), ("no name",)), ("build toolbox", "'agent__no name' is no name for a tool")),
            (BuildToolbox(1, ("add",), extra=("add",)), ("add extra tool", "two tools are named 'add'")),
            (BuildToolbox(1, ("look",), session=True), ("add session tool", "two tools are named 'look'")),
        ],
    )
    def test_an_unknown_or_a_duplicate_name_is_named(self, question: Question, fault: tuple[str, str]) -> None:
        desk = desk_of(
            invocation=Invocation(extra_tools=(scripted("add"),)),
            tools=[scripted("look"), scripted("add")],
            session=lambda _: SessionTools(tools=[scripted("look")]),
        )
        if fault[0] != "add extra tool":
            desk = Desk(desk.book.handlers, Nowhere(), "4711", Agent(), Invocation())
        found = outcome(desk, question)
        assert (found.kind, found.provider) == (FaultKind.PORT, fault[0])
        assert found.message.startswith(fault[1])

    @pytest.mark.parametrize("wrong", [5, [5], None, "nobody"], ids=repr)
    def test_an_extra_tool_that_is_none_is_found_when_it_is_added(self, wrong: Any) -> None:
        desk = desk_of(invocation=Invocation(extra_tools=(wrong,)))
        assert desk.recorded[1].extra_tools  # So that the toolbox is asked for.
        found = outcome(desk, BuildToolbox(1, (), extra=("x",)))
        assert (found.kind, found.provider) == (FaultKind.PORT, "add extra tool")

    def test_a_record_names_extra_tools_and_the_registry_has_them(self) -> None:
        desk = desk_of(invocation=Invocation(extra_tools=("look",)), tools=[scripted("look")])
        assert [spec.name for spec in outcome(desk, BuildToolbox(1, (), extra=("look",)))] == ["look"]

    @pytest.mark.parametrize(
        "wrong", [5, "tools", [scripted("x")], SessionTools(tools=5)], ids=lambda wrong: type(wrong).__name__
    )
    def test_what_is_no_session_is_a_fault(self, wrong: Any) -> None:
        found = at_the_desk(BuildToolbox(1, (), session=True), session=lambda _: wrong)
        assert (found.kind, found.provider) == (FaultKind.PORT, "add session tool")

    def test_the_invocations_own_session_comes_before_the_hosts(self) -> None:
        own = Invocation(session_tool_factory=lambda session: SessionTools(tools=[scripted(session.run_id)]))
        desk = desk_of(invocation=own, session=lambda _: 5)
        assert [spec.name for spec in outcome(desk, BuildToolbox(1, (), session=True))] == ["4711"]


class TestTools:
    def test_a_tool_knows_its_run_and_its_key(self) -> None:
        seen: list[ToolContext] = []

        @tool(name="look")
        def look(context: ToolContext, a: int = 0) -> str:
            seen.append(context)
            return "seen"

        desk = built("look", tools=[look])
        for arguments, number in (('{"a": 1}', 3), ('{ "a":1 }', 3), ('{"a": 1}', 4), ('{"a": 2}', 3)):
            assert run(desk, "look", arguments, number) == ToolResult("seen")
        assert {(context.run_id, context.call_id) for context in seen} == {("4711", "call-1")}
        same, again, other, another = [context.key for context in seen]
        assert same == again
        assert len({same, other, another}) == 3

    def test_a_heart_beats_at_most_once_a_quarter_of_the_critics_window(self) -> None:
        world = Nowhere()

        @tool(name="look")
        def look(context: ToolContext) -> None:
            for _ in range(5):
                context.heartbeat()

        desk = built("look", world=world, tools=[look])
        run(desk, "look")
        world.time = seconds(22.5)
        run(desk, "look")
        assert world.posted == [ActivitySeen(0), ActivitySeen(seconds(22.5))]

    def test_a_tool_shows_pictures(self) -> None:
        world, picture = Nowhere(), Image("image/png", "aGk=")

        @tool(name="look")
        def look(context: ToolContext, wrong: bool = False) -> None:
            shown: Any = "a.png" if wrong else picture
            context.attach_images(shown, text="See.")

        desk = built("look", world=world, tools=[look])
        run(desk, "look")
        assert world.posted == [Steered(0, "See.", (picture,))]
        assert isinstance(run(desk, "look", '{"wrong": true}'), Fault)

    def test_a_tool_that_can_not_tell_what_happened(self) -> None:
        @tool(name="pay")
        async def pay() -> None:
            raise OutcomeUnknown("the line broke")

        assert run(built("pay", tools=[pay]), "pay") == Fault(FaultKind.UNKNOWN, "the line broke")


class TestReconciling:
    def asked(self, gives: Any) -> Any:
        calls: list[tuple[str, Any]] = []

        async def found(key: str, arguments: Any) -> Any:
            calls.append((key, arguments))
            if isinstance(gives, Exception):
                raise gives
            return gives

        @tool(name="pay", effect="keyed", reconcile=found)
        def pay(to: str) -> str:
            return "paid"

        desk = built("pay", tools=[pay])
        call = ToolCall("call-1", "pay", '{"to": "ann"}')
        given = outcome(desk, Reconcile(9, call, 3))
        assert calls == [(desk.book.key_of(3, call.arguments), {"to": "ann"})]
        return given

    @pytest.mark.parametrize(
        ("gives", "found"),
        [
            (Done("paid"), ToolResult("paid")),
            (Done({"a": 1}), ToolResult('{"a":1}')),
            (Done(), ToolResult()),
            (NotDone(), NotDone()),
            (StillUnknown(), StillUnknown()),
        ],
        ids=repr,
    )
    def test_a_tool_says_what_became_of_a_call(self, gives: Any, found: Any) -> None:
        assert self.asked(gives) == found

    @pytest.mark.parametrize("gives", [None, True, "paid", ValueError("no"), Done(THING)], ids=repr)
    def test_all_else_is_a_fault(self, gives: Any) -> None:
        found = self.asked(gives)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.TOOL

    def test_a_tool_without_it_is_a_fault(self) -> None:
        desk = built("look", tools=[Raw(lambda: None, "look")])
        assert isinstance(outcome(desk, Reconcile(9, ToolCall("c", "look"))), Fault)


@dataclass
class Verdict:
    good: bool


def test_a_record_has_names_in_the_place_of_objects() -> None:
    invocation = Invocation(
        prompt="Hi", extra_tools=(scripted("a"), [scripted("b")]), session_tool_factory=print, on_step=print
    )
    agent, told = desk_of(Agent(output_type=Verdict), invocation).recorded
    assert isinstance(agent.output_type, str)
    assert (told.extra_tools, told.session_tool_factory, told.on_step) == (("a", "b"), None, None)
    assert told.prompt == "Hi"
    msgspec.json.encode((agent, told))


def test_what_is_wired_is_said() -> None:
    wiring = desk_of(invocation=Invocation(on_step=print), lanes={"fast": 2}, finalizers=[print]).wiring()
    assert (wiring.lanes, wiring.finalizers, wiring.observer) == (("fast",), True, True)
    assert (wiring.budget, wiring.session, wiring.critic) == (False, False, False)
