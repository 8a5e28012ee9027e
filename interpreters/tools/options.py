"""The options of `@tool` beside its effect, read strictly when the tool is made.

Law: an option of a wrong type is refused with one sentence that names the tool and the option.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from executus.spans import span
from executus.values import microseconds

Reconcile: TypeAlias = Callable[[str, dict[str, Any]], object]
"""(key, arguments) -> Done(result) | NotDone() | StillUnknown(), or an awaitable of it."""

_FLAGS = ("repeatable", "serial", "needs_approval")
_KNOWN = (*_FLAGS, "timeout", "reconcile", "verifier")


class Options:
    """What a spec is made with beside name, description, parameters and effect; and how to reconcile."""

    def __init__(self, tool: str, given: dict[str, Any]) -> None:
        for option in given:
            if option not in _KNOWN:
                raise TypeError(
                    f"tool {tool!r}: there is no option {option!r}; there are effect, name, {', '.join(_KNOWN)}"
                )
        self.reconcile: Reconcile | None = _function(tool, given.get("reconcile"))
        self.fields: dict[str, Any] = {option: _flag(tool, option, given.get(option, False)) for option in _FLAGS}
        self.fields["timeout"] = _timeout(tool, given.get("timeout"))
        self.fields["reconcile"] = self.reconcile is not None
        self.fields["verifier"] = _name(tool, given.get("verifier", ""))


def _flag(tool: str, option: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"tool {tool!r}: {option} must be True or False, got {value!r}")
    return value


def _timeout(tool: str, value: Any) -> int | None:
    if value is None:
        return None
    try:
        limit = span(value, "timeout")
    except ValueError as error:
        raise ValueError(f"tool {tool!r}: {error}") from None
    if limit <= timedelta():
        raise ValueError(f"tool {tool!r}: timeout must be above zero, got {value!r}")
    return microseconds(limit)


def _function(tool: str, value: Any) -> Reconcile | None:
    if value is not None and not callable(value):
        raise TypeError(f"tool {tool!r}: reconcile must be a function (key, arguments), got {value!r}")
    found: Reconcile | None = value
    return found


def _name(tool: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"tool {tool!r}: verifier must be the name of a tool, got {value!r}")
    return value
