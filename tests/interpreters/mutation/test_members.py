"""The members of an enum are found wherever it is defined, and nothing is imported to find them."""

import sys
from pathlib import Path

import pytest

from interpreters.mutation.members import Enums

ENUM = """
import enum
from enum import StrEnum, auto

class Base(enum.Enum):
    def shout(self): ...

class Status(StrEnum):
    '''What it is called.'''
    OK = "ok"
    TIMEOUT = "timeout"
    LATE = TIMEOUT
    ALSO_OK = "ok"
    _ignore_ = ["x"]
    NEXT = auto()
    LAST: str = auto()
    def f(self): return 1

class Own(Base):
    ONE = 1

class Plain:
    OK = "ok"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text(
        "from .words import Status as Status, Own\nfrom . import words\n"
    )
    (tmp_path / "pack" / "words.py").write_text(ENUM)
    (tmp_path / "pack" / "circle.py").write_text("from pack.circle import Status\n")
    (tmp_path / "broken.py").write_text("class Status(:\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "dotted", "members"),
    [
        ("from pack.words import Status", "Status", "OK TIMEOUT NEXT LAST"),
        ("from pack.words import Status as S", "S", "OK TIMEOUT NEXT LAST"),
        ("from pack import Status", "Status", "OK TIMEOUT NEXT LAST"),
        ("from pack import words", "words.Status", "OK TIMEOUT NEXT LAST"),
        ("import pack", "pack.words.Status", "OK TIMEOUT NEXT LAST"),
        ("import pack.words", "pack.words.Own", "ONE"),
        ("import pack.words as w", "w.Own", "ONE"),
        (ENUM, "Own", "ONE"),
        ("from pack.words import Plain", "Plain", ""),
        ("from pack.words import Missing", "Missing", ""),
        ("from pack.circle import Status", "Status", ""),
        ("from broken import Status", "Status", ""),
        ("from nowhere import Status", "Status", ""),
        ("from executus import Status", "Status", "OK DRY_RUN ERROR BUDGET_EXCEEDED TIMEOUT KILLED CANCELLED"),
        ("from tarfile import TarInfo", "TarInfo", ""),
        ("", "Status", ""),
    ],
)
def test_a_name_is_followed_to_its_enum(project: Path, text: str, dotted: str, members: str) -> None:
    (project / "policy.py").write_text(text, "utf-8")
    before = set(sys.modules)
    assert " ".join(Enums([project]).members(project / "policy.py", dotted)) == members
    assert set(sys.modules) == before


def test_a_relative_import_is_counted_from_its_package(project: Path) -> None:
    (project / "pack" / "deep").mkdir()
    (project / "pack" / "deep" / "__init__.py").write_text("")
    (project / "pack" / "deep" / "policy.py").write_text("from ..words import Own\nfrom .. import words\n")
    enums = Enums([project])
    assert enums.members(project / "pack" / "deep" / "policy.py", "Own") == ("ONE",)
    assert enums.members(project / "pack" / "deep" / "policy.py", "words.Own") == ("ONE",)
