"""The fuzzer itself: it finds what is broken, keeps it as a case, and says how it looks for it."""

import importlib.util
from pathlib import Path

import pytest

from tests.bank.defects import defects
from tests.bank.planting import planted
from tests.fuzz import __main__ as command
from tests.fuzz import targets
from tests.fuzz.guided import guided
from tests.fuzz.mutating import CHANGES, mutated
from tests.fuzz.targets import MOST_DRAWN, TARGETS, cases

PLANTED = {
    "a password in an address is shown": "spec",
    "half a letter in arguments breaks a reply": "document",
    "a wrong file is quoted at any length": "agent",
    "an infinite answer is stored as null": "submitted",
}


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of its own, with one case."""
    monkeypatch.setattr(targets, "CORPUS", tmp_path)
    monkeypatch.setattr(command, "CORPUS", tmp_path)
    (tmp_path / "value").mkdir()
    (tmp_path / "value" / "plain").write_bytes(b"1h30m and more")
    return tmp_path


def breaks_at_a_nul(data: bytes) -> None:
    if b"\x00" in data:
        raise AssertionError("a law that is easily broken")


@pytest.mark.parametrize("name", PLANTED)
def test_random_mutation_finds_a_planted_defect(name: str) -> None:
    defect = next(one for one in defects() if one.name == name)
    target = PLANTED[name]
    known = [path.read_bytes() for path in cases(target)]
    with planted(defect.texts):
        assert any(_fails(target, mutated(known, seed, MOST_DRAWN)) for seed in range(2000))


def _fails(target: str, data: bytes) -> bool:
    try:
        TARGETS[target](data)
    except Exception:
        return True
    return False


def test_what_fails_is_kept_as_a_case_and_told(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(TARGETS, "value", breaks_at_a_nul)
    assert command.main(["value", "--random", "--seconds", "60"]) == 1
    said = capsys.readouterr().out
    (found,) = corpus.glob("value/found-*")
    assert b"\x00" in found.read_bytes()
    assert f"kept as value/{found.name}: AssertionError('a law that is easily broken')" in said
    assert said.endswith("fuzz: failed: value\n")


def test_what_holds_is_told_with_its_number_of_inputs(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["value", "--random", "--seconds", "0.05"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "fuzz: random mutation (atheris is not in use)"
    assert said[1].startswith("fuzz value: ")
    assert said[1].endswith(" inputs, all well")
    assert [path.name for path in corpus.glob("value/*")] == ["plain"]


def test_a_case_is_added_by_hand(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "given").write_bytes(b"5x")
    assert command.main(["spec", "--keep", str(tmp_path / "given"), "--name", "odd"]) == 0
    assert (corpus / "spec" / "odd").read_bytes() == b"5x"
    assert capsys.readouterr().out == f"{corpus / 'spec' / 'odd'}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no target 'nowhere'; there are transcript, "),
        (["--keep", "x"], "--keep adds to one target: name it"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert told.count("\n") == 1


def test_a_number_is_the_same_input_again() -> None:
    known = [b"one case", b"another"]
    drawn = [mutated(known, seed, 100) for seed in range(200)]
    assert drawn == [mutated(known, seed, 100) for seed in range(200)]
    assert len(set(drawn)) > 150
    assert all(len(data) <= 100 for data in drawn)
    assert len(CHANGES) == 5


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed (extra fuzz)")
def test_a_target_is_fuzzed_by_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    assert guided("template", 1)
    said = capsys.readouterr().out
    assert said.startswith("fuzz template: ")
    assert " edges reached, all well" in said
    assert "?" not in said
