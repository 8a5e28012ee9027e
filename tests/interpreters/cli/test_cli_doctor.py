"""`executus doctor`: a line for each thing, no key ever shown, and 1 where something is not well."""

from pathlib import Path

import pytest

from tests.interpreters.cli.commanding import Command


def line_of(text: str, what: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if what in line]
    return line.split(maxsplit=2)


def test_all_is_well_here(command: Command) -> None:
    ran = command("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert line_of(ran.out, "python")[0] == "OK"
    for library in ("msgspec", "returns", "cattrs", "beartype", "aiohttp", "cyclopts", "rich"):
        assert line_of(ran.out, library)[0] == "OK"
    assert line_of(ran.out, "OPENAI_API_KEY")[0] == "-"
    assert line_of(ran.out, "executus.toml") == [
        "-",
        "executus.toml",
        "none in this folder: give models with --model TIER=SPEC",
    ]
    assert "hypothesis" not in ran.out


def test_a_key_is_present_and_never_shown(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    ran = command("doctor")
    assert line_of(ran.out, "OPENAI_API_KEY") == ["OK", "OPENAI_API_KEY", "is set"]
    assert "secret" not in ran.out


def test_the_tiers_are_told(command: Command, here: Path) -> None:
    (here / "executus.toml").write_text('[models]\nfast = ["openai:a", "openai:b"]\n')
    assert line_of(command("doctor").out, "executus.toml")[2] == "tier fast: openai:a, then openai:b"


def test_what_is_not_well_fails(command: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "executus.toml").write_text("[models]\nfast = 'x'\n")
    ran = command("doctor")
    assert ran.code == 1
    assert line_of(ran.out, "executus.toml")[0] == "FAIL"
    monkeypatch.setenv("OPENAI_BASE_URL", "nowhere")
    ran = command("doctor")
    assert ran.code == 1
    assert line_of(ran.out, "environment")[0] == "FAIL"


@pytest.mark.parametrize(("installed", "word"), [("3.14.5", "OK"), ("3.9.0", "FAIL"), ("4.0.0", "FAIL")])
def test_a_library_out_of_bounds_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch, installed: str, word: str
) -> None:
    def version(name: str) -> str:
        return installed if name == "aiohttp" else "0.1.0"

    monkeypatch.setattr("interpreters.cli.doctor.version", version)
    monkeypatch.setattr("interpreters.cli.doctor.requires", lambda _: ["aiohttp<4,>=3.14.4"])
    assert line_of(command("doctor").out, "aiohttp")[0] == word
