"""Arguments as a model wrote them: read strictly, or refused with one line that it can act on.

Law: nothing is called unless every argument is an instance of its declared type and no key is unknown or
stands twice, at any depth. What is echoed of a bad text is bounded.
"""

import json
from typing import Any

import msgspec

from interpreters.ports import ToolError
from interpreters.tools.schema import Schema
from interpreters.tools.signature import Parameter
from interpreters.tools.strict import is_flat, stray

ECHO = 200
"""How many characters of an error's text, and how many of its path, the model gets to read."""


class Arguments:
    """Reads the arguments of one tool."""

    def __init__(self, parameters: tuple[Parameter, ...], schema: Schema) -> None:
        names = {f"p{place}": parameter.name for place, parameter in enumerate(parameters)}
        self._schema = schema
        # The fields have names of their own, because a parameter may be called like a method of Struct.
        fields = [
            (field, parameter.hint)
            if parameter.required
            else (field, parameter.hint, msgspec.field(default_factory=_absent))
            for field, parameter in zip(names, parameters, strict=True)
        ]
        shape = msgspec.defstruct("Arguments", fields, kw_only=True, rename=names)
        self._decoder = msgspec.json.Decoder(shape)
        self._is_flat = is_flat(schema)
        self._parts = tuple(names.items())

    def read(self, text: str) -> dict[str, object]:
        """The arguments by name, without those that were left out; raises `ToolError`."""
        try:
            found = self._decoder.decode(text)
            given = {name: value for field, name in self._parts if (value := getattr(found, field)) is not _ABSENT}
            if self._is_flat and text.count(":") == len(given):
                return given  # As many colons as keys: none is unknown or stands twice, and none is further down.
            problem = stray(self._schema, json.loads(text, object_pairs_hook=single))
        except msgspec.ValidationError as error:
            raise unfit(str(error)) from error
        except (msgspec.DecodeError, UnicodeError) as error:
            said = one_line_of(str(error).removeprefix("JSON is malformed: "), ECHO)
            raise ToolError(f"arguments are not valid JSON: {said}") from error
        except RecursionError as error:
            raise ToolError("arguments do not fit: they are nested too deeply") from error
        except Exception as error:  # From a type of the host's that checks itself: nothing has been called.
            raise unfit(str(error)) from error
        if problem:
            raise unfit(problem)
        return given


_ABSENT = object()
"""Stands for an argument that was left out, so that the function's own default is used."""


def _absent() -> object:
    return _ABSENT


def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A hook for json.loads: no key stands twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"Object has the key `{one_line_of(name, ECHO)}` twice")
        found[name] = value
    return found


def unfit(text: str) -> ToolError:
    """The refusal that a model reads, with where it went wrong."""
    said, at, path = text.rpartition(" - at ")
    if not at:
        said, path = text, ""
    where = f" at {one_line_of(path, ECHO)}" if path not in ("", "`$`") else ""
    return ToolError(f"arguments do not fit: {one_line_of(said, ECHO)}{where}")


def one_line_of(text: str, limit: int) -> str:
    """One printable line of bounded length."""
    short = text if len(text) <= limit else text[:limit] + "…"
    return "".join(letter if letter.isprintable() else " " for letter in short.replace("`", ""))
