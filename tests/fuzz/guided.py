"""Coverage-guided fuzzing, each target in a process of its own: libFuzzer ends the process that it ran in.

What it finds is kept as a case of the corpus; inputs that merely reach new code live in a folder that is thrown
away.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import CORPUS, keep, most_drawn

ROOT = Path(__file__).parents[2]

FOUND = ("crash-*", "timeout-*", "oom-*", "slow-unit-*")


def guided(name: str, seconds: float) -> bool:
    """One target for so long; False once one failed, which is kept."""
    with tempfile.TemporaryDirectory(prefix="executus-fuzz-") as folder:
        command = [sys.executable, "-m", "tests.fuzz.instrumented", name, *_options(name, seconds, folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
        found = [path for pattern in FOUND[:3] for path in sorted(Path(folder).glob(pattern))]
        kept = [keep(name, path.read_bytes()).relative_to(CORPUS) for path in found]
    lines = done.stderr.splitlines()
    if kept or done.returncode:
        said = next((line for line in lines if "Error" in line), f"exit {done.returncode}")
        print(f"fuzz {name}: FAILED, kept as {', '.join(map(str, kept)) or 'nothing'}: {said:.300}", flush=True)
        return False
    print(f"fuzz {name}: {_counted(lines)}, all well", flush=True)
    return True


def _options(name: str, seconds: float, folder: str) -> list[str]:
    new = Path(folder) / "new"
    new.mkdir()
    return [
        f"-max_total_time={max(round(seconds), 1)}",
        f"-max_len={most_drawn(name)}",
        f"-artifact_prefix={folder}/",
        "-timeout=30",
        "-rss_limit_mb=2048",
        str(new),
        str(CORPUS / name),
    ]


def _counted(lines: list[str]) -> str:
    """How many inputs, and how many edges of the code they reached."""
    done = next((line.split()[1] for line in reversed(lines) if line.startswith("Done ")), "?")
    reached = [line.partition(" cov: ")[2].split()[0] for line in lines if " cov: " in line]
    return f"{done} inputs, {reached[-1] if reached else '?'} edges reached"
