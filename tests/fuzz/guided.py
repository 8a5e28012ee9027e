"""Coverage-guided fuzzing, each target in a process of its own: libFuzzer ends the process that it ran in.

`python -m tests.fuzz.guided TARGET SECONDS FOLDER` is that process. What it finds is kept as a case of the corpus;
inputs that merely reach new code live in a folder of its own, which is thrown away.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import CORPUS, MOST_BYTES, TARGETS, keep

ROOT = Path(__file__).parents[2]


def guided(name: str, seconds: float) -> bool:
    """One target for so long; False once one failed, which is kept."""
    with tempfile.TemporaryDirectory(prefix="executus-fuzz-") as folder:
        command = [sys.executable, "-m", "tests.fuzz.guided", name, str(seconds), folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
        crashes = sorted(Path(folder).glob("crash-*")) + sorted(Path(folder).glob("timeout-*"))
        crashes += sorted(Path(folder).glob("oom-*"))
        for path in crashes:
            kept = keep(name, path.read_bytes())
            print(f"fuzz {name}: FAILED, kept as {kept.relative_to(CORPUS)}")
        lines = done.stderr.splitlines()
        if crashes or done.returncode:
            print("\n".join(line for line in lines if "Error" in line or "assert" in line or "Exception" in line)[:2000])
            return False
    print(f"fuzz {name}: {next((line for line in reversed(lines) if line.startswith('Done')), 'done')}, all well", flush=True)
    return True


def main(name: str, seconds: str, folder: str) -> None:
    """The fuzzer itself. It doesn't come back."""
    import atheris

    atheris.instrument_all() if False else None
    new = Path(folder) / "new"
    new.mkdir()
    options = [
        sys.argv[0],
        f"-max_total_time={max(round(float(seconds)), 1)}",
        f"-max_len={MOST_BYTES}",
        f"-artifact_prefix={folder}/",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        str(new),
        str(CORPUS / name),
    ]
    atheris.Setup(options, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
