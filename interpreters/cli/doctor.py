"""`executus doctor`: is what a run needs here? One line for each thing that was looked at.

Law: a key is never shown, only whether there is one; what is merely absent is no failure.
"""

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple, cast

from executus.codec import FORMAT, KERNEL, SEMANTICS
from interpreters.cli.exits import Exit
from interpreters.cli.inputs import TIERS
from interpreters.cli.terminal import one_line, out
from interpreters.models import Models
from interpreters.models.spec import AVAILABLE
from interpreters.models.tiers import read_file

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<)\s*([0-9]+(?:\.[0-9]+)*)")


class Finding(NamedTuple):
    """What was looked at, and whether it is well; None = neither well nor ill."""

    is_well: bool | None
    what: str
    said: str


def doctor() -> Exit:
    """Look at everything; 1 if something is not well."""
    findings = [*_versions(), *_system(), *_keys(), *_tiers()]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        out(one_line(f"{_WORDS[finding.is_well]:<4}  {finding.what:<{width}}  {finding.said}"))
    return Exit.ERROR if any(finding.is_well is False for finding in findings) else Exit.OK


_WORDS = {True: "OK", False: "FAIL", None: "-"}


def _versions() -> Iterator[Finding]:
    is_new = sys.version_info >= (3, 11)
    yield Finding(is_new, "python", f"{platform.python_version()}{'' if is_new else ', 3.11 or newer is needed'}")
    try:
        needed = requires("executus") or []
    except PackageNotFoundError:
        yield Finding(None, "executus", f"{KERNEL}, not installed as a package: its libraries can't be checked")
        return
    yield Finding(True, "executus", f"{version('executus')}, format {FORMAT}, semantics {SEMANTICS}")
    for requirement in needed:
        parsed = _REQUIREMENT.match(requirement)
        if parsed and (parsed[3] is None or "cli" in parsed[3]):
            yield _library(parsed[1], parsed[2])


def _library(name: str, bounds: str) -> Finding:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Finding(False, name, f"missing: pip install 'executus[cli]' (needs {bounds.strip()})")
    here = _numbers(installed)
    for sign, bound in _BOUND.findall(bounds):
        if (here >= _numbers(bound)) is not (sign == ">="):
            return Finding(False, name, f"{installed}, but {bounds.strip()} is needed")
    return Finding(True, name, installed)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple([int(number) for number in re.findall(r"\d+", text)[:3]])


def _system() -> Iterator[Finding]:
    can_confine = os.open in os.supports_dir_fd
    said = "can be confined to a folder" if can_confine else "need Linux or macOS"
    yield Finding(True if can_confine else None, "file tools", said)
    folder = tempfile.gettempdir()
    can_write = os.access(folder, os.W_OK)
    yield Finding(can_write, "temp folder", f"{folder}{'' if can_write else ' can not be written to'}")


def _keys() -> Iterator[Finding]:
    for name in [f"{provider.upper()}_API_KEY" for provider in AVAILABLE]:
        is_set = bool(os.environ.get(name, "").strip())
        said = "is set" if is_set else "is not set: a server that wants no key needs none"
        yield Finding(True if is_set else None, name, said)
    try:
        Models({})
    except ValueError as error:
        yield Finding(False, "environment", str(error))


def _tiers() -> Iterator[Finding]:
    if not TIERS.exists():
        yield Finding(None, str(TIERS), "none in this folder: give models with --model TIER=SPEC")
        return
    try:
        tiers = read_file(TIERS)
    except ValueError as error:
        yield Finding(False, str(TIERS), str(error).removeprefix(f"{TIERS}: "))
        return
    for tier, specs in tiers.items():
        chain = specs if isinstance(specs, str) else ", then ".join(map(str, cast("list[object]", specs)))
        yield Finding(True, str(TIERS), f"tier {tier}: {chain}")
