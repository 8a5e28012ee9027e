"""Memory: a scripted world on a virtual clock.

Law: a script that does not fit the run is an error of the test that says how, and the same script gives the same
record, byte for byte, everywhere; and nothing in it reaches for the world.
"""

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from executus import Agent, Defaults, Invocation, RunResult
from executus.events import CancelRequested, TimePassed
from executus.values import Fault, Image, ModelReply, ToolResult, seconds
from interpreters.driving import at_once
from interpreters.files import load, save
from interpreters.memory import Memory, ScriptError, calls, fails, hangs, says, scripted, steer
from interpreters.ports import ModelError, ModelRequest, ToolContext
from interpreters.replay import Replay
from interpreters.tools import tool
from tests.interpreters.hosts import Raw

ADDER = Agent(name="adder", low_level_tools=("add",))
TALKER = Agent(name="talker")


@tool(effect="pure")
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class TestAScriptThatDoesNotFit:
    def test_a_model_call_beyond_the_script_says_which(self) -> None:
        world = Memory(model=[calls("add", a=2, b=3)], tools=[add])
        with pytest.raises(ScriptError, match=r"asks for model call 2, the script has 1; .* ends with tool: '5'"):
            world.run(ADDER, "What is 2 + 3?")

    def test_a_turn_that_is_never_used_says_which_and_how_the_run_ended(self) -> None:
        world = Memory(model=[says("5"), says("6"), says("7")])
        said = "2 of 3 turns of the script were never used; the next was replied \"6\", but the run ended ok: '5'"
        with pytest.raises(ScriptError, match=said):
            world.run(TALKER, "Hi")

    def test_a_turn_that_an_error_left_unused_says_which_error(self) -> None:
        with pytest.raises(ScriptError, match="the run ended error: 'call model memory: no key"):
            Memory(model=[fails("no key", status=401), says("Hello!")]).run(TALKER, "Hi")

    def test_an_empty_script_is_a_script_without_turns(self) -> None:
        with pytest.raises(ScriptError, match="asks for model call 1, the script has 0"):
            Memory(model=[]).run(TALKER, "Hi")

    def test_a_script_for_an_agent_that_does_not_run_is_refused(self) -> None:
        with pytest.raises(ScriptError, match="there is a script for 'talkr', but only 'talker' runs"):
            Memory(model={"talkr": [says("Hello!")]}).run(TALKER, "Hi")

    def test_waiting_for_nothing_is_refused(self) -> None:
        world = Memory(model=[])
        world.begin(TALKER, Invocation())
        with pytest.raises(ScriptError, match="nothing is left to happen"):
            at_once(world.next_event(None), AssertionError)

    def test_a_script_error_is_an_assertion_so_that_a_test_fails(self) -> None:
        assert issubclass(ScriptError, AssertionError)

    def test_a_world_is_the_world_of_one_run(self) -> None:
        world = Memory(model=[says("Hello!")])
        world.run(TALKER, "Hi")
        with pytest.raises(RuntimeError, match="a Memory is the world of one run"):
            world.run(TALKER, "Hi")

    @pytest.mark.parametrize("model", [None, 5, ["Hello!"], {"talker": says("Hello!")}], ids=repr)
    def test_a_wrong_type_is_refused_at_the_door(self, model: object) -> None:
        with pytest.raises(TypeError):
            Memory(model=model)


class TestHandlers:
    def test_an_async_tool_is_driven_without_a_loop(self) -> None:
        result = Memory(model=[calls("add", a=2, b=3), says("5")], tools=[add]).run(ADDER, "What is 2 + 3?")
        assert [step.content for step in result.steps] == ["5"]

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_a_tool_that_really_waits_is_a_script_error(self, seconds: int) -> None:
        async def waits() -> ToolResult:
            await asyncio.sleep(seconds)
            return ToolResult("never")

        world = Memory(model=[calls("work"), says("Done.")], tools=[Raw(waits)])
        with pytest.raises(ScriptError, match="a handler really waited"):
            world.run(Agent(low_level_tools=("work",)), "Work.")

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_a_model_that_really_waits_is_a_script_error(self, seconds: int) -> None:
        async def waits(request: ModelRequest) -> ModelReply:
            await asyncio.sleep(seconds)
            return ModelReply("never")

        with pytest.raises(ScriptError, match="a handler really waited"):
            Memory(model=waits).run(TALKER, "Hi")

    def test_a_function_may_be_the_model_and_fail(self) -> None:
        def answer(request: ModelRequest) -> ModelReply:
            if request.messages[-1].text == "Hi":
                return ModelReply(f"Hi from {request.model}.")
            raise ModelError(Fault("model", "no idea", "host", 503))

        assert Memory(model=answer).run(TALKER, "Hi").output == "Hi from fast."
        assert str(Memory(model=answer).run(TALKER, "Ho").error) == "call model host: no idea (HTTP 503)"

    @pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), GeneratorExit()], ids=repr)
    def test_whatever_a_tool_raises_is_an_error_result_as_it_is_live(self, error: BaseException) -> None:
        world = Memory(model=[calls("work"), says("Done.")], tools=[scripted("work", raises=error)])
        (step,) = world.run(Agent(low_level_tools=("work",)), "Work.").steps
        assert step.is_error
        assert type(error).__name__ in step.content

    def test_an_exception_that_can_not_say_its_text_is_an_error_result(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no words")

        world = Memory(model=[calls("work"), says("Done.")], tools=[scripted("work", raises=Mute())])
        (step,) = world.run(Agent(low_level_tools=("work",)), "Work.").steps
        assert step.is_error

    def test_tools_run_when_they_are_asked_and_their_result_lands_later(self) -> None:
        slow = scripted("slow", returns="done", takes="1h")
        world = Memory(model=[calls("slow")], tools=[slow], happens=[("1s", "cancel")])
        result = world.run(Agent(low_level_tools=("slow",), max_runtime="2h"), "Work.")
        assert (slow.called, result.steps) == (["{}"], ())

    def test_a_tool_is_told_the_run_and_the_call(self) -> None:
        class Told(Raw):
            def call(self, arguments: str, context: ToolContext) -> ToolResult:
                return ToolResult(f"{context.run_id} {context.call_id} {arguments}")

        world = Memory(model=[calls("work", n=1), says("Done.")], tools=[Told(dict)])
        (step,) = world.run(Agent(low_level_tools=("work",)), Invocation(prompt="Hi", run_id="4711")).steps
        assert step.content == '4711 call-1 {"n":1}'


class TestTheClock:
    def test_six_hours_take_no_time(self) -> None:
        began = time.monotonic()
        world = Memory(model=[says("At last.", takes="6h")])
        result = world.run(Agent(max_runtime="7h"), "Hi")
        assert result.runtime.total_seconds() == 6 * 3600
        assert time.monotonic() - began < 5

    def test_what_happens_is_heard_at_its_instant_and_in_list_order(self) -> None:
        happens = [("3s", steer("third")), ("1s", steer("first")), ("1s", steer("second")), ("4s", "shutdown")]
        result = Memory(model=[hangs()], happens=happens).run(TALKER, "Hi")
        heard = [
            (entry.event.at, str(getattr(entry.event, "text", ""))) for entry in result.transcript.entries[2:]
        ]
        assert heard == [
            (seconds(1), "first"),
            (seconds(1), "second"),
            (seconds(3), "third"),
            (seconds(4), ""),
        ]

    def test_what_happens_may_be_whole_events(self) -> None:
        happens = [CancelRequested(seconds(2), "alice"), ("1s", steer("Look.", Image("image/png", "aGk=")))]
        result = Memory(model=[hangs()], happens=happens).run(TALKER, "Hi")
        assert str(result.error) == "cancelled by alice"
        assert result.run.talk.mailbox[0].images == (Image("image/png", "aGk="),)

    def test_what_would_happen_after_the_end_never_happens(self) -> None:
        result = Memory(model=[says("Hello!")], happens=[("1h", "cancel")]).run(TALKER, "Hi")
        assert result.status == "ok"

    def test_a_run_is_never_woken_later_than_it_asked(self) -> None:
        result = Memory(model=[hangs()]).run(TALKER, "Hi")
        assert result.transcript.entries[-1].event == TimePassed(seconds(60))


class TestTheSameScript:
    def test_the_run_is_named_and_dated_the_same_every_time(self) -> None:
        first, second = (Memory(model=[says("Hello!")]).run(TALKER, "Hi") for _ in range(2))
        assert first.run_id == "memory"
        assert first == second
        named = Memory(model=[says("Hello!")]).run(TALKER, Invocation(prompt="Hi", run_id="4711"))
        assert named.run_id == "4711"

    def test_a_script_may_be_listed_under_the_agents_name(self) -> None:
        listed = Memory(model={"talker": [says("Hello!")]}).run(TALKER, "Hi")
        assert listed == Memory(model=[says("Hello!")]).run(TALKER, "Hi")

    def test_the_hosts_facts_reach_the_run(self) -> None:
        world = Memory(model=[hangs()], system_header="Be kind.", defaults=Defaults(max_runtime="5s"))
        result = world.run(TALKER, "Hi")
        assert result.run.talk.conversation[0].text == "Be kind."
        assert result.runtime.total_seconds() == 5

    @pytest.mark.parametrize("seed", ["0", "1", "random"])
    def test_it_gives_the_same_bytes_under_every_hash_seed(self, seed: str, tmp_path: Path) -> None:
        path = tmp_path / "run.xrec"
        script = textwrap.dedent(SCRIPT).format(path=str(path))
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        here = Path(__file__).parents[2]
        subprocess.run([sys.executable, "-c", script], cwd=here, env=environment, check=True, timeout=30)
        assert path.read_bytes() == b"\n".join([*_recorded().transcript.lines(), b""])


SCRIPT = """
    from interpreters.files import save
    from tests.interpreters.test_memory import _recorded

    save(_recorded().transcript, {path!r}).unwrap()
"""


def _recorded() -> RunResult:
    """A run with something of everything."""
    world = Memory(
        model=[
            calls(("left", {"b": 2, "a": 1}), ("right", {}), "unknown", takes="1.5s", usage={"input_tokens": 7}),
            calls("left", text="Once more."),
            hangs(),
        ],
        tools=[
            scripted("left", in_turn=[{"z": 1, "a": {"y": 2}}, ValueError("no")], takes="250ms", effect="pure"),
            scripted("right", returns="größer", takes="1s"),
        ],
        happens=[("2s", steer("Schneller!")), ("1m", "cancel")],
    )
    agent = Agent(name="both", low_level_tools=("left", "right"), max_runtime="2m")
    return world.run(agent, "Go.")


def test_nothing_in_it_reaches_for_the_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: object, **__: object) -> object:
        raise AssertionError("this reaches for the world")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(asyncio, "new_event_loop", refused)
    monkeypatch.setattr(time, "time", refused)
    monkeypatch.setattr(time, "monotonic", refused)
    result = _recorded()
    save(result.transcript, tmp_path / "run.xrec").unwrap()
    assert Replay(load(tmp_path / "run.xrec").unwrap()).run() == result
