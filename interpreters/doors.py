"""The check at the public doors that read what people wrote: a wrong type is refused where it was handed in.

Only doors are checked, never what happens behind them on every step. `@door` on a constructor or a function
turns its annotations into that check; a violation is a TypeError.
"""

from beartype import BeartypeConf, beartype


class WrongType(TypeError):
    """An argument of a public function isn't what its signature says."""


door = beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=WrongType))
"""Decorator: check arguments and result against the annotations; an int may stand for a float."""
