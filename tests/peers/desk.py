"""A real folder, an agent that may look at it, and two ways to run it: the command, and the API.

Law: whatever a test looks for, each of its runs is examined as a whole: the recording replays to the same end, the
requests obey the rules of the dialect, and there are as many of them as the transcript has model calls.
"""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from executus import Agent, Defaults, Invocation, RunResult, Transcript, execute
from executus.bounds import KERNEL_DEFAULTS
from interpreters.cli import main
from interpreters.files import load, save
from interpreters.live import Handlers, Live
from interpreters.models import Models, Patience
from interpreters.tools import file_tools
from tests.peers import lawful
from tests.peers.aimock import ROOT, Aimock

FILES = {
    "notes.txt": "alpha\nbeta\ngamma\n",
    "src/answer.py": "def answer() -> int:\n    return 42\n",
    "src/größe.md": "# Größe\n\n½ mm 👍🏽\n",
}
TOOLS = ("list_files", "read_file", "search_files", "count_lines")
AGENT = Agent(name="reader", system_prompt="Answer from the files.", low_level_tools=TOOLS)
AGENT_FILE = f"""
name = "{AGENT.name}"
system_prompt = "{AGENT.system_prompt}"
low_level_tools = {json.dumps(TOOLS)}
"""
PROMPT = "What is in the files?"
COMMAND_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """What one `executus run` came to."""

    code: int
    out: str
    err: str
    record: Path

    @cached_property
    def told(self) -> dict[str, Any]:
        """What `--json` printed."""
        told: dict[str, Any] = json.loads(self.out)
        return told


@dataclass(frozen=True)
class Desk:
    """Everything that a run here needs; `extra` goes into the command's environment."""

    aimock: Aimock
    place: Path
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, aimock: Aimock, place: Path) -> "Desk":
        desk = cls(aimock, place)
        for name, text in FILES.items():
            (desk.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (desk.folder / name).write_bytes(text.encode())
        desk.agent_file.write_text(AGENT_FILE, encoding="utf-8")
        (place / "secret.txt").write_text("not for the model", encoding="utf-8")
        return desk

    @property
    def folder(self) -> Path:
        return self.place / "folder"

    @property
    def agent_file(self) -> Path:
        return self.place / "reader.toml"

    def arguments(self, scenario: str, record: Path, *options: str) -> list[str]:
        model = f"fast={self.aimock.spec(scenario)}"
        where = ["--root", str(self.folder), "--record", str(record)]
        return ["run", str(self.agent_file), PROMPT, "--model", model, *where, *options]

    def start(self, scenario: str, record: Path, *options: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*command(), *self.arguments(scenario, record, *options)],
            cwd=self.place,
            env=environment(**self.extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ran(self, scenario: str, *options: str) -> Ran:
        """`executus run` in a process of its own."""
        record = self.place / "run.xrec"
        with self.start(scenario, record, *options) as process:
            return self.ended(process, record)

    def ended(self, process: "subprocess.Popen[str]", record: Path) -> Ran:
        """What the process came to; it never ends with a traceback, nor without a recording that replays."""
        try:
            out, err = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert "Traceback" not in err, err
        replayed = subprocess.run(
            [*command(), "replay", str(record)], env=environment(), capture_output=True, text=True, timeout=60
        )
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        self.examine(load(record).unwrap())
        return Ran(process.returncode, out, err, record)

    def lived(
        self, scenario: str, invocation: Invocation | str = PROMPT, *, path: str = "/v1", **options: Any
    ) -> RunResult:
        """The same through the API, in this process."""
        return self.kept(asyncio.run(self.living(self.aimock.spec(scenario, path), invocation, **options)))

    def kept(self, result: RunResult) -> RunResult:
        """A run of this process, examined."""
        record = self.place / "lived.xrec"
        save(result.transcript, record).unwrap()
        assert main(["replay", str(record)]) == 0
        assert load(record).unwrap().status == result.status
        self.examine(result.transcript)
        return result

    async def living(
        self,
        spec: str | list[str],
        invocation: Invocation | str = PROMPT,
        *,
        agent: Agent = AGENT,
        patience: Patience | None = None,
        defaults: Defaults = KERNEL_DEFAULTS,
    ) -> RunResult:
        async with Models({"fast": spec}, patience=patience) as models:
            tools = file_tools(self.folder)
            handlers = Handlers(models=models, tools=tools, defaults=defaults)
            return await execute(agent, invocation, using=Live(handlers))

    def examine(self, transcript: Transcript) -> None:
        """What holds for every run: see the law above."""
        bodies = self.aimock.bodies()
        assert lawful.faults(bodies) == []
        assert len(bodies) == asked(transcript, "CallModel"), "no request but those in the transcript"
        for body in bodies:
            named = [tool["function"]["name"] for tool in body["tools"]]
            assert named[: len(TOOLS)] == list(TOOLS)
            assert named[len(TOOLS) :] in ([], ["submit"])


def asked(transcript: Transcript, name: str) -> int:
    """How often the run asked for such an effect; a transcript from a file has fingerprints of them."""
    every = [effect for entry in transcript.entries for effect in entry.asked]
    names = [effect.partition("#")[0] if isinstance(effect, str) else type(effect).__name__ for effect in every]
    return names.count(name)


def command() -> list[str]:
    """The command as it was installed beside this Python; without an installation, what it would do."""
    script = Path(sys.executable).with_name("executus")
    if script.is_file():
        return [str(script)]
    return [sys.executable, "-c", "import sys; from interpreters.cli import main; sys.exit(main())"]


def environment(**extra: str) -> dict[str, str]:
    """This process's, and where the packages under test are."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **extra}
