"""`executus show` and `executus why`: what was recorded, told from the file."""

import json
from pathlib import Path

import pytest

from executus.agent import Agent
from executus.invocation import Invocation
from interpreters.files import load, save
from interpreters.memory import Memory, calls, hangs, says, scripted, steer
from tests.interpreters.cli.commanding import Command, recorded
from tests.interpreters.cli.living import rich, suspended


@pytest.fixture
def past() -> Path:
    return recorded(Path("a.xrec"))


def test_the_narrative_is_a_line_an_event(command: Command, past: Path) -> None:
    ran = command("show", past)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{load(past).unwrap()}\n"
    assert "    1        0s  model is fast  -> BuildToolbox#2\n" in ran.out


def test_one_kind_of_event_is_shown_alone(command: Command, past: Path) -> None:
    ran = command("show", past, "--kind", "tool_returned")
    assert ran.out == (
        '    4        1s  tool #4 returned "5"  -> CallModel#5\n'
        '    6        3s  tool #6 returned "6"  -> CallModel#7\n'
    )
    both = command("show", past, "--kind", "tool_returned", "--kind", "model_replied")
    assert both.out.count("\n") == 5


def test_the_narrative_as_json_is_an_object_a_line(command: Command, past: Path) -> None:
    lines = [json.loads(line) for line in command("show", past, "--json").out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(8))
    assert lines[4] == {
        "seq": 4,
        "at": 1_000_000,
        "kind": "tool_returned",
        "told": 'tool #4 returned "5"',
        "event": {
            "is": "tool_returned",
            "at": 1_000_000,
            "id": 4,
            "outcome": {"is": "result", "content": "5", "images": []},
        },
        "asked": ["CallModel#5"],
    }


def test_the_state_after_an_entry_is_told(command: Command, past: Path) -> None:
    ran = command("show", past, "--at", "3")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "run memory of adder, after entry 3, at 0s\n"
        "  stage      conversing\n"
        "  ended      no\n"
        "  deadline   max_runtime of 60s, 60s away\n"
        "  steps      0 of at most 12\n"
        "  used       nothing was reported\n"
        "  model      fast\n"
        "  tools      add\n"
        "  waits for  RunTool#4\n"
        "  errors     0 in a row\n"
        "  repeats    none\n"
        "conversation\n"
        '    1 user       "What is 2 + 3 + 1?"\n'
        '    2 assistant  add({"a":2,"b":3})\n'
        '      open       add({"a":2,"b":3}): asked as RunTool#4\n'
    )
    assert "  ended      ok\n" in command("show", past, "--at", "-1").out
    assert "conversation: not begun" in command("show", past, "--at", "0").out


def test_the_state_as_json_has_every_field(command: Command, past: Path) -> None:
    state = json.loads(command("show", past, "--at", "-1", "--json").out)
    assert (state["stage"], state["cause"]) == ("done", {"is": "finished", "at": 5_000_000, "output": "It is 6."})
    assert state["agent"]["model_settings"]["temperature"] is None
    assert [message["role"] for message in state["talk"]["conversation"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert state["talk"]["setup"]["tools"][0]["name"] == "add"
    assert state["agent"]["max_runtime"] == 0


def test_a_state_with_everything_in_it_can_be_told(command: Command) -> None:
    world = Memory(
        model=[calls(("slow", {}), ("slow", "{"), text="Both.", usage={"input_tokens": 9}), hangs()],
        tools=[scripted("slow", returns="done", takes="5s")],
        happens=[("1s", steer("Hurry.")), ("8s", "cancel"), ("8s", "cancel")],
    )
    agent = Agent(low_level_tools=("slow",))
    past = save(world.run(agent, Invocation(prompt="x")).transcript, Path("b.xrec")).unwrap()
    told = command("show", past, "--at", "4").out
    assert "  used       9 tokens in\n" in told
    assert '      to come    "Hurry."\n' in told
    assert 'slow({): failed: "not run: the arguments are not a JSON object' in told
    for index in range(7):
        assert command("show", past, "--at", index).code == 0
        assert json.loads(command("show", past, "--at", index, "--json").out)["run_id"] == "memory"
    assert "  ended      cancelled: cancelled by caller\n" in command("show", past, "--at", "-1").out


def test_what_a_run_uses_has_a_row_and_what_it_does_not_has_none(command: Command) -> None:
    past = save(rich().transcript, Path("rich.xrec")).unwrap()
    told = command("show", past, "--at", "17").out
    for row in (
        "  deadline   the critic's backstop of 180s, 171.38165s away, and it stands still\n",
        "  critic     asked in 51.38165s (time is up), in 20s (nothing goes on)\n",
        "  backstop   in 171.38165s, ceiling in 21591.38165s\n",
        "  phase      final, 2 of 2; steps before it: 1\n",
        '  phase gave draft: "A draft."\n',
        "  waits for  AskApproval#15\n",
        "  grant      1000 tokens, as g1\n",
        "  file       n.txt (text/plain, 1 bytes): file id n.txt\n",
        "  ports      audit open, critic open, session open, lane given back\n",
        "  uncharged  stands still since 8.61835s\n",
        "  unknown    slow({}): no answer in time\n",
        'conversation 1, which is over: 4 turns, the last assistant "A draft."\n',
        "      open       risky({}): asked as AskApproval#15\n",
    ):
        assert row in told
    assert (
        "  asking     attempt 2 after 1 that failed, not before 8.61835s\n"
        in command("show", past, "--at", 15).out
    )
    assert "slow({}): to be run not before 2.683142s, allowed\n" in command("show", past, "--at", 9).out
    assert "  waits for  RunTool#9 until 2s\n" in command("show", past, "--at", 8).out
    assert '      to come    "Hurry."\n' in command("show", past, "--at", 22).out
    ending = command("show", past, "--at", 25).out
    assert '  ending     part 2 of the end\n  artifacts  a.txt\n  metadata   lines: "3"\n' in ending
    for index in range(30):
        state = json.loads(command("show", past, "--at", index, "--json").out)
        assert state["invocation"]["input_files"][0]["content"] == "bg=="
    assert state["ending"]["made"]["artifacts"][0]["data"] == "AP8="


def test_a_run_that_is_suspended_is_shown_as_it_is(command: Command) -> None:
    past = save(suspended().transcript, Path("s.xrec")).unwrap()
    told = command("show", past, "--at", "-1").out
    assert "  stage      conversing, suspended\n" in told
    assert "  ended      no, but suspended: shut down by the host, to be resumed\n" in told
    assert command("why", past).code == 0
    assert command("replay", past).code == 0


def test_why_an_entry_led_to_what_it_did(command: Command, past: Path) -> None:
    ran = command("why", past, "3")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        'entry 3 at 0s: model #3 replied add({"a":2,"b":3})\n'
        "it answers CallModel#3, asked at entry 2 by converse (executus/machines/loop.py): "
        "all is prepared, and the conversation begins\n"
        'asks RunTool#4 add({"a":2,"b":3}), says run_calls (executus/machines/steps.py): '
        "call 1 of 1 in step 1 is due\n"
    )
    assert command("why", past, "-1").out.endswith("asks nothing: the run is over\n")
    assert command("why", past, "0").out.startswith("entry 0 at 0s: run memory of adder")


def test_what_a_recording_holds_cannot_move_the_cursor(command: Command) -> None:
    evil = "\x1b]0;owned\x07\x9b31m \u202egnp \r\n2nd"
    world = Memory(model=[calls(evil, text=evil), says(evil)], tools=[scripted("add", raises=ValueError(evil))])
    past = save(world.run(Agent(name=evil), evil).transcript, Path("evil.xrec")).unwrap()
    for arguments in ([], ["--at", "-1"], ["--json"], ["--at", "-1", "--json"]):
        ran = command("show", past, *arguments)
        assert ran.code == 0
        assert not set("\x1b\x07\x9b\u202e\r") & set(ran.out), arguments
    assert not set("\x1b\x07\x9b\u202e\r") & set(command("why", past).out)
    assert json.loads(command("show", past, "--at", "-1", "--json").out)["agent"]["name"] == evil


def test_why_tells_the_facts(command: Command, past: Path) -> None:
    ran = command("why", past)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert "the model answered" in lines[0]
    assert lines[1] == 'decided by entry 7 at 5s: model #7 replied "It is 6."'
    assert lines[2] == "after 2 of at most 12 steps"


def test_what_cannot_be_shown_is_a_mistake(command: Command, past: Path) -> None:
    assert command("show", past, "--at", "8").is_mistake("--at 8", "0 to 7")
    assert command("show", past, "--at", "-9").is_mistake("--at -9")
    assert command("show", past, "--at", "x").is_mistake("--at", '"x"')
    assert command("show", past, "--kind", "x").is_mistake("--kind x", "tool_returned")
    assert command("show", past, "--kind", "steered", "--at", "0").is_mistake("not both")
    assert command("why", past, "8").is_mistake("8: there is no such entry", "0 to 7")
    assert command("why", past, "x").is_mistake('"x"')
    assert command("show", ".").is_mistake("is a folder")
    assert command("why", ".").is_mistake("is a folder")
    assert command("show").is_mistake("FILE", "executus show --help")
