"""What every refusal must be: one line that a person, a log and a terminal can show, of bounded length."""


def is_one_line(text: str, most: int) -> bool:
    """Not empty, printable, short enough, and free of half letters."""
    return 0 < len(text) <= most and text.isprintable() and text.isascii() | (text.encode("utf-8", "ignore") != b"")


CANARY = "sk-CANARY-0123456789"
"""A secret that must stand in nothing anybody gets to read."""
