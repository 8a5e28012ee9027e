"""Effects: inert, compared by value, plain to write down; the whole vocabulary is test_vocabulary.py's."""

from typing import Any

import pytest

from executus.buffer import view
from executus.effects import (
    Abandon,
    Asked,
    BuildToolbox,
    CallModel,
    Effect,
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


def test_a_question_has_a_number_and_a_notice_has_none() -> None:
    for effect in EFFECTS:
        assert isinstance(effect, Asked) is hasattr(effect, "id")
        assert isinstance(effect, Asked) is not isinstance(effect, Told)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
def test_an_effect_is_frozen(effect: Any) -> None:
    with pytest.raises(AttributeError):
        effect.id = 9
