"""The open step: its calls, who must allow them, who else works on them, and how long each is waited for."""

import pytest

from executus.agent import Agent, Limits
from executus.bounds import Defaults
from executus.effects import Abandon, AskApproval, CallModel, Delegate, RunTool
from executus.events import TimePassed, UsageSeen
from executus.facts import Approved, ChildResult, Refused
from executus.rules.status import Overspent
from executus.transition import next_wakeup
from executus.values import Fault, FaultKind, Message, ToolClass, ToolResult, ToolSpec, Usage
from tests.executus.acting import DOWN, SECOND, Story, wanting

ASKING = ToolSpec("t", needs_approval=True)
CHILD = ToolSpec("agent__x", delegate="agent", subject="agent:x")


def last(story: Story) -> Message:
    return story.run.talk.conversation.last


def asking(*tools: ToolSpec, calls: tuple[str, ...] = ("t",), **defaults: object) -> Story:
    """A run whose model has called a tool that needs approval."""
    given = Defaults(**defaults)  # type: ignore[arg-type]
    story = Story(None, "hi", tools or (ASKING,), approver=True, defaults=given).converse()
    return story.reply(wanting(*calls))


class TestApproval:
    def test_a_person_is_asked_before_the_tool_is_run(self) -> None:
        story = asking()
        assert [(one.call.name, one.why) for one in story.of(AskApproval)] == [("t", "needs approval")]
        assert not story.of(RunTool)
        assert story.answer(AskApproval, Approved("me")).pending == ["RunTool"]
        story.returns("5")
        assert last(story) == Message("tool", "5", call_id="c0")

    @pytest.mark.parametrize(
        ("decision", "text"),
        [
            (Refused("too dear"), "refused: too dear"),
            (Refused(" "), "refused"),
            (Refused(), "refused"),
            (DOWN, "not run: nobody could approve it (down)"),
        ],
    )
    def test_a_refusal_is_an_error_result_with_its_reason(self, decision: object, text: str) -> None:
        story = asking().answer(AskApproval, decision)
        assert last(story) == Message("tool", text, call_id="c0", is_error=True)
        assert not story.of(RunTool)
        assert story.pending == ["CallModel"]

    def test_who_says_nothing_in_time_has_refused(self) -> None:
        story = asking(approval_timeout="5s")
        assert next_wakeup(story.run) == 5 * SECOND
        story.tell(TimePassed(0), "5s")
        assert story.of(Abandon) == [Abandon(story.of(AskApproval)[0].id)]
        assert last(story).is_error
        assert last(story).text == "refused: nobody decided in time"
        assert story.pending == ["CallModel"]

    def test_each_call_is_decided_for_itself_and_others_do_not_wait(self) -> None:
        story = asking(ASKING, ToolSpec("p"), calls=("t", "p", "t"))
        assert story.pending == ["AskApproval", "RunTool", "AskApproval"]
        story.answer(AskApproval, Approved()).answer(AskApproval, Refused())
        assert [call.call.call_id for call in story.of(RunTool)] == ["c1", "c0"]
        story.returns("p").returns("t")
        results = [said for said in story.run.talk.conversation if said.role == "tool"]
        assert [(said.call_id, said.text) for said in results] == [("c0", "t"), ("c1", "p"), ("c2", "refused")]

    def test_a_serial_tool_that_is_asked_about_holds_up_those_behind_it(self) -> None:
        story = asking(ToolSpec("t", needs_approval=True, serial=True), ToolSpec("p"), calls=("t", "p"))
        assert story.pending == ["AskApproval"]
        assert story.answer(AskApproval, Approved()).pending == ["RunTool"]
        assert story.returns().pending == ["RunTool"]


class TestDelegation:
    def story(self, *calls: str, **agent: object) -> Story:
        who = Agent(sub_agent_palette=("x",), **agent)  # type: ignore[arg-type]
        return Story(who, "hi", (CHILD,)).converse().reply(wanting(*calls or ("agent__x",)))

    def test_a_palettes_tool_is_another_run(self) -> None:
        story = self.story()
        asked = story.open(Delegate)
        assert (asked.kind, asked.subject, asked.call.call_id, asked.number) == ("agent", "agent:x", "c0", 0)

    @pytest.mark.parametrize(
        ("outcome", "text", "is_error"),
        [
            (ChildResult("r", "ok", "5"), "5", False),
            (ChildResult("r", "ok", ""), "", False),
            (ChildResult("r", "timeout", "", "too slow"), "the run r ended timeout: too slow", True),
            (
                ChildResult("r", "killed", "half", "stuck"),
                "the run r ended killed: stuck; it had got as far as: half",
                True,
            ),
            (ChildResult("r", "cancelled", " "), "the run r ended cancelled", True),
            (Fault(FaultKind.TOOL, "not configured"), "not configured", True),
        ],
    )
    def test_what_it_came_to_is_told_in_words(self, outcome: object, text: str, is_error: bool) -> None:
        story = self.story().answer(Delegate, outcome)
        assert last(story) == Message("tool", text, call_id="c0", is_error=is_error)

    def test_what_a_child_used_is_used_by_the_run(self) -> None:
        story = self.story().tell(UsageSeen(0, Usage(5, 1), "r"))
        story.answer(Delegate, ChildResult("r", "ok", "5", usage=Usage(2)))
        assert story.run.used == Usage(7, 1)

    def test_a_childs_reply_over_the_grant_ends_the_run_at_once(self) -> None:
        story = self.story(limits=Limits(tokens=5)).tell(UsageSeen(0, Usage(6), "r"))
        assert story.run.cause == Overspent(0, "tokens", 6, 5)
        assert Abandon(story.of(Delegate)[0].id) in story.every

    def test_no_child_has_a_timeout_of_its_own_here(self) -> None:
        assert next_wakeup(self.story().run) == 60 * SECOND


class TestTimeouts:
    @pytest.mark.parametrize("effect", [ToolClass.PURE, ToolClass.IDEMPOTENT])
    def test_a_harmless_tool_that_takes_too_long_is_an_error_result(self, effect: ToolClass) -> None:
        story = Story(None, "hi", (ToolSpec("t", effect=effect, timeout=SECOND),)).converse().reply(wanting("t"))
        assert next_wakeup(story.run) == SECOND
        story.tell(TimePassed(0), "1s")
        assert last(story) == Message("tool", "no answer in time", call_id="c0", is_error=True)
        assert not story.result.run.unknowns

    def test_one_microsecond_before_it_is_in_time(self) -> None:
        tools = (ToolSpec("t", effect=ToolClass.PURE, timeout=SECOND),)
        story = Story(None, "hi", tools).converse().reply(wanting("t")).returns("5", after="999.999ms")
        assert last(story).text == "5"
        assert next_wakeup(story.run) == 60 * SECOND

    def test_an_answer_at_its_timeout_is_late(self) -> None:
        tools = (ToolSpec("t", effect=ToolClass.PURE, timeout=SECOND),)
        story = Story(None, "hi", tools).converse().reply(wanting("t")).returns("5", after="1s")
        assert last(story).text == "no answer in time"
        assert story.run.pending == story.run.pending[-1:]

    def test_each_call_has_its_own_and_the_others_go_on(self) -> None:
        tools = (ToolSpec("t", effect=ToolClass.PURE, timeout=SECOND), ToolSpec("p", effect=ToolClass.PURE))
        story = Story(None, "hi", tools).converse().reply(wanting("t", "p", "t")).tell(TimePassed(0), "1s")
        assert story.pending == ["RunTool"]
        assert story.names == ["Abandon", "Abandon"]
        assert not story.returns("p").run.timeouts

    def test_after_a_long_silence_each_ran_out_at_its_own_instant(self) -> None:
        tools = (ToolSpec("t", effect=ToolClass.KEYED, timeout=SECOND),)
        story = Story(None, "hi", tools).converse().reply(wanting("t")).tell(TimePassed(0), "30s")
        assert story.pending == ["RunTool"]  # Its wait of about a second was over long ago.
        assert story.run.timeouts[0].at == 31 * SECOND


def test_a_model_call_may_have_a_timeout_and_is_tried_again() -> None:
    story = Story(None, "hi", defaults=Defaults(model_call_timeout="2s")).converse()
    assert next_wakeup(story.run) == 2 * SECOND
    story.tell(TimePassed(0), "2s")
    assert story.names == ["Abandon"]
    wakeup = next_wakeup(story.run)
    assert wakeup is not None
    assert 2.5 * SECOND <= wakeup <= 3 * SECOND
    story.at(TimePassed(wakeup))
    assert story.pending == ["CallModel"]
    assert len(story.of(CallModel)) == 2


def test_pictures_and_words_of_a_result_stand_where_its_call_does() -> None:
    story = Story(None, "hi", (ToolSpec("t"),)).converse().reply(wanting("t", "t"))
    story.returns(ToolResult("second"), place=1).returns(ToolResult("first"))
    assert [text for role, text in story.said if role == "tool"] == ["first", "second"]


def test_a_call_is_numbered_by_its_place_in_the_run_not_by_its_question() -> None:
    story = Story(None, "hi", (ToolSpec("t"),)).converse().reply(wanting("t", "unknown", "t"))
    story.returns().returns().reply(wanting("t"))
    assert [call.number for call in story.of(RunTool)] == [0, 2, 3]
