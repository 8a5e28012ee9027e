"""Structured output: the type of an agent's answer as a schema, and what a model submits read against it.

Law: what is accepted is an instance of the type, with no key that the type doesn't have. A type that is no object
stands in the arguments as their `value`. Where only the schema is left (a record that is taken up again), the
schema itself is what is checked.
"""

import json
import math
from typing import Any, NoReturn, TypeAlias, cast

import msgspec

from interpreters.ports import ToolError
from interpreters.tools.arguments import ECHO, single, unfit
from interpreters.tools.conforming import misfit
from interpreters.tools.schema import Schema, canonical, schema_of
from interpreters.tools.signature import Parameter
from interpreters.tools.strict import stray

Json: TypeAlias = Any

VALUE = "value"


class Output:
    """The type of an answer: a class, or its JSON Schema as text. Raises TypeError or ValueError for another
    thing."""

    def __init__(self, kind: object) -> None:
        self._decoder: Any = None
        self._wrapped = False
        self._refusal = ""
        if isinstance(kind, str):
            self._schema = _read_schema(kind)
            self.schema = kind
            return
        schema = schema_of((Parameter(VALUE, kind, True, None),), {}, "submit")
        inner = cast(Schema, schema["properties"][VALUE])
        self._wrapped = inner.get("type") != "object"
        if not self._wrapped:
            schema = inner | ({"$defs": schema["$defs"]} if "$defs" in schema else {})
        self._schema = schema
        self._decoder = msgspec.json.Decoder(cast(Any, kind))
        self.schema = canonical(schema)

    @classmethod
    def refused(cls, reason: str) -> "Output":
        """The type makes no schema: nothing can be submitted, and whoever tries reads why."""
        output = cls('{"type":"object"}')
        output._refusal = reason
        return output

    def read(self, text: str) -> str:
        """What was submitted, as canonical JSON of the value; raises `ToolError`."""
        if self._refusal:
            raise ToolError(f"output_type can't be used: {self._refusal}")
        try:
            given = json.loads(text, object_pairs_hook=single, parse_constant=_no_number, parse_float=_finite)
        except ValueError as error:
            raise ToolError(f"arguments are not valid JSON: {str(error)[:ECHO]}") from error
        except RecursionError as error:
            raise ToolError("arguments do not fit: they are nested too deeply") from error
        try:
            return self._checked(given)
        except ToolError:
            raise
        except Exception as error:  # From a type of the host's that checks itself.
            raise unfit(str(error)) from error

    def _checked(self, given: Json) -> str:
        problem = misfit(self._schema, given) if self._decoder is None else ""
        if self._decoder is None:
            if problem:
                raise unfit(problem)
            return msgspec.json.encode(given, order="sorted").decode()  # Half a letter is refused, not mended.
        inner = given
        if self._wrapped:
            if not isinstance(given, dict) or list(cast("dict[str, Json]", given)) != [VALUE]:
                raise unfit(f"Expected an object with the one key `{VALUE}`")
            inner = cast("dict[str, Json]", given)[VALUE]
        value = self._decoder.decode(msgspec.json.encode(inner))
        problem = stray(self._schema, cast(Any, given))
        if problem:
            raise unfit(problem)
        return msgspec.json.encode(value, order="sorted").decode()


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    """What is written as JSON again must be a number still, and not null."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:60]} is out of range")
    return number


def _read_schema(text: str) -> Schema:
    try:
        schema: object = json.loads(text)
    except ValueError as error:
        raise ValueError(f"output_type is no class and no JSON Schema: {error}") from None
    if not isinstance(schema, dict):
        raise ValueError("output_type must be a class, or the JSON Schema of an object")
    return cast(Schema, schema)
