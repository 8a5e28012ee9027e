"""What a gate is told by pyproject.toml: mutmut's own table, and what this gate wants to know beside it.

`[tool.mutmut]` is as mutmut reads it. `[tool.executus.mutation]` has what is ours; a table below it, like
`[tool.executus.mutation.kernel]`, is another gate of the same project: what it says goes before either.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast

_Table: TypeAlias = dict[str, Any]


class SettingsError(Exception):
    """The settings make no sense; one line that says what to do."""


@dataclass(frozen=True)
class Settings:
    """What one gate does. `floor` is the share of mutants, in percent, that the tests must kill by themselves."""

    mutmut: _Table
    accepted: Path = Path("mutation-accepted.toml")
    least: int = 1
    floor: float = 0.0
    environment: tuple[tuple[str, str], ...] = ()


_KINDS: dict[str, tuple[type, ...]] = {
    "accepted": (str,),
    "least": (int,),
    "floor": (int, float),
    "environment": (dict,),
}


def read(path: Path, name: str) -> Settings:
    """The settings of the gate of that name, "" for the one that has none. Raises SettingsError."""
    try:
        tools: _Table = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; `init` writes what a gate needs") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    if "mutmut" not in tools:
        raise SettingsError(f"{path} has no [tool.mutmut]; `init` writes what a gate needs")
    ours: _Table = tools.get("executus", {}).get("mutation", {})
    gates: dict[str, _Table] = {key: ours[key] for key in ours if key not in _KINDS and _is_table(ours[key])}
    unknown = [key for key in ours if key not in _KINDS and key not in gates]
    if unknown:
        raise SettingsError(f"{path}: [tool.executus.mutation] has no {unknown[0]}; it has {', '.join(_KINDS)}")
    if name and name not in gates:
        known = ", ".join(gates) or "none"
        raise SettingsError(f"{path}: there is no gate {name!r} in [tool.executus.mutation]; there is {known}")
    settings = _with(Settings(dict(tools["mutmut"])), {key: ours[key] for key in ours if key in _KINDS}, path)
    return _with(settings, gates[name], path) if name else settings


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _with(settings: Settings, table: _Table, path: Path) -> Settings:
    """These settings, and before them those of the table; what isn't ours is mutmut's."""
    for key, kinds in _KINDS.items():
        if key in table and (not isinstance(table[key], kinds) or isinstance(table[key], bool)):
            raise SettingsError(f"{path}: {key} must be {' or '.join(kind.__name__ for kind in kinds)}")
    environment = tuple([(key, str(value)) for key, value in table.get("environment", {}).items()])
    return replace(
        settings,
        mutmut={**settings.mutmut, **{key: value for key, value in table.items() if key not in _KINDS}},
        accepted=Path(table.get("accepted", settings.accepted)),
        least=cast(int, table.get("least", settings.least)),
        floor=float(table.get("floor", settings.floor)),
        environment=(*settings.environment, *environment),
    )
