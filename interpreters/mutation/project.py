"""`init`: puts a module of one's own under the gate, by writing what the gate reads into pyproject.toml.

Law: nothing that stands in the file is changed; what is there already is a mistake, and is told.
"""

import json
import tomllib
from pathlib import Path

from interpreters.mutation.settings import SettingsError

_TEXT = """
[tool.mutmut]
source_paths = {sources}
only_mutate = {mutated}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
timeout_multiplier = 15.0
timeout_constant = 2.0

[tool.executus.mutation]
accepted = "mutation-accepted.toml"
least = {least}
"""


def init(modules: list[Path], tests: list[Path], target: Path) -> str:
    """Write the settings for these modules, tested by these tests; what was written. Raises SettingsError."""
    for path in (*modules, *tests):
        if not path.exists():
            raise SettingsError(f"there is no {path}")
        if path.is_absolute() or ".." in path.parts:
            raise SettingsError(f"{path} is not inside this folder: give it as seen from here")
    for path in modules:
        if path.suffix != ".py":
            raise SettingsError(f"{path} is no Python file: name the modules that decide something, one by one")
    before = _before(target)
    text = _TEXT.format(
        sources=json.dumps(sorted({_source(path) for path in modules})),
        mutated=json.dumps([path.as_posix() for path in modules]),
        tests=json.dumps([path.as_posix() for path in tests]),
        least=1,
    )
    target.write_text(f"{before}{text}" if before else text.lstrip(), "utf-8")
    return text.strip()


def _before(target: Path) -> str:
    if not target.exists():
        return ""
    text = target.read_text("utf-8")
    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{target}: {error}") from None
    if "mutmut" in tools or "mutation" in tools.get("executus", {}):
        raise SettingsError(f"{target} has [tool.mutmut] or [tool.executus.mutation] already: add to it by hand")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _source(path: Path) -> str:
    """What has to be copied with a module, so that its imports are found: its whole package, or itself."""
    return path.as_posix() if len(path.parts) == 1 else f"{path.parts[0]}/"
