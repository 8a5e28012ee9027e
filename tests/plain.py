"""Records as plain builtins and back: the law that nothing in a state can hold what a file could not.

Long shared things (conversations, toolboxes, names) are written down as their contents here.
"""

from typing import Any, get_origin

import msgspec

from executus.agent import ModelSettings
from executus.buffer import Names, View, Views, names, view
from executus.toolbox import Setup, Toolbox
from executus.values import Message, ToolSpec


def plain(value: object) -> Any:
    """The value as dicts, lists, text and numbers."""
    return msgspec.to_builtins(value, enc_hook=_open)


def back(value: object, kind: Any) -> Any:
    """What `plain` was made of, strictly."""
    return msgspec.convert(value, kind, dec_hook=_close)


def _open(value: object) -> object:
    match value:
        case View() | Names() | Views():
            return list(value)
        case Toolbox(specs=specs):
            return specs
        case Setup():
            return [value.model, value.toolbox, value.settings]
        case _:
            raise TypeError(f"a state must not hold a {type(value).__name__}")


def _close(kind: type, value: Any) -> object:
    kind = get_origin(kind) or kind
    if kind is View:
        return view(*back(value, tuple[Message, ...]))
    if kind is Views:
        return Views(*[_close(View, one) for one in value])  # type: ignore[arg-type]  # a view of messages
    if kind is Names:
        return names(*back(value, tuple[str, ...]))
    if kind is Toolbox:
        return Toolbox(back(value, tuple[ToolSpec, ...]))
    assert kind is Setup
    model, toolbox, settings = value
    return Setup(model, _close(Toolbox, toolbox), back(settings, ModelSettings))  # type: ignore[arg-type]
