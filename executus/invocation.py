"""For whom and where: Invocation. What the host knows of one run that isn't the agent's."""

from typing import Any, cast

from msgspec.structs import force_setattr

from executus.checks import check_fits, check_flag, check_list, check_names, check_text
from executus.values import Image, Message, Record, sound


class InputFile(Record, frozen=True):
    """A file that comes with the prompt. Its bytes are staged by the host and never reach the model."""

    name: str
    mime: str
    content: bytes


class Target(Record, frozen=True):
    """Where the answer is to be delivered: nowhere without an `id`."""

    kind: str = ""
    id: str = ""


NOWHERE = Target()


class Invocation(Record, frozen=True, kw_only=True):
    """Who asks, where, and what: the prompt, pictures, files and earlier conversation of one run.

    `run_id` may be left out; the world then names the run. The other ids are facts for those who observe
    the run, and never change what it does. `ancestry` holds the subjects of the runs above this one, `inputs` a
    skill's named inputs (a mapping; pairs at rest), `lane` the queue to wait in. `extra_tools`,
    `session_tool_factory` and `on_step` are the host's own objects: a world keeps them, a record has the names of
    the tools. A `dry_run` asks what would be done and does nothing. Source: semantics.md sections 1 and 2.
    """

    prompt: str = ""
    images: tuple[Image, ...] = ()
    history: tuple[Message, ...] = ()
    input_files: tuple[InputFile, ...] = ()
    run_id: str = ""
    caller_id: str = ""
    channel_id: str = ""
    guild_id: str = ""
    parent_run_id: str = ""
    ancestry: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    lane: str = ""
    delivery: Target = NOWHERE
    dry_run: bool = False
    extra_tools: tuple[Any, ...] = ()
    session_tool_factory: Any = None
    on_step: Any = None

    def __post_init__(self) -> None:
        for name in ("prompt", "run_id", "caller_id", "channel_id", "guild_id", "parent_run_id", "lane"):
            check_text(self, name)
        for name in ("labels", "ancestry"):
            check_names(self, name)
        check_flag(self, "dry_run")
        if self.inputs != ():
            _check_inputs(self)
        check_list(self, "extra_tools")
        for name, kind in _KINDS:
            value = getattr(self, name)
            if value != () and value is not NOWHERE:
                check_fits(self, name, kind)


_KINDS = (
    ("images", tuple[Image, ...]),
    ("history", tuple[Message, ...]),
    ("input_files", tuple[InputFile, ...]),
    ("delivery", Target),
)


def _check_inputs(invocation: Invocation) -> None:
    given: Any = invocation.inputs
    pairs: Any = cast("Any", given).items() if isinstance(given, dict) else given
    try:
        inputs = tuple([(name, text) for name, text in pairs])
    except (TypeError, ValueError):
        raise ValueError(f"inputs must be a mapping of names to texts, got {given!r:.100}") from None
    if not all(isinstance(part, str) for pair in inputs for part in pair):
        raise ValueError(f"inputs must be a mapping of names to texts, got {given!r:.100}")
    force_setattr(invocation, "inputs", tuple([(sound(name), sound(text)) for name, text in inputs]))
