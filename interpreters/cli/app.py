"""The commands and their options, as cyclopts reads them; what each does is in the file of its name.

Law: nothing is done here, and a command's own libraries are imported only when it is called.
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import App, Parameter

from executus.codec import KERNEL
from interpreters.cli.wish import NO_WISH, Wish


def _version() -> str:
    try:
        return f"executus {version('executus')}"
    except PackageNotFoundError:
        return f"executus {KERNEL}"


app = App(
    name="executus",
    help="Run bounded agents, and look into what was recorded of a run.",
    version=_version,
    default_parameter=Parameter(negative=(), show_default=False),
    suppress_keyboard_interrupt=False,
)

Folder: TypeAlias = Annotated[
    Path, Parameter(help="What to look into; nothing in it is changed. Default: the current folder.")
]
Output: TypeAlias = Annotated[
    Path | None,
    Parameter(("--output", "-o"), help="Where to write the recording. Default: a new temporary folder."),
]
AgentFile: TypeAlias = Annotated[Path, Parameter(help="A TOML file.")]
Prompt: TypeAlias = Annotated[str | None, Parameter(help="What to do; without it, it is read from stdin.")]
Recording: TypeAlias = Annotated[Path, Parameter(help="An .xrec file.")]
Recordings: TypeAlias = Annotated[Path, Parameter(help=".xrec files; a folder means every one in it.")]
At: TypeAlias = Annotated[
    int | None, Parameter(help="The state after this entry, rather than the narrative; -1 is the last.")
]
Kinds: TypeAlias = Annotated[
    list[str] | None, Parameter("--kind", help="Only events of this kind, like tool_returned.")
]
Entry: TypeAlias = Annotated[
    int | None, Parameter(help="Why it asked what it did after this entry; -1 is the last. Default: why it ended.")
]
AsJson: TypeAlias = Annotated[
    bool, Parameter("--json", help="As JSON: one object for each entry, or for the state.")
]
Tests: TypeAlias = Annotated[
    list[Path] | None, Parameter("--tests", help="pytest files and folders; may be repeated.")
]
Expected: TypeAlias = Annotated[
    list[Path] | None,
    Parameter("--recordings", help="Recordings whose runs must end as they did, and folders; may be repeated."),
]
Accepted: TypeAlias = Annotated[
    Path | None, Parameter(help="A TOML file of what may go unnoticed, each with a reason.")
]
Only: TypeAlias = Annotated[
    list[str] | None, Parameter(help="Only limits and rules in whose key this stands, like max_runtime.")
]
Settings: TypeAlias = Annotated[
    list[str] | None,
    Parameter("--set", help="KEY=VALUE, like max_runtime=120s or max_iterations=3; may be repeated."),
]

Depth: TypeAlias = Annotated[
    int,
    Parameter(
        help="How many moves to try: replies, failures, signals. Each one more takes about ten times as long."
    ),
]
Ports: TypeAlias = Annotated[
    list[str] | None,
    Parameter(
        "--port",
        help="A port that is wired, like budget, or none; may be repeated. Default: what the agent needs.",
    ),
]
Show: TypeAlias = Annotated[
    str, Parameter(help="Tell the shortest run that ends so: a status, or a part of a name.")
]
Found: TypeAlias = Annotated[
    Path | None, Parameter(("--output", "-o"), help="Where to keep the recording of what is shown, or is broken.")
]
Processes: TypeAlias = Annotated[int, Parameter(help="How many processes share the work.")]
Summary: TypeAlias = Annotated[
    bool, Parameter("--json", help="As JSON: counts, and one object for each way to end.")
]


@app.command(sort_key=1)
def demo(folder: Folder = Path("."), /, *, output: Output = None) -> int:
    """Survey a folder with a scripted model; nothing to set up.

    An agent looks into the folder; its run is told, recorded, and replayed from the file. The model is
    scripted, so no key is needed; tools, run, recording and replay are real.
    """
    from interpreters.cli.demo import demo as command

    return command(folder, output)


@app.command(sort_key=2)
def run(agent: AgentFile, prompt: Prompt = None, /, *, wish: Wish = NO_WISH) -> int:
    """Run an agent from a file: answer on stdout, rest on stderr.

    Models come from [models] in ./executus.toml and from --model. Exit codes: 0 ok or a dry run, 1 error, 2
    usage, 10 timeout, 11 budget exceeded, 12 cancelled, 13 killed.

    The model never gets the bytes of an --input-file, but its name and size. While the run goes, a copy lies in
    a temporary folder: read_file and the other file tools see it as input-files/NAME, beside what lies in
    --root; a function of your own finds the folder in the environment as EXECUTUS_INPUT_FILES.

    Ctrl-C cancels the run, which is still recorded; once more leaves at once.
    """
    from interpreters.cli.run import run as command

    return command(agent, prompt, wish)


@app.command(sort_key=3)
def show(file: Recording, /, *, at: At = None, kinds: Kinds = None, as_json: AsJson = False) -> int:
    """Show a recording: the narrative, or a state."""
    from interpreters.cli.show import show as command

    return command(file, at, tuple(kinds or ()), as_json=as_json)


@app.command(sort_key=4)
def replay(*files: Recordings) -> int:
    """Replay recordings strictly: is every decision the same?

    Today's code runs over what was recorded; no model and no tool is asked. Exit codes: 0 all are the same,
    3 one diverged, 4 corrupt, 5 unsupported version.
    """
    from interpreters.cli.replay import replay as command

    return command(files)


@app.command(sort_key=5)
def why(file: Recording, entry: Entry = None, /) -> int:
    """Say why a run ended, or why it asked what it did.

    With an entry: which decider asked for each effect of it, and because of what.
    """
    from interpreters.cli.show import explain as command

    return command(file, entry)


@app.command(sort_key=6)
def what_if(*files: Recordings, settings: Settings = None) -> int:
    """Decide recorded runs again under other limits.

    A table says what each would have been called, and which entry decides it. KEY is any limit of an agent, of
    its critic (backstop_multiplier, soft_timeout, absolute_max), or of the host's defaults; a wrong one lists
    them all.
    """
    from interpreters.cli.whatif import what_if as command

    return command(files, tuple(settings or ()))


@app.command(sort_key=7)
def mutate_policy(
    agent: AgentFile,
    /,
    *,
    tests: Tests = None,
    recordings: Expected = None,
    accepted: Accepted = None,
    only: Only = None,
    as_json: AsJson = False,
) -> int:
    """Say which limits and rules of an agent its tests wouldn't miss.

    Each limit and each cell of the rules that applies to the agent is changed once, and the tests and recordings
    that run this agent are asked whether they notice. Without --tests and --recordings the tests are those in
    ./tests. Exit codes: 0 every change is noticed or accepted, 1 some are not.
    """
    from interpreters.cli.mutatepolicy import mutate_policy as command

    return command(
        agent, tuple(tests or ()), tuple(recordings or ()), accepted, tuple(only or ()), as_json=as_json
    )


@app.command(sort_key=8)
def explore(
    agent: AgentFile,
    /,
    *,
    depth: Depth = 3,
    ports: Ports = None,
    show: Show = "",
    output: Found = None,
    processes: Processes = 2,
    as_json: Summary = False,
) -> int:
    """Find every way a run of an agent can end.

    Everything that may happen to it is tried in every order: replies, failures, late answers, timeouts, cancel,
    shutdown, crash and resume, critic, budget, approvals. Nothing is run and nobody is asked. All laws are judged;
    one that is broken is printed as a scenario. Exit codes: 0 none is broken, 1 one is, 2 usage.

    Counts like max_iterations are explored as 2 where they are larger, so that a few moves reach them.
    """
    from interpreters.cli.explore import explore as command

    return command(agent, depth, tuple(ports or ()), show, output, processes, as_json=as_json)


@app.command(sort_key=9)
def doctor() -> int:
    """Check versions, keys (never shown) and executus.toml."""
    from interpreters.cli.doctor import doctor as command

    return command()
