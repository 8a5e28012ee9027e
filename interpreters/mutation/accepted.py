"""The file of survivors that are known, each with a reason: `["module.function:digest"]`, `reason = "..."`.

Law: without a reason nothing is accepted, and what no mutant needs any more has to go.
"""

import tomllib
from pathlib import Path
from typing import Any, cast


class AcceptedError(Exception):
    """The file can't be read; one line that says what to do."""


def read(path: Path) -> dict[str, str]:
    """The reason for each key; no file accepts nothing. Raises AcceptedError."""
    if not path.exists():
        return {}
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AcceptedError(f"{path}: {error}") from None
    for key, table in tables.items():
        if not isinstance(table, dict) or list(cast(dict[str, Any], table)) != ["reason"]:
            raise AcceptedError(f'{path}: ["{key}"] must have one line, reason = "..."')
        reason = cast(dict[str, Any], table)["reason"]
        if not isinstance(reason, str) or not reason.strip():
            raise AcceptedError(f'{path}: ["{key}"] has no reason')
    return {key: table["reason"] for key, table in tables.items()}


def entry(key: str, reason: str = "") -> str:
    """How a survivor is written into the file."""
    return f'["{key}"]\nreason = "{reason}"'
