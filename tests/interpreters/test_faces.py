"""The examples of docs/faces.md sections 2 and 3, run as they are printed, and what stands beside them.

Law: the page is a contract. What is tested is the page's own text, so neither can change without the other.
"""

import ast
import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interpreters.memory
from executus import Agent, Invocation, RunResult, Status, Transcript, WhatIf, what_if
from executus.started import RunStarted
from executus.state import Run
from executus.transcript import Divergence, Entry
from executus.values import replace
from interpreters.files import save
from interpreters.memory import Memory, ScriptError, calls, fails, hangs, says, scripted, steer
from interpreters.replay import Replay
from interpreters.tools import tool

PAGE = (Path(__file__).parents[2] / "docs" / "faces.md").read_text("utf-8")


def example(section: int) -> str:
    """The first Python example of a section."""
    (_, after) = PAGE.split(f"\n## {section}. ")
    found = re.search(r"```python\n(.*?)```", after.partition("\n## ")[0], re.DOTALL)
    assert found is not None
    return found[1]


def run_example(section: int, names: dict[str, Any]) -> list[Any]:
    """Run an example; what each of its lines that only says something gave."""
    shown: list[Any] = []
    for statement in ast.parse(example(section)).body:
        if isinstance(statement, ast.Expr):
            shown.append(eval(ast.unparse(statement), names))
        else:
            exec(ast.unparse(statement), names)
    return shown


@pytest.fixture
def printed() -> dict[str, Any]:
    """The names of section 1's example, which the others go on from; without its run on a real server."""
    names: dict[str, Any] = {}
    source, run, _ = example(1).partition("asyncio.run(main())")
    assert run
    exec(compile(source, "faces.md", "exec", dont_inherit=True), names)
    return names


def test_the_example_of_section_2_passes(printed: dict[str, Any]) -> None:
    assert run_example(2, printed) == []
    printed["test_a_tool_result_reaches_the_model"]()


def test_the_example_of_section_2_could_fail(printed: dict[str, Any]) -> None:
    wrong = example(2).replace('says("5"', 'says("6"')
    exec(wrong, printed)
    with pytest.raises(AssertionError):
        printed["test_a_tool_result_reaches_the_model"]()


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Transcript:
    """A run of more than seventeen entries, with two errors in a row, where the page looks for it."""
    flaky = scripted("look", in_turn=["a", ValueError("no"), KeyError("none"), "b", "c", "d", "e", "f", "g"])
    turns = [calls("look", n=number, takes="5s") for number in range(8)]
    agent = Agent(name="looker", low_level_tools=("look",))
    result = Memory(model=[*turns, says("Done.")], tools=[flaky]).run(agent, Invocation(run_id="4711"))
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    save(result.transcript, "runs/4711.xrec").unwrap()
    return result.transcript


def test_the_example_of_section_3_shows_what_it_says(past: Transcript, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    nothing, entries, first, at, divergence, fork, what, replayed = run_example(3, names)
    assert nothing is None
    narrative = capsys.readouterr().out
    assert narrative == f"{past}\n"
    assert len(narrative.splitlines()) == len(entries) == len(past.entries)
    assert [(type(entry), entry.seq) for entry in entries] == [(Entry, seq) for seq in range(len(entries))]
    assert isinstance(entries[0].event, RunStarted)
    assert past.at(first).guards.error_streak == 2
    assert past.at(first - 1).guards.error_streak < 2
    assert isinstance(at, Run)
    assert at == past.at(17)
    assert divergence is None
    assert isinstance(fork, Transcript)
    assert (len(fork.entries), fork.status) == (18, None)
    assert isinstance(what, WhatIf)
    assert what == WhatIf(Status.OK, Status.OK, len(entries) - 1, False)
    assert isinstance(replayed, RunResult)
    assert (replayed.status, replayed.output) == ("ok", "Done.")


def test_first_is_none_where_it_never_holds(past: Transcript) -> None:
    assert past.first(lambda run: run.guards.error_streak == 3) is None


def test_a_divergence_says_where_and_what(past: Transcript) -> None:
    wrong = replace(past.entries[4], asked=())
    changed = replace(past, entries=(*past.entries[:4], wrong, *past.entries[5:]))
    found = changed.divergence()
    assert isinstance(found, Divergence)
    assert (found.index, found.event, found.recorded) == (4, past.entries[4].event, ())
    assert found.asked == past.entries[4].asked


def test_what_if_says_which_entry_would_have_decided_and_when_the_recording_ends_before(past: Transcript) -> None:
    assert what_if(past, max_runtime="12s") == WhatIf(Status.OK, Status.TIMEOUT, 7, False)
    assert what_if(past.fork(9), max_runtime="120s") == WhatIf(None, None, None, True)


class TestTheLinesBesideSection2:
    def test_all_helpers_are_in_one_module(self) -> None:
        for name in ("Memory", "ScriptError", "calls", "fails", "hangs", "says", "scripted", "steer"):
            assert name in interpreters.memory.__all__
            assert hasattr(interpreters.memory, name)

    def test_several_calls_in_one_reply(self) -> None:
        @tool(effect="pure")
        async def add(a: int, b: int) -> int:
            return a + b

        turns = [calls(("add", {"a": 2, "b": 3}), ("add", {"a": 4, "b": 5})), says("5 and 9")]
        result = Memory(model=turns, tools=[add]).run(Agent(low_level_tools=("add",)), "Add.")
        assert [step.content for step in result.steps] == ["5", "9"]

    def test_a_model_that_fails_and_one_that_hangs(self) -> None:
        failed = Memory(model=[fails(status=429, retry_after="1s")] * 3).run(Agent(), "Hi")
        assert failed.status == "error"
        assert Memory(model=[hangs()]).run(Agent(), "Hi").status == "timeout"

    def test_a_scripted_tool(self) -> None:
        agent = Agent(low_level_tools=("add",))
        played: list[Callable[[], Any]] = [
            lambda: scripted("add", returns="5", takes="1s"),
            lambda: scripted("add", raises=ValueError("no")),
        ]
        contents = [
            Memory(model=[calls("add"), says("Done.")], tools=[make()]).run(agent, "Add.").steps[0].content
            for make in played
        ]
        assert contents == ["5", "ValueError: no"]

    def test_what_happens_as_it_is_printed(self) -> None:
        printed = [("5s", "cancel"), ("8s", "shutdown"), ("2s", steer("Faster."))]
        result = Memory(model=[hangs()], happens=printed).run(Agent(), "Hi")
        assert (result.status, result.runtime.total_seconds()) == ("cancelled", 5)
        assert result.run.talk.mailbox[0].text == "Faster."

    def test_an_invocation_wherever_a_prompt_may_stand(self) -> None:
        asked = Invocation(prompt="Hi", run_id="4711", caller_id="alice")
        result = Memory(model=[says("Hello!")]).run(Agent(), asked)
        assert result.run_id == "4711"
        assert result.transcript.started.invocation.caller_id == "alice"

    def test_a_broken_script_is_an_assertion_error_out_of_run(self) -> None:
        with pytest.raises(AssertionError) as failed:
            Memory(model=[]).run(Agent(), "Hi")
        assert type(failed.value) is ScriptError

    def test_a_world_in_memory_works_inside_a_running_loop(self) -> None:
        async def main() -> RunResult:
            return Memory(model=[says("Hello!")]).run(Agent(), "Hi")

        assert asyncio.run(main()).output == "Hello!"


class TestTheLinesBesideSection1:
    def result(self) -> RunResult:
        return Memory(model=[says("Hello <b>!")]).run(Agent(name="greeter"), "Hi")

    def test_a_result_as_a_railway_has_it(self) -> None:
        assert self.result().as_result().unwrap() == "Hello <b>!"
        failed = Memory(model=[hangs()]).run(Agent(), "Hi").as_result().failure()
        assert str(failed) == "timeout: max_runtime of 60s was reached"

    def test_a_result_as_a_script_has_it(self) -> None:
        assert self.result().unwrap() == "Hello <b>!"
        with pytest.raises(Exception, match="timeout: max_runtime of 60s was reached") as failed:
            Memory(model=[hangs()]).run(Agent(), "Hi").unwrap()
        assert type(failed.value).__name__ == "RunFailed"

    def test_a_result_as_a_notebook_has_it(self) -> None:
        assert "Hello &lt;b&gt;!" in self.result()._repr_html_()

    def test_a_recording_is_as_good_as_the_run(self) -> None:
        result = self.result()
        assert Replay(result.transcript).run() == result
