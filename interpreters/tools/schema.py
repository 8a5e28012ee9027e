"""The JSON Schema of a tool's parameters, as canonical text.

Law: the schema says no less than the check does: an object with named properties, however deep, takes
no other key. Every `$ref` has its definition beside it, and the root is never one.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, cast

import msgspec

from interpreters.tools.signature import Parameter

Schema: TypeAlias = dict[str, Any]

REF = "#/$defs/"


def schema_of(parameters: tuple[Parameter, ...], descriptions: Mapping[str, str], tool: str) -> Schema:
    """The schema of an object with these parameters; raises TypeError for a hint that JSON can't carry."""
    for parameter in parameters:
        _check(parameter, tool)
    hints = [parameter.hint for parameter in parameters]
    schemas, definitions = msgspec.json.schema_components(hints, ref_template=REF + "{name}")
    properties = {
        parameter.name: _property(parameter, schema, descriptions.get(parameter.name, ""))
        for parameter, schema in zip(parameters, schemas, strict=True)
    }
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required := [parameter.name for parameter in parameters if parameter.required]:
        schema["required"] = required
    return _closed(_inlined(schema, definitions))


def canonical(schema: Schema) -> str:
    """JSON with sorted keys and no spaces."""
    return msgspec.json.encode(schema, order="sorted").decode()


def _check(parameter: Parameter, tool: str) -> None:
    try:
        msgspec.json.schema_components([parameter.hint])
        msgspec.json.Decoder(parameter.hint)
    except Exception as error:
        hint = inspect.formatannotation(parameter.hint)
        said = f"tool {tool!r}: parameter {parameter.name!r} has a type hint that JSON can't carry: {hint}"
        raise TypeError(said) from error


def _property(parameter: Parameter, schema: Schema, description: str) -> Schema:
    found = dict(schema)
    if description:
        found["description"] = description
    if not parameter.required:
        try:
            # A default that its own type refuses (`x: int = None`) is the function's secret.
            default = msgspec.json.encode(parameter.default, order="deterministic")
            msgspec.json.decode(default, type=parameter.hint)
            found["default"] = msgspec.json.decode(default)
        except Exception:
            found.pop("default", None)
    return found


def _inlined(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schema with what it names only once put in place, and the rest beside it.

    Some servers of local models read no `$ref`; a definition used once needs none.
    """
    uses = dict.fromkeys(definitions, 0)

    def count(found: Schema) -> Schema:
        if "$ref" in found:
            uses[_name(found)] += 1
        return found

    def put(found: Schema) -> Schema:
        if "$ref" in found and _name(found) in once:
            inner: Schema = rewritten(definitions[_name(found)], put)
            return inner | {key: value for key, value in found.items() if key != "$ref"}
        return found

    rewritten([schema, *definitions.values()], count)
    # No circle is put in place for ever: whoever enters it uses one of its definitions a second time.
    once = {name for name, times in uses.items() if times == 1}
    whole: Schema = rewritten(schema, put)
    if kept := {name: rewritten(found, put) for name, found in definitions.items() if name not in once}:
        whole["$defs"] = kept
    return whole


def _closed(schema: Schema) -> Schema:
    def close(found: Schema) -> Schema:
        # OpenAPI's word, whose mapping would name definitions that stand elsewhere now.
        found.pop("discriminator", None)
        if kind := _kind(found.get("enum", [])):
            found.setdefault("type", kind)
        return {"additionalProperties": False} | found if "properties" in found else found

    closed: Schema = rewritten(schema, close)
    return closed


def rewritten(value: Any, change: Callable[[Schema], Schema]) -> Any:
    """The value with `change` made to every schema in it, from the inside out."""
    if isinstance(value, list):
        return [rewritten(item, change) for item in cast(Iterable[Any], value)]
    if not isinstance(value, dict):
        return value
    schema = cast(Schema, value)
    found: Schema = {}
    for key, item in schema.items():
        if key in _NAMED:
            found[key] = {name: rewritten(inner, change) for name, inner in item.items()}
        elif key in _DATA:
            found[key] = item
        else:
            found[key] = rewritten(item, change)
    return change(found)


def _kind(values: list[Any]) -> str:
    """What an enumeration is made of, if it is one thing: not every provider looks at the values."""
    for known, kind in ((str, "string"), (int, "integer")):
        if values and all(type(value) is known for value in values):
            return kind
    return ""


_NAMED = ("properties", "$defs")
"""Keywords that hold schemas by name: a parameter may be called `properties`, too."""

_DATA = ("default", "enum", "const", "examples", "discriminator", "required")
"""Keywords that hold no schema."""


def _name(schema: Schema) -> str:
    return cast(str, schema["$ref"]).removeprefix(REF)
