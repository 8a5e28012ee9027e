"""Toolboxes and setups: found by exact name, compared by content, written down as a checksum of every part."""

from typing import Any

from executus.agent import ModelSettings
from executus.toolbox import FEW, NO_TOOLS, Setup, Toolbox
from executus.values import ToolSpec

ADD, SUB = ToolSpec("add"), ToolSpec("sub", serial=True)


def test_a_tool_is_found_by_exactly_its_name() -> None:
    toolbox = Toolbox((ADD, SUB))
    assert toolbox.find("add") is ADD
    assert toolbox.find("sub") is SUB
    for name in ("Add", "add ", "", "ad"):
        assert toolbox.find(name) is None
    assert NO_TOOLS.find("add") is None


def test_a_tool_is_found_however_many_there_are() -> None:
    for count in (1, FEW, FEW + 1, 100):
        specs = tuple([ToolSpec(f"tool{number}") for number in range(count)])
        toolbox = Toolbox(specs)
        assert [toolbox.find(spec.name) for spec in specs] == list(specs)
        assert toolbox.find("tool") is None


def test_a_toolbox_knows_whether_any_tool_is_serial() -> None:
    assert Toolbox((ADD, SUB)).has_serial
    assert not Toolbox((ADD,)).has_serial
    assert not NO_TOOLS.has_serial


def test_a_seal_changes_with_any_part() -> None:
    toolboxes = [NO_TOOLS, Toolbox((ADD,)), Toolbox((SUB,)), Toolbox((ADD, SUB)), Toolbox((SUB, ADD))]
    assert len({toolbox.seal() for toolbox in toolboxes}) == len(toolboxes)
    setups = [
        Setup("a"),
        Setup("b"),
        Setup("a", toolboxes[1]),
        Setup("a", NO_TOOLS, ModelSettings(temperature=0)),
        Setup("a", NO_TOOLS, ModelSettings(max_output=5)),
    ]
    assert len({setup.seal() for setup in setups}) == len(setups)


def test_they_are_compared_by_content() -> None:
    other: Any = ()
    assert Toolbox((ADD,)) == Toolbox((ToolSpec("add"),))
    assert hash(Toolbox((ADD,))) == hash(Toolbox((ToolSpec("add"),)))
    assert Toolbox((ADD,)) != Toolbox((SUB,))
    assert Toolbox() != other
    assert (Toolbox() == other) is (Setup("a") == other) is False
    assert hash(Toolbox((ADD,))) != hash(Toolbox((SUB,)))
    assert hash(Setup("a")) != hash(Setup("b"))
    assert Setup("a", Toolbox((ADD,))) == Setup("a", Toolbox((ADD,)), ModelSettings())
    assert hash(Setup("a")) == hash(Setup("a"))
    assert Setup("a") != Setup("b")
    assert Setup("a") != Setup("a", Toolbox((ADD,)))
    assert Setup("a") != Setup("a", NO_TOOLS, ModelSettings(reasoning="low"))
    assert Setup("a") != other


def test_they_say_what_they_are() -> None:
    assert repr(Toolbox((ADD, SUB))) == "<tools: add, sub>"
    assert repr(NO_TOOLS) == "<tools: none>"
    assert repr(Setup("a")) == "<a, <tools: none>>"
