"""The model server that these tests talk to: where it is installed, how it is started, what it was asked.

aimock (npm) answers from the JSON files in fixtures/: the model's name chooses a scenario, the number of
assistant turns so far its next reply. It is told to take that number strictly, and to refuse what no file says.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VARIABLE = "EXECUTUS_AIMOCK"
START_SECONDS = 30
LONG_TEXT = "0123456789abcdef" * (2_000_000 // 16)

_open = build_opener(ProxyHandler({})).open  # Never by way of a proxy: it is this machine.


@dataclass(frozen=True)
class Aimock:
    """A server that runs."""

    origin: str

    def spec(self, scenario: str, path: str = "/v1") -> str:
        return f"openai:{scenario}@{self.origin}{path}"

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    def asked(self) -> list[dict[str, Any]]:
        """The requests since `forget`, in order: body, headers, and what was answered."""
        with _open(f"{self.origin}/__aimock/journal", timeout=10) as response:
            journal: list[dict[str, Any]] = json.load(response)
        return journal

    def bodies(self) -> list[dict[str, Any]]:
        """What was asked, as it was sent."""
        return [entry["body"] for entry in self.asked()]

    def forget(self) -> None:
        with _open(Request(f"{self.origin}/__aimock/reset/journal", method="POST"), timeout=10):
            pass


def installed() -> list[str]:
    """The command that starts aimock; skips where there is none."""
    named = os.environ.get(VARIABLE)
    here = ROOT / ".peers" / "node_modules" / ".bin" / "aimock"
    path = named or shutil.which("aimock") or str(here)
    if not Path(path).is_file():
        said = f"{VARIABLE} names {named}, which isn't there" if named else "aimock is not installed"
        pytest.skip(f"{said}: run .ci/peers, or let {VARIABLE} name it")
    if shutil.which("node") is None:
        pytest.skip("node is not installed, and aimock needs it")
    return ["node", path] if path.endswith((".js", ".cjs", ".mjs")) else [path]


@contextmanager
def serving(folder: Path) -> Iterator[Aimock]:
    """aimock on a free port of this machine, with the fixtures; ended afterwards, and nothing but it."""
    config = folder / "aimock.json"
    settings = {"fixtures": str(_fixtures(folder)), "logLevel": "warn"}
    config.write_text(json.dumps({"strict": True, "llm": settings}), encoding="utf-8")
    log = folder / "aimock.log"
    command = [*installed(), "--config", str(config), "--port", "0", "--host", "127.0.0.1"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "AIMOCK_STRICT_TURN_INDEX": "1"},
        )
    try:
        yield Aimock(_origin(process, log))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _fixtures(folder: Path) -> Path:
    """The files, and one more that would be too large to keep."""
    to = folder / "fixtures"
    shutil.copytree(HERE / "fixtures", to)
    long = {"match": {"model": "long-delta"}, "response": {"content": LONG_TEXT}, "chunkSize": len(LONG_TEXT)}
    (to / "long.json").write_text(json.dumps({"fixtures": [long]}), encoding="utf-8")
    return to


def _origin(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where it listens, once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        said = log.read_text(encoding="utf-8", errors="replace")
        origin = next((word for word in said.split() if word.startswith("http://127.0.0.1:")), "")
        if origin and _answers(origin):
            return origin
        time.sleep(0.05)
    raise RuntimeError(f"aimock did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _answers(origin: str) -> bool:
    try:
        with _open(f"{origin}/__aimock/health", timeout=1):
            return True
    except OSError:
        return False
