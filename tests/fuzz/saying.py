"""What every refusal must be: one line that a person, a log and a terminal can show, of bounded length."""

CANARY = "sk-CANARY-0123456789"
"""A secret that must stand in nothing anybody gets to read."""


def is_one_line(text: str, most: int) -> bool:
    """Not empty, short enough, and printable: no line break, no escape code, no half letter."""
    return 0 < len(text) <= most and text.isprintable()


def must_be_one_line(text: str, most: int, begins: str = "") -> None:
    """Raises AssertionError, with the beginning of the text."""
    assert is_one_line(text, most), f"{len(text)} characters: {text[:300]!r}"
    assert text.startswith(begins), text
