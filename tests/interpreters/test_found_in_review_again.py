"""What a second look found wrong at the doors, each with the smallest case that showed it."""

import asyncio
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from executus import Agent, CriticConfig, Invocation, RunResult, Status, execute, resume
from executus.bounds import Defaults
from executus.facts import Approved
from executus.values import ModelReply
from interpreters.handlers import Handlers
from interpreters.live import Live, LiveState, run_sync
from interpreters.ports import ModelRequest, ToolContext
from interpreters.services import SessionTools
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import AGENT, TALKER, calling, model

OWN = [SystemExit(3), GeneratorExit(), asyncio.CancelledError("own"), ValueError("no")]
own = pytest.mark.parametrize("error", OWN, ids=lambda error: type(error).__name__)


def lived(agent: Agent, invocation: Any = "x", **slots: Any) -> RunResult:
    return asyncio.run(execute(agent, invocation, using=Live(Handlers(**{"models": model("Hi.")} | slots))))


def quiet(**methods: Any) -> Any:
    """A port that does nothing but this."""
    names = ("step", "tool", "event", "error", "close", "save", "complete", "fail", "leave")
    return SimpleNamespace(**{name: lambda *_: None for name in names} | methods)


class Echo:
    """A model that calls `work`, and then says what came of it."""

    async def __call__(self, request: ModelRequest) -> ModelReply:
        last = request.messages[-1]
        return ModelReply(last.text) if last.role == "tool" else calling("work")


def test_a_run_inside_a_tool_hears_nothing_of_the_tool_around_it() -> None:
    inner: list[RunResult] = []

    def hang(seen: object) -> None:
        time.sleep(0.4)

    def handlers(audit: Any) -> Handlers:
        return Handlers(
            models=Echo(),
            tools=[work],
            audit=SimpleNamespace(start=lambda facts: audit),
            defaults=Defaults(cleanup_timeout=0.2),
        )

    @tool(name="work", effect="unsafe")
    def work() -> str:
        if running.pop():
            inner.append(run_sync(AGENT, "y", handlers(quiet(step=hang))))
            return inner[0].output
        time.sleep(0.8)
        return "PAID"

    running = [False, True]
    outer = asyncio.run(execute(AGENT, "x", using=Live(handlers(quiet()))))
    assert (outer.output, inner[0].output) == ("PAID", "PAID")


class Secret:
    """What nobody may read in a record."""

    def __repr__(self) -> str:
        return "hunter2"


@pytest.mark.parametrize(
    "slots",
    [
        {"session": lambda s: Secret()},
        {"session": lambda s: SessionTools(cleanup=Secret())},  # type: ignore[arg-type]
        {"session": lambda s: SessionTools(tools=[Secret()])},
        {"session": lambda s: SessionTools(tools={Secret(): tool(name="x")(test_secrets_stay)})},
        {"audit": SimpleNamespace(start=lambda facts: Secret())},
        {"checkpoints": SimpleNamespace(begin=lambda facts: Secret())},
        {"critic": SimpleNamespace(monitor=lambda facts: Secret())},
        {"palette": SimpleNamespace(resolve=lambda *_: Secret())},
    ],
    ids=lambda slots: next(iter(slots)),
)
def test_what_a_port_gives_of_a_wrong_type_is_named_by_its_type_alone(slots: Any) -> None:
    agent = Agent(critic=CriticConfig(enabled=True), sub_agent_palette=("helper",) if "palette" in slots else ())
    result = lived(agent, **slots)
    said = f"{result.error}{result.warnings}{result.transcript}"
    assert "hunter2" not in said
    assert "Secret" in said or "tool" in said


def test_secrets_stay() -> None:
    """Also a function that stands for a tool."""


class Mute:
    """It can't say what it is."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    check = None


class Silent(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


def test_an_extra_tool_that_can_not_say_what_it_is_ends_the_run_and_nothing_else() -> None:
    result = lived(Agent(), Invocation(prompt="x", extra_tools=(Mute(),)))
    assert str(result.error) == "add extra tool: not a tool: a Mute"


def test_an_exception_that_raises_where_it_is_read_is_a_fault() -> None:
    async def ask(request: object) -> object:
        raise Silent

    assert "Silent: it can't even say what is wrong" in str(lived(Agent(), models=ask).error)


HANDLERS = Handlers(models=model("Hi."))


@pytest.mark.parametrize(
    ("arguments", "using", "said"),
    [
        ((Agent(), 5), None, "the invocation must be an Invocation or a prompt, got int"),
        ((Agent(), None), None, "the invocation must be an Invocation or a prompt, got NoneType"),
        (("agent", "x"), None, "the agent must be an Agent, got str"),
        ((Agent(), "x"), HANDLERS, "using must be the world of one run, such as Live(handlers), got Handlers"),
        ((Agent(), "x"), Live, "using must be the world of one run, such as Live(handlers), got the class Live"),
        ((5,), None, "what is taken up must be a Transcript, got int"),
    ],
)
def test_a_run_of_something_else_is_refused_in_one_sentence(arguments: Any, using: Any, said: str) -> None:
    begin: Any = execute if len(arguments) == 2 else resume
    begin = getattr(begin, "__wrapped__", begin)  # Without the checks that tests add to every function.
    with pytest.raises(TypeError) as caught:
        virtual.run(begin(*arguments, using=using or Live(HANDLERS)))
    assert str(caught.value) == said


def test_a_store_that_cancels_itself_has_failed_and_is_not_slow() -> None:
    async def save(entry: object) -> None:
        raise asyncio.CancelledError("pool closed")

    result = lived(Agent(), checkpoints=SimpleNamespace(begin=lambda facts: quiet(save=save)))
    assert "CancelledError: pool closed" in str(result.warnings)


@pytest.mark.parametrize("error", [KeyError("API_KEY"), SystemExit("API_KEY"), ValueError("API_KEY")], ids=repr)
def test_what_a_session_raises_is_named_with_where_it_was_raised(error: BaseException) -> None:
    def session(_: object) -> None:
        raise error

    assert str(lived(Agent(), session=session).error).startswith(f"add session tool: {type(error).__name__}: ")


def test_a_clock_that_stands_still_is_seen_to_stand_still() -> None:
    seen: list[LiveState | None] = []
    left: list[Any] = []

    async def approver(request: object) -> Approved:
        for _ in range(2):
            await asyncio.sleep(5)
            seen.append(live.state)
        return Approved("ann")

    @tool(name="work", needs_approval=True)
    async def work(context: ToolContext) -> str:
        left.append(context.remaining)
        return "done"

    live = Live(Handlers(models=model(calling("work"), "End."), tools=[work], approver=approver))
    result = virtual.run(execute(AGENT, "x", using=live))
    assert result.status is Status.OK
    first, second = seen
    assert first is not None
    assert second is not None
    assert (first.elapsed, first.remaining) == (second.elapsed, second.remaining)
    assert first.elapsed.total_seconds() < 1
    assert left == [first.remaining]
    assert live.state is not None
    assert live.state.elapsed.total_seconds() < 1


@own
def test_a_limiter_that_fails_at_the_exit_takes_no_reply_away(error: BaseException) -> None:
    @asynccontextmanager
    async def limiter(provider: str) -> Any:
        yield
        raise error

    result = lived(TALKER, limiter=limiter)
    assert (result.output, "limiter" in str(result.warnings)) == ("Hi.", True)


def test_a_limiter_may_be_an_async_function() -> None:
    async def limiter(provider: str) -> Any:
        return asyncio.Semaphore(1)

    assert lived(TALKER, limiter=limiter).output == "Hi."
    assert "a limiter gives an async context manager, got an int" in str(lived(TALKER, limiter=lambda _: 5).error)


def test_a_cancel_by_what_is_no_name_is_refused_where_it_is_said() -> None:
    cancel: Any = Live(HANDLERS).cancel
    with pytest.raises(TypeError):
        cancel(5)
