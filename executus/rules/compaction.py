"""When a conversation is too long for its model (semantics.md section 6)."""


def estimate(reported: int, added: int) -> int:
    """Tokens in the conversation: what the last reply reported, and a quarter of the bytes added since."""
    return reported + added // 4


def is_due(estimated: int, window: int | None, ratio: int) -> bool:
    """Has it reached the threshold, `ratio` thousandths of the window? Without a known window it never has."""
    return window is not None and estimated >= threshold(window, ratio)


def threshold(window: int, ratio: int) -> int:
    """The share of the window at which a conversation is compacted, in tokens, rounded down."""
    return window * ratio // 1000
