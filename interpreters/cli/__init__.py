"""The `executus` command: run an agent, and look at what was recorded of a run.

Law: the answer goes to stdout, all else to stderr; what ended a run, or what is wrong with a recording, is the
exit code; a mistake in using it is one line that says what to do. Its libraries are an extra, imported here only.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

_EXTRA = ("cyclopts", "rich")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command with these arguments (else the process's own); the exit code."""
    try:
        for name in _EXTRA:
            import_module(name)
        from interpreters.cli.obey import obey
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write("executus: the command needs its extra: pip install 'executus[cli]'\n")
        return 2
    except KeyboardInterrupt:
        return _interrupted()
    try:
        return obey(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return _interrupted()


def _interrupted() -> int:
    sys.stderr.write("executus: interrupted\n")
    return 130
