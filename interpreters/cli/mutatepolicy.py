"""`executus mutate-policy`: which limits and rules of an agent somebody's own tests would not miss.

Law: tests that fail as things are prove nothing, and are a mistake; so is an agent that no test runs.
"""

from pathlib import Path

from interpreters.cli.exits import Exit, Mistake
from interpreters.cli.inputs import agent_of
from interpreters.cli.terminal import out, out_json
from interpreters.mutation.accepted import AcceptedError, read
from interpreters.policy import Unmet
from interpreters.policy import mutate_policy as mutated

_TESTS = Path("tests")


def mutate_policy(
    path: Path,
    tests: tuple[Path, ...],
    recordings: tuple[Path, ...],
    accepted: Path | None,
    only: tuple[str, ...],
    *,
    as_json: bool,
) -> Exit:
    """Change one thing at a time, and tell what nobody noticed."""
    agent = agent_of(path, None)
    if not tests and not recordings:
        if not _TESTS.is_dir():
            raise Mistake("there is no tests/ here: give --tests or --recordings")
        tests = (_TESTS,)
    for one in (*tests, *recordings, *((accepted,) if accepted else ())):
        if not Path(str(one).partition("::")[0]).exists():
            raise Mistake(f"there is no {one}")
    try:
        reasons = read(accepted) if accepted else {}
        report = mutated(agent, tests=tests, recordings=recordings, accepted=reasons, only=only)
    except (AcceptedError, Unmet) as error:
        raise Mistake(" ".join(str(error).split())) from None
    if as_json:
        out_json(report.as_json())
    else:
        out(str(report))
    return Exit.ERROR if report.unnoticed or report.stale else Exit.OK
