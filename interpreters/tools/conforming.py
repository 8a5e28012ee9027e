"""Values against a JSON Schema alone: the part of it that schemas of classes are written in.

Law: a keyword that isn't known here is no reason to refuse, all others are checked, at any depth. What is wrong is
said in one line with its path.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias, cast

from interpreters.tools.schema import REF, Schema

Json: TypeAlias = Any


def misfit(schema: Schema, value: Json) -> str:
    """What is wrong with the value, with its path, or ""."""
    return _misfit(schema, value, "$", schema)


def _misfit(schema: Schema, value: Json, path: str, root: Schema) -> str:
    while "$ref" in schema:
        schema = root.get("$defs", {}).get(cast(str, schema["$ref"]).removeprefix(REF), {})
    for key in ("anyOf", "oneOf"):
        if key in schema:
            found = [_misfit(one, value, path, root) for one in schema[key]]
            if "" not in found:
                return found[0] if found else f"Nothing fits here - at `{path}`"
    if "type" in schema and not _is_a(schema["type"], value):
        return f"Expected `{_said(schema['type'])}`, got `{_kind(value)}` - at `{path}`"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return f"Invalid value {value!r:.60} - at `{path}`"
    if "const" in schema and not _same(value, schema["const"]):
        return f"Invalid value {value!r:.60} - at `{path}`"
    if isinstance(value, dict):
        return _object(schema, cast("dict[str, Json]", value), path, root)
    if isinstance(value, list):
        return _array(schema, cast("Any", value), path, root)
    return _bounds(schema, value, path)


def _object(schema: Schema, value: dict[str, Json], path: str, root: Schema) -> str:
    for name in schema.get("required", ()):
        if name not in value:
            return f"Object missing required field `{name}` - at `{path}`"
    named: dict[str, Schema] = schema.get("properties", {})
    others: Any = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in named:
            problem = _misfit(named[key], item, f"{path}.{key}", root)
        elif others is False:
            problem = f"Object contains unknown field `{key}` - at `{path}`"
        else:
            problem = "" if isinstance(others, bool) else _misfit(others, item, f"{path}[...]", root)
        if problem:
            return problem
    return ""


def _array(schema: Schema, value: list[Json], path: str, root: Schema) -> str:
    if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
        return f"Expected an array of another length, got {len(value)} - at `{path}`"
    first: list[Schema] = schema.get("prefixItems", [])
    rest: Any = schema.get("items", {})
    for place, item in enumerate(value):
        inner = first[place] if place < len(first) else rest
        problem = "" if isinstance(inner, bool) else _misfit(inner, item, f"{path}[{place}]", root)
        if problem:
            return problem
    return ""


def _bounds(schema: Schema, value: Json, path: str) -> str:
    size = len(value) if isinstance(value, str) else value
    low, high = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    if isinstance(size, int | float) and not isinstance(size, bool):
        tests: tuple[tuple[str, Callable[[Any], bool]], ...] = (
            (low, lambda bound: size >= bound),
            (high, lambda bound: size <= bound),
            ("exclusiveMinimum", lambda bound: size > bound),
            ("exclusiveMaximum", lambda bound: size < bound),
        )
        for key, holds in tests:
            if key in schema and not holds(schema[key]):
                return f"Expected {key} {schema[key]} - at `{path}`"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return f"Expected text that matches {schema['pattern']!r} - at `{path}`"
    return ""


def _is_a(kind: object, value: Json) -> bool:
    if isinstance(kind, list):
        return any(_is_a(one, value) for one in cast("list[object]", kind))
    if kind == "integer":
        return type(value) is int
    if kind == "number":
        return type(value) in (int, float)
    return kind == _kind(value)


def _kind(value: Json) -> str:
    kind: type[Any] = type(cast("object", value))
    return _KINDS.get(kind, "null")


_KINDS: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


def _said(kind: object) -> str:
    return " | ".join(map(str, cast("list[object]", kind))) if isinstance(kind, list) else str(kind)


def _same(left: Json, right: Json) -> bool:
    """Equal, and of one kind: True is not 1 here."""
    return type(left) is type(right) and left == right
