"""The other ports of a simulated run: delivery, files, palette, session, compactor, and what tools find out.

See ports.py, which says what all handlers share.
"""

from executus.agent import Agent
from executus.facts import StillUnknown
from executus.values import Message, ToolResult
from interpreters.services import Done, PaletteCall, SessionTools
from tests.playing import compacted as shortened
from tests.simulate.ports import Ports


class Delivery:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def deliver(self, target: object, output: str, artifacts: object, key: str) -> None:
        await self._give()

    async def deliver_error(self, target: object, error: str, key: str) -> None:
        await self._give()

    async def _give(self) -> None:
        await self._ports.meet("Deliver")
        await self._ports.given("Deliver")


class Files:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def stage(self, run_id: str, agent_id: str, name: str, mime: str, content: bytes) -> object:
        return await self._ports.given("StageFile")


class Palette:
    """Runs its agents itself, or lets them be run."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def resolve(self, kind: str, name: str, caller: str) -> Agent:
        return Agent(name=name, low_level_tools=("tool0",) if self._ports.weather.storm.world.tools else ())

    async def invoke(self, asked: PaletteCall) -> object:
        return await self._ports.given("Delegate") if self._ports.weather.storm.invokes else None


class Session:
    """The session of the run."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.cleaned = 0

    def tools(self) -> SessionTools:
        return SessionTools((), self.post_run, self.clean)

    async def post_run(self, conversations: object, output: str, error: str) -> object:
        await self._ports.meet("MakeArtifacts")
        return await self._ports.given("MakeArtifacts")

    async def clean(self) -> None:
        self.cleaned += 1
        await self._ports.meet("CleanUp")
        await self._ports.given("CleanUp")


async def compacted(ports: Ports, turns: tuple[Message, ...]) -> object:
    """A compactor's work, done well or badly."""
    how = await ports.given("Compact")
    return shortened(turns, str(how))


def found(outcome: object) -> object:
    """What a tool says became of a call."""
    return Done(outcome) if isinstance(outcome, ToolResult) else outcome if outcome != "" else StillUnknown()
