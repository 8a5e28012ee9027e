"""A host with every port wired, well behaved or odd in one handler, for runs of Live in virtual time."""

from collections.abc import Callable
from typing import Any

from executus import Agent, Defaults, Invocation, RunResult, execute
from executus.agent import CriticConfig
from executus.facts import Approved, Grant
from executus.invocation import InputFile, Target
from interpreters.handlers import Handlers
from interpreters.live import Live
from interpreters.services import SessionTools, made
from interpreters.tools import tool
from tests import virtual
from tests.interpreters.hosts import calling, model

AGENT = Agent(
    id="7", name="worker", low_level_tools=("work",), max_runtime="10s", critic=CriticConfig(enabled=True)
)
ASKED = Invocation(
    prompt="Go.",
    run_id="4711",
    caller_id="ann",
    delivery=Target("chat", "1"),
    input_files=(InputFile("a.txt", "text/plain", b"hi"),),
)


@tool(needs_approval=True)
async def work() -> str:
    return "done"


class Host:
    """A host that does everything well, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def slots(self) -> dict[str, Any]:
        return {
            "models": model(calling("work"), "Done."),
            "tools": [work],
            "budget": self,
            "lanes": {"fast": 1},
            "limiter": Place,
            "audit": self,
            "checkpoints": self,
            "critic": self,
            "palette": self,
            "delivery": self,
            "input_files": self,
            "compactor": self.compactor,
            "approver": self.approver,
            "session": self.session,
            "on_step": self.on_step,
            "finalizers": [self.finalizer],
        }

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        given: Any = {
            "check": Grant(),
            "start": self,
            "begin": self,
            "monitor": self,
            "stage": "f1",
            "approver": Approved("ann"),
            "session": SessionTools(post_run=self.post_run, cleanup=self.cleanup) if name == "session" else None,
            "post_run": made(),
        }.get(name)

        async def handler(*arguments: object) -> Any:
            self.told.append(name)
            return given

        return handler


class Place:
    def __init__(self, provider: str) -> None:
        self.provider = provider

    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


class Odd(Host):
    """A host of which one handler does something else."""

    def __init__(self, name: str, does: Callable[..., Any]) -> None:
        super().__init__()
        self.name, self.does = name, does

    def __getattr__(self, name: str) -> Any:
        if name == self.name:
            return self.does
        return super().__getattr__(name)


def oddly(name: str, does: Callable[..., Any]) -> RunResult:
    return virtual.run(execute(AGENT, ASKED, using=Live(Handlers(**Odd(name, does).slots()))))


@tool(name="work")
async def unasked() -> str:
    return "done"


async def timed(host: Host) -> tuple[RunResult, float]:
    slots = {**host.slots(), "defaults": Defaults(approval_timeout="1m")}  # For a person one waits for ever else.
    return await execute(AGENT, ASKED, using=Live(Handlers(**slots))), virtual.clock().time()
