"""What `executus run` is asked for, beside agent and prompt: its options, as cyclopts reads them.

Law: nothing is read or checked here; whatever is wrong with an option is said by whoever uses it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wish:
    """The options of one run."""

    models: Annotated[
        list[str] | None,
        Parameter("--model", help="TIER=SPEC, like fast=openai:gpt-5; the same tier again is its fallback."),
    ] = None
    images: Annotated[
        list[Path] | None, Parameter("--image", help="A picture for the prompt: PNG, JPEG, GIF or WebP.")
    ] = None
    files: Annotated[
        list[Path] | None,
        Parameter("--input-file", help="A file for the run's tools, which find it as input-files/NAME."),
    ] = None
    root: Annotated[
        Path,
        Parameter("--root", help="The folder that the file tools see. Default: the current folder."),
    ] = Path(".")
    record: Annotated[
        Path | None, Parameter("--record", help="Write the transcript here, however the run ends.")
    ] = None
    run_id: Annotated[str, Parameter("--run-id", help="The run's name. Default: a new one.")] = ""
    max_runtime: Annotated[
        str | None,
        Parameter("--max-runtime", help="How long it may take (90s, 5m, 1h), instead of what the agent says."),
    ] = None
    dry_run: Annotated[
        bool,
        Parameter("--dry-run", help="Only say which model would be asked, with which tools and limits."),
    ] = False
    as_json: Annotated[bool, Parameter("--json", help="One JSON object on stdout instead of the answer.")] = False


NO_WISH = Wish()
"""Nothing but agent and prompt."""
