"""What no model could call is no tool, and one sentence says why."""

import re
from typing import Any

import pytest

from interpreters.tools import tool
from tests.interpreters.tools.shapes import Machine, taking


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": 1}, "there is no option 'colour'; there are effect, name, repeatable"),
        ({"needs_approval": 1}, "needs_approval must be True or False, got 1"),
        ({"reconcile": "yes"}, "reconcile must be a function (key, arguments), got 'yes'"),
        ({"verifier": any}, "verifier must be the name of a tool, got"),
        ({"timeout": "soon"}, "timeout must look like"),
        ({"timeout": 0}, "timeout must be above zero, got 0"),
        ({"timeout": "-1s"}, "timeout must be above zero, got '-1s'"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_sentence(options: dict[str, Any], said: str) -> None:
    def look(x: int) -> None: ...

    make: Any = tool
    with pytest.raises((TypeError, ValueError), match=f"^tool 'look': {re.escape(said)}"):
        make(**options)(look)


def test_options_are_in_the_spec() -> None:
    async def found(key: str, arguments: dict[str, Any]) -> object:
        return None

    @tool(
        effect="keyed",
        timeout="1m",
        repeatable=True,
        serial=True,
        needs_approval=True,
        reconcile=found,
        verifier="v",
    )
    def look(x: int) -> None: ...

    spec = look.spec
    assert (spec.effect, spec.timeout, spec.verifier) == ("keyed", 60_000_000, "v")
    assert (spec.repeatable, spec.serial, spec.needs_approval, spec.reconcile) == (True, True, True, True)


def positional_only(x: int, /) -> None: ...


def any_number(*x: int) -> None: ...


def any_names(**x: int) -> None: ...


def unhinted(x: Any) -> None: ...


del unhinted.__annotations__["x"]


def yields(x: int) -> Any:
    yield x


async def yields_later(x: int) -> Any:
    yield x


REFUSED = [
    (
        positional_only,
        "tool 'positional_only': parameter 'x' is positional-only, but a model gives arguments by name",
    ),
    (any_number, "tool 'any_number': parameter 'x' takes any number of arguments; name each one"),
    (any_names, "tool 'any_names': parameter 'x' takes any number of arguments; name each one"),
    (unhinted, "tool 'unhinted': parameter 'x' has no type hint"),
    (yields, "tool 'yields': it yields, but a tool gives one result; return a list"),
    (yields_later, "tool 'yields_later': it yields, but a tool gives one result; return a list"),
    (
        Machine.run,
        "tool 'run': parameter 'self' has no type hint; make the tool of the bound method, tool(instance.method)",
    ),
    (taking(object), "tool 'take': parameter 'x' has a type hint that JSON can't carry: object"),
    (taking(complex), "tool 'take': parameter 'x' has a type hint that JSON can't carry: complex"),
    (
        taking(list[int] | list[str]),
        "tool 'take': parameter 'x' has a type hint that JSON can't carry: list[int] | list[str]",
    ),
    (
        taking("Missing"),
        "tool 'take': parameter 'x' has a type hint that can't be resolved: name 'Missing' is not defined",
    ),
    (Machine, f"a tool is made of a function, got {Machine!r}"),
    ("add", "a tool is made of a function, got 'add'"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=[str(said)[:40] for _, said in REFUSED])
def test_what_no_model_could_call_is_no_tool(given: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        tool(given)
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["", "two words", "ä", "a.b", "a\n", "x" * 65, 3])
def test_a_name_that_providers_refuse_is_refused(name: Any) -> None:
    with pytest.raises(TypeError, match="a name is 1 to 64"):
        tool(taking(int), name=name)


def test_what_has_no_name_needs_one() -> None:
    with pytest.raises(TypeError, match="needs a name"):
        tool(Machine())
    with pytest.raises(TypeError, match="a name is 1 to 64"):
        tool(lambda: 1)


def test_a_signature_that_cannot_be_read_is_said() -> None:
    odd: Any = taking(int)
    odd.__signature__ = "none"
    with pytest.raises(TypeError, match="tool 'take': its signature can't be read"):
        tool(odd)


def test_an_unknown_effect_is_refused() -> None:
    make: Any = tool
    with pytest.raises(ValueError, match="effect must be one of pure, idempotent, keyed, unsafe, got 'safe'"):
        make(taking(int), effect="safe")


@pytest.mark.parametrize("option", ["serial", "repeatable"])
def test_a_flag_is_true_or_false(option: str) -> None:
    make: Any = tool
    with pytest.raises(TypeError, match=f"{option} must be True or False, got 'yes'"):
        make(taking(int), **{option: "yes"})
