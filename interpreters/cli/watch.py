"""A run told on a terminal while it goes on: steps, calls as they are asked, results, the time that has passed.

Law: what is told is a fold over the run's events, the same fold that the run itself is; nothing is told that
the recording would not say as well.
"""

from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from executus.answers import ModelReplied, ModelResolved, ToolReturned
from executus.effects import Effect, RunTool
from executus.events import CancelRequested, Event
from executus.narrative import call_text, line, quote, told
from executus.spans import say
from executus.started import RunStarted
from executus.state import Run
from executus.transition import start, transition
from executus.values import EffectId, Fault, Instant, ModelReply
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
        self._asked: dict[EffectId, tuple[RunTool, Instant]] = {}
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
        run, asked = self._follower.follow(event)
        self._say(run, event)
        for effect in asked:
            if isinstance(effect, RunTool):
                self._asked[effect.id] = (effect, event.at)
                self._line(f"  {run.talk.steps_done + 1:>3}  {call_text(effect.call)}")
        self._bar.update(self._task, description=one_line(_waiting(run)))

    def _say(self, run: Run, event: Event) -> None:
        match event:
            case RunStarted() | CancelRequested():
                self._line(told(event), "dim")
            case ModelResolved(outcome=Fault()) | ModelReplied(outcome=Fault()):
                self._line(told(event), "red")
            case ModelResolved():
                self._line(told(event), "dim")
            case ModelReplied(outcome=ModelReply(text=text, calls=calls)) if text.strip() and calls:
                self._line(f"  {run.talk.steps_done + 1:>3}  {quote(text)}", "italic")
            case ToolReturned():
                self._returned(event)
            case _:
                pass  # The answer, and why a run ends, are said when it has ended.

    def _returned(self, event: ToolReturned) -> None:
        known = self._asked.pop(event.id, None)
        if known is None:
            return
        asked, at = known
        is_error = isinstance(event.outcome, Fault)
        said = event.outcome.message if isinstance(event.outcome, Fault) else event.outcome.content
        word = "failed" if is_error else "done"
        text = f"       {asked.call.name} {word} in {say(event.at - at)}: {quote(said)}"
        self._line(text, "red" if is_error else "dim")

    def _line(self, text: str, style: str = "") -> None:
        indent = len(text) - len(text.lstrip())
        shown = Text(" " * indent + one_line(text), style=style)
        self._console.print(shown, no_wrap=True, overflow="ellipsis", highlight=False)


def _waiting(run: Run) -> str:
    tools = [question.call.name for question in run.pending if isinstance(question, RunTool)]
    if tools:
        return f"step {run.talk.steps_done + 1}: {', '.join(tools)}"
    if run.talk.setup.model:
        return f"step {run.talk.steps_done + 1}: {run.talk.setup.model}"
    return "preparing"
