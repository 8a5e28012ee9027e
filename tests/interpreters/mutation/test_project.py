"""`init` writes what the gate reads, and changes nothing that is there."""

import tomllib
from pathlib import Path

import pytest

from interpreters.mutation.__main__ import main
from interpreters.mutation.settings import read


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("policy.py", "src/acme/rules.py", "tests/test_rules.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize("before", ["", '[project]\nname = "acme"\n', '[project]\nname = "acme"'])
def test_it_adds_what_the_gate_reads(here: Path, before: str) -> None:
    if before:
        (here / "pyproject.toml").write_text(before, "utf-8")
    assert main(["init", "policy.py", "src/acme/rules.py", "--tests", "tests/test_rules.py"]) == 0
    text = (here / "pyproject.toml").read_text("utf-8")
    assert text.startswith(before)
    settings = read(Path("pyproject.toml"), "")
    assert settings.mutmut["source_paths"] == ["policy.py", "src/"]
    assert settings.mutmut["only_mutate"] == ["policy.py", "src/acme/rules.py"]
    assert settings.mutmut["pytest_add_cli_args_test_selection"] == ["tests/test_rules.py"]
    assert (settings.accepted, settings.least) == (Path("mutation-accepted.toml"), 1)
    assert tomllib.loads(text).get("project", {}) == ({"name": "acme"} if before else {})


@pytest.mark.parametrize(
    ("before", "arguments", "complaint"),
    [
        ("[tool.mutmut]\n", ["policy.py"], "already"),
        ("[tool.executus.mutation]\n", ["policy.py"], "already"),
        ("[tool", ["policy.py"], "pyproject.toml"),
        ("", ["nothing.py"], "there is no nothing.py"),
        ("", ["tests"], "tests is no Python file"),
        ("", ["../here/policy.py"], "policy.py"),
    ],
)
def test_what_it_can_not_do_is_one_line_and_changes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], before: str, arguments: list[str], complaint: str
) -> None:
    (here / "pyproject.toml").write_text(before, "utf-8")
    assert main(["init", *arguments, "--tests", "tests/test_rules.py"]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert (here / "pyproject.toml").read_text("utf-8") == before
