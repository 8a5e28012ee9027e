"""Runs that a run delegates to, in memory. Law: they live in its virtual time, and the same way every time."""

from datetime import timedelta

import pytest

from executus import Agent, Invocation, RunResult
from executus.events import UsageSeen
from interpreters.memory import Memory, ScriptError, calls, hangs, says, scripted
from interpreters.replay import Replay

HELPER = Agent(id="h", name="helper", low_level_tools=("work",))
DEEP = Agent(id="h", name="helper", sub_agent_palette=("deep",))
BOSS = Agent(name="boss", sub_agent_palette=("helper", "other"))


class Palette:
    """Everybody is helper, but deep."""

    def __init__(self, helper: Agent = HELPER) -> None:
        self.helper = helper

    def resolve(self, kind: str, name: str, caller: str) -> Agent:
        return Agent(id=name, name=name) if name in ("deep", "other") else self.helper


def ask(name: str = "helper") -> tuple[str, dict[str, object]]:
    return (f"agent__{name}", {"prompt": "Do it."})


def world(helper: Agent = HELPER, **more: object) -> Memory:
    tools = [scripted("work", returns="done", takes="2s")]
    return Memory(palette=Palette(helper), tools=tools, **more)  # type: ignore[arg-type] # of the caller


def test_a_child_lives_in_the_time_of_its_parent() -> None:
    memory = world(
        model={
            "boss": [calls(ask(), takes="1s"), says("All done.", takes="1s")],
            "helper": [calls("work", takes="3s"), says("Did it.", takes="4s")],
        }
    )
    result = memory.run(BOSS, "Go.")
    assert (result.output, result.runtime) == ("All done.", timedelta(seconds=11))
    (child,) = memory.children
    assert (child.run_id, child.output, child.runtime) == ("memory/0", "Did it.", timedelta(seconds=9))
    assert Replay(result.transcript).run() == result
    assert Replay(child.transcript).run() == child


def test_with_one_list_children_take_from_it_in_the_order_of_asking() -> None:
    model = [calls(ask("other"), ask("other")), says("one"), says("two"), says("Done.")]
    memory = world(model=model)
    assert [step.content for step in memory.run(BOSS, "Go.").steps] == ["one", "two"]
    assert [child.run_id for child in memory.children] == ["memory/0", "memory/1"]


def test_the_script_must_be_used_up_by_the_whole_tree() -> None:
    model = {"boss": [calls(ask("other")), says("Done.")], "other": [says("one"), says("never")]}
    with pytest.raises(ScriptError, match="1 of 2 turns of the script of other were never used"):
        world(model=model).run(BOSS, "Go.")
    with pytest.raises(ScriptError, match="the script of other has 0"):
        world(model=model | {"other": []}).run(BOSS, "Go.")
    with pytest.raises(ScriptError, match="there is a script for 'nobody', but only 'boss' runs"):
        world(model={"boss": [says("Done.")], "nobody": [says("one")]}).run(BOSS, "Go.")


def test_what_a_child_uses_is_heard_of_before_all_else() -> None:
    usage = {"input_tokens": 5}
    model = {
        "boss": [calls(ask()), says("Done.")],
        "helper": [calls("work", usage=usage), says("Did it.", usage=usage)],
    }
    result = world(model=model).run(BOSS, "Go.")
    heard = [entry.event for entry in result.transcript.entries if isinstance(entry.event, UsageSeen)]
    assert [(event.at, event.usage.input_tokens, event.child) for event in heard] == [
        (0, 5, "memory/0"),
        (2_000_000, 5, "memory/0"),
    ]
    assert result.usage.input_tokens == 10


def nested(**more: object) -> Memory:
    model = {"boss": [calls(ask())], "helper": [calls(ask("deep"))], "deep": [hangs()]}
    return world(DEEP, model=model, **more)


def statuses(memory: Memory, agent: Agent) -> tuple[RunResult, list[str]]:
    result = memory.run(agent, Invocation(prompt="Go."))
    return result, [f"{child.run.agent.name}: {child.status} at {child.run.now}" for child in memory.children]


@pytest.mark.parametrize("what", ["cancel", "shutdown"])
def test_a_signal_reaches_all_below(what: str) -> None:
    result, below = statuses(nested(happens=[("3s", what)]), BOSS)
    assert result.status == "cancelled"
    assert below == ["helper: cancelled at 3000000", "deep: cancelled at 3000000"]


def test_a_timeout_reaches_all_below() -> None:
    result, below = statuses(nested(), Agent(name="boss", sub_agent_palette=("helper",), max_runtime="5s"))
    assert result.status == "timeout"
    assert below == ["helper: cancelled at 5000000", "deep: cancelled at 5000000"]


def test_a_child_comes_to_its_own_end_though_its_parent_has_come_to_its_own() -> None:
    memory = nested(happens=[("3s", "cancel")], takes={"RunFinalizers": "4s"}, finalizers=[lambda run_id: None])
    _, below = statuses(memory, BOSS)
    assert below == ["helper: cancelled at 7000000", "deep: cancelled at 7000000"]
