"""`python -m interpreters.mutation`: the gate as a command, and `init`, which sets it up in a project.

Exit codes: 0 everything is killed or accepted, 1 something is wrong, 2 the gate could not do its work.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from interpreters.mutation.gate import GateError, judged, run
from interpreters.mutation.judging import Judgement
from interpreters.mutation.project import init
from interpreters.mutation.settings import SettingsError, read

_EPILOG = """
It reads [tool.mutmut] and [tool.executus.mutation] in ./pyproject.toml, lets mutmut mutate what they say, with
operators of its own beside mutmut's, and runs the tests they say. It fails on a survivor that isn't in the
accepted file with a reason, on a reason that no survivor needs, on a function without a test or without a mutant,
on tests that fail although nothing is changed, and on whatever mutmut could not check. The last line it prints is
JSON.
Exit codes: 0 all is killed or accepted, 1 something is wrong, 2 the gate could not do its work.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command with these arguments; the exit code."""
    given = _parser().parse_args(arguments)
    began = time.monotonic()
    only: tuple[str, ...] = tuple(given.only)
    try:
        if given.command == "init":
            print(init(given.modules, given.tests, Path("pyproject.toml")))
            return 0
        settings = read(Path("pyproject.toml"), given.config)
        if not given.cached:
            run(settings, only, given.workers)
        judgement = judged(settings, only)
    except (GateError, SettingsError) as error:
        sys.stderr.write(f"mutation: {error}\n")
        return 2
    _print(judgement, time.monotonic() - began)
    if given.report:
        given.report.write_text(json.dumps(judgement.as_json(), indent=1) + "\n", "utf-8")
    return 1 if judgement.findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m interpreters.mutation",
        description="The mutation gate: is there a change to the rules that no test notices?",
        epilog=_EPILOG,
    )
    parser.add_argument("--config", default="", metavar="NAME", help="the gate of this name, like kernel")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only functions in whose name this stands"
    )
    parser.add_argument(
        "--cached", action="store_true", help="judge the last run again; refused if anything has changed since"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes at work at once; default 2")
    commands = parser.add_subparsers(dest="command", metavar="init", title="instead of judging")
    setting_up = commands.add_parser("init", help="set the gate up for modules of one's own in ./pyproject.toml")
    setting_up.add_argument(
        "modules", nargs="+", type=Path, metavar="MODULE", help="a .py file that decides something"
    )
    setting_up.add_argument("--tests", nargs="+", type=Path, required=True, help="the pytest files that test it")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write everything found as JSON")
    return parser


def _print(judgement: Judgement, seconds: float) -> None:
    score = judgement.score
    for one in judgement.findings:
        print(f"{one.why.upper()} {one.key}\n{one.text}\n")
    print(
        f"{score.effective:.2f} % effective: {score.killed} of {score.total} killed ({score.score:.2f} %), "
        f"{score.accepted} accepted with a reason, {len(judgement.findings)} findings; "
        f"{score.semantic} semantic, {score.wording} of wording, in {score.functions} functions"
    )
    line = {**judgement.as_json()["score"], "findings": len(judgement.findings), "seconds": round(seconds, 1)}
    print(json.dumps(line))


if __name__ == "__main__":
    sys.exit(main())
