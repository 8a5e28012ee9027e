"""The session of a run at its desk: its hook after the run and its cleanup. Law: it is cleaned up once, always."""

from typing import Any

import pytest

from executus.buffer import Views
from executus.effects import (
    BuildToolbox,
    CleanUp,
    MakeArtifacts,
)
from executus.facts import Made
from executus.values import (
    Artifact,
    Fault,
    FaultKind,
)
from interpreters.desk import Desk
from interpreters.services import SessionTools, made
from tests.interpreters.desks import (
    TASK,
    WRONG,
    desk_of,
    outcome,
)
from tests.interpreters.hosts import Raw


class TestSessions:
    def session(self, **more: Any) -> Desk:
        desk = desk_of(session=lambda _: SessionTools(**more))
        assert outcome(desk, BuildToolbox(1, (), session=True)) == ()
        return desk

    def test_the_hook_after_the_run_makes_artifacts(self) -> None:
        chart, seen = Artifact("a", "text/plain", b"x"), list[Any]()

        def post_run(*given: object) -> Made:
            seen.append(given)
            return made([chart], {"a": "b"})

        question = MakeArtifacts(2, Views(TASK, TASK), "Done.", "")
        assert outcome(self.session(post_run=post_run), question) == Made((chart,), (("a", "b"),))
        assert seen == [((TASK, TASK), "Done.", "")]

    @pytest.mark.parametrize("wrong", [*WRONG, Made(["x"]), Made((), 5)], ids=repr)
    def test_what_is_nothing_made_is_a_fault(self, wrong: Any) -> None:
        desk = self.session(post_run=lambda *_: wrong)
        assert isinstance(outcome(desk, MakeArtifacts(2, Views(TASK), "Done.", "")), Fault)

    def test_there_may_be_no_hook_and_it_may_make_nothing(self) -> None:
        question = MakeArtifacts(2, Views(TASK), "Done.", "")
        assert (
            outcome(self.session(), question)
            == outcome(self.session(post_run=lambda *_: None), question)
            == Made()
        )

    def test_it_is_cleaned_up_once(self) -> None:
        cleaned: list[str] = []
        desk = self.session(cleanup=lambda: cleaned.append("up"))
        assert [outcome(desk, CleanUp(3)), outcome(desk, CleanUp(4))] == [True, True]
        assert cleaned == ["up"]

    def test_it_is_cleaned_up_also_where_its_tools_could_not_be_added(self) -> None:
        cleaned: list[str] = []
        tools = [Raw(lambda: None), Raw(lambda: None)]
        desk = desk_of(session=lambda _: SessionTools(tools=tools, cleanup=lambda: cleaned.append("up")))
        found = outcome(desk, BuildToolbox(1, (), session=True))
        assert found == Fault(FaultKind.PORT, "two tools are named 'work'", "add session tool")
        assert outcome(desk, CleanUp(2)) is True
        assert cleaned == ["up"]
