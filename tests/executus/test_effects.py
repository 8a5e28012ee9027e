"""Effects: inert, compared by value, named by a tag that is part of the file format, and plain to write down."""

from typing import Any, get_args

import pytest

from executus.buffer import view
from executus.effects import (
    Abandon,
    Asked,
    BuildToolbox,
    CallModel,
    Effect,
    Notice,
    Question,
    ResolveModel,
    RunTool,
    Told,
)
from executus.toolbox import Setup, Toolbox
from executus.values import Message, ToolCall, ToolSpec
from tests.plain import back, plain

EFFECTS: list[Effect] = [
    ResolveModel(1, "fast"),
    BuildToolbox(2, ("add",)),
    CallModel(3, view(Message("user", "hi")), Setup("m", Toolbox((ToolSpec("add"),)))),
    RunTool(4, ToolCall("c", "add")),
    Abandon(4),
]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
def test_an_effect_survives_being_written_down(effect: Effect) -> None:
    assert back(plain(effect), type(effect)) == effect


def test_every_effect_is_a_question_or_a_notice() -> None:
    assert {type(effect) for effect in EFFECTS} == set(get_args(Effect))
    assert set(get_args(Question)) == set(Asked.__subclasses__())
    assert {Notice} == set(Told.__subclasses__())


def test_the_tag_of_an_effect_outlives_its_name() -> None:
    tags = {effect.__struct_config__.tag for effect in EFFECTS}
    assert tags == {"ResolveModel", "BuildToolbox", "CallModel", "RunTool", "Abandon"}


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
def test_an_effect_is_frozen(effect: Any) -> None:
    with pytest.raises(AttributeError):
        effect.id = 9
