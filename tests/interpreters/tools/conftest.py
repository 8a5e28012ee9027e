"""A small project to look at, with the traps of real ones."""

from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "README.md": "# Title\n\nText with TODO\n",
        "src/main.py": "import os\n\nprint('todo')\n",
        "src/app.ts": "let a = 1\n" * 5,
        "src/deep/util.py": "x = 1",
        "Makefile": "all:\n",
        ".git/config": "TODO hidden\n",
        "node_modules/a/index.js": "TODO\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\0TODO")
    return tmp_path
