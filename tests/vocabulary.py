"""docs/vocabulary.md, made from the code: every effect with its answer, every signal, every cause, every error.

Law: the page says nothing that stands nowhere in the code, so it can't be behind. The words are the docstrings'.
"""

from collections.abc import Iterator
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from msgspec.structs import FieldInfo, fields

from executus.effects import Conversing, Finalizing, Notice, Preparing
from executus.events import Signal
from executus.facts import Fate
from executus.failures import Failure
from executus.reception import ANSWERS, FACTS
from executus.rules.status import Cause, Delivered, Status, delivered_of, fate_of, status_of
from executus.started import RunStarted
from executus.values import Record

HEAD = """# The vocabulary

Made from the code by `pytest tests/test_vocabulary.py --regenerate`; a test fails while it is behind. What an
effect, an event, a question and a notice are is said in [semantics.md](semantics.md) section 1. `at`, the instant
of an event, and `id`, the number of a question, are left out below.
"""

SAMPLES = {
    "Finished": {"output": ""},
    "DryRan": {"output": ""},
    "Failed": {"failure": None},
    "Refused": {"reason": ""},
    "Overspent": {"what": "tokens", "used": 2, "limit": 1},
    "Expired": {"owner": "", "limit": 0},
    "Killed": {"reason": ""},
    "Cancelled": {"by": ""},
}


def page() -> str:
    """The whole page."""
    parts = [HEAD, *_questions(), *_notices(), *_signals(), *_causes(), *_errors()]
    return "\n".join(parts)


def _questions() -> Iterator[str]:
    for title, kinds in (
        ("Questions of the preflight", get_args(Preparing)),
        ("Questions of the conversation", get_args(Conversing)),
        ("Questions of the end", get_args(Finalizing)),
    ):
        yield f"\n## {title}\n\n| question | asks | with | answer | brings | taken by |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for kind in kinds:
            answer = ANSWERS[kind]
            brings = _type(answer)
            yield (
                f"| `{kind.__name__}` | {_first(kind)} | {_names(kind)} | `{answer.__name__}` | {brings} "
                f"| `{FACTS[answer].__name__}` |"
            )


def _notices() -> Iterator[str]:
    yield "\n## Notices\n\nNobody answers them.\n\n| notice | says | with |\n| --- | --- | --- |"
    for kind in get_args(Notice):
        yield f"| `{kind.__name__}` | {_first(kind)} | {_names(kind)} |"


def _signals() -> Iterator[str]:
    yield "\n## Signals\n\nWhat reaches a run unasked; a transcript begins with `RunStarted`.\n"
    yield "| signal | means | with | taken by |\n| --- | --- | --- | --- |"
    for kind in (RunStarted, *get_args(Signal)):
        yield f"| `{kind.__name__}` | {_first(kind)} | {_names(kind)} | `{FACTS[kind].__name__}` |"


def _causes() -> Iterator[str]:
    yield "\n## Causes\n\nThe first to reach a run is the one it keeps.\n"
    yield "| cause | means | status | checkpoint | delivered |\n| --- | --- | --- | --- | --- |"
    for name, cause in _sampled():
        fate, given = fate_of(cause), delivered_of(cause)
        yield f"| {name} | {_first(type(cause))} | `{status_of(cause)}` | {_fate(fate)} | {_given(given)} |"


def _sampled() -> Iterator[tuple[str, Cause]]:
    for kind in get_args(Cause):
        if kind.__name__ in SAMPLES:
            yield f"`{kind.__name__}`", kind(at=0, **SAMPLES[kind.__name__])
        else:
            for durable in (True, False):
                told = "with a durable record" if durable else "without one"
                yield f"`{kind.__name__}`, {told}", kind(at=0, durable=durable)


def _errors() -> Iterator[str]:
    yield "\n## Errors\n\nThe closed union that `Failed` carries; other causes have an error of their own.\n"
    yield "| error | with |\n| --- | --- |"
    for kind in get_args(Failure):
        yield f"| `{kind.__name__}` | {_names(kind)} |"
    names = ", ".join(f"`{status}`" for status in Status)
    yield f"\n## Statuses\n\n{names}.\n"


def _fate(fate: Fate) -> str:
    return str(fate)


def _given(given: Delivered) -> str:
    return str(given)


def _first(kind: type) -> str:
    """The first sentence of the docstring, on one line."""
    text = " ".join((kind.__doc__ or "").split())
    return text.split(" Answered by ")[0].strip() if text and not text.startswith(kind.__name__ + "(") else ""


def _fields(kind: type[Record]) -> tuple[FieldInfo, ...]:
    return tuple([field for field in fields(kind) if field.name not in ("id", "at")])


def _names(kind: type[Record]) -> str:
    return ", ".join(f"`{field.name}`" for field in _fields(kind)) or "nothing"


def _type(kind: type[Record]) -> str:
    """The outcome's type as one reads it."""
    hint = get_type_hints(kind)["outcome"]
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return " or ".join(f"`{_one(member)}`" for member in members)


def _one(member: object) -> str:
    if get_origin(member) is tuple:
        return f"tuple of {getattr(get_args(member)[0], '__name__', '')}"
    return str(getattr(member, "__name__", member))
