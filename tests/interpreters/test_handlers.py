"""Handlers: what a host supplies. Law: wrong wiring is refused at once, and everything else a host's code does,
whatever it raises or returns, becomes a value here and nowhere else."""

import asyncio
from typing import Any

import pytest

from executus import Defaults
from executus.agent import ModelChoice
from executus.buffer import view
from executus.effects import BuildToolbox, CallModel, ResolveModel
from executus.toolbox import Setup, Toolbox
from executus.values import Fault, FaultKind, Message, ModelReply, ToolClass, ToolResult, ToolSpec, Usage, seconds
from interpreters.driving import at_once
from interpreters.handlers import (
    MOST,
    Handlers,
    build_toolbox,
    fault_of,
    reply_of,
    request_of,
    resolve_model,
    result_of,
)
from interpreters.memory import scripted
from interpreters.ports import ModelError, ModelRequest, ToolContext, ToolError
from interpreters.tools import tool
from tests.interpreters.hosts import Raw

CONTEXT = ToolContext(run_id="4711", call_id="call-1")


def answer(request: ModelRequest) -> ModelReply:
    return ModelReply("Hello!")


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


class TestWiring:
    def test_models_are_required(self) -> None:
        with pytest.raises(TypeError):
            Handlers()
        for wrong in (None, "gpt", [answer]):
            with pytest.raises(TypeError):
                Handlers(models=wrong)

    def test_all_else_has_a_default(self) -> None:
        handlers = Handlers(models=answer)
        assert (handlers.tools, handlers.system_header, handlers.defaults) == ({}, "", Defaults())

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
    def test_what_is_no_tool_is_refused(self, wrong: object) -> None:
        with pytest.raises((TypeError, ValueError)):
            Handlers(models=answer, tools=wrong)

    def test_a_wrong_default_is_refused(self) -> None:
        with pytest.raises(TypeError):
            Handlers(models=answer, defaults={"max_iterations": 3})
        with pytest.raises(ValueError, match="max_iterations must not be negative"):
            Handlers(models=answer, defaults=Defaults(max_iterations=-1))


class TestFaults:
    def test_an_exception_says_its_name_and_its_text(self) -> None:
        assert fault_of(FaultKind.PORT, ValueError("no")) == Fault(FaultKind.PORT, "ValueError: no")
        assert fault_of(FaultKind.PORT, ValueError()) == Fault(FaultKind.PORT, "ValueError")

    def test_a_tool_error_is_for_the_model_to_read_as_it_is(self) -> None:
        assert fault_of(FaultKind.TOOL, ToolError("no such file")) == Fault(FaultKind.TOOL, "no such file")

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


class TestTiers:
    def resolved(self, models: Any, tier: str = "fast") -> object:
        return at_once(resolve_model(Handlers(models=models), ResolveModel(1, tier)), AssertionError)

    def test_one_function_stands_for_every_tier(self) -> None:
        assert self.resolved(answer, "smart") == (ModelChoice("smart"),)

    def test_a_port_gives_its_chain(self) -> None:
        chain = (ModelChoice("small", 8000), ModelChoice("tiny"))
        assert self.resolved(Tiers(chain)) == chain
        assert self.resolved(Tiers(())) == ()

    def test_an_unknown_tier_is_said_in_its_own_words(self) -> None:
        for error in (LookupError("no such tier"), KeyError("no such tier")):
            assert self.resolved(Tiers(error)) == Fault(FaultKind.MODEL, "no such tier")
        assert self.resolved(Tiers(KeyError())) == Fault(FaultKind.MODEL, "KeyError")

    def test_a_port_that_breaks_is_a_fault(self) -> None:
        assert self.resolved(Tiers(OSError("gone"))) == Fault(FaultKind.MODEL, "OSError: gone")

    @pytest.mark.parametrize("wrong", [None, "small", ("small",), ModelChoice("small")], ids=repr)
    def test_what_is_no_chain_is_a_fault(self, wrong: object) -> None:
        match self.resolved(Tiers(wrong)):
            case Fault(kind=FaultKind.MODEL, message=message):
                assert message.startswith("TypeError: the handler returned a ")
            case other:
                raise AssertionError(other)


class TestToolboxes:
    def built(self, *names: str) -> object:
        handlers = Handlers(models=answer, tools=[scripted("look"), scripted("add")])
        return at_once(build_toolbox(handlers, BuildToolbox(2, names)), AssertionError)

    def test_the_tools_come_in_the_order_of_the_names(self) -> None:
        assert self.built("add", "look") == (scripted("add").spec, scripted("look").spec)

    def test_an_unknown_and_a_duplicate_name_are_named(self) -> None:
        said = "there is no tool named 'ad'; there are: add, look"
        assert self.built("ad") == Fault(FaultKind.PORT, said)
        assert self.built("add", "add") == Fault(FaultKind.PORT, "tool 'add' is listed twice")


class TestModels:
    def asked(self, models: Any) -> object:
        setup = Setup("small", Toolbox((ToolSpec("add"),)))
        effect = CallModel(3, view(Message("user", "Hi")), setup)
        return at_once(reply_of(lambda: models(request_of(effect, "4711"))), AssertionError)

    def test_a_model_is_told_all_of_its_call(self) -> None:
        requests: list[ModelRequest] = []

        def look(request: ModelRequest) -> ModelReply:
            requests.append(request)
            return ModelReply("Hello!")

        assert self.asked(look) == ModelReply("Hello!")
        (request,) = requests
        assert (request.model, request.run_id, request.tools) == ("small", "4711", (ToolSpec("add"),))
        assert list(request.messages) == [Message("user", "Hi")]

    def test_a_model_is_a_function_an_async_one_or_a_port(self) -> None:
        async def later(request: ModelRequest) -> ModelReply:
            return ModelReply("Later.")

        assert self.asked(later) == ModelReply("Later.")
        assert self.asked(Tiers(())) == ModelReply("I am small")

    def test_a_reply_that_does_not_fit_is_a_fault_that_says_where(self) -> None:
        match self.asked(lambda _: ModelReply("Hi", usage=Usage(input_tokens="many"))):
            case Fault(message=message):
                assert "the handler returned a ModelReply that does not fit" in message
                assert "usage" in message
            case other:
                raise AssertionError(other)


class TestTools:
    def run(self, work: Any) -> object:
        return at_once(result_of(lambda: Raw(work).call("{}", CONTEXT)), AssertionError)

    def test_a_tool_gives_its_result_now_or_later(self) -> None:
        async def later() -> ToolResult:
            return ToolResult("later")

        assert self.run(lambda: ToolResult("now")) == ToolResult("now")
        assert self.run(later) == ToolResult("later")

    def test_what_a_tool_raises_is_a_fault(self) -> None:
        async def breaks() -> ToolResult:
            raise ToolError("no such file")

        assert self.run(breaks) == Fault(FaultKind.TOOL, "no such file")
        assert self.run(lambda: 1 // 0) == Fault(
            FaultKind.TOOL, "ZeroDivisionError: integer division or modulo by zero"
        )

    def test_a_cancellation_goes_on(self) -> None:
        def cancelled() -> ToolResult:
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):  # Whose it is, only the world can tell.
            self.run(cancelled)
