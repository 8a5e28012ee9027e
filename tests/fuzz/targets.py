"""What is fuzzed: each target is a law of bytes, with a folder of cases in tests/corpus.

A case that ever failed stays there for ever, and an ordinary test holds it (tests/test_corpus.py).
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.fuzz import calls, dialects, files, records, texts

CORPUS = Path(__file__).parents[1] / "corpus"

TARGETS: dict[str, Callable[[bytes], None]] = {
    "transcript": records.transcript,
    "bodies": records.bodies,
    "sse": dialects.events,
    "openai": dialects.stream,
    "document": dialects.document,
    "agent": files.agent,
    "models": files.models,
    "scenario": files.scenario,
    "arguments": calls.arguments,
    "submitted": calls.submitted,
    "template": texts.template,
    "value": texts.value,
    "spec": texts.spec,
}

MOST_BYTES = 64 << 10
"""No larger case is kept."""

MOST_DRAWN = 4 << 10
"""Bytes of an input that is drawn: many small ones find more than a few large ones."""

LARGE = {"transcript": 16 << 10, "bodies": 16 << 10}
"""Where an honest one takes more."""


def most_drawn(target: str) -> int:
    """Bytes of an input that is drawn for this target."""
    return LARGE.get(target, MOST_DRAWN)


def cases(target: str) -> list[Path]:
    """The files of a target's corpus, in order."""
    return sorted(path for path in (CORPUS / target).iterdir() if path.is_file())


def keep(target: str, data: bytes, name: str = "") -> Path:
    """Put a case into the corpus; without a name it is called by its digest."""
    path = CORPUS / target / (name or f"found-{sha256(data).hexdigest()[:12]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
