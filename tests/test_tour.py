"""The tour is true: its script runs, and every line that the page shows is one that it prints."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from executus import what_if

PAGE = (Path(__file__).parents[1] / "docs" / "tour.md").read_text("utf-8")


def test_every_line_of_the_tour_is_printed_by_its_script() -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shown = re.findall(r"```\n(.*?)```", PAGE.replace(f"```python\n{script}```", ""), re.DOTALL)
    printed, names = StringIO(), dict[str, object]()
    with redirect_stdout(printed):
        exec(script, names)
    lines = [line for line in printed.getvalue().splitlines() if line]
    assert [line for block in shown for line in block.splitlines()] == lines


def test_what_the_tour_says_about_less_time_is_so() -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    with redirect_stdout(StringIO()):
        exec(script, names)
    past = names["result"].transcript  # type: ignore[attr-defined] # what the script has made
    assert what_if(past, max_runtime="8s").would_be == "timeout"
    assert past.divergence() is None
