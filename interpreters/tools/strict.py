"""What the types let pass and the schema doesn't: unknown keys in users' classes, numbers that are none.

Law: a key that the schema doesn't name is never dropped in silence, at any depth. (msgspec refuses unknown
keys for its own structs alone.) Sees only values that the types have accepted.
"""

from collections.abc import Iterable
from decimal import Decimal
from types import NoneType
from typing import Any, TypeAlias

from interpreters.tools.schema import REF, Schema

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None


def stray(schema: Schema, value: Json) -> str:
    """What is wrong with the value, with its path, or ""."""
    return _stray(schema, value, "$", schema)


def is_flat(schema: Schema) -> bool:
    """Are all parameters plain texts, numbers and truths? Then only the top level could hide a key."""
    return all(
        one.get("type") in ("string", "integer", "number", "boolean") and "format" not in one
        for one in schema["properties"].values()
    )


def _stray(schema: Schema, value: Json, path: str, root: Schema) -> str:
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        members = [_resolved(member, root) for member in schema["anyOf"]]
        found = [_stray(member, value, path, root) for member in members if _may_be(member, value)]
        return "" if "" in found else _first(found)
    if isinstance(value, dict):
        return _stray_key(schema, value, path, root)
    if isinstance(value, list):
        return _stray_item(schema, value, path, root)
    if schema.get("format") == "decimal" and not Decimal(value or 0).is_finite():
        return f"Expected a finite number - at `{path}`"
    return ""


def _stray_key(schema: Schema, value: dict[str, Json], path: str, root: Schema) -> str:
    named: dict[str, Schema] = schema.get("properties", {})
    others: Any = schema.get("additionalProperties", {})
    for key, item in value.items():
        if key in named:
            problem = _stray(named[key], item, f"{path}.{key}", root)
        elif others is False:
            problem = f"Object contains unknown field `{key}` - at `{path}`"
        else:
            problem = _stray(others, item, f"{path}[...]", root)
        if problem:
            return problem
    return ""


def _stray_item(schema: Schema, value: list[Json], path: str, root: Schema) -> str:
    first: list[Schema] = schema.get("prefixItems", [])
    rest: Schema = schema.get("items") or {}
    return _first(
        _stray(first[place] if place < len(first) else rest, item, f"{path}[{place}]", root)
        for place, item in enumerate(value)
    )


def _may_be(schema: Schema, value: Json) -> bool:
    """False for the members of a union that another tag, or another kind of value, rules out."""
    if not isinstance(value, _KINDS.get(schema.get("type", ""), object)):
        return False
    if not isinstance(value, dict):
        return True
    named: dict[str, Schema] = schema.get("properties", {})
    return all(value[key] in one["enum"] for key, one in named.items() if "enum" in one and key in value)


_KINDS: dict[str, type] = {"object": dict, "array": list, "string": str, "null": NoneType}


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix(REF)]
    return schema


def _first(problems: Iterable[str]) -> str:
    return next(filter(None, problems), "")
