"""`python -m tests.fuzz [TARGET…] --seconds N`: every target (or those) for so long; what fails is kept as a case.

Coverage-guided where atheris is installed (extra `fuzz`), else by random mutation, and says which.
`python -m tests.fuzz TARGET --keep FILE [--name NAME]` adds a case by hand.
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path

from tests.fuzz.guided import guided
from tests.fuzz.mutating import mutated
from tests.fuzz.targets import CORPUS, TARGETS, cases, keep, most_drawn


def main(arguments: list[str]) -> int:
    told = _parser().parse_args(arguments)
    unknown = [name for name in told.target if name not in TARGETS]
    if unknown:
        print(f"there is no target {unknown[0]!r}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    if told.keep:
        if len(told.target) != 1:
            print("--keep adds to one target: name it", file=sys.stderr)
            return 2
        print(keep(told.target[0], Path(told.keep).read_bytes(), told.name))
        return 0
    is_guided = importlib.util.find_spec("atheris") is not None and not told.random
    print(f"fuzz: {'coverage-guided, by atheris' if is_guided else 'random mutation (atheris is not in use)'}")
    fuzz = guided if is_guided else drawn
    failed = [name for name in told.target or TARGETS if not fuzz(name, told.seconds)]
    print(f"fuzz: {'all well' if not failed else 'failed: ' + ', '.join(failed)}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=10, help="how long for each target")
    parser.add_argument("--random", action="store_true", help="random mutation, also where atheris is installed")
    parser.add_argument("--keep", metavar="FILE", help="add this file to the corpus of the target")
    parser.add_argument("--name", default="", help="what the case is called there")
    return parser


def drawn(name: str, seconds: float, start: int = 0) -> bool:
    """Random mutation of the corpus for so long; False once one failed, which is kept."""
    law, known = TARGETS[name], [path.read_bytes() for path in cases(name)]
    until, seed = time.monotonic() + seconds, start
    while time.monotonic() < until:
        data = mutated(known, seed, most_drawn(name))
        seed += 1
        try:
            law(data)
        except Exception as error:
            path = keep(name, data)
            print(f"fuzz {name}: FAILED after {seed} inputs, kept as {path.relative_to(CORPUS)}: {error!r:.300}")
            return False
    print(f"fuzz {name}: {seed} inputs, all well", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
