"""Handlers: what a host supplies. Law: wrong wiring is refused at once in one sentence that names the thing, and
everything else a host's code raises becomes a value."""

import re
from typing import Any

import pytest

from executus import Defaults
from executus.values import Fault, FaultKind, ToolClass, seconds
from interpreters.faults import MOST, fault_of
from interpreters.handlers import Handlers
from interpreters.played import scripted
from interpreters.ports import ModelError, OutcomeUnknown, ToolError
from interpreters.tools import tool
from tests.interpreters.desks import answer
from tests.interpreters.hosts import Raw


class Bare:
    """An object with nothing that a port must have."""

    def __repr__(self) -> str:
        return "<bare>"


class TestWiring:
    def test_models_are_required(self) -> None:
        make: Any = Handlers
        with pytest.raises(TypeError):
            make()
        for wrong in (None, "gpt", [answer]):
            with pytest.raises(TypeError):
                make(models=wrong)

    def test_all_else_has_a_default(self) -> None:
        handlers = Handlers(models=answer)
        assert (handlers.tools, handlers.system_header, handlers.defaults) == ({}, "", Defaults())
        assert (handlers.budget, handlers.critic, handlers.lanes.names, handlers.finalizers) == (
            None,
            None,
            (),
            (),
        )

    def test_tools_are_functions_tools_and_registries(self) -> None:
        def plain(a: int) -> int:
            return a

        @tool(effect="pure")
        async def pure(a: int) -> int:
            return a

        played = scripted("played")
        found = Handlers(models=answer, tools=[plain, pure, {"played": played}]).tools
        assert list(found) == ["plain", "pure", "played"]
        assert (found["plain"].spec.effect, found["pure"]) == (ToolClass.UNSAFE, pure)

    def test_two_tools_of_one_name_are_refused(self) -> None:
        with pytest.raises(ValueError, match="two tools are named 'look'"):
            Handlers(models=answer, tools=[scripted("look"), scripted("look")])

    @pytest.mark.parametrize("wrong", [5, "look", [5], [None], {"look": 5}], ids=repr)
    def test_what_is_no_tool_is_refused(self, wrong: Any) -> None:
        with pytest.raises((TypeError, ValueError)):
            Handlers(models=answer, tools=wrong)

    def test_a_tool_that_says_it_can_reconcile_must_be_able_to(self) -> None:
        raw = Raw(lambda: None)
        raw.spec = scripted("look", reconcile=["x"]).spec
        with pytest.raises(TypeError, match="tool 'look' says it can reconcile, but has no function reconcile"):
            Handlers(models=answer, tools=[raw])

    def test_a_wrong_default_is_refused(self) -> None:
        make: Any = Handlers
        with pytest.raises(TypeError):
            make(models=answer, defaults={"max_iterations": 3})
        with pytest.raises(ValueError, match="max_iterations must not be negative"):
            Handlers(models=answer, defaults=Defaults(max_iterations=-1))

    @pytest.mark.parametrize(
        ("slot", "wrong", "said"),
        [
            ("budget", Bare(), "budget has no check: it is a Bare"),
            ("budget", Bare, "budget must be an object, got the class Bare"),
            ("audit", Bare(), "audit has no start: it is a Bare"),
            ("checkpoints", 5, "checkpoints has no begin: it is an int"),
            ("critic", Bare(), "critic must be a function or have a method monitor, got a Bare"),
            ("critic", [1], "critic must be a function or have a method monitor, got a list"),
            ("palette", {}, "palette has no resolve: it is a dict"),
            ("delivery", Bare(), "delivery has no deliver: it is a Bare"),
            ("input_files", Bare(), "input_files has no stage: it is a Bare"),
            ("compactor", Bare(), "compactor must be a function, got a Bare"),
            ("approver", True, "approver must be a function, got a bool"),
            ("session", Bare(), "session must be a function, got a Bare"),
            ("limiter", 5, "limiter must be a function, got an int"),
            ("on_step", "print", "on_step must be a function, got a str"),
            ("finalizers", 5, "finalizers must be a list of functions, got an int"),
            ("models", None, "models must be a function or a Models, got nothing"),
            ("models", Bare, "models must be a function or a Models, got the class Bare"),
            ("critic", Bare, "critic must be an object, got the class Bare"),
            ("tools", 5, "tools must be a list of tools, got an int"),
            ("tools", "look", "tools must be a list of tools, got a str"),
            ("lanes", 5, "lanes must map names to widths, got an int"),
            ("system_header", 5, "system_header must be text, got an int"),
            ("defaults", {}, "defaults must be Defaults, got a dict"),
            ("finalizers", [print, 5], "a finalizer must be a function, got an int"),
            ("lanes", {"fast": 0}, "lane 'fast' must be at least 1 wide, got 0"),
            ("lanes", {"fast": -1}, "lane 'fast' must be at least 1 wide, got -1"),
        ],
    )
    def test_wrong_wiring_is_refused_in_one_sentence(self, slot: str, wrong: Any, said: str) -> None:
        slots: dict[str, Any] = {"models": answer} | {slot: wrong}
        with pytest.raises((TypeError, ValueError), match=f"^{re.escape(said)}$"):
            Handlers(**slots)

    @pytest.mark.parametrize("wrong", [{"fast": "two"}, {"fast": True}, {1: 1}, {"fast": 1.5}], ids=repr)
    def test_a_width_is_a_whole_number(self, wrong: Any) -> None:
        with pytest.raises(TypeError):
            Handlers(models=answer, lanes=wrong)


class TestFaults:
    def test_an_exception_says_its_name_and_its_text(self) -> None:
        assert fault_of(FaultKind.PORT, ValueError("no")) == Fault(FaultKind.PORT, "ValueError: no")
        assert fault_of(FaultKind.PORT, ValueError()) == Fault(FaultKind.PORT, "ValueError")

    def test_a_tool_error_is_for_the_model_to_read_as_it_is(self) -> None:
        assert fault_of(FaultKind.TOOL, ToolError("no such file")) == Fault(FaultKind.TOOL, "no such file")

    def test_a_tool_that_can_not_tell_says_so(self) -> None:
        lost = OutcomeUnknown("the line broke")
        assert fault_of(FaultKind.TOOL, lost) == Fault(FaultKind.UNKNOWN, "the line broke")
        assert fault_of(FaultKind.TOOL, OutcomeUnknown()).kind is FaultKind.UNKNOWN
        assert fault_of(FaultKind.PORT, lost) == Fault(FaultKind.PORT, "OutcomeUnknown: the line broke")

    def test_a_model_error_brings_its_own(self) -> None:
        fault = Fault(FaultKind.MODEL, "slow down", "host", 429, True, seconds(1))
        assert fault_of(FaultKind.MODEL, ModelError(fault)) == fault

    @pytest.mark.parametrize("error", [ValueError("x" * 9000), ToolError("x" * 9000)], ids=repr)
    def test_a_long_text_is_bounded(self, error: Exception) -> None:
        assert len(fault_of(FaultKind.TOOL, error).message) <= MOST + len("ValueError: ")

    def test_an_exception_that_can_not_say_its_text_is_a_fault_all_the_same(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no words")

        assert fault_of(FaultKind.TOOL, Mute()).message.startswith("Mute")
