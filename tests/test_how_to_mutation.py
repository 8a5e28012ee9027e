"""docs/how-to/mutation.md is true: its files are written, its commands are run, and what it shows is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "how-to" / "mutation.md").read_text("utf-8")
BIN = Path(sys.executable).parent


def test_the_page_is_true_from_top_to_bottom(tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w+) ?(\S*)\n(.*?)```", PAGE, re.DOTALL)
    assert [kind for kind, _, _ in blocks].count("console") == 6
    for kind, name, text in blocks:
        if kind == "console":
            command, *shown = text.splitlines()
            printed = _printed(command.removeprefix("$ "), tmp_path)
            missing = [line for line in shown if line not in printed]
            assert not missing, f"{command}\nprints\n{printed}\nwithout\n{missing}"
        else:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")


def _printed(command: str, folder: Path) -> str:
    program, *arguments = command.split()
    words = [str(BIN / program), *arguments] if program == "executus" else [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
