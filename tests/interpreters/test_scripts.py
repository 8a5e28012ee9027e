"""The helpers that scripts are written with. Law: what is written happens, and nonsense is refused at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from executus.events import CancelRequested, ShutdownRequested, Steered, TimePassed
from executus.values import (
    Fault,
    FaultKind,
    Finish,
    Image,
    ModelReply,
    ToolCall,
    ToolClass,
    ToolResult,
    Usage,
    seconds,
)
from interpreters.driving import at_once
from interpreters.memory import Memory
from interpreters.played import ScriptedTool, gives, scripted
from interpreters.ports import Tool, ToolContext
from interpreters.scripts import (
    ScriptError,
    Turn,
    calls,
    fails,
    hangs,
    happening,
    says,
    steer,
)
from interpreters.services import Done, NotDone, StillUnknown

CONTEXT = ToolContext(run_id="memory", call_id="call-1")


class TestTurns:
    def test_says(self) -> None:
        assert says("5") == Turn(ModelReply("5"))
        usage = Usage(input_tokens=3, output_tokens=1)
        turn = says("5", takes="2s", usage=usage, finish="length", reasoning="2 + 3")
        assert turn == Turn(ModelReply("5", (), usage, Finish.LENGTH, "2 + 3"), seconds(2))
        assert says("5", usage={"input_tokens": 3, "output_tokens": 1}).outcome == ModelReply("5", (), usage)

    def test_one_call_takes_its_arguments_by_name(self) -> None:
        reply = ModelReply(calls=(ToolCall("", "add", '{"a":2,"b":3}'),), finish=Finish.TOOL_CALLS)
        assert calls("add", b=3, a=2) == Turn(reply)

    def test_several_calls_are_written_in_pairs(self) -> None:
        turn = calls(("add", {"a": 2}), ("add", {}), "now", ToolCall("x", "add"), text="I add.", takes=1)
        wanted = (ToolCall("", "add", '{"a":2}'), ToolCall("", "add"), ToolCall("", "now"), ToolCall("x", "add"))
        assert turn == Turn(ModelReply("I add.", wanted, finish=Finish.TOOL_CALLS), seconds(1))

    def test_arguments_written_as_text_are_handed_on_broken_or_not(self) -> None:
        assert calls(("add", '{"a":')).outcome == ModelReply(
            calls=(ToolCall("", "add", '{"a":'),), finish=Finish.TOOL_CALLS
        )

    def test_calls_of_nothing_and_arguments_of_nobody_are_refused(self) -> None:
        with pytest.raises(ScriptError, match=r"calls\(\) needs a tool"):
            calls()
        with pytest.raises(ScriptError, match=r"keyword arguments belong to one named tool: .'a'."):
            calls(("add", {}), a=2)

    @pytest.mark.parametrize(
        ("status", "text", "retryable"),
        [
            (0, "the model server can't be reached", True),
            (429, "the model server answered 429", True),
            (408, "the model server answered 408", True),
            (409, "the model server answered 409", True),
            (500, "the model server answered 500", True),
            (503, "the model server answered 503", True),
            (400, "the model server answered 400", False),
            (401, "the model server answered 401", False),
            (404, "the model server answered 404", False),
        ],
    )
    def test_fails_knows_what_is_worth_asking_again(self, status: int, text: str, retryable: bool) -> None:
        assert fails(status=status) == Turn(Fault(FaultKind.MODEL, text, "memory", status, retryable))

    def test_fails_may_say_more(self) -> None:
        fault = Fault(FaultKind.MODEL, "slow down", "memory", 429, False, seconds(1))
        assert fails("slow down", status=429, retry_after="1s", retryable=False, takes=2) == Turn(
            fault, seconds(2)
        )

    def test_a_conversation_that_is_too_long_is_not_asked_again(self) -> None:
        assert fails("too long", status=413, overflow=True).outcome == Fault(
            FaultKind.MODEL, "too long", "memory", 413, False, None, True
        )

    def test_hangs_never_answers(self) -> None:
        assert hangs().outcome is None

    @pytest.mark.parametrize("takes", ["2s", 2, 2.0, timedelta(seconds=2), "2000ms"])
    def test_a_duration_is_written_as_on_every_face(self, takes: str | float | timedelta) -> None:
        assert says("5", takes=takes).takes == seconds(2)

    @pytest.mark.parametrize(
        "write",
        [
            lambda: says("5", takes="soon"),
            lambda: says("5", finish="whenever"),
            lambda: says("5", usage={"tokens": 3}),
            lambda: scripted("add", effect="harmless"),
            lambda: scripted("add", takes="soon"),
            lambda: happening(("soon", "cancel")),
        ],
    )
    def test_nonsense_is_refused_where_it_is_written(self, write: Callable[[], object]) -> None:
        with pytest.raises((ValueError, TypeError)):
            write()

    @pytest.mark.parametrize(
        "write",
        [
            lambda: says("5", takes=-1),
            lambda: calls("add", takes="-1s"),
            lambda: fails(takes=-1),
            lambda: scripted("add", takes=-1),
            lambda: happening(("-1s", "cancel")),
        ],
    )
    def test_time_never_goes_back(self, write: Callable[[], object]) -> None:
        with pytest.raises((ValueError, ScriptError)):
            write()


class TestWhatHappens:
    def test_words_and_events(self) -> None:
        assert happening(("5s", "cancel")) == CancelRequested(seconds(5), "caller")
        assert happening((5, "shutdown")) == ShutdownRequested(seconds(5))
        image = Image("image/png", "aGk=")
        assert happening(("2s", steer("Look.", image))) == Steered(seconds(2), "Look.", (image,))
        assert happening(TimePassed(7)) == TimePassed(7)

    def test_an_unknown_word_is_refused(self) -> None:
        with pytest.raises(ScriptError, match='happens knows "cancel" and "shutdown", not \'rain\''):
            Memory(model=[], happens=[("5s", "rain")])


class TestScriptedTools:
    def call(self, tool: ScriptedTool, count: int = 1) -> list[str]:
        return [tool.call(f'{{"n":{number}}}', CONTEXT).content for number in range(count)]

    def test_it_is_a_tool_and_remembers_its_calls(self) -> None:
        look = scripted("look", returns="closed")
        assert isinstance(look, Tool)
        assert self.call(look, 2) == ["closed", "closed"]
        assert look.called == ['{"n":0}', '{"n":1}']

    def test_its_options_are_those_of_a_tool(self) -> None:
        spec = scripted("poll", effect="idempotent", serial=True, repeatable=True).spec
        assert (spec.name, spec.effect, spec.serial, spec.repeatable) == ("poll", ToolClass.IDEMPOTENT, True, True)
        plain = scripted("poll").spec
        assert (plain.effect, plain.serial, plain.repeatable) == (ToolClass.UNSAFE, False, False)

    def test_its_promises_are_those_of_a_tool_as_well(self) -> None:
        spec = scripted("send", timeout="2s", needs_approval=True, reconcile=NotDone(), verifier="look").spec
        assert (spec.timeout, spec.needs_approval, spec.reconcile, spec.verifier) == (
            seconds(2),
            True,
            True,
            "look",
        )
        plain = scripted("send").spec
        assert (plain.timeout, plain.needs_approval, plain.reconcile, plain.verifier) == (None, False, False, "")

    def test_each_answer_may_take_a_time_of_its_own(self) -> None:
        tool = scripted("work", in_turn=[gives("a", takes="1s"), "b", gives(hangs=True)], takes="5s")
        assert tool.takes == seconds(1)
        for expected in (seconds(1), seconds(5), None):
            self.call(tool)
            assert tool.takes == expected

    def test_what_became_of_a_call_is_said_in_turn(self) -> None:
        tool = scripted("send", reconcile=[StillUnknown(), Done("sent")])
        found = [at_once(tool.reconcile("key", "{}"), AssertionError) for _ in range(3)]
        assert found == [StillUnknown(), Done("sent"), Done("sent")]
        assert tool.asked == ["key"] * 3

    def test_it_takes_its_time_or_all_of_it(self) -> None:
        assert scripted("slow", takes="2s").takes == seconds(2)
        assert scripted("hang", hangs=True).takes is None

    def test_it_raises(self) -> None:
        with pytest.raises(KeyError, match="no such key"):
            scripted("look", raises=KeyError("no such key")).call("{}", CONTEXT)

    def test_in_turn_means_one_after_the_other_and_the_last_for_ever(self) -> None:
        assert self.call(scripted("look", in_turn=["open", "closed"]), 4) == ["open", "closed", "closed", "closed"]
        fickle = scripted("look", in_turn=[ValueError("no"), ToolResult("yes")])
        with pytest.raises(ValueError, match="no"):
            self.call(fickle)
        assert self.call(fickle) == ["yes"]

    @pytest.mark.parametrize(
        ("value", "content"),
        [
            ("text", "text"),
            (5, "5"),
            ({"b": 1, "a": [True]}, '{"a":[true],"b":1}'),
            (None, ""),
            ("größer", "größer"),
        ],
    )
    def test_what_it_returns_reads_as_from_a_real_tool(self, value: object, content: str) -> None:
        assert self.call(scripted("look", returns=value)) == [content]

    def test_what_is_not_ascii_reads_as_from_a_real_tool(self) -> None:
        assert self.call(scripted("look", returns={"name": "Jürgen"})) == ['{"name":"Jürgen"}']
