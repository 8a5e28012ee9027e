"""What makes a run this run and no other: the whole state as bytes, for telling states apart.

Law: two runs of one beginning have the same identity exactly when they are equal. Nothing is left out of it but
what a run was given at its beginning and never changes, and nothing is rounded: a wrong symmetry hides defects.
"""

from collections.abc import Callable
from hashlib import blake2b

import msgspec

from executus.buffer import Names, View, Views
from executus.state import Run
from executus.toolbox import Setup, Toolbox


def identity(run: Run, *more: int) -> bytes:
    """128 bits that stand for the state, and for what else its future depends on.

    Of states that differ two come out alike once in 10^19 at a billion of them.
    """
    state = (
        run.bounds,
        run.now,
        run.deadlines,
        run.stage,
        run.cause,
        run.losers,
        run.next_id,
        run.pending,
        run.timeouts,
        run.lapsed,
        run.preflight,
        run.ports,
        run.clock,
        run.is_plain,
        run.began,
        run.talk,
        run.guards,
        run.watch,
        run.pipeline,
        run.unknowns,
        run.used,
        run.warnings,
        run.notes,
        run.value,
        run.ending,
        run.stale,
        run.suspended,
        run.epoch,
        more,
    )
    return blake2b(_encode(state), digest_size=16).digest()


GIVEN = ("run_id", "agent", "invocation", "wiring", "started_at")
"""The fields that no identity holds: a law says that they never change."""


def _opened(long: object) -> object:
    """What is long and shared, item by item."""
    match long:
        case View() | Names():
            return list(long)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of anything
        case Views():
            return list(long)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of anything
        case Setup():
            return (long.model, long.toolbox, long.settings)
        case Toolbox():
            return long.specs
        case _:
            raise TypeError(f"a state holds {type(long).__name__}, which has no bytes")


_encode: Callable[[object], bytes] = msgspec.msgpack.Encoder(enc_hook=_opened, decimal_format="string").encode
