"""What is wrong with a simulated run: laws, the oracle, the recording, the world's own contract, and liveness.

Law: a run without complaints has kept every law of executus/laws.py, is called what the oracle calls it, and says
the same when it is read and lived through again. Where faults stop, it has ended in its own time.
"""

from collections.abc import Callable
from hashlib import sha256

from executus.laws import LAWS, broken
from executus.lived import live_through
from executus.reading import decode
from executus.transcript import Transcript
from interpreters.replay import Replay, ReplayError
from specs.storms import Storm
from tests.simulate.oracle import bounds_kept, oracle
from tests.simulate.worlds import Lived, WorldName, in_memory, live

PLAY: dict[WorldName, Callable[[Storm], Lived]] = {"memory": in_memory, "live": live}


def lived_through(storm: Storm, world: WorldName) -> tuple[Lived | None, list[str]]:
    """What came of a storm, and what is wrong with it; None: the run, or its world, broke."""
    try:
        lived = PLAY[world](storm)
    except Exception as error:
        return None, [f"it breaks: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"]
    try:
        return lived, complaints(lived, storm)
    except Exception as error:  # A recording that can't even be judged.
        return lived, [f"it can't be judged: {type(error).__name__}: {error}"]


def complaints(lived: Lived, storm: Storm) -> list[str]:
    """Everything that is wrong, in words that are the same for the same kind of wrong."""
    found, again = list(lived.weather.wrong), live_through(lived.record)
    found += [f"law: {law.__name__}" for law in LAWS if not law(again)]
    found += [f"law of a child: {name}" for child in lived.children for name in broken(child.transcript)]
    if lived.result is None:
        return found
    status = lived.record.status
    if status is None:
        return [*found, "a run has an end"]
    called = oracle(again)
    if called != status:
        found.append(f"oracle: it is called {status}, and is {called}")
    found += _unlike_itself(lived)
    if storm.calm is not None and not bounds_kept(again):
        found.append("liveness: a run ends in its own time once the faults have stopped")
    return found


def _unlike_itself(lived: Lived) -> list[str]:
    past, found = lived.record, list[str]()
    assert lived.result is not None
    lines = list(past.lines())
    try:
        again = Replay(past).run()
        if again.run != lived.result.run or list(again.transcript.lines()) != lines:
            found.append("recording: replay gives the same run")
    except ReplayError:
        found.append("recording: replay gives the same run")
    if list(decode(b"".join([line + b"\n" for line in lines])).unwrap().lines()) != lines:
        found.append("recording: what is read is written again byte for byte")
    return found


def trace(lived: Lived) -> str:
    """SHA-256 of all that can be seen of a run: its record, those of its children, and what has struck."""
    seen = sha256()
    for past in (lived.record, *[child.transcript for child in lived.children]):
        for line in past.lines():
            seen.update(line + b"\n")
    for line in (*lived.weather.log, *lived.weather.wrong):
        seen.update(line.encode() + b"\n")
    return seen.hexdigest()


def length(past: Transcript) -> int:
    """How much virtual time it took, in microseconds."""
    return past.entries[-1].event.at
