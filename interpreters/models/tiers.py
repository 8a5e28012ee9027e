"""Tiers as people write them: a name for a model, for a chain of fallbacks, or for a function of the host's.

Read once, strictly, when `Models` is made: a wrong spec is found before the first run, and said in one sentence.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from interpreters.models.spec import read_spec
from interpreters.ports import ModelFunction

TierValue: TypeAlias = str | ModelFunction | Sequence[str | ModelFunction]
"""A spec, a function (ModelRequest) -> ModelReply, or a list of them: first choice first."""


MOST_BYTES = 1 << 20
"""A larger file holds no models: 1 MiB."""

MOST_SAID = 1000
"""Characters of what is wrong with it: what is quoted of it is bounded."""


def read_tiers(tiers: Mapping[Any, object]) -> tuple[dict[str, tuple[str, ...]], dict[str, ModelFunction]]:
    """Each tier's chain of model names, and the functions among them by name; raises ValueError."""
    chains: dict[str, tuple[str, ...]] = {}
    functions: dict[str, ModelFunction] = {}
    for tier, value in tiers.items():
        _check_name(tier)
        items = _items(tier, value)
        chains[tier] = tuple(_read_item(tier, place, item, functions) for place, item in enumerate(items))
    return chains, functions


def read_file(path: str | Path) -> dict[str, TierValue]:
    """The `[models]` table of a TOML file; raises ValueError in one line, which begins with the path."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"more than the {MOST_BYTES} bytes a file of models may have")
        table = tomllib.loads(data.decode()).get("models")
        if not isinstance(table, dict):
            raise ValueError("there is no [models] table")
        tiers = {tier: _from_toml(tier, value) for tier, value in cast("dict[str, object]", table).items()}
        read_tiers(tiers)  # Now, so that a wrong one is said with the file's path.
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())[:MOST_SAID]}") from None
    return tiers


def _check_name(tier: object) -> None:
    if not isinstance(tier, str) or not tier or ":" in tier or tier != tier.strip():
        raise ValueError(f"{tier!r:.100} is no name for a tier: it is text without a colon")


def _items(tier: str, value: object) -> tuple[object, ...]:
    if isinstance(value, str) or callable(value):
        return (value,)
    items = tuple(cast("Sequence[object]", value)) if isinstance(value, Sequence) else ()
    if not items:
        raise ValueError(f"tier {tier!r} must be a model spec, a function, or a list of them, got {value!r:.100}")
    return items


def _read_item(tier: str, place: int, item: object, functions: dict[str, ModelFunction]) -> str:
    if isinstance(item, str):
        try:
            read_spec(item)
        except ValueError as error:
            raise ValueError(f"tier {tier!r}: {error}") from None
        return item
    if not callable(item):
        raise ValueError(f"tier {tier!r} must be made of model specs and functions, got {item!r:.100}")
    name = f"function:{tier}:{place}" if place else f"function:{tier}"
    functions[name] = cast("ModelFunction", item)
    return name


def _from_toml(tier: str, value: object) -> TierValue:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    specs = [item for item in items if isinstance(item, str)]
    if not items or len(specs) != len(items):
        raise ValueError(f"models.{tier} must be a model spec or a list of them, got {value!r:.100}")
    return specs
