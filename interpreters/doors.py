"""The check at the public doors that read what people wrote: a wrong type is refused where it was handed in.

Only doors are checked, never what happens behind them on every step. `@door` on a constructor or a function
turns its annotations into that check; a violation is a TypeError.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from beartype import BeartypeConf, beartype

F = TypeVar("F", bound=Callable[..., Any])


class WrongType(TypeError):
    """An argument of a public function isn't what its signature says."""


door = beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=WrongType))
"""Decorator: check arguments and result against the annotations; an int may stand for a float."""


def in_own_words(function: F) -> F:
    """This one says itself what is wrong with what it is given; no other check comes before it."""
    function.__no_type_check__ = True  # type: ignore[attr-defined] # beartype looks for it
    return function
