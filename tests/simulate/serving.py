"""The tools of a simulated run, and how all its handlers are put together.

See ports.py, which says what all handlers share.
"""

import asyncio
from typing import Any, cast

from executus.values import Fault, FaultKind, Message, ToolClass, ToolResult, ToolSpec, seconds
from interpreters.handlers import Handlers
from interpreters.lanes import Lanes
from interpreters.ports import OutcomeUnknown, ToolContext, ToolError
from interpreters.services import ApprovalRequest
from specs.faults import Strike
from specs.worlds import PlayedTool
from tests.simulate.models import LATE
from tests.simulate.others import Delivery, Files, Palette, Session, compacted, found
from tests.simulate.ports import AuditPort, Budget, CriticPort, Ports
from tests.simulate.store import Checkpoints


class StormTool:
    """A tool of the run; for children it always works."""

    blocking = False

    def __init__(self, ports: Ports, played: PlayedTool) -> None:
        self._ports, self._weather = ports, ports.weather
        self._answers = played.answers
        self._turn = 0
        self.spec: ToolSpec = played.spec
        self.late = False
        """Whether the call that goes on now can't be stopped."""

    async def call(self, arguments: str, context: ToolContext) -> ToolResult:
        if context.run_id != self._weather.run_id:
            return ToolResult("fine")
        if self.spec.effect is ToolClass.UNSAFE:
            self._ports.note_run(context.key)
        strike = self._weather.strike("RunTool")
        if strike is not None and strike.fault != "tool.result":
            return await self._struck(strike, context)
        self._turn += 1
        played = self._answers[min(self._turn, len(self._answers)) - 1]
        if self.spec.repeatable:
            context.heartbeat()
        if played.outcome is None and not self._weather.is_calm:
            await self._ports.hang()
        if played.takes:
            await self._ports.wait(min(played.takes, seconds(1)) if self._weather.is_calm else played.takes)
        match played.outcome:
            case Fault(kind=FaultKind.UNKNOWN, message=message):
                raise OutcomeUnknown(message)
            case Fault(message=message):
                raise ToolError(message)
            case ToolResult() as result:
                self._weather.note("tool.result", "RunTool")
                return result
            case _:
                return ToolResult("fine")

    async def _struck(self, strike: Strike, context: ToolContext) -> ToolResult:
        more, bounds = strike.more, self._weather.storm.world.wiring.defaults
        if strike.fault == "tool.late":
            self.late = True
            await self._ports.pause_on(LATE[more % 4])
            self.late = False
            if not self._weather.awaits_tool(context.call_id):
                self._weather.note(strike.fault)
            return ToolResult("late")
        self._weather.note(strike.fault, "RunTool")
        match strike.fault:
            case "tool.hang":
                await self._ports.hang()
            case "tool.error":
                raise [RuntimeError("it broke"), ToolError("it can't"), OutcomeUnknown("it can't tell")][more % 3]
            case "tool.oversized":
                return ToolResult("x" * (bounds.max_tool_output + 1))
            case _:
                raise [SystemExit(1), GeneratorExit(), asyncio.CancelledError(), BaseException("bare")][more % 4]
        raise AssertionError("for ever is over")

    async def reconcile(self, key: str, arguments: str) -> object:
        what = found(await self._ports.given("Reconcile"))
        self._ports.note_found(key, what)
        return what


class SlowLanes:
    """The lanes of the host, in which others hold the places for a while."""

    def __init__(self, lanes: Lanes, ports: Ports) -> None:
        self._lanes, self._ports = lanes, ports
        self.names = lanes.names
        self.held = 0

    async def acquire(self, name: str) -> None:
        await self._ports.given("AcquireLane")
        await self._lanes.acquire(name)
        self.held += 1

    def release(self, name: str) -> None:
        self._lanes.release(name)
        self.held -= 1


def slots(ports: Ports, checkpoints: Checkpoints, budget: Budget) -> dict[str, Any]:
    """The arguments of Handlers, but for the models: what the world wires."""
    world = ports.weather.storm.world
    wiring, monitor = world.wiring, CriticPort(ports)
    return {
        "tools": [StormTool(ports, played) for played in world.tools],
        "budget": budget if wiring.budget else None,
        "lanes": dict.fromkeys(wiring.lanes, 1) or None,
        "audit": AuditPort(ports) if wiring.audit else None,
        "checkpoints": checkpoints if wiring.checkpoints else None,
        "critic": monitor if wiring.critic else None,
        "palette": Palette(ports),
        "delivery": Delivery(ports) if wiring.delivery else None,
        "input_files": Files(ports) if wiring.input_files else None,
        "compactor": _compactor(ports) if wiring.compactor else None,
        "approver": _approver(ports) if wiring.approver else None,
        "session": _sessions(ports) if wiring.session else None,
        "finalizers": [_finalizer(ports)] if wiring.finalizers else [],
        "system_header": wiring.system_header,
        "defaults": wiring.defaults,
    }


def set_up(handlers: Handlers, ports: Ports) -> SlowLanes:
    """What is no slot: lanes that are full for a while."""
    lanes = SlowLanes(handlers.lanes, ports)
    cast(Any, handlers).lanes = lanes
    return lanes


def _compactor(ports: Ports) -> Any:
    async def compact(turns: tuple[Message, ...], target: int) -> object:
        return await compacted(ports, tuple(turns))

    return compact


def _approver(ports: Ports) -> Any:
    async def approve(request: ApprovalRequest) -> object:
        return await ports.given("AskApproval")

    return approve


def _sessions(ports: Ports) -> Any:
    async def open_session(seen: Any) -> object:
        if seen.run_id != ports.weather.run_id:
            return None
        building = ports.weather.storm.world.building
        if not ports.weather.is_calm:
            if building.takes:
                await ports.wait(building.takes)
            if isinstance(building.outcome, Fault):
                raise RuntimeError(building.outcome.message)
            if building.outcome is None:
                await ports.hang()
        session = Session(ports)
        ports.sessions.append(session)
        return session.tools()

    return open_session


def _finalizer(ports: Ports) -> Any:
    async def finalizer(run_id: str) -> None:
        if run_id == ports.weather.run_id:
            await ports.meet("RunFinalizers")
            await ports.given("RunFinalizers")

    return finalizer
