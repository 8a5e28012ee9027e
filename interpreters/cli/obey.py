"""One command line, obeyed: whatever goes wrong between here and the end becomes one line and an exit code.

Law: never a traceback, unless somebody asks for it by an environment variable; a reader who leaves is no error.
"""

import os
from collections.abc import Sequence

from cyclopts import CycloptsError, UnusedCliTokensError

from interpreters.cli.app import app
from interpreters.cli.exits import Exit, Mistake
from interpreters.cli.terminal import err, flush, prepare

TRACEBACK = "EXECUTUS_TRACEBACK"
"""Set it to see where an unexpected error came from."""


def obey(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    prepare()
    try:
        code = _obeyed(arguments)
        flush()
    except OSError as error:
        if TRACEBACK in os.environ:
            raise
        err(f"executus: {error.filename or 'output'}: {error.strerror or error}")
        return Exit.ERROR
    return code


def _obeyed(arguments: Sequence[str]) -> int:
    try:
        code = app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else Exit.OK
    except Mistake as mistake:
        return _mistaken(str(mistake))
    except CycloptsError as error:
        return _mistaken(_sentence(error))
    except SystemExit:
        return Exit.OK  # Whoever read the help has left: a closed pipe.
    except KeyboardInterrupt:
        err("executus: interrupted")
        return Exit.INTERRUPTED
    except OSError:
        raise
    except Exception as error:
        if TRACEBACK in os.environ:
            raise
        err(f"executus: unexpected {type(error).__name__}: {error} (a bug; {TRACEBACK}=1 shows where)")
        return Exit.BUG


def _mistaken(text: str) -> Exit:
    err(f"executus: {text}")
    return Exit.USAGE


def _sentence(error: CycloptsError) -> str:
    """What cyclopts would draw a box around."""
    error.verbose = False
    command = " ".join(["executus", *(error.command_chain or ())])
    said = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, UnusedCliTokensError):
        said = f"unexpected {' '.join(error.unused_tokens or ())!r}"
    return f"{said} (see {command} --help)"
