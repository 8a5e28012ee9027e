"""Laws of short texts: prompts with holes, and values on the command line.

A hole is filled once, with the very text; nothing is evaluated. A duration, a ratio, a model's spec or a setting
is what it says, or one line that names it and shows no secret.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from executus.rules.templates import rendered, unknown_names
from executus.spans import ratio, span
from interpreters.cli.exits import Mistake
from interpreters.cli.whatif import read_settings
from interpreters.models.spec import read_spec
from tests.fuzz.saying import CANARY, is_one_line

LONGEST = 1200
FILLED = {"input": "{{.Draft}} {0.__class__} $input", "Draft": "{{.input}}", "": "", "__class__": "{{"}


def template(data: bytes) -> None:
    """What can be filled is filled in one pass; what can't is named."""
    text = data.decode("utf-8", "replace")
    missing = unknown_names(text, FILLED)
    every = dict.fromkeys(missing, "\x00") | FILLED
    assert rendered(text, every) == _by_hand(text, every)
    assert not set(missing) & set(FILLED)


def _by_hand(text: str, texts: dict[str, str]) -> str:
    """The same without a pattern: hole by hole, from the left."""
    done, rest = "", text
    while "{{" in rest:
        before, _, after = rest.partition("{{")
        inside, _, behind = after.partition("}}")
        name = inside.lstrip()
        if "}}" in after and name.startswith(".") and not set("{}") & set(inside):
            done, rest = done + before + texts[name[1:].rstrip()], behind
        else:
            done, rest = done + before + "{", "{" + after
    return done + rest


def value(data: bytes) -> None:
    """Each reader of a word on the command line gives a value, or one line."""
    text = data.decode("utf-8", "replace")
    _is_read(lambda: span(text, "--max-runtime"), timedelta)
    _is_read(lambda: ratio(text), Decimal)
    _is_read(lambda: read_settings((text,)), dict)
    for key in ("max_runtime", "tokens", "critic_backstop_multiplier", "at_step_limit"):
        _is_read(lambda key=key: read_settings((f"{key}={text}",)), dict)


def spec(data: bytes) -> None:
    """A model's spec is one, or one line in which no password of its address stands."""
    text = data.decode("utf-8", "replace")
    _is_read(lambda: read_spec(text), object)
    for scheme in ("http", "https"):
        _is_read(lambda scheme=scheme: read_spec(f"openai:m@{scheme}://me:{CANARY}@{text}"), object)


def _is_read(reading: Callable[[], object], kind: type) -> None:
    try:
        found = reading()
    except (ValueError, Mistake) as error:
        said = str(error)
        assert is_one_line(said, LONGEST), said[:2000]
        assert CANARY not in said, said
        return
    assert isinstance(found, kind)
