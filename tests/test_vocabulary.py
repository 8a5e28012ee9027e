"""The page of the vocabulary is what the code says today; `--regenerate` writes it anew."""

from pathlib import Path
from typing import get_args

import pytest

from executus.effects import Effect
from executus.events import Event
from executus.rules.status import Cause
from tests.vocabulary import page

PAGE = Path(__file__).parents[1] / "docs" / "vocabulary.md"


def test_the_page_is_what_the_code_says(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page(), "run pytest tests/test_vocabulary.py --regenerate"


def test_every_word_of_the_vocabulary_is_on_it() -> None:
    written = PAGE.read_text("utf-8")
    for kind in (*get_args(Effect), *get_args(Event), *get_args(Cause)):
        assert f"| `{kind.__name__}`" in written or f" `{kind.__name__}` |" in written, kind.__name__


def test_every_row_says_what_the_word_means() -> None:
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        assert all(cells), line
