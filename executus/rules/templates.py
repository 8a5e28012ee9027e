"""Prompts with holes: `{{.input}}`, `{{.Draft}}` (semantics.md section 6).

One pass: nothing is evaluated, and what is filled in is never itself expanded.
"""

import re
from collections.abc import Iterable, Mapping

_HOLE = re.compile(r"\{\{\s*\.([^{}]*)\}\}")  # One way to match alone: no text is read twice.


def unknown_names(template: str, names: Iterable[str]) -> tuple[str, ...]:
    """The holes that nothing is there to fill, in order."""
    known = frozenset(names)
    return tuple([name for name in map(str.rstrip, _HOLE.findall(template)) if name not in known])


def rendered(template: str, texts: Mapping[str, str]) -> str:
    """The template with every hole filled. Raises KeyError for one that isn't known: check before."""
    return _HOLE.sub(lambda hole: texts[hole[1].rstrip()], template)
