"""What @tool makes of a function: spec, call, context. Source: faces.md section 1."""

import asyncio
import functools
import inspect
import json
import subprocess
import sys
from typing import Annotated, Any

import pytest

from executus.values import ToolClass, ToolResult
from interpreters.ports import Tool, ToolContext, ToolError
from interpreters.tools import FunctionTool, tool
from tests.interpreters.tools.shapes import Machine, taking

CONTEXT = ToolContext(run_id="4711", call_id="c1")


@tool(effect="pure")
async def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    They may be negative.

    Args:
        a: the first
            summand
        b: the second summand
    """
    return a + b


def test_a_tool_is_described_by_its_hints_and_its_docstring() -> None:
    assert add.spec.name == "add"
    assert add.spec.description == "Add two numbers.\n\nThey may be negative."
    assert add.spec.effect is ToolClass.PURE
    assert add.spec.parameters == (
        '{"additionalProperties":false,"properties":{"a":{"description":"the first summand","type":"integer"},'
        '"b":{"default":1,"description":"the second summand","type":"integer"}},"required":["a"],"type":"object"}'
    )


def test_a_tool_is_still_the_function() -> None:
    @tool
    def double(x: int) -> int:
        """Twice."""
        return 2 * x

    assert double(4) == 8
    assert double.__name__ == "double"
    assert double.__doc__ == "Twice."
    assert list(inspect.signature(double).parameters) == ["x"]
    assert repr(double) == "<tool double (unsafe)>"


def test_a_tool_fits_the_port() -> None:
    assert isinstance(add, Tool)
    assert isinstance(add, FunctionTool)


def test_a_bare_tool_is_unsafe_and_neither_repeatable_nor_serial() -> None:
    spec = tool(taking(int)).spec
    assert (spec.effect, spec.repeatable, spec.serial) == (ToolClass.UNSAFE, False, False)


def test_options_reach_the_spec() -> None:
    @tool(effect="keyed", repeatable=True, serial=True, name="other-name")
    def some() -> None: ...

    assert (some.spec.name, some.spec.effect) == ("other-name", ToolClass.KEYED)
    assert some.spec.repeatable
    assert some.spec.serial


def test_a_tool_can_be_made_again_with_other_options() -> None:
    assert tool(add, name="plus", effect=ToolClass.IDEMPOTENT).spec.name == "plus"


def test_a_tool_without_parameters_takes_an_empty_object() -> None:
    def now() -> str:
        return "noon"

    assert tool(now).spec.parameters == '{"additionalProperties":false,"properties":{},"type":"object"}'


def test_a_bound_method_and_a_callable_object_are_tools() -> None:
    made = tool(Machine().run)
    assert (made.spec.name, made.spec.description) == ("run", "Run it.")
    assert made.call('{"x":3}', CONTEXT) == ToolResult("3")
    assert tool(Machine(), name="machine").call('{"x":3}', CONTEXT) == ToolResult("3")


def test_what_a_partial_has_bound_is_not_the_models_to_give() -> None:
    def fetch(path: str, password: str) -> str:
        """Fetch it."""
        return f"{path} with {len(password)} letters"

    made = tool(functools.partial(fetch, password="secret"), name="fetch")
    assert made.spec.description == "Fetch it."
    assert "secret" not in made.spec.parameters
    assert made.call('{"path":"a"}', CONTEXT) == ToolResult("a with 6 letters")
    with pytest.raises(ToolError, match="unknown field password"):
        made.call('{"path":"a","password":"x"}', CONTEXT)


def test_attributes_of_the_function_do_not_take_the_tools_place() -> None:
    plain: Any = taking(int)
    plain.spec = plain.blocking = "mine"
    made = tool(plain)
    assert made.spec.name == "take"
    assert made.blocking is True


def test_the_context_is_given_and_never_asked_for() -> None:
    @tool
    def who(context: ToolContext, also: ToolContext | None = None, x: int = 0) -> str:
        assert also is context
        return context.run_id

    assert list(json.loads(who.spec.parameters)["properties"]) == ["x"]
    assert who.call("{}", CONTEXT) == ToolResult("4711")
    with pytest.raises(ToolError, match="unknown field context"):
        who.call('{"context":{"run_id":"1","call_id":"2"}}', CONTEXT)


@pytest.mark.parametrize("hint", [ToolContext, ToolContext | None, Annotated[ToolContext, "noted"]], ids=str)
def test_every_way_to_hint_the_context_is_seen(hint: object) -> None:
    made = tool(taking(hint))
    assert json.loads(made.spec.parameters)["properties"] == {}


def test_an_async_tool_gives_an_awaitable_and_does_not_block() -> None:
    result = add.call('{"a":2,"b":3}', CONTEXT)
    assert not isinstance(result, ToolResult)
    assert not add.blocking
    assert asyncio.run(settled(result)) == ToolResult("5")


def test_arguments_of_an_async_tool_are_checked_at_once() -> None:
    with pytest.raises(ToolError):
        add.call("{}", CONTEXT)


def test_a_plain_tool_blocks_and_gives_its_result() -> None:
    made = tool(taking(int))
    assert made.blocking
    assert made.call('{"x":1}', CONTEXT) == ToolResult("1")


def test_a_plain_function_may_hand_on_what_an_async_one_gave() -> None:
    async def later(x: int) -> int:
        return x + 1

    def now(x: int) -> Any:
        return later(x)

    result = tool(now).call('{"x":1}', CONTEXT)
    assert not isinstance(result, ToolResult)
    assert asyncio.run(settled(result)) == ToolResult("2")


def test_what_the_function_raises_goes_through() -> None:
    def broken() -> None:
        raise ZeroDivisionError("by hand")

    with pytest.raises(ZeroDivisionError, match="by hand"):
        tool(broken).call("{}", CONTEXT)


def test_importing_the_tools_is_cheap() -> None:
    code = "import sys, interpreters.tools; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "interpreters.tools" in loaded
    assert not {"aiohttp", "beartype", "cattrs", "docstring_parser", "attrs"} & set(loaded)


async def settled(value: Any) -> ToolResult:
    result: ToolResult = await value
    return result
