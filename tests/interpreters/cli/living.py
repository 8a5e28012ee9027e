"""Recorded runs with much in them, for the tests of what the command shows of a run."""

from executus.agent import Agent, CriticConfig, Phase
from executus.facts import Approved, Grant, Made
from executus.invocation import InputFile, Invocation
from executus.result import RunResult
from executus.values import Artifact
from interpreters.memory import Memory, calls, fails, hangs, pause, says, scripted
from interpreters.services import Session, SessionTools


class Audit:
    """Opens for every run, and listens to nothing."""

    def start(self, facts: object) -> "Audit":
        return self

    def step(self, seen: object) -> None:
        """Nothing is kept."""

    tool = event = error = close = step


class Files:
    """Stages every file under its own name."""

    def stage(self, run_id: str, agent_id: str, name: str, mime: str, content: bytes) -> str:
        return name


class Store:
    """Keeps a record, so that a run can be suspended."""

    def begin(self, facts: object) -> "Store":
        return self

    def save(self, entry: object) -> None:
        """It is kept by the test."""

    def complete(self) -> None:
        """Nothing to do."""

    def fail(self, error: str) -> None:
        """Nothing to do."""

    leave = complete


def session(session: Session) -> SessionTools:
    made = Made((Artifact("a.txt", "text/plain", b"\x00\xff"),), (("lines", "3"),))
    return SessionTools(post_run=lambda talks, output, error: made)


async def approve(request: object) -> Approved:
    await pause("3s")
    return Approved("me")


def rich() -> RunResult:
    """Two phases under a critic, with every port: a person decides, a call is lost, a model fails and is left."""
    world = Memory(
        model=[
            calls("slow", text="I look."),
            says("A draft.", usage={"input_tokens": 7}),
            fails(status=500),
            calls("risky"),
            hangs(),
        ],
        tools=[
            scripted("slow", takes="5s", effect="keyed", timeout="2s"),
            scripted("risky", returns="done", takes="1s", needs_approval=True),
        ],
        critic=[{"nudge": "Hurry."}, {"kill_reason": "stuck"}],
        budget=Grant(tokens=1000, reference="g1"),
        lanes={"fast": 1},
        audit=Audit(),
        input_files=Files(),
        session=session,
        approver=approve,
    )
    agent = Agent(
        name="rich",
        low_level_tools=("slow", "risky"),
        critic=CriticConfig(enabled=True, soft_timeout="20s"),
        phases=(Phase(name="draft"), Phase(name="final", system_prompt="Of {{.draft}}")),
    )
    return world.run(agent, Invocation(prompt="Go.", input_files=(InputFile("n.txt", "text/plain", b"n"),)))


def suspended() -> RunResult:
    """A run whose host went down while its model spoke."""
    world = Memory(model=[hangs()], checkpoints=Store(), happens=[("5s", "shutdown")])
    return world.run(Agent(name="sleeper"), "Wait.")
