"""What every test of the command needs: an empty folder to stand in, no key, and a way to call it."""

from pathlib import Path

import pytest

from tests.interpreters.cli.commanding import Command, Ran

_NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "EXECUTUS_TRACEBACK", "FORCE_COLOR", "TTY_COMPATIBLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder: empty, and nothing of the machine's own around it."""
    for name in (*_NAMES, *_PROXIES, *map(str.lower, _PROXIES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "here"
    folder.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """`executus` with these arguments, in this process."""
    from interpreters.cli import main

    def call(*arguments: object) -> Ran:
        code = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return call
