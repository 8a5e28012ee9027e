"""A name means one tool: collecting, choosing, and loading by reference."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from executus.values import ToolClass, ToolResult, ToolSpec
from interpreters.ports import ToolContext
from interpreters.tools import collect, load, select, tool


@tool(effect="pure")
def add(a: int, b: int) -> int:
    return a + b


def shout(text: str) -> str:
    return text.upper()


class Foreign:
    spec = ToolSpec("foreign")
    blocking = False

    def call(self, arguments: str, context: ToolContext) -> ToolResult:
        return ToolResult(arguments)


def test_tools_functions_registries_and_lists_are_collected_in_order() -> None:
    foreign = Foreign()
    registry = collect([add])
    found = collect([shout, [registry, (foreign,)], iter(())])
    assert list(found) == ["shout", "add", "foreign"]
    assert found["add"] is add
    assert found["foreign"] is foreign


def test_a_plain_function_is_an_unsafe_tool_named_after_itself() -> None:
    found = collect([shout])["shout"]
    assert found.spec.effect is ToolClass.UNSAFE
    assert found.call('{"text":"a"}', ToolContext(run_id="", call_id="")) == ToolResult("A")


REFUSED: list[tuple[Any, type[Exception], str]] = [
    ([add, [add]], ValueError, "two tools are named 'add'"),
    ([add, {"add": add}], ValueError, "two tools are named 'add'"),
    ([{"plus": add}], ValueError, "the tool listed as 'plus' is named 'add'"),
    (["add"], TypeError, "not a tool: a str"),
    ([3], TypeError, "not a tool: an int"),
    ([None], TypeError, "not a tool: a NoneType"),
    ([Foreign], TypeError, "not a tool: the class Foreign"),
    ("add", TypeError, "not a list of tools: a str"),
    (
        [lambda: 1],
        TypeError,
        "tool '<lambda>': a name is 1 to 64 of the letters A-Z, a-z, 0-9, _ and -; give one as name=",
    ),
]


@pytest.mark.parametrize(("tools", "kind", "said"), REFUSED, ids=[said[:30] for _, _, said in REFUSED])
def test_what_is_no_tool_is_named(tools: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as caught:
        collect(tools)
    assert str(caught.value) == said


def test_an_agent_gets_the_tools_it_names_in_its_order() -> None:
    registry = collect([add, shout])
    assert [one.spec.name for one in select(registry, ["shout", "add"])] == ["shout", "add"]
    assert select(registry, []) == ()


def test_an_unknown_or_repeated_name_is_said() -> None:
    registry = collect([add, shout])
    with pytest.raises(LookupError) as unknown:
        select(registry, ["add", "Add"])
    assert str(unknown.value) == "there is no tool named 'Add'; there are: add, shout"
    with pytest.raises(LookupError, match="there are: none"):
        select({}, ["add"])
    with pytest.raises(ValueError, match=r"^tool 'add' is listed twice$"):
        select(registry, ["add", "add"])


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module that can be imported, and gives its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(text: str) -> str:
        name = f"referenced_{abs(hash(text))}"
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return write


def test_a_reference_is_loaded(module: Callable[[str], str]) -> None:
    name = module(
        "from interpreters.tools import tool\n"
        "def plain(x: int) -> int: return x\n"
        "@tool(effect='pure')\ndef made(x: int) -> int: return x\n"
        "class Group:\n    inner = made\n"
    )
    assert load(f"{name}:plain").spec.effect is ToolClass.UNSAFE
    assert load(f"{name}:made").spec.effect is ToolClass.PURE
    assert load(f"{name}:Group.inner").spec.name == "made"


BROKEN: list[tuple[str, type[Exception], str]] = [
    ("grep", ValueError, "tool 'grep': write module:function"),
    (":grep", ValueError, "tool ':grep': write module:function"),
    ("a:b:c", ValueError, "tool 'a:b:c': write module:function"),
    ("..up:x", ValueError, "tool '..up:x': write module:function"),
    (
        "no_such_module:x",
        LookupError,
        "tool 'no_such_module:x': no_such_module can't be imported "
        "(ModuleNotFoundError: No module named 'no_such_module')",
    ),
    ("json:nothing", LookupError, "tool 'json:nothing': json has no nothing"),
    ("json:decoder", TypeError, "tool 'json:decoder' is no tool but a module"),
    ("json:loads", TypeError, "tool 'loads': parameter 's' has no type hint"),
]


@pytest.mark.parametrize(("reference", "kind", "said"), BROKEN, ids=[reference for reference, _, _ in BROKEN])
def test_a_reference_that_leads_nowhere_is_said_in_one_line(
    reference: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as caught:
        load(reference)
    assert str(caught.value) == said


def test_a_module_that_fails_to_import_is_said_in_one_line(module: Callable[[str], str]) -> None:
    name = module("raise RuntimeError('two\\nlines')")
    with pytest.raises(LookupError, match=r"\(RuntimeError: two lines\)$"):
        load(f"{name}:x")
