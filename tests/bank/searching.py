"""What catches a defect in random worlds: the laws, the oracle, what a recording must be able to say of itself.

Law: a search begins at seed 0 and stops at the first world for each check, so a stated number of worlds is honest.
"""

from collections.abc import Callable, Iterator

from executus.laws import LAWS, Law
from executus.lived import Lived, live_through
from executus.reading import decode
from executus.result import RunResult
from executus.whatif import WhatIf, what_if
from interpreters.replay import Replay
from specs.worlds import world
from tests.bank.defects import Check
from tests.judging import judged
from tests.playing import play

LAW = {law.__name__: law for law in LAWS}


def _replays(lived: Lived, result: RunResult) -> bool:
    return Replay(lived.transcript).run() == result


def _is_read_again(lived: Lived, _: RunResult) -> bool:
    lines = list(lived.transcript.lines())
    read = decode(b"".join(line + b"\n" for line in lines)).value_or(None)
    return read is not None and list(read.lines()) == lines


def _is_decided_again(lived: Lived, _: RunResult) -> bool:
    past = lived.transcript
    ends = [index for index, moment in enumerate(lived.moments) if moment is lived.end]
    return what_if(past) == WhatIf(past.status, past.status, ends[0], False)


ITSELF: dict[str, Callable[[Lived, RunResult], bool]] = {
    "a replay gives the same result": _replays,
    "what is written is read again": _is_read_again,
    "what was decided is decided again": _is_decided_again,
}
"""What every world's recording must be able to say of itself."""


def searched(checks: list[Check]) -> dict[Check, int]:
    """The checks that catch something in the first worlds, each with the worlds that took: the first is 1."""
    found: dict[Check, int] = {}
    for seed in range(max((check.within for check in checks), default=0)):
        left = [check for check in checks if check not in found and seed < check.within]
        if not left:
            break
        found |= dict.fromkeys(_caught_in(seed, left), seed + 1)
    return found


def _caught_in(seed: int, checks: list[Check]) -> Iterator[Check]:
    try:
        result = play(world(seed))
        lived = live_through(result.transcript)
    except Exception as error:
        yield from [one for one in checks if one.kind == "breaks" and one.name == type(error).__name__]
        return
    yield from [check for check in checks if not _holds(check, lived, result)]


def _holds(check: Check, lived: Lived, result: RunResult) -> bool:
    """What can't even be judged any more doesn't hold."""
    try:
        match check.kind:
            case "law":
                law: Law = LAW[check.name]
                return law(lived)
            case "oracle":
                return judged(lived) == lived.transcript.status
            case "itself":
                return ITSELF[check.name](lived, result)
            case _:
                return True
    except Exception:
        return False
