"""Before the first model call: the models of the tier, then the tools; who can't get them fails here."""

import pytest

from executus.agent import Agent, Limits, ModelChoice
from executus.answers import ModelResolved, ToolboxBuilt
from executus.bounds import Defaults
from executus.effects import BuildToolbox, CallModel, CheckBudget, ResolveModel
from executus.events import Event, TimePassed
from executus.facts import Grant
from executus.failures import ModelUnresolved, PreflightTimedOut, ToolboxInvalid
from executus.rules.status import Failed
from executus.state import Run, Stage
from executus.values import Fault, FaultKind, ToolSpec
from tests.executus.acting import Story
from tests.runs import after, state

PLAIN = Agent(model_tier="smart")
TOOLED = Agent(model_tier="smart", low_level_tools=("add", "sub"))
RESOLVED = ModelResolved(0, 1, (ModelChoice("m"), ModelChoice("fallback")))
SPECS = (ToolSpec("add"), ToolSpec("sub"))


def failure(run: Run) -> object:
    assert isinstance(run.cause, Failed)
    return run.cause.failure


def test_the_tier_is_resolved_first() -> None:
    assert after(PLAIN)[1] == (ResolveModel(1, "smart"),)
    assert after(Agent(), defaults=Defaults(fallback_tier="cheap"))[1] == (ResolveModel(1, "cheap"),)


def test_the_tools_are_asked_for_by_name_once_the_models_are_known() -> None:
    assert after(TOOLED, RESOLVED)[1] == (BuildToolbox(2, ("add", "sub")),)


def test_without_tools_none_are_asked_for() -> None:
    run, asked = after(PLAIN, RESOLVED)
    (question,) = asked
    assert isinstance(question, CallModel)
    assert question.setup.toolbox.specs == ()
    assert run.stage is Stage.CONVERSING


def test_the_first_model_of_the_chain_is_called_with_the_tools() -> None:
    (question,) = after(TOOLED, RESOLVED, ToolboxBuilt(0, 2, SPECS))[1]
    assert isinstance(question, CallModel)
    assert question.setup.model == "m"
    assert question.setup.toolbox.specs == SPECS


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Fault(FaultKind.MODEL, "there is no such tier"), "there is no such tier"),
        ((), "it stands for no model"),
    ],
)
def test_a_tier_without_models_is_an_error_that_names_it(
    outcome: tuple[ModelChoice, ...] | Fault, reason: str
) -> None:
    run, asked = after(TOOLED, ModelResolved(0, 1, outcome))
    assert failure(run) == ModelUnresolved("smart", reason)
    assert asked == ()
    assert run.stage is Stage.DONE


@pytest.mark.parametrize(
    "specs",
    [(), SPECS[:1], SPECS[::-1], (*SPECS, ToolSpec("more")), (SPECS[0], SPECS[0]), (ToolSpec("Add"), SPECS[1])],
)
def test_other_tools_than_were_named_are_an_error(specs: tuple[ToolSpec, ...]) -> None:
    run, asked = after(TOOLED, RESOLVED, ToolboxBuilt(0, 2, specs))
    assert isinstance(failure(run), ToolboxInvalid)
    assert asked == ()


def test_a_toolbox_that_can_not_be_built_is_an_error_with_its_reason() -> None:
    run = state(TOOLED, RESOLVED, ToolboxBuilt(0, 2, Fault(FaultKind.PORT, "there is no tool named 'add'")))
    assert failure(run) == ToolboxInvalid("there is no tool named 'add'")


LIMIT = 30_000_000


@pytest.mark.parametrize(
    "events",
    [
        [TimePassed(LIMIT)],
        [TimePassed(LIMIT + 5)],
        [ModelResolved(LIMIT, 1, RESOLVED.outcome)],
        [ModelResolved(LIMIT - 1, 1, RESOLVED.outcome), ToolboxBuilt(LIMIT, 2, SPECS)],
        [ModelResolved(LIMIT - 1, 1, RESOLVED.outcome), TimePassed(LIMIT)],
        [ModelResolved(LIMIT, 1, Fault(FaultKind.MODEL, "no such tier"))],
    ],
)
def test_who_is_not_ready_in_time_fails_at_the_deadline(events: list[Event]) -> None:
    run = state(TOOLED, *events)
    assert run.cause == Failed(LIMIT, PreflightTimedOut(LIMIT))
    assert run.began is None


def test_who_is_ready_one_microsecond_before_the_deadline_begins() -> None:
    run = state(TOOLED, ModelResolved(5, 1, RESOLVED.outcome), ToolboxBuilt(LIMIT - 1, 2, SPECS))
    assert run.cause is None
    assert run.began == LIMIT - 1


def test_nothing_is_asked_while_something_is_open() -> None:
    run, asked = after(TOOLED, TimePassed(5))
    assert asked == ()
    assert [question.id for question in run.pending] == [1]


def test_while_it_prepares_there_is_one_time_limit_for_all_of_it() -> None:
    run = state(TOOLED, RESOLVED)
    assert run.timeouts == ()
    assert run.deadlines.end == LIMIT


@pytest.mark.parametrize(
    ("own", "grant", "limits"),
    [
        (Limits(tokens=5, cost=7), Grant(tokens=9, cost=9), (5, 7)),
        (Limits(tokens=9, cost=9), Grant(tokens=5, cost=7), (5, 7)),
        (Limits(), Grant(tokens=5, cost=7), (5, 7)),
        (Limits(tokens=5, cost=7), Grant(), (5, 7)),
    ],
)
def test_the_smaller_of_the_agents_limit_and_the_grant_holds(
    own: Limits, grant: Grant, limits: tuple[int, int]
) -> None:
    story = Story(Agent(limits=own), budget=True).answer(CheckBudget, grant)
    assert (story.run.bounds.tokens, story.run.bounds.cost) == limits
