"""A run told on a terminal while it goes on: steps, calls as they are asked, results, the time that has passed.

Law: what is told is a fold over the run's events, the same fold that the run itself is; nothing is told that
the recording would not say as well.
"""

from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from executus.effects import Effect
from executus.events import Event
from executus.narrative import line
from executus.started import RunStarted
from executus.state import Run
from executus.transition import start, transition
from interpreters.cli.progress import Teller, waiting
from interpreters.cli.terminal import one_line, out_entry


class Follower:
    """The run, as its events arrive."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.seq = -1

    def follow(self, event: Event) -> tuple[Run, tuple[Effect, ...]]:
        """The run after the event, and what it asked because of it."""
        self.seq += 1
        if isinstance(event, RunStarted):
            self.run, asked = start(event)
        elif self.run is None:
            raise ValueError("a run begins with RunStarted")
        else:
            self.run, asked = transition(self.run, event)
        return self.run, asked


class Narrator:
    """Prints the narrative on stdout, a line an event, as `executus show` prints it."""

    def __init__(self) -> None:
        self._follower = Follower()

    def __call__(self, event: Event) -> None:
        _, asked = self._follower.follow(event)
        out_entry(line(self._follower.seq, event, asked))


class Progressing:
    """Prints what happens on stderr while a run goes on, with what it waits for in the last line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._follower = Follower()
        self._teller = Teller()
        spinner = "dots" if console.encoding.startswith("utf") else "line"
        columns = (SpinnerColumn(spinner), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> "Progressing":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        before = self._follower.run
        run, asked = self._follower.follow(event)
        for text, style in self._teller.tell(before, run, event, asked):
            self._line(text, style)
        self._bar.update(self._task, description=one_line(waiting(run)))

    def _line(self, text: str, style: str) -> None:
        indent = len(text) - len(text.lstrip())
        shown = Text(" " * indent + one_line(text), style=style)
        self._console.print(shown, no_wrap=True, overflow="ellipsis", highlight=False)
