"""What a run may ask of the world. Imperative names, inert data, no behaviour.

A question has an id and is answered exactly once; a notice is answered by nobody. The tag is the effect's
name in fingerprints: it is part of the file format and outlives the class's name.
"""

from typing import TypeAlias

from executus.buffer import View
from executus.toolbox import Setup
from executus.values import EffectId, Message, Record, ToolCall


class Asked(Record, frozen=True, tag_field="is"):
    """A question: the world answers it once, under its id."""

    id: EffectId


class Told(Record, frozen=True, tag_field="is"):
    """A notice: nobody answers it."""


class ResolveModel(Asked, frozen=True, tag="ResolveModel"):
    """Which models does this tier stand for? Answered by `ModelResolved`."""

    tier: str


class BuildToolbox(Asked, frozen=True, tag="BuildToolbox"):
    """Find the tools of these names. Answered by `ToolboxBuilt`."""

    names: tuple[str, ...]


class CallModel(Asked, frozen=True, tag="CallModel"):
    """Send the conversation to a model. Answered by `ModelReplied`."""

    conversation: View[Message]
    setup: Setup


class RunTool(Asked, frozen=True, tag="RunTool"):
    """Run one tool. Answered by `ToolReturned`."""

    call: ToolCall


class Abandon(Told, frozen=True, tag="Abandon"):
    """Stop working on question `question`; whatever it answers later is too late."""

    question: EffectId


Question: TypeAlias = ResolveModel | BuildToolbox | CallModel | RunTool
Notice: TypeAlias = Abandon
Effect: TypeAlias = Question | Notice
