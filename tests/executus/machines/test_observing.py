"""Who is told of what, and in which order (semantics.md section 9)."""

from typing import Any

from executus.agent import Agent, CriticConfig
from executus.bounds import Defaults
from executus.effects import CallModel, OpenAudit, RunTool, TellAudit, TellCritic, TellObserver
from executus.events import CancelRequested, Steered, TimePassed
from executus.facts import CallSeen, Erred, Noted, StepSeen
from executus.values import Fault, FaultKind, ToolCall, ToolSpec, Usage
from tests.executus.acting import DOWN, Story, wanting

TOOLS = (ToolSpec("a"), ToolSpec("b"))
TOLD = (TellAudit, TellCritic, TellObserver)


def watched(**more: Any) -> Story:
    """A run that everybody looks at."""
    wired = {"audit": True, "critic": True, "observer": True} | more
    return Story(
        Agent(low_level_tools=("a", "b"), critic=CriticConfig(enabled=True)), "hi", TOOLS, **wired
    ).converse()


def told(story: Story) -> list[tuple[str, str]]:
    """Who was told of what by the latest event."""
    return [
        (type(notice).__name__.removeprefix("Tell"), type(notice.seen).__name__.removesuffix("Seen"))
        for notice in story.asked
        if isinstance(notice, TOLD)
    ]


def test_a_reply_is_told_when_it_comes_audit_before_critic() -> None:
    story = watched().reply(wanting("a", text="I look.", usage=Usage(5)))
    assert told(story) == [("Audit", "Step"), ("Critic", "Step")]
    assert story.audited == [StepSeen(1, "I look.", (ToolCall("c0", "a"),), Usage(5))]
    assert story.names.index("TellAudit") < story.names.index("RunTool")


def test_results_are_told_in_call_order_critic_observer_audit() -> None:
    story = watched().reply(wanting("a", "b")).returns("second", place=1)
    assert told(story) == []
    story.returns(Fault(FaultKind.TOOL, "no"))
    assert told(story) == [("Critic", "Call"), ("Observer", "Call"), ("Audit", "Call")] * 2
    assert story.audited[1:] == [
        CallSeen(1, ToolCall("c0", "a"), "no", True),
        CallSeen(1, ToolCall("c1", "b"), "second"),
    ]


def test_an_answer_is_told_as_a_step_of_its_own() -> None:
    story = watched().reply(wanting("a")).returns("5").reply("done")
    assert [(one.step, one.text) for one in story.audited if isinstance(one, StepSeen)] == [(1, ""), (2, "done")]


def test_words_of_users_are_not_told() -> None:
    story = watched().tell(Steered(0, "hurry")).reply(wanting("a")).tell(Steered(0, "now")).returns("5").reply("x")
    assert [type(one).__name__ for one in story.audited] == ["StepSeen", "CallSeen", "StepSeen"]


def test_a_reply_that_may_not_go_on_is_told_too() -> None:
    agent = Agent(low_level_tools=("a", "b"), max_iterations=1)
    story = Story(agent, "hi", TOOLS, audit=True).converse().reply(wanting("a")).returns()
    story.reply(wanting("b", text="More."))
    assert [type(one).__name__ for one in story.audited] == ["StepSeen", "CallSeen", "StepSeen", "Erred"]


def test_the_error_of_a_run_is_told() -> None:
    story = watched().tell(CancelRequested(0, "me"))
    assert story.audited == [Erred("cancelled by me")]


def test_a_model_call_that_is_tried_again_is_told() -> None:
    story = watched().reply(Fault(FaultKind.MODEL, "busy", status=503, retryable=True))
    assert story.audited == [Erred("call model: busy (HTTP 503)")]


def test_what_is_noted_before_the_audit_is_open_waits_for_it() -> None:
    story = Story(Agent(critic=CriticConfig(enabled=True)), audit=True, checkpoints=True)
    story.oblige(OpenAudit).tell(Steered(0, "x"))
    assert not story.audited
    story.answer(OpenAudit, True)
    story.answer(type(story.run.pending[0]), DOWN)
    assert story.audited == [Noted("warning", (("text", "checkpoints failed: down"),))]


def test_without_anybody_to_tell_nothing_is_told_nor_kept() -> None:
    story = Story(None, "hi", TOOLS).converse().reply(wanting("a")).returns().reply("done").end()
    assert {type(effect) for effect in story.every} & set(TOLD) == set()
    assert story.run.notes == ()


def test_an_audit_that_declined_is_told_nothing_and_others_all() -> None:
    story = Story(None, "hi", TOOLS, audit=True, observer=True)
    story.oblige(OpenAudit).answer(OpenAudit, False).converse().reply(wanting("a")).returns("5")
    assert told(story) == [("Observer", "Call")]
    assert not story.audited
    assert story.reply("done").end().run.notes == ()


def test_a_lapsed_question_is_abandoned_before_anything_is_told() -> None:
    story = Story(None, "hi", TOOLS, audit=True, defaults=Defaults(model_call_timeout="1s")).converse()
    story.tell(TimePassed(0), "1s")
    assert story.names == ["Abandon", "TellAudit"]


def test_nobody_is_told_anything_twice() -> None:
    story = watched().reply(wanting("a", "b")).returns().returns().reply("half")
    for kind in TOLD:
        seen = [notice.seen for notice in story.of(kind)]
        assert len(seen) == len(set(map(repr, seen)))
    assert len(story.of(RunTool)) == 2
    assert len(story.of(CallModel)) == 2
