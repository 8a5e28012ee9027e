"""What a run may use, and how much one tool or reply may add to its conversation (semantics.md section 5)."""

from executus.values import Record, Usage


class Excess(Record, frozen=True):
    """More was used than granted."""

    what: str
    used: int
    limit: int


def add(used: Usage, more: Usage) -> Usage:
    """The sum; what neither side reported stays unknown."""
    return Usage(
        plus(used.input_tokens, more.input_tokens),
        plus(used.output_tokens, more.output_tokens),
        plus(used.thinking_tokens, more.thinking_tokens),
        plus(used.cached_tokens, more.cached_tokens),
        plus(used.cost, more.cost),
    )


def plus(left: int | None, right: int | None) -> int | None:
    """None is unknown, not zero: only two unknowns give an unknown."""
    if right is None:
        return left
    if left is None:
        return right
    return left + right


def excess(used: Usage, tokens: int | None, cost: int | None) -> Excess | None:
    """What was overspent: more than the limit, not the limit itself."""
    spent = (used.input_tokens or 0) + (used.output_tokens or 0)
    if tokens is not None and spent > tokens:
        return Excess("tokens", spent, tokens)
    paid = used.cost or 0
    return Excess("cost", paid, cost) if cost is not None and paid > cost else None


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text, with a word about what is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[cut: {len(text) - limit} of {len(text)} characters left out]"


def smaller(left: int | None, right: int | None) -> int | None:
    """The limit in force of two; None is none."""
    if left is None or right is None:
        return right if left is None else left
    return min(left, right)
